"""What job=subsets finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import (
    Evidence,
    SubsetValues,
    best_subsets,
    judged,
    leave_one_out,
    o_information,
    pair_atoms,
    sampling_error,
    smallest_within,
    three_sources,
)
from galaxy_causal.jobs.subsets.question import SubsetPlan
from galaxy_causal.types import VERDICTS, Estimate, Floats, SizeSummary, one_sigma

IMPOSSIBLE = 3.0
"""Errors by which, among hundreds of subsets, one may seem to tell more than all inputs by chance."""
NOTHING = 0.005
"""Nats that count as nothing."""

NODES = tuple(name.replace("}{", ".").strip("{}") for name in three_sources().names)
"""Of the redundancy lattice, as in the names of metrics: ``12.3`` is {12}{3}."""

Function = Callable[[Floats], Floats]
"""From mean informations (..., s) to quantities (..., k)."""


@dataclass(frozen=True)
class SubsetResult:
    """All that was found; ``shares`` (realisations, units, m) are the test galaxies' Shapley values."""

    plan: SubsetPlan
    values: SubsetValues
    shares: Floats
    weights: Floats
    """Of subsets (s, units) in the Shapley value of each input."""
    pointwise: Floats
    """Informations of what is always shown, of everything, and of the sources' unions: (2 + 7, m)."""
    evidence: tuple[Evidence, ...]
    """Of every subset."""

    @cached_property
    def short(self) -> Floats:
        """Nats (s,) by which each subset's information seems too low; all inputs tell what any part does."""
        short = np.array([one.shortfall for one in self.evidence])
        if len(self.impossible):
            short[self._whole] = max(short[self._whole].item(), self.surplus.value[self.impossible[0]])
        return short

    @property
    def whole(self) -> Evidence:
        """What speaks against the information of all inputs."""
        return self.evidence[self._whole.item()]

    @cached_property
    def _whole(self) -> NDArray[np.int64]:
        """The place of all inputs, (1,)."""
        return self.values.at(np.ones((1, self.values.count), dtype=np.bool_))

    def _judged(
        self,
        function: Function,
        found: Estimate | None = None,
        signed: bool = False,
        evidence: Sequence[Evidence] = (),
    ) -> Estimate:
        """A quantity with its errors, unless ``found`` has them, and its verdicts.

        What rests on several subsets is not to be trusted where the information of all inputs has faults;
        where each number is one subset's, its own ``evidence`` (k,) counts.
        """
        estimate = self.values.estimate(function) if found is None else found
        of = judged(estimate, function, self.values.mean, self.short, len(self.plan.rows), signed)
        faulty = [bool(one.faults) for one in evidence or [self.whole] * len(of.verdict)]
        return _distrusted(of, np.array(faulty))

    def _of_whole(self, found: Estimate) -> Estimate:
        """What is read off all inputs is not to be trusted where a part of them seems to tell more."""
        return _distrusted(found, np.full(len(found.verdict), len(self.impossible) > 0))

    def of(self, shown: NDArray[np.bool_]) -> Estimate:
        """Informations of subsets (k, units)."""
        places = self.values.at(shown)
        own = [self.evidence[k] for k in places]
        return self._judged(partial(np.take, indices=places, axis=-1), evidence=own)

    @cached_property
    def subsets(self) -> Estimate:
        """Informations of all subsets, (s,)."""
        found = self.of(self.values.shown)
        verdict = list(found.verdict)
        verdict[self._whole.item()] = self.everything.verdict[0]
        return replace(found, verdict=tuple(verdict))

    @cached_property
    def always(self) -> Estimate:
        """What the inputs that are always shown tell, (1,)."""
        return self.of(np.zeros((1, self.values.count), dtype=np.bool_))

    @cached_property
    def everything(self) -> Estimate:
        """What all inputs tell, (1,)."""
        return self._of_whole(self.of(np.ones((1, self.values.count), dtype=np.bool_)))

    @cached_property
    def alone(self) -> Estimate:
        """What each input tells by itself, (units,)."""
        return self.of(np.eye(self.values.count, dtype=np.bool_))

    @cached_property
    def last(self) -> Estimate:
        """What each input adds to all others, (units,)."""
        without = self.values.at(leave_one_out(self.values.count))
        return self._of_whole(self._judged(lambda sums: sums[..., self._whole] - sums[..., without]))

    @cached_property
    def surplus(self) -> Estimate:
        """By how much each evaluated subset seems to tell more than all inputs, (s,): none can."""
        return self.values.estimate(lambda sums: sums - sums[..., self._whole])

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
        if not self.plan.exact:
            sampling = sampling_error(self.values.mean, self.values.shown, self.plan.orders)
            found = Estimate(found.value, np.hypot(found.error, sampling))
        return self._judged(lambda sums: sums @ self.weights, found)

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
        sampling = shares.mean(axis=0).var(axis=1, ddof=1) / count if count > 1 else np.nan
        return Estimate(shares.mean(axis=(0, 2)), one_sigma(sampling, shares.mean(axis=2)))

    @cached_property
    def synergy(self) -> Estimate:
        """Of every pair of inputs, (pairs,)."""
        return self._judged(lambda sums: pair_atoms(self.values, sums)[0])

    @cached_property
    def redundancy(self) -> Estimate:
        """Of every pair of inputs, (pairs,)."""
        return self._judged(lambda sums: pair_atoms(self.values, sums)[1])

    @cached_property
    def balance(self) -> Estimate:
        """What the target adds to the O-information of the inputs, (1,)."""
        return self._judged(partial(o_information, self.values), signed=True)

    @cached_property
    def sizes(self) -> list[SizeSummary]:
        """The best subsets, where all were evaluated."""
        if not self.plan.exact:
            return []
        sizes = best_subsets(self.values)
        places = self.values.at(np.stack([one.shown for one in sizes]))
        return [replace(one, verdict=self.subsets.verdict[k]) for one, k in zip(sizes, places, strict=True)]

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
        return self._judged(
            lambda sums: np.moveaxis(
                lattice.atoms(lattice.redundancies(np.moveaxis(sums[..., place], -1, 0))), 0, -1
            )
        )

    @cached_property
    def pointwise_lattice(self) -> Floats | None:
        """Atoms of three sources galaxy by galaxy, (18, m)."""
        lattice = three_sources()
        return None if self.plan.sources is None else lattice.atoms(lattice.redundancies(self.pointwise[2:]))

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """The verdict on every number, by its name as a metric."""
        names, pairs = self.plan.names, self.pair_names
        found = {"mi": self.everything.verdict[0], "mi_always": self.always.verdict[0]}
        for prefix, labels, one in (
            ("alone", names, self.alone),
            ("shapley", names, self.shapley),
            ("last", names, self.last),
            ("synergy", pairs, self.synergy),
            ("redundancy", pairs, self.redundancy),
        ):
            found |= {f"{prefix}/{label}": word for label, word in zip(labels, one.verdict, strict=True)}
        found["o_information"] = self.balance.verdict[0]
        found |= {f"best/{one.size}": one.verdict for one in self.sizes}
        if self.lattice is not None:
            found |= {f"lattice/{node}": word for node, word in zip(NODES, self.lattice.verdict, strict=True)}
        return found

    @property
    def pair_names(self) -> list[str]:
        """Such as ``u-g``, in the order of the pairs."""
        names = self.plan.names
        return [f"{names[i]}-{names[j]}" for i, j in zip(*np.triu_indices(len(names), 1), strict=True)]

    def label(self, shown: NDArray[np.bool_]) -> str:
        """The name of a subset."""
        return self.plan.label(shown)


def _distrusted(found: Estimate, where: NDArray[np.bool_]) -> Estimate:
    """An estimate (k,) whose numbers ``where`` (k,) are not to be trusted, whatever was judged before."""
    words = [VERDICTS[2] if no else word for word, no in zip(found.verdict, where, strict=True)]
    return replace(found, verdict=tuple(words))
