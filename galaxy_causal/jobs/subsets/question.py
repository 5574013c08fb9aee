"""What job=subsets is asked to do, checked before anything is trained."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import check_distinct, divided, groups, unit_names
from galaxy_causal.decomposition import (
    MOST_INPUTS,
    check_exact,
    every_subset,
    join,
    leave_one_out,
    pairs,
    permutations,
    sampled_weights,
    shapley_weights,
)
from galaxy_causal.fitting import SubsetFits
from galaxy_causal.jobs.plan import JobPlan
from galaxy_causal.jobs.settings import plain
from galaxy_causal.types import Floats, InputSet, UserError, check_whole

REVISION = 2
"""Raise it when the code gives the same recipe another meaning."""
METHODS = ("exact", "sampled")
SOURCES = 3
SHORT = 2  # letters of a name, such as W1, that needs no mark between it and the next


class SubsetPlan(JobPlan):
    """What ``job=subsets`` is asked to do."""

    @cached_property
    def options(self) -> dict[str, Any]:
        """``cfg.subsets`` as plain values."""
        return plain(self.cfg.subsets)

    @cached_property
    def inputs(self) -> InputSet:
        """All inputs, divided into units."""
        return divided(self.pair, self.catalogue.features, self.catalogue.image_bands)

    @cached_property
    def fits(self) -> SubsetFits:
        """Fits of all inputs."""
        return SubsetFits(self.maker, self.inputs)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the units."""
        return unit_names(self.inputs)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The test galaxies."""
        return np.flatnonzero(self.catalogue.split == "test")

    @cached_property
    def taught(self) -> NDArray[np.int64]:
        """Training galaxies, as many as test galaxies at most, that are compared with these."""
        trained = np.flatnonzero(self.catalogue.split == "train")
        count = min(len(trained), len(self.rows))
        chosen = np.random.default_rng(int(self.cfg.seed)).choice(trained, count, replace=False)
        return np.sort(chosen)

    @property
    def exact(self) -> bool:
        """Whether all subsets are evaluated."""
        return bool(self.options["method"] == "exact")

    @cached_property
    def sources(self) -> NDArray[np.bool_] | None:
        """Three groups of units (3, units) for the lattice, if any; three units are their own groups."""
        given = self.options["sources"]
        if given is None:
            return np.eye(SOURCES, dtype=np.bool_) if len(self.names) == SOURCES else None
        return groups(self.inputs, given, SOURCES, self.catalogue.name)

    @cached_property
    def unions(self) -> NDArray[np.bool_]:
        """The unions of sources, in the order of the lattice: (7, units), or none."""
        if self.sources is None:
            return np.zeros((0, len(self.names)), dtype=np.bool_)
        return every_subset(SOURCES)[1:] @ self.sources

    @cached_property
    def orders(self) -> NDArray[np.int64]:
        """Random orders of the inputs, for ``method=sampled``."""
        return permutations(len(self.names), self.options["permutations"], int(self.cfg.seed))

    def check(self) -> None:
        """Refuse what cannot work."""
        options = self.options
        if options["method"] not in METHODS:
            raise UserError(f"subsets.method={options['method']!r}: choose {' or '.join(METHODS)}")
        check_whole("subsets.draws", options["draws"], 2)
        check_whole("subsets.permutations", options["permutations"], 4)
        if not isinstance(options["referee"], bool):
            raise UserError(f"subsets.referee={options['referee']} must be true or false")
        tolerance = options["tolerance"]
        if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not tolerance >= 0:
            raise UserError(f"subsets.tolerance={tolerance} nats must be a number, not negative")
        _ = self.fits
        check_distinct(self.inputs, self.catalogue.features)
        count = len(self.names)
        if self.exact:
            check_exact(count)
        elif count > MOST_INPUTS:
            raise UserError(
                f"{count} inputs are more than {MOST_INPUTS}; choose fewer in bands.x1 and bands.x2"
            )
        else:
            _ = self.orders
        _ = self.unions
        self.maker.check((self.inputs,))

    def given(self, shown: NDArray[np.bool_]) -> InputSet:
        """The inputs of one subset (units,), with what is always shown."""
        units = {unit for unit, there in zip(self.inputs.units, shown, strict=True) if there}
        items = tuple(i for i in self.inputs.items if i in units or i not in self.inputs.units)
        return InputSet(self.label(shown), items)

    def label(self, shown: NDArray[np.bool_]) -> str:
        """The names of a subset's units, short ones of a modality run together: ``images/ugriz+redshift``."""
        named: dict[str, list[str]] = {}
        for name in (name for name, there in zip(self.names, shown, strict=True) if there):
            modality, _, own = name.rpartition("/")
            named.setdefault(f"{modality}/" if modality else "", []).append(own)
        parts: list[str] = []
        for modality, names in sorted(named.items(), key=lambda item: bool(item[0])):
            short = "".join(name for name in names if len(name) <= SHORT)
            long = [name for name in names if len(name) > SHORT]
            parts += [modality + part for part in filter(None, [short, *long])]
        return "+".join(parts) or "nothing"

    def subsets(self) -> tuple[NDArray[np.bool_], Floats]:
        """The subsets to evaluate (s, units), and the weights (s, units) that give Shapley values."""
        count = len(self.names)
        if self.exact:
            return every_subset(count), shapley_weights(count)
        some = [np.eye(count, dtype=np.bool_), pairs(count), leave_one_out(count), self.unions]
        return sampled_weights(self.orders, join(some))

    def recipe(self) -> dict[str, object]:
        """All that the job's run depends on."""
        return {
            "job": "subsets",
            "revision": REVISION,
            "method": self.maker.method(self.inputs),
            "inputs": self.maker.inputs_recipe(self.inputs),
            "units": [f"{unit.modality}/{unit.name}" for unit in self.inputs.units],
            "seeds": self.maker.seeds(),
            "shown": self.maker.checksums["shown"],
            "subsets": self.options,
        }

    def tags(self) -> dict[str, str]:
        """What the run is found by."""
        return {
            "job": "subsets",
            "dataset": self.catalogue.name,
            "inputs": self.inputs.label,
            "estimator": str(self.maker.estimator.name),
            "network": self.maker.network_name(),
            "method": str(self.options["method"]),
        }
