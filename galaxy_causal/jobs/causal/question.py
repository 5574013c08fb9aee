"""Does the target still depend on a query among galaxies that a network cannot tell apart?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property

import numpy as np
from rich.console import Console
from rich.text import Text

from galaxy_causal import plot
from galaxy_causal.causal import LocalQuestion, LocalTestOptions
from galaxy_causal.causal.neighbourhoods import regressors
from galaxy_causal.causal.options import COVARIANCE
from galaxy_causal.causal.residuals import check_enough
from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.causal.answers import Realisation, answers, ask, bins_of, groups_of, table_of
from galaxy_causal.jobs.causal.neighbourhoods import Neighbourhoods
from galaxy_causal.jobs.causal.options import CausalOptions
from galaxy_causal.jobs.causal.queries import LEAST, Query, check_names, check_values, queries
from galaxy_causal.jobs.causal.result import CausalAnalysis, LatentPlane
from galaxy_causal.jobs.causal.sufficiency import informations, lost
from galaxy_causal.jobs.life import galaxies_of, line_of
from galaxy_causal.jobs.progress import counting
from galaxy_causal.jobs.quantity import check_number, described_target, signed
from galaxy_causal.jobs.question import Need, Question
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.jobs.twin import Call, can_be_said, changed, chosen, fitted
from galaxy_causal.jobs.variables import known_columns, parts
from galaxy_causal.neighbours import SEARCHES, NeighbourSearch
from galaxy_causal.network import Network, preset
from galaxy_causal.types import Floats, InputPair, InputSet, Sample, UserError, option, spec_of

REVISION = 4
"""Raise it when the code gives the same recipe another meaning."""
SCANTY = 5
"""Members for each coefficient below which the tests of a neighbourhood lose their level."""
ELSEWHERE = ("query", "given", "sufficiency")
"""Options that stand in a recipe by what comes of them."""


@dataclass(frozen=True)
class CausalQuestion(Question[CausalAnalysis]):
    """Whether the target of a catalogue depends on queries beyond what inputs tell, and how that is found.

    Parameters
    ----------
    maker
        Makes or finds the fits of a network with a latent, on a catalogue.
    probe
        The network that measures what the inputs tell beyond the latent.
    inputs
        What both see.
    options
        What is asked of which galaxies, and how it is tested.
    search
        Finds neighbours in the latent.
    """

    job = "causal"

    maker: FitMaker
    probe: Network
    inputs: InputSet
    options: CausalOptions
    search: NeighbourSearch

    @property
    def name(self) -> str:
        """Queries and inputs."""
        return f"{', '.join(query.name for query in self.queries)} | {self.inputs.label}"

    @property
    def network(self) -> Network:
        """The one with the latent."""
        return self.maker.fitting.network_of(self.inputs)

    @cached_property
    def probing(self) -> FitMaker:
        """What makes or finds fits of the probe."""
        return replace(self.maker, fitting=replace(self.maker.fitting, network=self.probe))

    @cached_property
    def around(self) -> Neighbourhoods:
        """Whose neighbourhoods are tested, and how they are found."""
        return Neighbourhoods(self.catalogue, self.options.galaxies, self.options.k, self.search)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """Every query with what it is conditioned on."""
        return queries(self.catalogue, self.options.query, self.options.given)

    @cached_property
    def data(self) -> Sample:
        """The galaxies' inputs, checked."""
        return self.maker.check([self.inputs])[0]

    @property
    def columns(self) -> Floats:
        """The inputs (n, p) but for images, all checked."""
        return self.data.x.astype(np.float64, copy=False)

    @cached_property
    def tests(self) -> LocalTestOptions:
        """Which local tests, with what."""
        return LocalTestOptions(**{f.name: getattr(self.options, f.name) for f in fields(LocalTestOptions)})

    @cached_property
    def regressors(self) -> int:
        """How many coefficients are fitted inside a neighbourhood, at the most."""
        return max(regressors(self._question(query), self.tests) for query in self.queries)

    def check(self) -> None:
        """Refuse what cannot be, first what needs no data."""
        check_number(self.catalogue, self.job)
        self._check_latent()
        k, most = self.options.k, self.around.others
        if k > most:
            raise UserError(
                f"{option('causal.k', k)} is more than the {most} training galaxies of dataset "
                f"{self.catalogue.name} that can be neighbours; lower {option('causal.k')}, or enlarge the "
                "training split"
            )
        _ = self.columns
        for query in self.queries:
            check_names(query, self.catalogue, self.inputs)
            check_values(query, self.catalogue.target, self.around.training, self.columns)
            self._check_members(query)
        if self.options.sufficiency:
            self.probing.check([self.inputs])

    def _check_latent(self) -> None:
        """Refuse estimators and networks without one."""
        estimator = self.maker.estimator
        needed = f"needs {option('estimator', 'cross_entropy')}"
        if not estimator.uses_network:
            raise UserError(
                f"{option('estimator', estimator.name)} trains no network, so there is no latent; "
                f"job=causal {needed}"
            )
        if not estimator.predicts or estimator.folds:
            raise UserError(
                f"{option('estimator', estimator.name)} with folds={estimator.folds} has no latent of one "
                f"density; job=causal {needed} and {option('estimator.folds', 0)}"
            )
        if not self.network.has_latent:
            raise UserError(
                f"{option('network', self.maker.network_name(self.inputs))} has no latent; use one that "
                f"has, such as {option('network', 'scl')}"
            )

    def _check_members(self, query: Query) -> None:
        """Refuse too few members or galaxies for what is regressed, in a neighbourhood or in all."""
        question = self._question(query)
        check_enough(question, self.tests)
        used = regressors(question, self.tests)
        if self.options.k < LEAST + used:
            given = "" if self.tests.test in COVARIANCE else f", {len(query.given)} conditions"
            raise UserError(
                f"{option('causal.k', self.options.k)} members are too few: {used} coefficients are fitted "
                f"inside a neighbourhood ({option('causal.gradient', self.tests.gradient)}{given}), and "
                f"{LEAST} members must be left; raise {option('causal.k')} to at least {LEAST + used}"
            )

    def _question(self, query: Query) -> LocalQuestion:
        """The question in its shape, before there is a latent."""
        rows = self.around.training
        return LocalQuestion(
            target=self.catalogue.target[rows],
            query=query.value[rows],
            given=query.conditions[rows] if query.given else None,
            latent=np.zeros((len(rows), self.network.latent_dim)),
            estimate=np.zeros(len(rows)),
            inputs=self.columns[rows],
            name=option("causal.query", query.name),
        )

    def described(self) -> Iterator[str | Text]:
        """Galaxies, inputs, queries, and what is special about them."""
        around, k = self.around, self.options.k
        kind = "" if self.options.galaxies == "all" else "test "
        yield from galaxies_of(
            self.catalogue,
            f"{len(around.tested):,} {kind}galaxies in neighbourhoods of {k} among "
            f"{len(around.training):,} training galaxies; network {self.maker.network_name(self.inputs)}",
        )
        yield line_of("inputs", self.inputs)
        yield from described_target(self.maker, self.inputs, self.data)
        yield from signed(self.catalogue)
        if k < SCANTY * (1 + self.regressors):
            yield (
                f"  {option('causal.k', k)} members are few for {self.regressors} coefficients in each "
                "neighbourhood: tests reject less often than they say, and find little"
            )
        for query in self.queries:
            known = int(np.isfinite(query.value[around.training]).sum())
            given = f" given {', '.join(query.given)}" if query.given else ""
            yield f"  query = {query.name}{given}: {known:,} training galaxies have it"

    @property
    def tasks(self) -> list[Task]:
        """The fits of all realisations."""
        return [Task(self.inputs, seed) for seed in self.maker.seeds()]

    def call(self) -> Call | None:
        """The function of the library that asks the same; None where no function can."""
        if not can_be_said(InputPair(self.inputs, self.inputs, self.inputs), self.catalogue):
            return None
        own, fitting = changed(self.options), self.maker.fitting
        if "galaxies" in own:
            own["tested"] = own.pop("galaxies")
        if spec_of(self.probe) != spec_of(preset("image")):
            own["probe"] = self.probe
        named = [n for n, made in SEARCHES.items() if spec_of(made(fitting.seed)) == spec_of(self.search)]
        if named[:1] != ["exact"]:
            own["neighbours"] = named[0] if named else self.search
        return Call(
            "causal_analysis",
            {"x1": chosen(self.inputs)} | own | fitted(fitting, "scl_image", "cross_entropy"),
        )

    def needs(self) -> list[Need]:
        """The fits that give the latent, and those of the probe on inputs; those on latents come later."""
        makers = (self.maker, self.probing) if self.options.sufficiency else (self.maker,)
        return [Need(maker, task) for maker in makers for task in self.tasks]

    def recipe(self) -> dict[str, object]:
        """All that the answer depends on."""
        sums, options = self.maker.checksums, asdict(self.options)
        known = known_columns(self.catalogue)
        columns = {part for q in self.queries for name in (q.name, *q.given) for part in parts(name, known)}
        return {
            "job": self.job,
            "revision": REVISION,
            "method": self.maker.method(self.inputs),
            "inputs": self.maker.inputs_recipe(self.inputs),
            "seeds": self.maker.seeds(),
            "neighbours": self.around.recipe(),
            "tests": {name: value for name, value in options.items() if name not in ELSEWHERE},
            "probe": self.probing.method(self.inputs) if self.options.sufficiency else None,
            "queries": [[q.name, list(q.given)] for q in self.queries],
            "columns": {name: sums[full] for name in sorted(columns) if (full := _full(name, sums))},
            "shown": sums["shown"],
        }

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        return {
            "inputs": self.inputs.label,
            "network": self.maker.network_name(self.inputs),
            "query": ", ".join(q.name for q in self.queries)[:500],
            "given": ", ".join(self.queries[0].given)[:500],
        }

    def params(self) -> dict[str, object]:
        """Those of the fits and their neighbours, and how dependence is tested."""
        probe = {"probe": spec_of(self.probe)} if self.options.sufficiency else {}
        tests = {"causal": asdict(self.options) | probe}
        return super().params() | {"neighbours": spec_of(self.search)} | tests

    def answer(self, console: Console, parent: str) -> CausalAnalysis:
        """Make or find fits and neighbours, tracked beneath the run ``parent``, and test in each of them."""
        seeds = self.maker.seeds()
        fits = make_fits(console, self.maker, self.tasks, parent)
        realisations = self._realisations(console, seeds, parent)
        catalogue, around, options = self.catalogue, self.around, self.options
        groups = groups_of(catalogue, around.tested)
        bins = bins_of(catalogue, around.tested, groups, options.bins, options.least)
        masks = groups | {name: mask for b in bins for name, mask in zip(b.names, b.masks, strict=True)}
        every = []
        for one in realisations:
            with counting(console, f"local tests, seed {one.seed}") as count:
                every += ask(
                    catalogue, around.training, self.queries, one, self.tests, masks, groups, count.reach
                )
        told = informations(fits, catalogue.split == "test", self.maker.fitting.seed)
        if options.sufficiency:
            latents = {one.seed: one.latent for one in realisations}
            told |= lost(console, self.probing, self.inputs, latents, parent)
        recalls = [one.neighbours.recall for one in realisations if one.neighbours.recall is not None]
        return CausalAnalysis(
            inputs=self.inputs.label,
            target=catalogue.target_label,
            network=self.maker.network_name(self.inputs),
            dataset={"name": catalogue.name, **catalogue.provenance},
            left_out=dict(catalogue.dropped),
            counts={"training": len(around.training), "tested": len(around.tested)},
            k=options.k,
            least=options.least,
            neighbours=around.recipe(),
            tests=asdict(self.tests),
            answers=tuple(answers(every, groups, bins)),
            masked={f"{one.query}{one.suffix}/seed_{one.seed}": int(one.local.masked.sum()) for one in every},
            information=told,
            recall=float(np.mean(recalls)) if recalls else 1.0,
            columns=table_of(catalogue, around.training, around.tested, realisations, every),
            plane=self._plane(realisations[0]),
            fits=tuple(fits),
        )

    def _realisations(self, console: Console, seeds: Sequence[int], parent: str) -> list[Realisation]:
        """The latent of every seed with the neighbours in it."""
        found, reused = [], 0
        for seed in seeds:
            latent, estimate = self.maker.latent(self.inputs, seed)
            with counting(console, f"neighbours, seed {seed}") as count:
                near, there = self.around.find(self.maker, self.inputs, seed, latent, parent, count.reach)
            reused += there
            found.append(Realisation(seed, latent, estimate, self.columns, near))
        recall = found[0].neighbours.recall
        how = "exact" if recall is None else f"recall {recall:.4f}"
        console.print(f"  neighbours ({how}): {len(found) - reused} made, {reused} reused", highlight=False)
        return found

    def _plane(self, first: Realisation) -> LatentPlane:
        """The latent of the first realisation as it is drawn, with the values of the queries in it."""
        rows = self.around.tested
        places, share = plot.principal_plane(first.latent[rows])
        values = {query.name: query.value[rows] for query in self.queries}
        return LatentPlane(first.seed, places, (float(share[0]), float(share[1])), values)


def _full(name: str, sums: Mapping[str, str]) -> str | None:
    """The key of a column's checksum, if it has one of its own."""
    if name in sums:
        return name
    return next((key for key in sums if key.endswith(f"/{name}")), None)
