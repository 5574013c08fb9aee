"""Sums over groups of galaxies, and their bootstrap replicates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, one_sigma

BLOCK_BYTES = 16 * 2**20  # resampling counts that one thread holds at once
DRAWS_PER_STREAM = 25  # fixed, so that results do not depend on the number of threads


def group_sums(values: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """Sums over groups of galaxies.

    Parameters
    ----------
    values
        Of each galaxy, (n, k).
    group
        Of each galaxy, (n,), in [0, count).
    count
        How many groups there are.

    Returns
    -------
    Floats
        (count, k).
    """
    return np.column_stack([np.bincount(group, weights=column, minlength=count) for column in values.T])


def bootstrap_sums(
    values: Floats, group: NDArray[np.int64], count: int, draws: int, seed: int, threads: int = 2
) -> Floats:
    """Replicates of ``group_sums`` over galaxies drawn with replacement.

    Parameters
    ----------
    values, group, count
        As of ``group_sums``.
    draws, seed
        Replicates; the same seed gives the same ones for any number of threads.
    threads
        That draw side by side.

    Returns
    -------
    Floats
        (draws, count, k).

    Raises
    ------
    UserError
        Without galaxies, or for fewer than two draws.

    Notes
    -----
    Galaxies are drawn from all groups together, as the survey drew them. Memory is O(n), whatever the draws.

    References
    ----------
    Efron 1979, Ann. Stat. 7, 1.
    """
    if len(values) == 0 or draws < 2:
        raise UserError(f"the bootstrap needs galaxies and at least 2 draws, got {len(values)} and {draws}")
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(count + 1))
    table = np.ascontiguousarray(values[order])
    sizes = [min(DRAWS_PER_STREAM, draws - first) for first in range(0, draws, DRAWS_PER_STREAM)]
    streams = np.random.SeedSequence(seed).spawn(len(sizes))

    def one_stream(index: int) -> Floats:
        return _replicates(table, starts, sizes[index], np.random.default_rng(streams[index]))

    with ThreadPoolExecutor(threads) as pool:
        return np.concatenate(list(pool.map(one_stream, range(len(sizes)))))


def _replicates(table: Floats, starts: NDArray[np.int64], draws: int, rng: np.random.Generator) -> Floats:
    """Group sums of ``draws`` resamplings of the table (n, k), sorted by group."""
    n, groups = len(table), len(starts) - 1
    sums = np.empty((draws, groups, table.shape[1]))
    step = max(1, BLOCK_BYTES // (8 * n))
    for first in range(0, draws, step):
        counts = np.empty((min(step, draws - first), n))
        for row in counts:
            row[:] = np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n)
        for g in range(groups):
            inside = slice(starts[g], starts[g + 1])
            sums[first : first + len(counts), g] = counts[:, inside] @ table[inside]
    return sums


def mean_with_error(values: Floats, draws: int, seed: int) -> tuple[float, float]:
    """A mean over galaxies and realisations, and its one-sigma error.

    Parameters
    ----------
    values
        Of each galaxy, (realisations, n).
    draws, seed
        Of the bootstrap over galaxies.

    Returns
    -------
    mean, error : float
        The error is that of ``one_sigma``.
    """
    mean = values.mean(axis=0)
    everyone = np.zeros(len(mean), dtype=np.int64)
    sums = bootstrap_sums(np.column_stack([mean]), everyone, 1, draws, seed)
    sampling = np.var(sums / len(mean), ddof=1)
    return float(mean.mean()), float(one_sigma(sampling, values.mean(axis=1)))
