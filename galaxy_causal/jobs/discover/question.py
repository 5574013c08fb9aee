"""Which graph of causes does a catalogue support?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rich.console import Console
from rich.text import Text

from galaxy_causal.discovery import (
    ALGORITHMS,
    ExactPosterior,
    Ranges,
    Setting,
    Stability,
    pair_table,
    simulated_ranges,
    stability,
    tails,
    to_graph,
)
from galaxy_causal.fitting import FitMaker, foreign_code, recipe_key, stored_estimate
from galaxy_causal.independence import moments
from galaxy_causal.jobs.discover.circular import makings
from galaxy_causal.jobs.discover.graphs import GraphMaker, Resampling
from galaxy_causal.jobs.discover.metrics import measured
from galaxy_causal.jobs.discover.options import DiscoverOptions
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.jobs.life import galaxies_of
from galaxy_causal.jobs.progress import counting
from galaxy_causal.jobs.quantity import check_number
from galaxy_causal.jobs.question import Need, Question
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.twin import Call, can_be_said, changed, chosen, fitted
from galaxy_causal.jobs.variables import ESTIMATE, TARGET, Table, known_columns, parts, table
from galaxy_causal.types import Fit, Floats, InputPair, InputSet, UserError, option, spec_of

REVISION = 1
"""Raise it when the code gives the same recipe another meaning: older graphs are then not reused."""


@dataclass(frozen=True)
class DiscoverQuestion(Question[Discovery]):
    """Which graph joins variables of a catalogue, and how far it is to be trusted.

    Parameters
    ----------
    maker
        Holds catalogue, seed and store; makes or finds the fit whose estimate is a variable.
    options
        Which variables, of which galaxies, and the algorithm.
    inputs
        Those of that fit; None where no variable asks for an estimate.
    """

    job = "discover"

    maker: FitMaker
    options: DiscoverOptions
    inputs: InputSet | None = None

    @property
    def seed(self) -> int:
        """Of resamples, and of the fit."""
        return self.maker.fitting.seed

    @property
    def name(self) -> str:
        """Algorithm and variables."""
        return f"{type(self.options.search).__name__}: {', '.join(self.options.labels)}"

    @cached_property
    def how(self) -> Resampling:
        """How galaxies are drawn again."""
        return Resampling(self.options.stability.method, self.options.stability.fraction, self.seed)

    @cached_property
    def asked(self) -> InputSet | None:
        """The inputs of the network whose estimate a variable is; None where none is."""
        if not self.options.asks_estimate:
            return None
        if self.inputs is None:
            raise UserError(
                f"{option('discovery.estimate', None)}, but a variable asks for the estimate: say of which "
                "inputs (x1, x2 or union)"
            )
        return self.inputs

    def table(self, estimate: Floats | None = None) -> Table:
        """The variables; where one is an estimate, of test galaxies, and without it until it is given."""
        labels = {n: r for n, r in self.options.labels.items() if estimate is not None or ESTIMATE not in r}
        return table(
            self.catalogue,
            labels,
            galaxies=self.options.galaxies if self.asked is None else "test",
            nulls=self.options.nulls,
            estimate=estimate,
        )

    def check(self) -> None:
        """Refuse what cannot be, first what needs no data."""
        self.options.check()
        if self.asked is not None:
            self.maker.check([self.asked])
        known = known_columns(self.catalogue)
        if any(TARGET in parts(made, known) or ESTIMATE in made for made in self.options.labels.values()):
            check_number(self.catalogue, self.job)
        _ = self.table()

    def described(self) -> Iterator[str | Text]:
        """Galaxies, variables, and what is known of them."""
        checked = self.table()
        count, everyone = len(checked.rows), len(self.catalogue)
        yield from galaxies_of(
            self.catalogue, f"{count:,} of {everyone:,} galaxies; {type(self.options.search).__name__}"
        )
        for reason, left in checked.left_out.items():
            yield f"  left out: {left:,} ({reason})"
        for label, recipe in self.options.labels.items():
            yield f"  {label}" + ("" if recipe == label else f" = {recipe}")
        known = self.options.known
        for verdict, pairs in (("required", known.required), ("forbidden", known.forbidden)):
            for (cause, effect), source in pairs.items():
                yield f"  {verdict}: {cause} -> {effect} ({source})"

    def recipe(self) -> dict[str, object]:
        """What a graph depends on, and how it is repeated."""
        repeated = asdict(self.options.stability)
        del repeated["workers"]
        return {
            **self.graph_recipe(),
            "graph": "all",
            "stability": repeated,
            "sweep": self.options.sweep,
            "truth": None if self.options.marks is None else self.options.marks.tolist(),
        }

    def graph_recipe(self) -> dict[str, Any]:
        """What a graph depends on."""
        known = self.options.known
        recipe: dict[str, Any] = {
            "job": self.job,
            "revision": REVISION,
            "dataset": {"name": self.catalogue.name, "checksums": self.maker.checksums},
            "variables": [[name, made] for name, made in self.options.labels.items()],
            "galaxies": self.options.galaxies,
            "nulls": self.options.nulls,
            "algorithm": spec_of(self.options.search),
            "knowledge": {
                "tiers": known.tiers,
                "required": sorted([*pair, source] for pair, source in known.required.items()),
                "forbidden": sorted([*pair, source] for pair, source in known.forbidden.items()),
            },
            "seed": self.seed,
        }
        if code := foreign_code(recipe["algorithm"]):
            recipe["code"] = code
        if self.asked is not None:
            recipe["estimate"] = recipe_key(self.maker.recipe(self.asked, self.seed))
        return recipe

    def call(self) -> Call | None:
        """The function of the library that asks the same; None where no function can."""
        options, own = self.options, changed(self.options, ("nulls", "sweep", "truth", "selected"))
        named = [n for n, one in ALGORITHMS.items() if spec_of(one) == spec_of(options.search)]
        own |= {
            "variables": [{n: made} if n != made else n for n, made in options.labels.items()],
            "algorithm": named[0] if named else options.search,
        }
        for name in ("knowledge", "stability"):
            if inner := changed(getattr(options, name)):
                own[name] = inner
        if options.galaxies != "all":
            own["split"] = options.galaxies
        if self.asked is not None:
            if not can_be_said(InputPair(self.asked, self.asked, self.asked), self.catalogue):
                return None
            own |= {"estimate": chosen(self.asked)} | fitted(self.maker.fitting, "mlp", "cross_entropy")
            own.pop("seeds", None)
        elif self.seed:
            own["seed"] = self.seed
        return Call("discover", own)

    def needs(self) -> list[Need]:
        """The fit of an estimate, where a variable is one."""
        return [] if self.asked is None else [Need(self.maker, Task(self.asked, self.seed))]

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        options = self.options
        return {"algorithm": type(options.search).__name__, "variables": ", ".join(options.labels)[:500]}

    def params(self) -> dict[str, object]:
        """How the graph is sought, and the fit of an estimate where a variable is one."""
        own: dict[str, object] = {"seed": self.seed} if self.asked is None else super().params()
        return own | {"discovery": spec_of(self.options)}

    def answer(self, console: Console, parent: str) -> Discovery:
        """The graph of all galaxies, tracked beneath the run ``parent``, and how far to trust it."""
        fits, estimate = self._estimate(console, parent)
        made = self.table(estimate)
        algorithm, known, options = self.options.search, self.options.known, self.options
        data = algorithm.prepare(made.variables)
        tags = {"job": "graph", "dataset": self.catalogue.name, **self.tags()}
        maker = GraphMaker(
            self.maker.store, self.graph_recipe(), tags, parent, algorithm, data, known, self.seed
        )
        found = maker.whole()
        settings = [float(value) for value in options.sweep or ()]
        sweep = [(v, maker.whole(self.options.turned(v), {algorithm.dial: v}).marks) for v in settings]
        repeated = self._replicates(console, maker)
        posterior = algorithm.posterior(data, known) if isinstance(algorithm, ExactPosterior) else None
        ranges, why_not = self._simulated(repeated, len(data))
        correlation = moments(data).correlation
        names, kind = known.variables, algorithm.kind
        return Discovery(
            graph=to_graph(found.marks, names, kind, found.imposed),
            consensus=None if repeated is None else to_graph(repeated.consensus, names, kind),
            truth=None if self.options.marks is None else to_graph(self.options.marks, names, kind),
            edges=tuple(pair_table(found, known, correlation, repeated, posterior, ranges)),
            known=known,
            dataset={"name": self.catalogue.name, **self.catalogue.provenance},
            count=len(data),
            measured=measured(found, len(data), repeated, posterior, self.options.marks),
            replicates=0 if repeated is None else repeated.replicates,
            simulated=ranges,
            unsimulated=why_not,
            heavy=tuple(tail for tail in tails(made.variables) if tail.heavy),
            robust=algorithm.robust,
            dial=algorithm.dial if sweep else "",
            sweep=tuple(sweep),
            makings=makings(self.catalogue, self.options.labels),
            fits=tuple(fits),
        )

    def _estimate(self, console: Console, parent: str) -> tuple[Sequence[Fit], Floats | None]:
        """The network's estimate of the target for all galaxies, if a variable asks for it, and its fit."""
        if self.asked is None:
            return (), None
        fits = make_fits(console, self.maker, [Task(self.asked, self.seed)], parent)
        return fits, stored_estimate(self.maker.stored(self.asked, self.seed))

    def _replicates(self, console: Console, maker: GraphMaker) -> Stability | None:
        """What resamples say, where there are any."""
        given = self.options.stability
        if given.replicates == 0:
            return None
        with counting(console, "resamples", given.replicates) as count:
            marks, reused = maker.replicates(given.replicates, self.how, given.workers, count.advance)
        console.print(
            f"  {len(marks)} resamples ({given.method}): {len(marks) - reused} made, {reused} reused",
            highlight=False,
        )
        return stability(marks, self.options.search.kind, given.threshold, given.flip)

    def _simulated(self, repeated: Stability | None, galaxies: int) -> tuple[Ranges | None, str]:
        """What simulations say of the shares of resamples, if there are any, or why they say nothing."""
        if repeated is None:
            return None, ""
        setting = Setting(
            search=self.options.search,
            method=self.how.method,
            fraction=self.how.fraction,
            replicates=repeated.replicates,
            galaxies=galaxies,
            variables=len(self.options.labels),
            knowledge=not self.options.known.empty,
        )
        return simulated_ranges(setting)
