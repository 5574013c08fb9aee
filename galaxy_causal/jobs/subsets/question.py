"""What every subset of some inputs tells of the target, asked alike by the command line and in Python."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from galaxy_causal.dataset import check_distinct, check_no_twins, divided, groups, player_names, subset_label
from galaxy_causal.decomposition import (
    MOST_INPUTS,
    SubsetValues,
    asked,
    check_exact,
    evaluate,
    every_subset,
    join,
    leave_one_out,
    pairs,
    permutations,
    sampled_weights,
    shapley_weights,
    subset_evidence,
    three_sources,
)
from galaxy_causal.fitting import FitMaker, SubsetFits
from galaxy_causal.jobs.decompose.options import Draws
from galaxy_causal.jobs.decompose.verdict import alike, with_fault
from galaxy_causal.jobs.life import galaxies_of
from galaxy_causal.jobs.progress import counting
from galaxy_causal.jobs.quantity import described_target, shown_target
from galaxy_causal.jobs.question import Need, Question
from galaxy_causal.jobs.referee import excess, opinions_needed, second_opinions
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.subsets.evaluation import Evaluation
from galaxy_causal.jobs.subsets.result import Subsets
from galaxy_causal.jobs.twin import Call, can_be_said, changed, chosen, fitted
from galaxy_causal.types import (
    Fit,
    Floats,
    InputPair,
    InputSet,
    Labels,
    Sample,
    UserError,
    at_most,
    checked,
    option,
)

REVISION = 2
"""Raise it when the code gives the same recipe another meaning."""
SOURCES = 3
ENOUGH = 50
"""Bootstrap draws over training galaxies, of which only the error of a difference is asked."""


@checked("subsets")
@dataclass(frozen=True)
class SubsetsOptions:
    """How subsets are evaluated.

    Parameters
    ----------
    method
        ``exact``: all subsets, of at most 20 inputs; ``sampled``: random orders of the inputs.
    permutations
        Random orders of ``sampled``, an even number.
    tolerance
        What the smallest subset that is good enough may tell less than all inputs [nats].
    sources
        Three groups of inputs for the redundancy lattice; None is none, or three inputs themselves.
    referee
        Whether boosted trees give a second opinion, for the verdicts.
    draws
        Bootstrap draws over test galaxies.
    """

    method: Literal["exact", "sampled"] = "exact"
    permutations: Annotated[int, Ge(4), at_most(100_000, "each is as many subsets as there are inputs")] = 256
    tolerance: Annotated[float, Ge(0)] = 0.05
    sources: Sequence[object] | None = None
    referee: bool = True
    draws: Draws = 400


@dataclass(frozen=True)
class SubsetsQuestion(Question[Subsets]):
    """What every subset of two inputs' parts tells of the target of a catalogue.

    Parameters
    ----------
    maker
        Makes or finds the fits, on a catalogue; its estimator takes subsets.
    pair
        Two inputs, which are taken together; what both hold is always shown.
    options
        How subsets are evaluated.
    """

    job = "subsets"

    maker: FitMaker
    pair: InputPair
    options: SubsetsOptions

    @property
    def name(self) -> str:
        """All inputs as people read them."""
        return f"subsets of {self.inputs.label}"

    @cached_property
    def inputs(self) -> InputSet:
        """All inputs, divided into players."""
        return divided(self.pair, self.catalogue.features, self.catalogue.image_bands)

    @cached_property
    def fits(self) -> SubsetFits:
        """Fits of all inputs."""
        return SubsetFits(self.maker, self.inputs)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the players."""
        return player_names(self.inputs)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The test galaxies."""
        return np.flatnonzero(self.catalogue.split == "test")

    @cached_property
    def taught(self) -> NDArray[np.int64]:
        """Training galaxies, as many as test galaxies at most, that are compared with these."""
        trained = np.flatnonzero(self.catalogue.split == "train")
        count = min(len(trained), len(self.rows))
        chosen = np.random.default_rng(self.maker.fitting.seed).choice(trained, count, replace=False)
        return np.sort(chosen)

    @cached_property
    def sources(self) -> NDArray[np.bool_] | None:
        """Three groups of players (3, players) for the lattice, if any; three players are groups each."""
        given = self.options.sources
        if given is None:
            return np.eye(SOURCES, dtype=np.bool_) if len(self.names) == SOURCES else None
        return groups(self.inputs, given, SOURCES, self.catalogue.name)

    @cached_property
    def unions(self) -> NDArray[np.bool_]:
        """The unions of sources, in the order of the lattice: (7, players), or none."""
        if self.sources is None:
            return np.zeros((0, len(self.names)), dtype=np.bool_)
        return every_subset(SOURCES)[1:] @ self.sources

    @cached_property
    def orders(self) -> NDArray[np.int64] | None:
        """Random orders of the inputs, (p, players), where they are sampled."""
        if self.options.method == "exact":
            return None
        return permutations(len(self.names), self.options.permutations, self.maker.fitting.seed)

    def check(self) -> None:
        """Refuse what cannot work, before anything is trained."""
        _ = self.fits
        check_distinct(self.inputs, self.catalogue.features)
        check_no_twins(self.inputs.players, self.catalogue.features)
        count = len(self.names)
        if self.options.method == "exact":
            check_exact(count)
        elif count > MOST_INPUTS:
            raise UserError(
                f"{count} inputs are more than {MOST_INPUTS}; choose fewer in {option('bands.x1')} and "
                f"{option('bands.x2')}"
            )
        _ = self.orders, self.unions
        _ = self.data

    @cached_property
    def data(self) -> Sample:
        """The galaxies' inputs, checked."""
        return self.maker.check((self.inputs,))[0]

    def described(self) -> Iterator[str | Text]:
        """Galaxies and inputs."""
        yield from galaxies_of(self.catalogue, f"{len(self.catalogue):,} galaxies ({len(self.rows):,} test)")
        always = [str(i) for i in self.inputs.items if i not in self.inputs.players]
        yield f"  inputs: {', '.join(self.names)}"
        yield f"  always shown: {', '.join(always) or 'nothing'}"
        yield from described_target(self.maker, self.inputs, self.data)

    def subsets(self) -> tuple[NDArray[np.bool_], Floats]:
        """The subsets to evaluate (s, players), and the weights (s, players) that give Shapley values."""
        count = len(self.names)
        if self.orders is None:
            return every_subset(count), shapley_weights(count)
        some = [np.eye(count, dtype=np.bool_), pairs(count), leave_one_out(count), self.unions]
        return sampled_weights(self.orders, join(some))

    @property
    def tasks(self) -> list[Task]:
        """The fits of all realisations."""
        return [Task(self.inputs, seed) for seed in self.maker.seeds()]

    @property
    def _asked(self) -> NDArray[np.bool_]:
        """The subsets (s, players) of which there are second opinions."""
        return asked(len(self.names), len(self.inputs.items) > len(self.inputs.players))

    def call(self) -> Call | None:
        """The function of the library that asks the same; None where no function can."""
        if not can_be_said(self.pair, self.catalogue):
            return None
        inputs = {"x1": chosen(self.pair.x1), "x2": chosen(self.pair.x2)}
        return Call(
            "subsets", inputs | fitted(self.maker.fitting, "amortised", "amortised") | changed(self.options)
        )

    def needs(self) -> list[Need]:
        """The fits of all inputs, and of second opinions on some subsets."""
        inputs = [self._given(one) for one in self._asked]
        own = [Need(self.maker, task) for task in self.tasks]
        return own + opinions_needed(self.maker, inputs, self.options.referee)

    def recipe(self) -> dict[str, object]:
        """All that the job's run depends on."""
        return {
            "job": "subsets",
            "revision": REVISION,
            "method": self.maker.method(self.inputs),
            "inputs": self.maker.inputs_recipe(self.inputs),
            "units": [str(player) for player in self.inputs.players],
            "seeds": self.maker.seeds(),
            "shown": self.maker.checksums["shown"],
            "subsets": asdict(self.options),
        }

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        return {
            "inputs": self.inputs.label,
            "estimator": str(self.maker.estimator.name),
            "network": self.maker.network_name(),
            "method": self.options.method,
        }

    def params(self) -> dict[str, object]:
        """Those of the fits, and how subsets are evaluated."""
        return super().params() | {"subsets": asdict(self.options)}

    def answer(self, console: Console, parent: str) -> Subsets:
        """Make or find the fits, tracked beneath the run ``parent``, and evaluate their subsets."""
        fits = make_fits(console, self.maker, self.tasks, parent)
        found = self._evaluation(console, fits, parent)
        catalogue = self.catalogue
        given = (catalogue.galaxy_class or Labels.filled("", len(catalogue)))[self.rows]
        classes = [] if catalogue.galaxy_class is None else given.used()
        sources = () if self.sources is None else self.sources
        return Subsets(
            names=self.names,
            target=catalogue.target_label,
            method=self.options.method,
            tolerance=self.options.tolerance,
            dataset={"name": catalogue.name, **catalogue.provenance},
            left_out=dict(catalogue.dropped),
            everything=found.everything,
            always=found.always,
            alone=found.alone,
            shapley=found.shapley,
            last=found.last,
            of_classes={name: found.mean_share(given == name) for name in classes},
            synergy=found.synergy,
            redundancy=found.redundancy,
            o_information=found.o_information,
            lattice=found.lattice,
            sources=tuple(subset_label(self.names, source) for source in sources),
            sizes=tuple(found.sizes),
            impossible=len(found.impossible),
            shortfall=found.whole.shortfall,
            warnings=tuple(found.words()),
            rows=found.columns(),
            columns=self._columns(found),
            fits=tuple(fits),
        )

    def _columns(self, found: Evaluation) -> dict[str, NDArray[Any] | Labels]:
        """Of every test galaxy, averaged over realisations: id, y, class, informations, shares, atoms."""
        catalogue, rows = self.catalogue, self.rows
        columns: dict[str, NDArray[Any] | Labels] = {
            "id": catalogue.id[rows],
            "y": shown_target(catalogue)[rows],
        }
        if catalogue.galaxy_class is not None:
            columns["class"] = catalogue.galaxy_class[rows]
        ends = np.array([[False], [True]]) & np.ones(len(self.names), dtype=np.bool_)
        nothing, everything, *of_unions = self.fits.mean(np.concatenate([ends, self.unions]), rows)
        columns |= {"i_always": nothing, "i_all": everything}
        shares = found.shares.mean(axis=0)
        columns |= {f"shapley/{name}": share for name, share in zip(self.names, shares, strict=True)}
        if of_unions:
            lattice = three_sources()
            atoms = lattice.atoms(lattice.redundancies(np.array(of_unions)))
            columns |= dict(zip(lattice.names, atoms, strict=True))
        return columns

    def _evaluation(self, console: Console, fits: Sequence[Fit], parent: str) -> Evaluation:
        """The values of all subsets that the method needs, over the test galaxies, and evidence of them.

        Training galaxies are evaluated first, so that what networks make of test galaxies is still at hand
        after.
        """
        (shown, weights), options, started = self.subsets(), self.options, time.monotonic()
        seeds, seed = self.maker.seeds(), self.maker.fitting.seed

        def values_of(rows: NDArray[np.int64], weights: Floats, draws: int) -> tuple[SubsetValues, Floats]:
            def informations(realisation: int, subsets: NDArray[np.bool_]) -> Floats:
                return self.fits.informations(seeds[realisation], subsets, rows)

            return evaluate(informations, shown, weights, len(seeds), len(rows), draws, seed, count.advance)

        with counting(console, "subsets", 2 * len(shown)) as count:
            trained, _ = values_of(self.taught, weights[:, :0], min(options.draws, ENOUGH))
            values, shares = values_of(self.rows, weights, options.draws)
        console.print(
            f"  {len(shown):,} subsets of {len(self.rows):,} test and {len(self.taught):,} training "
            f"galaxies, {len(seeds)} times: {time.monotonic() - started:.1f} s",
            highlight=False,
        )
        more = self._excess(console, values, parent)
        mismatch = float(np.mean([fit.metrics["prior_mismatch"] for fit in fits]))
        fault = alike(self.catalogue.target[self.rows])
        evidence = subset_evidence(values, trained, len(self.rows), more, mismatch)
        judged = tuple(with_fault(one, fault) for one in evidence)
        return Evaluation(self.names, values, shares, weights, judged, self.unions, self.orders)

    def _excess(self, console: Console, values: SubsetValues, parent: str) -> dict[int, tuple[float, float]]:
        """By how much boosted trees find more of some subsets, with errors, by the subsets' places."""
        subsets = self._asked
        inputs = [self._given(one) for one in subsets]
        opinions = second_opinions(console, self.maker, inputs, parent, self.options.referee)
        if opinions is None:
            return {}
        everyone, own = np.ones(len(self.rows), dtype=np.bool_), self.fits.mean(subsets, self.rows)
        found = [excess(one[self.rows], mine, everyone) for one, mine in zip(opinions, own, strict=True)]
        return dict(zip(values.at(subsets).tolist(), found, strict=True))

    def _given(self, shown: NDArray[np.bool_]) -> InputSet:
        """The inputs of one subset (players,), with what is always shown."""
        players = {player for player, there in zip(self.inputs.players, shown, strict=True) if there}
        items = tuple(i for i in self.inputs.items if i in players or i not in self.inputs.players)
        return InputSet(subset_label(self.names, shown), items)
