"""What the informations of subsets amount to: values of inputs, pairs and sizes, with verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset import subset_label
from galaxy_causal.decomposition import (
    Evidence,
    SubsetValues,
    best_subsets,
    judged,
    leave_one_out,
    moebius,
    o_information,
    pair_atoms,
    sampling_error,
    telling,
    three_sources,
)
from galaxy_causal.jobs.decompose.verdict import too_few
from galaxy_causal.types import VERDICTS, Estimate, Floats, SizeSummary, one_sigma, option, with_error

IMPOSSIBLE = 3.0
"""Errors by which, among hundreds of subsets, one may seem to tell more than all inputs by chance."""
NOTHING = 0.005
"""Nats that count as nothing."""

Function = Callable[[Floats], Floats]
"""From mean informations (..., s) to quantities (..., k)."""


@dataclass(frozen=True)
class Evaluation:
    """Informations of subsets, and what is made of them with errors and verdicts.

    Parameters
    ----------
    names
        Of the inputs.
    values
        Mean informations of subsets over test galaxies [nats].
    shares
        The test galaxies' Shapley values (realisations, inputs, m) [nats].
    weights
        Of subsets (s, inputs) in the Shapley value of each input.
    evidence
        What speaks against the information of every subset, (s,).
    unions
        The unions of three sources, in the order of the lattice, (7, inputs); or none of them.
    orders
        The random orders (p, inputs) that the subsets are of; None where all subsets are there.
    """

    names: tuple[str, ...]
    values: SubsetValues
    shares: Floats
    weights: Floats
    evidence: tuple[Evidence, ...]
    unions: NDArray[np.bool_]
    orders: NDArray[np.int64] | None = None

    @property
    def galaxies(self) -> int:
        """Number of test galaxies."""
        return int(self.shares.shape[2])

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
        bound: NDArray[np.bool_] | bool = False,
    ) -> Estimate:
        """A quantity with its errors, unless ``found`` has them, and its verdicts.

        What rests on several subsets is not to be trusted where the information of all inputs has faults;
        where each number is one subset's, its own ``evidence`` (k,) counts.
        """
        estimate = self.values.estimate(function) if found is None else found
        of = judged(estimate, function, self.values.mean, self.short, self.galaxies, signed, bound)
        faulty = [bool(one.faults) for one in evidence or [self.whole] * len(of.verdict)]
        return _distrusted(of, np.array(faulty))

    def _of_whole(self, found: Estimate) -> Estimate:
        """What is read off all inputs is not to be trusted where a part of them seems to tell more."""
        return _distrusted(found, np.full(len(found.verdict), len(self.impossible) > 0))

    def of(self, shown: NDArray[np.bool_]) -> Estimate:
        """Informations of subsets (k, players)."""
        places = self.values.at(shown)
        every, own = self.values.estimates, [self.evidence[k] for k in places]
        found = Estimate(every.value[places], every.error[places])
        return self._judged(partial(np.take, indices=places, axis=-1), found, evidence=own, bound=True)

    @cached_property
    def subsets(self) -> Estimate:
        """Informations of all subsets, (s,)."""
        found = self.of(self.values.coalitions)
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
        """What each input tells by itself, (players,)."""
        return self.of(np.eye(self.values.count, dtype=np.bool_))

    @cached_property
    def last(self) -> Estimate:
        """What each input adds to all others, (players,)."""
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
        """Shapley value of each input, (players,); its error holds that of sampling orders, if they were."""
        found = self.mean_share(np.ones(self.galaxies, dtype=np.bool_))
        if self.orders is not None:
            sampling = sampling_error(self.values.mean, self.values.coalitions, self.orders)
            found = Estimate(found.value, np.hypot(found.error, sampling))
        return self._judged(lambda sums: sums @ self.weights, found)

    def mean_share(self, chosen: NDArray[np.bool_]) -> Estimate:
        """Mean Shapley values of some galaxies, not judged; a mean's scatter is exact without a bootstrap."""
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
        return self._judged(lambda sums: pair_atoms(self.values, sums)[1], bound=True)

    @cached_property
    def o_information(self) -> Estimate:
        """What the target adds to the O-information of the inputs, (1,)."""
        return self._judged(partial(o_information, self.values), signed=True)

    @cached_property
    def sizes(self) -> list[SizeSummary]:
        """The best subsets, where all were evaluated."""
        if self.orders is not None:
            return []
        sizes = best_subsets(self.values)
        places = self.values.at(np.stack([one.coalition for one in sizes]))
        return [replace(one, verdict=self.subsets.verdict[k]) for one, k in zip(sizes, places, strict=True)]

    @cached_property
    def lattice(self) -> Estimate | None:
        """Atoms of three sources by the minimum of the averages, (18,), where there are three."""
        if not len(self.unions):
            return None
        lattice, place = three_sources(), self.values.at(self.unions)
        return self._judged(
            lambda sums: np.moveaxis(
                lattice.atoms(lattice.redundancies(np.moveaxis(sums[..., place], -1, 0))), 0, -1
            ),
            bound=np.arange(len(lattice.names)) == 0,  # the least of all three; others are differences
        )

    def words(self) -> Iterator[str]:
        """What is not to be trusted, and why; why the information of all inputs is too low."""
        yield from too_few(self.galaxies, "test")
        for fault in self.whole.faults:
            yield f"warning: what subsets tell is not to be trusted: {fault}"
        if len(self.impossible):
            worst = self.impossible[0]
            value, error = self.surplus.value[worst], self.surplus.error[worst]
            which = subset_label(self.names, self.values.coalitions[worst])
            yield (
                f"warning: {len(self.impossible)} of {len(self.short)} subsets seem to tell more than "
                f"all inputs, which no information can do; {which} by {with_error(value, error)} nats: the "
                "network has not learnt all inputs together as well. What is smaller than that is not to be "
                "trusted; train longer, or with more galaxies"
            )
        elif self.everything.verdict[0] == VERDICTS[1] and telling(
            self.whole.shortfall, self.everything.value[0], self.everything.error[0]
        ):
            yield (
                f"warning: what all inputs tell is some {self.whole.shortfall:.2f} nats too low: "
                f"{self.whole.why}. More galaxies help, more {option('network.training.max_epochs')}, or a "
                "smaller network or more weight decay"
            )

    def columns(self) -> dict[str, NDArray[Any]]:
        """Of every subset (s,): its name, what it holds, its information, and the Moebius transform."""
        shown = self.values.coalitions
        found: dict[str, NDArray[Any]] = {
            "subset": np.array([subset_label(self.names, one) for one in shown]),
            "size": shown.sum(axis=1),
            **dict(zip(self.names, shown.T, strict=True)),
            "information": self.values.mean,
            "error": self.subsets.error,
            "verdict": np.array(self.subsets.verdict),
            "shortfall": self.short,
        }
        if self.orders is None:
            transformed = self.values.estimate(moebius)
            found |= {"moebius": transformed.value, "moebius_error": transformed.error}
        return found


def _distrusted(found: Estimate, where: NDArray[np.bool_]) -> Estimate:
    """An estimate (k,) whose numbers ``where`` (k,) are not to be trusted, whatever was judged before."""
    words = [VERDICTS[2] if no else word for word, no in zip(found.verdict, where, strict=True)]
    return replace(found, verdict=tuple(words))
