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
    """Mean informations of coalitions of d players, which are inputs.

    Parameters
    ----------
    coalitions
        Which players each of s coalitions has, (s, d).
    each
        Mean informations [nats] of every realisation of the fits, (realisations, s).
    replicates
        Bootstrap replicates over galaxies of their mean, (draws, s).
    """

    coalitions: NDArray[np.bool_]
    each: Floats
    replicates: Floats

    @property
    def count(self) -> int:
        """Number of inputs."""
        return int(self.coalitions.shape[1])

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
        codes = code(self.coalitions)
        order = np.argsort(codes)
        return codes[order], order

    def at(self, coalitions: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where subsets (..., d) stand; raises UserError for one that is not there."""
        codes, order = self._sorted
        wanted = code(coalitions)
        found = order[np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)]
        if not np.array_equal(code(self.coalitions)[found], wanted):
            exact = option("subsets.method", "exact")
            raise UserError(f"a subset was asked for that was not evaluated; use {exact}")
        return found

    def estimate(self, function: Callable[[Floats], Floats]) -> Estimate:
        """A quantity made of mean informations, with its error.

        Parameters
        ----------
        function
            Takes mean informations [nats], (..., s), and gives (..., k).

        Returns
        -------
        Estimate
            Each (k,). The variance is the bootstrap's over galaxies plus that between realisations over
            their number; one realisation alone cannot show the latter.
        """
        sampling = np.var(function(self.replicates), axis=0, ddof=1)
        return Estimate(function(self.mean), one_sigma(sampling, function(self.each)))


def code(coalitions: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Subsets (..., d) as whole numbers whose bit i tells whether input i is in."""
    bits: NDArray[np.int64] = coalitions @ (1 << np.arange(coalitions.shape[-1], dtype=np.int64))
    return bits


def every_subset(count: int) -> NDArray[np.bool_]:
    """All coalitions.

    Parameters
    ----------
    count
        Number of players, d.

    Returns
    -------
    NDArray of bool
        In the order of their ``code``, (2^d, d).

    Examples
    --------
    >>> every_subset(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    subsets: NDArray[np.bool_] = (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1
    return subsets


def evaluate(
    informations: Informations,
    coalitions: NDArray[np.bool_],
    weights: Floats,
    realisations: int,
    galaxies: int,
    draws: int,
    seed: int,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[SubsetValues, Floats]:
    """Averages over galaxies of coalitions, and sums over coalitions for every galaxy.

    Parameters
    ----------
    informations
        Gives pointwise informations [nats], (s, n), of a realisation's number and coalitions (s, d).
    coalitions
        To evaluate, (s, d).
    weights
        Of the sums, (s, k).
    realisations, galaxies
        How many there are of each.
    draws, seed
        Of the bootstrap over galaxies.
    advance
        Is told how many coalitions were done.

    Returns
    -------
    values : SubsetValues
    sums : Floats
        ``weights`` times pointwise informations, (realisations, k, n).

    Raises
    ------
    UserError
        For fewer than two draws or no galaxy.

    Notes
    -----
    Coalitions pass in pieces, so that what is held grows with coalitions and with galaxies, not with their
    product.
    """
    if draws < 2 or galaxies < 1:
        raise UserError(
            f"the bootstrap needs galaxies and at least 2 draws, got {galaxies} and {draws} "
            f"({option('subsets.draws')})"
        )
    share = (
        np.random.default_rng(seed).multinomial(galaxies, np.full(galaxies, 1 / galaxies), draws) / galaxies
    )
    each, replicates = np.empty((realisations, len(coalitions))), np.zeros((draws, len(coalitions)))
    sums = np.zeros((realisations, weights.shape[1], galaxies))
    step = max(1, CHUNK // galaxies)
    for start in range(0, len(coalitions), step):
        piece = slice(start, start + step)
        for realisation in range(realisations):
            pointwise = informations(realisation, coalitions[piece])
            each[realisation, piece] = pointwise.mean(axis=1)
            replicates[:, piece] += share @ pointwise.T / realisations
            sums[realisation] += weights[piece].T @ pointwise
        advance(len(coalitions[piece]))
    return SubsetValues(coalitions, each, replicates), sums


def join(coalitions: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Several lists of coalitions as one, none twice.

    Parameters
    ----------
    coalitions
        Each (s, d).

    Returns
    -------
    NDArray of bool
        In the order of their ``code``, (s, d).
    """
    everything = np.concatenate(coalitions)
    _, first = np.unique(code(everything), return_index=True)
    return everything[first]
