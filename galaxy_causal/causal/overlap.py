"""How much neighbourhoods have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
CHUNK = 1 << 14
"""Neighbourhoods whose members are copied at once."""


def disjoint(members: Rows, rows: Rows, total: int, rng: np.random.Generator) -> Rows:
    """Neighbourhoods that share no galaxy, taken in random order, each unless a galaxy of it is taken.

    Parameters
    ----------
    members : array of int (n, k)
        Rows of the galaxies of each neighbourhood.
    rows : array of int
        Neighbourhoods to choose from.
    total : int
        Number of galaxies.
    rng : numpy.random.Generator
        Draws the order.

    Returns
    -------
    array of int
        Those of ``rows`` that were taken, ascending.

    Examples
    --------
    >>> members = np.array([[0, 1], [2, 3], [2, 3]])
    >>> len(disjoint(members, np.arange(3), 4, np.random.default_rng(0)))
    2
    """
    taken = np.zeros(total, dtype=bool)
    kept = []
    for row in rng.permutation(rows):
        if not taken[members[row]].any():
            taken[members[row]] = True
            kept.append(row)
    return np.sort(np.array(kept, dtype=np.int64))


def independent(members: Rows, rows: Rows, total: int) -> float:
    """How many neighbourhoods without overlap give a mean of local averages the same variance.

    With c_j neighbourhoods that hold galaxy j, the mean of n averages over k members has the variance sum_j
    c_j^2 / (n k)^2 in units of one galaxy's, and n' separate ones 1 / (n' k): so n' = (sum_j c_j)^2 / (k
    sum_j c_j^2). It is n / k where each of n galaxies is in k neighbourhoods.

    Parameters
    ----------
    members, rows, total
        As of `disjoint`.

    Returns
    -------
    float
        The number n'; NaN without any neighbourhood.

    References
    ----------
    Kish 1965, Survey Sampling, eq. 11.7.7: the effective number.

    Examples
    --------
    >>> independent(np.array([[0, 1], [2, 3], [2, 3]]), np.array([0, 1]), 4)
    2.0
    >>> independent(np.array([[0, 1], [2, 3], [2, 3]]), np.array([1, 2]), 4)
    1.0
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
