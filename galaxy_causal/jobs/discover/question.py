"""What job=discover is asked to do, checked before it does anything."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from galaxy_causal.discovery import Algorithm, Knowledge, Marks, knowledge, read_graph, truth_of
from galaxy_causal.fitting import foreign_code, recipe_key
from galaxy_causal.jobs.discover.graphs import Resampling
from galaxy_causal.jobs.discover.options import DiscoverOptions
from galaxy_causal.jobs.plan import JobPlan
from galaxy_causal.jobs.settings import made_of, plain
from galaxy_causal.jobs.variables import ESTIMATE, Galaxies, Table, labels_of, table
from galaxy_causal.tracking import check_place
from galaxy_causal.types import Floats, InputSet, UserError

REVISION = 1
"""Raise it when the code gives the same recipe another meaning: older graphs are then not reused."""


class Plan(JobPlan):
    """What ``job=discover`` is asked to do; ``maker`` makes the fit whose estimate is a variable."""

    @cached_property
    def options(self) -> dict[str, Any]:
        """``cfg.discovery`` as plain values."""
        return plain(self.cfg.discovery)

    @cached_property
    def search(self) -> Algorithm:
        """The algorithm."""
        if self.options["algorithm"] is None:
            raise UserError(
                "discovery=common has no algorithm; choose pc, fci, ges, hill_climbing, boss, grasp or exact"
            )
        made: Algorithm = made_of(self.cfg.discovery.algorithm)
        return made

    @property
    def name(self) -> str:
        """Algorithm and variables."""
        return f"{type(self.search).__name__}: {', '.join(self.labels)}"

    @cached_property
    def labels(self) -> dict[str, str]:
        """Names of the variables and what each is made of."""
        return labels_of(self.options["variables"])

    @cached_property
    def known(self) -> Knowledge:
        """Background knowledge."""
        return knowledge(list(self.labels), **self.options["knowledge"])

    @cached_property
    def how(self) -> Resampling:
        """How galaxies are drawn again."""
        given = self.options["stability"]
        return Resampling(str(given["method"]), float(given["fraction"]), int(self.cfg.seed))

    @property
    def asks_estimate(self) -> bool:
        """Whether a variable rests on a network's estimate."""
        return any(ESTIMATE in recipe for recipe in self.labels.values())

    @cached_property
    def inputs(self) -> InputSet:
        """The inputs of the network whose estimate is a variable."""
        chosen = self.options["estimate"]
        if chosen is None:
            raise UserError(
                f"discovery.estimate={chosen}, but a variable asks for the estimate: choose x1, x2 or union"
            )
        found: InputSet = getattr(self.pair, chosen)
        return found

    @property
    def truth(self) -> Marks | None:
        """The graph that perfect tests would give, where the true DAG is known."""
        path = self.options["truth"]
        if path is None:
            return None
        selected = [str(name) for name in self.options["selected"] or ()]
        return truth_of(read_graph(path), list(self.labels), self.search.kind, selected)

    def turned(self, value: float) -> Algorithm:
        """The algorithm at another value of what a sweep varies."""
        try:
            turned = self.search.turned(float(value))
        except TypeError as error:
            raise UserError(f"discovery.sweep={self.options['sweep']}: {error}") from error
        return turned

    def table(self, estimate: Floats | None = None) -> Table:
        """The variables; where one is an estimate, of test galaxies, and without it until it is given."""
        labels = {n: r for n, r in self.labels.items() if estimate is not None or ESTIMATE not in r}
        galaxies: Galaxies = "test" if self.asks_estimate else self.options["galaxies"]
        return table(
            self.catalogue, labels, galaxies=galaxies, nulls=self.options["nulls"], estimate=estimate
        )

    def check(self) -> None:
        """Refuse what cannot be, first what needs no data."""
        check_place(self.cfg.tracking.root)
        DiscoverOptions.of(self.options)
        _ = self.search
        for value in self.options["sweep"] or ():
            self.turned(value)
        _ = self.known, self.truth  # contradictions show here
        if self.asks_estimate:
            self.maker.check([self.inputs])
        self.search.check_count(list(self.labels))
        self.table()

    def recipe(self) -> dict[str, Any]:
        """What a graph depends on; the job's recipe is this and how it is repeated."""
        sums = self.maker.checksums
        known = self.known
        recipe: dict[str, Any] = {
            "job": "discover",
            "revision": REVISION,
            "dataset": {"name": self.catalogue.name, "checksums": sums},
            "variables": [[name, made] for name, made in self.labels.items()],
            "galaxies": self.options["galaxies"],
            "nulls": self.options["nulls"],
            "algorithm": self.options["algorithm"],
            "knowledge": {
                "tiers": known.tiers,
                "required": sorted([*pair, source] for pair, source in known.required.items()),
                "forbidden": sorted([*pair, source] for pair, source in known.forbidden.items()),
            },
            "seed": int(self.cfg.seed),
        }
        if code := foreign_code(self.options["algorithm"]):
            recipe["code"] = code
        if self.asks_estimate:
            recipe["estimate"] = recipe_key(self.maker.recipe(self.inputs, int(self.cfg.seed)))
        return recipe

    def tags(self) -> dict[str, str]:
        """Tags of the job's run and of the runs that hold its graphs."""
        return {
            "job": "discover",
            "dataset": self.catalogue.name,
            "algorithm": type(self.search).__name__,
            "variables": ", ".join(self.labels)[:500],
        }
