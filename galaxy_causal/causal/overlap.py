"""How much neighbourhoods have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
CHUNK = 1 << 14
"""Neighbourhoods whose members are copied at once."""


def disjoint(members: Rows, rows: Rows, total: int, rng: np.random.Generator) -> Rows:
    """Those of ``rows`` of ``members`` (n, k), in ascending order, that share no galaxy.

    ``total`` is the number of galaxies. Neighbourhoods are taken in random order, each unless one of its
    galaxies has been taken before.
    """
    taken = np.zeros(total, dtype=bool)
    kept = []
    for row in rng.permutation(rows):
        if not taken[members[row]].any():
            taken[members[row]] = True
            kept.append(row)
    return np.sort(np.array(kept, dtype=np.int64))


def independent(members: Rows, rows: Rows, total: int) -> float:
    """How many neighbourhoods without overlap give a mean of local averages the same variance as ``rows``.

    With c_j neighbourhoods that hold galaxy j, the mean of n averages over k members has the variance sum_j
    c_j^2 / (n k)^2 in units of one galaxy's, and n' separate ones 1 / (n' k): so n' = (sum_j c_j)^2 / (k
    sum_j c_j^2), Kish's effective number (1965, Survey Sampling, eq. 11.7.7). It is n / k where each of n
    galaxies is in k neighbourhoods. NaN without any.
    """
    if not len(rows):
        return float("nan")
    count = member_sums(members, np.ones((1, members.shape[1])), rows, total)
    return float(count.sum() ** 2 / (members.shape[1] * np.sum(count**2)))


def member_sums(members: Rows, values: NDArray[np.floating], rows: Rows, total: int) -> NDArray[np.float64]:
    """For each of ``total`` galaxies the sum of its ``values`` (n or 1, k) in the neighbourhoods ``rows``."""
    sums = np.zeros(total)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        weights = (
            values[part] if len(values) == len(members) else np.broadcast_to(values, members[part].shape)
        )
        sums += np.bincount(members[part].ravel(), weights.ravel(), minlength=total)
    return sums
