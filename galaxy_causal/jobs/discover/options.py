"""Options of job=discover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt

from galaxy_causal.discovery import ALGORITHMS, Algorithm, Knowledge, Marks, knowledge, read_graph, truth_of
from galaxy_causal.jobs.variables import ESTIMATE, Galaxies, Nulls, labels_of
from galaxy_causal.types import UserError, at_most, checked, group_of, option

Share = Annotated[float, Ge(0), Lt(1)]


@checked("discovery.knowledge")
@dataclass(frozen=True)
class KnowledgeOptions:
    """What is known beforehand, of variables by their names.

    Parameters
    ----------
    tiers : list of lists of str, optional
        Nothing causes what is in an earlier group.
    required, forbidden : list of pairs (cause, effect), optional
        Edges that there must or cannot be.
    proposals : str, optional
        A YAML file, a list of ``{cause, effect, verdict: required or forbidden, source}``.
    """

    tiers: Sequence[object] | None = None
    required: Sequence[object] | None = None
    forbidden: Sequence[object] | None = None
    proposals: str | None = None


@checked("discovery.stability")
@dataclass(frozen=True)
class StabilityOptions:
    """How often the graph is learned anew, and what of it is said to be stable.

    Parameters
    ----------
    replicates : int
        0: none.
    method : {"subsample", "bootstrap"}
        How galaxies are drawn; a bootstrap finds too many edges.
    fraction : float
        Of the galaxies, in a subsample.
    threshold : float
        Share of replicates with an edge that puts it into the consensus.
    flip : float
        Share of an edge's replicates for either direction that marks it as flipping.
    workers : int
        Processes.
    """

    replicates: Annotated[int, Ge(0), at_most(100_000, "each is a search of its own")] = 100
    method: Literal["subsample", "bootstrap"] = "subsample"
    fraction: Annotated[float, Gt(0), Lt(1)] = 0.5
    threshold: Share = 0.5
    flip: Share = 0.2
    workers: Annotated[int, Ge(1), at_most(1_024, "each is a process with a memory of its own")] = 2


@checked("discovery")
@dataclass(frozen=True)
class DiscoverOptions:
    """Which graph is sought, among which variables of which galaxies.

    Parameters
    ----------
    algorithm : Algorithm
        Such as ``PC(alpha=0.001)``.
    variables : list
        Names of features, ``target``, ``magnitude``, ``estimate``, ``a-b``, ``absolute(r)``, or mappings of
        other names to these.
    galaxies : {"all", "train", "validation", "test"}
        Which of them.
    nulls : {"error", "drop"}
        Whether galaxies that lack a variable are refused or left out.
    knowledge : KnowledgeOptions
        What is known beforehand.
    stability : StabilityOptions
        How the graph's stability is measured.
    sweep : list of float, optional
        Values of the algorithm's level or penalty at which the graph is learned too.
    truth : str, optional
        A JSON file of the true DAG; its further variables are hidden.
    selected : list of str, optional
        Variables of the true DAG by which the galaxies were selected.
    """

    algorithm: Algorithm | None = None
    variables: Sequence[object] = ("redshift", "target", "absolute(r)", "g-r")
    galaxies: Galaxies = "all"
    nulls: Nulls = "error"
    knowledge: KnowledgeOptions = field(default_factory=KnowledgeOptions)
    stability: StabilityOptions = field(default_factory=StabilityOptions)
    sweep: Sequence[float] | None = None
    truth: str | None = None
    selected: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.selected and self.truth is None:
            raise UserError(
                f"{option('discovery.selected')} names variables of the true graph: set "
                f"{option('discovery.truth')} too"
            )

    def check(self) -> None:
        """Refuse what cannot be, whatever the galaxies: such sweeps, contradictions, too many variables."""
        for value in self.sweep or ():
            self.turned(value)
        _ = self.known, self.marks
        self.search.check_count(list(self.labels))

    @property
    def search(self) -> Algorithm:
        """The algorithm."""
        if self.algorithm is None:
            raise UserError(f"{option('discovery.algorithm', None)}: choose one of {', '.join(ALGORITHMS)}")
        return self.algorithm

    @cached_property
    def labels(self) -> dict[str, str]:
        """Names of the variables and what each is made of."""
        return labels_of(self.variables)

    @cached_property
    def known(self) -> Knowledge:
        """Background knowledge."""
        return knowledge(list(self.labels), **asdict(self.knowledge))

    @cached_property
    def marks(self) -> Marks | None:
        """The graph that perfect tests would give, where the true DAG is known."""
        if self.truth is None:
            return None
        return truth_of(
            read_graph(self.truth), list(self.labels), self.search.kind, list(self.selected or ())
        )

    def turned(self, value: float) -> Algorithm:
        """The algorithm at another value of what a sweep varies."""
        try:
            return self.search.turned(float(value))
        except TypeError as error:
            raise UserError(f"{option('discovery.sweep', self.sweep)}: {error}") from error

    @property
    def asks_estimate(self) -> bool:
        """Whether a variable rests on a network's estimate of the target."""
        return any(ESTIMATE in recipe for recipe in self.labels.values())

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> DiscoverOptions:
        """From plain options."""
        inner = {
            name: group_of(kind, f"discovery.{name}", given[name])
            for name, kind in (("knowledge", KnowledgeOptions), ("stability", StabilityOptions))
        }
        return group_of(cls, "discovery", {**given, **inner})
