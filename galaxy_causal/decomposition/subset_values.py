"""What subsets of the inputs tell, averaged over galaxies, and quantities made of it with their errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Estimate, Floats, UserError, one_sigma, option

CHUNK = 2**22  # pointwise informations that are held at once
MOST_INPUTS = 60  # a subset is told by the bits of a whole number

Informations = Callable[[int, NDArray[np.bool_]], Floats]
"""Of a realisation's number and subsets (s, d): pointwise informations (s, n) in nats."""


@dataclass(frozen=True)
class SubsetValues:
    """Mean informations in nats of the subsets ``shown`` (s, d) of d inputs.

    ``each`` (realisations, s) are of every realisation of the fits, ``replicates`` (draws, s) bootstrap
    replicates over galaxies of their mean.
    """

    shown: NDArray[np.bool_]
    each: Floats
    replicates: Floats

    @property
    def count(self) -> int:
        """Number of inputs."""
        return int(self.shown.shape[1])

    @cached_property
    def mean(self) -> Floats:
        """Mean over realisations, (s,)."""
        mean: Floats = self.each.mean(axis=0)
        return mean

    @cached_property
    def estimates(self) -> Estimate:
        """Informations of all subsets with their errors, (s,)."""
        return self.estimate(lambda sums: sums)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        codes = code(self.shown)
        order = np.argsort(codes)
        return codes[order], order

    def at(self, shown: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where subsets (..., d) stand; raises UserError for one that is not there."""
        codes, order = self._sorted
        wanted = code(shown)
        found = order[np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)]
        if not np.array_equal(code(self.shown)[found], wanted):
            exact = option("subsets.method", "exact")
            raise UserError(f"a subset was asked for that was not evaluated; use {exact}")
        return found

    def estimate(self, function: Callable[[Floats], Floats]) -> Estimate:
        """A quantity made of mean informations: ``function`` takes (..., s) and gives (..., k).

        The variance is the bootstrap's over galaxies plus that between realisations over their number;
        one realisation alone cannot show the latter.
        """
        sampling = np.var(function(self.replicates), axis=0, ddof=1)
        return Estimate(function(self.mean), one_sigma(sampling, function(self.each)))


def code(shown: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Subsets (..., d) as whole numbers whose bit i tells whether input i is in."""
    bits: NDArray[np.int64] = shown @ (1 << np.arange(shown.shape[-1], dtype=np.int64))
    return bits


def every_subset(count: int) -> NDArray[np.bool_]:
    """All subsets of ``count`` inputs, in the order of their ``code``: (2^count, count)."""
    subsets: NDArray[np.bool_] = (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1
    return subsets


def evaluate(
    informations: Informations,
    shown: NDArray[np.bool_],
    weights: Floats,
    realisations: int,
    galaxies: int,
    draws: int,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[SubsetValues, Floats]:
    """Averages over galaxies of the subsets ``shown`` (s, d), and sums over subsets for every galaxy.

    The sums are ``weights`` (s, k) times pointwise informations: (realisations, k, n). Subsets pass in
    pieces, so that what is held grows with subsets and with galaxies, not with their product; ``advance`` is
    told how many subsets were done. Raises UserError for fewer than two draws or no galaxy.
    """
    if draws < 2 or galaxies < 1:
        raise UserError(
            f"the bootstrap needs galaxies and at least 2 draws, got {galaxies} and {draws} "
            f"({option('subsets.draws')})"
        )
    share = (
        np.random.default_rng(seed).multinomial(galaxies, np.full(galaxies, 1 / galaxies), draws) / galaxies
    )
    each, replicates = np.empty((realisations, len(shown))), np.zeros((draws, len(shown)))
    sums = np.zeros((realisations, weights.shape[1], galaxies))
    step = max(1, CHUNK // galaxies)
    for start in range(0, len(shown), step):
        piece = slice(start, start + step)
        for realisation in range(realisations):
            pointwise = informations(realisation, shown[piece])
            each[realisation, piece] = pointwise.mean(axis=1)
            replicates[:, piece] += share @ pointwise.T / realisations
            sums[realisation] += weights[piece].T @ pointwise
        advance(len(shown[piece]))
    return SubsetValues(shown, each, replicates), sums


def join(shown: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Several lists of subsets (s, d) as one, none twice, in the order of their ``code``."""
    everything = np.concatenate(shown)
    _, first = np.unique(code(everything), return_index=True)
    return everything[first]
