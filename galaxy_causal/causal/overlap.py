"""How much neighbourhoods have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def disjoint(members: Rows, total: int, rng: np.random.Generator) -> Rows:
    """Numbers of neighbourhoods that share no galaxy; members (n, k) are rows among ``total`` galaxies.

    Neighbourhoods are taken in random order, each unless one of its galaxies has been taken before.
    """
    taken = np.zeros(total, dtype=bool)
    kept = []
    for number in rng.permutation(len(members)):
        if not taken[members[number]].any():
            taken[members[number]] = True
            kept.append(number)
    return np.sort(np.array(kept, dtype=np.int64))


def independent(members: Rows, total: int) -> float:
    """How many neighbourhoods without overlap give a mean of local averages the same variance.

    With c_j neighbourhoods that hold galaxy j, the mean of n averages over k members has the variance
    sum_j c_j^2 / (n k)^2 in units of one galaxy's, and n' separate ones 1 / (n' k): so
    n' = (sum_j c_j)^2 / (k sum_j c_j^2), Kish's effective number (1965, Survey Sampling, eq. 11.7.7).
    n / k of n neighbourhoods where every galaxy is in k of them. NaN without members.
    """
    if not members.size:
        return float("nan")
    count = np.bincount(members.ravel(), minlength=total).astype(np.float64)
    return float(count.sum() ** 2 / (members.shape[1] * np.sum(count**2)))
