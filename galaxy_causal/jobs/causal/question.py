"""What job=causal is asked to do, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from numpy.typing import NDArray
from omegaconf import DictConfig

from galaxy_causal.causal import LocalQuestion, LocalTestOptions
from galaxy_causal.causal.local import regressors
from galaxy_causal.causal.options import COVARIANCE
from galaxy_causal.causal.residuals import check_enough
from galaxy_causal.fitting import FitMaker, foreign_code
from galaxy_causal.jobs.causal.options import CausalOptions
from galaxy_causal.jobs.causal.queries import LEAST, Query, check_names, check_values, queries
from galaxy_causal.jobs.plan import JobPlan
from galaxy_causal.jobs.settings import fit_maker, made_of, plain
from galaxy_causal.jobs.variables import known_columns, parts
from galaxy_causal.network import ContrastiveNetwork
from galaxy_causal.types import Floats, InputSet, UserError, group_of

REVISION = 4
"""Raise it when the code gives the same recipe another meaning."""


class Plan(JobPlan):
    """What ``job=causal`` is asked to do."""

    @cached_property
    def options(self) -> dict[str, Any]:
        """``cfg.causal`` as plain values."""
        return plain(self.cfg.causal)

    @cached_property
    def inputs(self) -> InputSet:
        """What the network sees."""
        found: InputSet = getattr(self.pair, self.options["inputs"])
        return found

    @cached_property
    def maker(self) -> FitMaker:
        """What makes or finds the fits of the network with the latent."""
        return fit_maker(self.cfg, self.catalogue, self.representation)

    @cached_property
    def probe(self) -> FitMaker:
        """What makes or finds fits that measure the information of the input itself."""
        return fit_maker(self.cfg, self.catalogue, self.cfg.causal.probe)

    @cached_property
    def representation(self) -> DictConfig:
        """``network=`` where it keeps a latent, else ``causal.network``."""
        chosen = fit_maker(self.cfg, self.catalogue).fitting.network_of(self.inputs)
        keeps = isinstance(chosen, ContrastiveNetwork)
        network: DictConfig = self.cfg.network if keeps else self.cfg.causal.network
        return network

    @cached_property
    def network(self) -> str:
        """The name of the network with the latent."""
        return self.maker.network_name(self.inputs)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """Every query with what it is conditioned on."""
        return queries(self.catalogue, self.options["query"], self.options["given"])

    @cached_property
    def numbers(self) -> Floats:
        """The numerical inputs (n, p), none where the inputs are images alone, all checked."""
        (data,) = self.maker.check([self.inputs])
        return data.x

    @cached_property
    def training(self) -> NDArray[np.int64]:
        """Rows of the training galaxies, of which neighbourhoods consist."""
        return np.flatnonzero(self.catalogue.split == "train")

    @cached_property
    def tested(self) -> NDArray[np.int64]:
        """Rows of the galaxies whose neighbourhoods are tested."""
        every = self.options["galaxies"] == "all"
        return np.flatnonzero(every | (self.catalogue.split == "test"))

    @property
    def own(self) -> NDArray[np.int64]:
        """Of each tested galaxy its place among the training galaxies, -1 of one that is none of them."""
        place = np.full(len(self.catalogue), -1, dtype=np.int64)
        place[self.training] = np.arange(len(self.training))
        return place[self.tested]

    @property
    def _others(self) -> int:
        """How many neighbours every tested galaxy can have."""
        return len(self.training) - int(self.options["galaxies"] == "all")

    def check(self) -> None:
        """Refuse what cannot be, first what needs no data."""
        group_of(CausalOptions, "causal", self.options)  # refuses what cannot be
        self._check_overrides()
        made_of(self.cfg.neighbours)  # refuses what cannot be
        estimator = self.maker.estimator
        if not estimator.uses_network:
            raise UserError(
                f"estimator={estimator.name} trains no network, so there is no latent; job=causal "
                "needs estimator=cross_entropy"
            )
        if not estimator.predicts or estimator.folds:
            raise UserError(
                f"estimator={estimator.name} with folds={estimator.folds} has no latent of one density; "
                "job=causal needs estimator=cross_entropy and estimator.folds=0"
            )
        if self.options["k"] > self._others:
            raise UserError(
                f"causal.k={self.options['k']} is more than the {self._others} training galaxies of dataset "
                f"{self.catalogue.name} that can be neighbours; lower causal.k, or enlarge the training split"
            )
        _ = self.numbers
        for query in self.queries:
            check_names(query, self.catalogue, self.inputs)
            check_values(query, self.catalogue.target, self.training, self.numbers)
            self._check_members(query)
        if self.options["sufficiency"]:
            self.probe.check([self.inputs])

    def _check_overrides(self) -> None:
        """Refuse options of networks that are not used. Members of a sweep may differ in what they use."""
        if not HydraConfig.initialized():
            return
        given = [override.lstrip("+~") for override in HydraConfig.get().overrides.task]
        own = self.representation is self.cfg.network
        numbers = self.representation.get("numbers") is not None and not self.inputs.has_images
        used = ("network" if own else "causal.network") + (".numbers" if numbers else "")
        without = [override for override in given if override.startswith("network.")]
        if without and not own:
            raise UserError(
                f"{without[0]} is an option of a network that has no latent, and is not used; the latent "
                f"comes from causal.network: give {used}.{without[0].removeprefix('network.')}, or name a "
                "network with a latent, such as network=scl"
            )
        shared = () if own else ("causal.network.latent=",)
        others = [override for override in given if override.startswith("causal.network.")]
        unused = [override for override in others if not override.startswith((f"{used}.", *shared))]
        if unused and HydraConfig.get().mode == RunMode.RUN:
            raise UserError(
                f"{unused[0]} is not used: the network that gives the latent of these inputs is {used}; give "
                f"{used}.{unused[0].removeprefix('causal.network.').removeprefix('numbers.')}"
            )

    def _check_members(self, query: Query) -> None:
        """Refuse too few members or galaxies for what is regressed, in a neighbourhood or in all."""
        question = self._question(query)
        check_enough(question, self.tests)
        used = regressors(question, self.tests)
        if self.options["k"] < LEAST + used:
            given = "" if self.tests.test in COVARIANCE else f", {len(query.given)} conditions"
            raise UserError(
                f"causal.k={self.options['k']} members are too few: {used} coefficients are fitted inside a "
                f"neighbourhood (causal.gradient={self.tests.gradient}{given}), and "
                f"{LEAST} members must be left; raise causal.k to at least {LEAST + used}"
            )

    @cached_property
    def regressors(self) -> int:
        """How many coefficients are fitted inside a neighbourhood, at the most."""
        return max(regressors(self._question(query), self.tests) for query in self.queries)

    def _question(self, query: Query) -> LocalQuestion:
        """The question in its shape, before there is a latent."""
        rows = self.training
        size = int(getattr(self.maker.fitting.network_of(self.inputs), "latent"))  # noqa: B009
        return LocalQuestion(
            target=self.catalogue.target[rows],
            query=query.value[rows],
            given=query.conditions[rows] if query.given else None,
            latent=np.zeros((len(rows), size)),
            estimate=np.zeros(len(rows)),
            inputs=self.numbers[rows],
            name=f"causal.query={query.name}",
        )

    @cached_property
    def tests(self) -> LocalTestOptions:
        """Which local tests, with what."""
        names = {item.name for item in fields(LocalTestOptions)}
        return LocalTestOptions(**{name: self.options[name] for name in sorted(names)})

    def search(self) -> dict[str, Any]:
        """What the neighbours of one latent depend on, and how many of them are kept."""
        kept = min(max(self.cfg.neighbours.k, self.options["k"]), self._others)
        found = {
            k: v for k, v in plain(self.cfg.neighbours).items() if k not in ("block", "device", "threads")
        }
        code = foreign_code(found)
        return {**found, "k": kept, **({"code": code} if code else {})}

    def recipe(self) -> dict[str, Any]:
        """All that the job's run depends on."""
        sums = self.maker.checksums
        known = known_columns(self.catalogue)
        columns = {part for q in self.queries for name in (q.name, *q.given) for part in parts(name, known)}
        return {
            "job": "causal",
            "revision": REVISION,
            "method": self.maker.method(self.inputs),
            "inputs": self.maker.inputs_recipe(self.inputs),
            "seeds": self.maker.seeds(),
            "neighbours": self.search(),
            "tests": self._how(),
            "probe": self.probe.method(self.inputs) if self.options["sufficiency"] else None,
            "queries": [[q.name, list(q.given)] for q in self.queries],
            "columns": {name: sums[full] for name in sorted(columns) if (full := _full(name, sums))},
            "shown": sums["shown"],
        }

    def _how(self) -> dict[str, Any]:
        """What is done with one latent, besides the query."""
        elsewhere = ("inputs", "query", "given", "network", "probe", "sufficiency")
        return {name: value for name, value in self.options.items() if name not in elsewhere}

    def tags(self) -> dict[str, str]:
        """Tags of the job's run."""
        return {
            "job": "causal",
            "dataset": self.catalogue.name,
            "inputs": self.inputs.label,
            "network": self.network,
            "query": ", ".join(q.name for q in self.queries)[:500],
            "given": ", ".join(self.queries[0].given)[:500],
        }


def _full(name: str, sums: Mapping[str, str]) -> str | None:
    """The key of a column's checksum, if it has one of its own."""
    if name in sums:
        return name
    return next((key for key in sums if key.endswith(f"/{name}")), None)
