"""How good a distribution is that is given by a sample of it, such as the targets of neighbours."""

from __future__ import annotations

import numpy as np

from galaxy_causal.types import Floats

BLOCK = 4096  # galaxies at once


def ensemble_pit(members: Floats, y: Floats, seed: int) -> Floats:
    """Rank of values among members of an ensemble, as a probability: uniform where it is calibrated.

    Parameters
    ----------
    members
        (n, k); NaN count as neither below nor equal.
    y
        (n,).
    seed
        Of the random numbers u in (0, 1).

    Returns
    -------
    Floats
        (members below y + u (1 + members equal to y)) / (k + 1), (n,): uniform exactly, also for few members,
        where y and its members are exchangeable.

    References
    ----------
    Hamill 2001, Mon. Wea. Rev. 129, 550; randomised as in Czado et al. 2009, Biometrics 65, 1254.
    """
    below = (members < y[:, None]).sum(axis=1)
    equal = (members == y[:, None]).sum(axis=1)
    valid = (~np.isnan(members)).sum(axis=1)
    u = np.random.default_rng(seed).random(len(y))
    pit: Floats = (below + u * (1 + equal)) / (valid + 1)
    return pit


def ensemble_crps(members: Floats, y: Floats) -> Floats:
    """Continuous ranked probability score of members of an ensemble.

    Parameters
    ----------
    members
        (n, k), with k >= 2.
    y
        (n,).

    Returns
    -------
    Floats
        mean_j |m_j - y| - sum_jl |m_j - m_l| / (2 k (k - 1)) in the unit of y, (n,): unbiased for the
        distribution of which the members are a sample.

    References
    ----------
    Ferro 2014, Q. J. R. Meteorol. Soc. 140, 1917, eq. 8.

    Examples
    --------
    >>> ensemble_crps(np.array([[0.0, 2.0]]), np.array([1.0])).tolist()
    [0.0]
    """
    k = members.shape[1]
    weight = (2.0 * np.arange(1, k + 1) - k - 1) / (k * (k - 1))
    found = np.empty(len(y))
    for start in range(0, len(y), BLOCK):
        block = np.sort(members[start : start + BLOCK], axis=1)
        distance = np.abs(block - y[start : start + BLOCK, None]).mean(axis=1)
        found[start : start + BLOCK] = distance - block @ weight
    return found
