"""What job=subsets finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import (
    SubsetValues,
    best_subsets,
    leave_one_out,
    o_information,
    pair_atoms,
    sampling_error,
    smallest_within,
    three_sources,
)
from galaxy_causal.jobs.subsets_plan import SubsetPlan
from galaxy_causal.types import Estimate, Floats, SizeSummary

IMPOSSIBLE = 3.0
"""Errors by which, among hundreds of subsets, one may seem to tell more than all inputs by chance."""
NOTHING = 0.005
"""Nats that count as nothing."""
SHORT = 2  # letters of a name, such as W1, that needs no mark between it and the next


@dataclass(frozen=True)
class SubsetResult:
    """All that was found; ``shares`` (realisations, units, m) are the test galaxies' Shapley values."""

    plan: SubsetPlan
    values: SubsetValues
    shares: Floats
    pointwise: Floats
    """Informations of what is always shown, of everything, and of the sources' unions: (2 + 7, m)."""

    def of(self, shown: NDArray[np.bool_]) -> Estimate:
        """Informations of subsets (k, units)."""
        return self.values.estimate(partial(np.take, indices=self.values.at(shown), axis=-1))

    @cached_property
    def always(self) -> Estimate:
        """What the inputs that are always shown tell, (1,)."""
        return self.of(np.zeros((1, self.values.count), dtype=np.bool_))

    @cached_property
    def everything(self) -> Estimate:
        """What all inputs tell, (1,)."""
        return self.of(np.ones((1, self.values.count), dtype=np.bool_))

    @cached_property
    def alone(self) -> Estimate:
        """What each input tells by itself, (units,)."""
        return self.of(np.eye(self.values.count, dtype=np.bool_))

    @cached_property
    def last(self) -> Estimate:
        """What each input adds to all others, (units,)."""
        without = self.values.at(leave_one_out(self.values.count))
        whole = self.values.at(np.ones((1, self.values.count), dtype=np.bool_))
        return self.values.estimate(lambda sums: sums[..., whole] - sums[..., without])

    @cached_property
    def surplus(self) -> Estimate:
        """By how much each evaluated subset seems to tell more than all inputs, (s,): none can."""
        whole = self.values.at(np.ones((1, self.values.count), dtype=np.bool_))
        return self.values.estimate(lambda sums: sums - sums[..., whole])

    @cached_property
    def impossible(self) -> NDArray[np.int64]:
        """Numbers of the subsets that tell more than all inputs by more than chance, the worst first."""
        value, error = self.surplus.value, self.surplus.error
        beyond = np.flatnonzero((value > IMPOSSIBLE * error) & (value > NOTHING))
        return beyond[np.argsort(-value[beyond])]

    @cached_property
    def shapley(self) -> Estimate:
        """Shapley value of each input, (units,); its error holds that of sampling orders, if they were."""
        found = self._mean_share(np.ones(self.shares.shape[2], dtype=np.bool_))
        if self.plan.exact:
            return found
        sampling = sampling_error(self.values.mean, self.values.shown, self.plan.orders)
        return Estimate(found.value, np.hypot(found.error, sampling))

    def shapley_of(self, galaxy_class: str) -> Estimate:
        """Mean Shapley values of the galaxies of one class."""
        classes = self.plan.catalogue.galaxy_class
        if classes is None:
            raise KeyError(galaxy_class)
        return self._mean_share(classes[self.plan.rows] == galaxy_class)

    def _mean_share(self, chosen: NDArray[np.bool_]) -> Estimate:
        """The mean over these galaxies; the scatter of a mean is exact, and needs no bootstrap."""
        shares = self.shares[..., chosen]
        count = shares.shape[2]
        variance = shares.mean(axis=0).var(axis=1, ddof=1) / count if count > 1 else np.nan
        if len(shares) > 1:
            variance = variance + shares.mean(axis=2).var(axis=0, ddof=1) / len(shares)
        return Estimate(shares.mean(axis=(0, 2)), np.sqrt(variance))

    @cached_property
    def synergy(self) -> Estimate:
        """Of every pair of inputs, (pairs,)."""
        return self.values.estimate(lambda sums: pair_atoms(self.values, sums)[0])

    @cached_property
    def redundancy(self) -> Estimate:
        """Of every pair of inputs, (pairs,)."""
        return self.values.estimate(lambda sums: pair_atoms(self.values, sums)[1])

    @cached_property
    def balance(self) -> Estimate:
        """What the target adds to the O-information of the inputs, (1,)."""
        return self.values.estimate(partial(o_information, self.values))

    @cached_property
    def sizes(self) -> list[SizeSummary]:
        """The best subsets, where all were evaluated."""
        return best_subsets(self.values) if self.plan.exact else []

    @cached_property
    def smallest(self) -> SizeSummary | None:
        """The smallest subset that is good enough, where all were evaluated."""
        return smallest_within(self.sizes, self.plan.options["tolerance"]) if self.sizes else None

    @cached_property
    def lattice(self) -> Estimate | None:
        """Atoms of three sources by the minimum of the averages, (18,), where there are three."""
        if self.plan.sources is None:
            return None
        lattice, place = three_sources(), self.values.at(self.plan.unions)
        return self.values.estimate(
            lambda sums: np.moveaxis(
                lattice.atoms(lattice.redundancies(np.moveaxis(sums[..., place], -1, 0))), 0, -1
            )
        )

    @cached_property
    def pointwise_lattice(self) -> Floats | None:
        """Atoms of three sources galaxy by galaxy, (18, m)."""
        lattice = three_sources()
        return None if self.plan.sources is None else lattice.atoms(lattice.redundancies(self.pointwise[2:]))

    @property
    def pair_names(self) -> list[str]:
        """Such as ``u-g``, in the order of the pairs."""
        names = self.plan.names
        return [f"{names[i]}-{names[j]}" for i, j in zip(*np.triu_indices(len(names), 1), strict=True)]

    def label(self, shown: NDArray[np.bool_]) -> str:
        """The names of a subset's units, short ones of a modality run together: ``images/ugriz+redshift``."""
        named: dict[str, list[str]] = {}
        for name in (name for name, there in zip(self.plan.names, shown, strict=True) if there):
            modality, _, own = name.rpartition("/")
            named.setdefault(f"{modality}/" if modality else "", []).append(own)
        parts: list[str] = []
        for modality, names in sorted(named.items(), key=lambda item: bool(item[0])):
            short = "".join(name for name in names if len(name) <= SHORT)
            long = [name for name in names if len(name) > SHORT]
            parts += [modality + part for part in filter(None, [short, *long])]
        return "+".join(parts) or "nothing"
