"""How good a predicted distribution of the target is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.cells import Cells
from galaxy_causal.types import Floats

GAUSSIAN_MAD = 1.4826  # sigma of a Gaussian over its median absolute deviation
OUTLIER_SIGMAS = 3.0
CHANCE = 1e-4
"""Probability below which a difference is not put down to chance."""
ROUNDINGS = 4  # of estimate and y, of their difference and of its mean


@dataclass(frozen=True)
class Scores:
    """Scores of a predicted distribution over bins, galaxy by galaxy.

    Parameters
    ----------
    log_p
        Log-probability of the true bin [nats], (n,).
    estimate
        Mean of the distribution [target unit], (n,).
    pit
        Probability integral transform in [0, 1], (n,).
    crps
        Continuous ranked probability score [target unit], (n,).

    References
    ----------
    Gneiting & Raftery 2007, JASA 102, 359, eq. 20.
    """

    log_p: Floats
    estimate: Floats
    pit: Floats
    crps: Floats


def score(
    probabilities: NDArray[np.floating], y: Floats, cells: Binning | Cells, u: Floats | float = 0.5
) -> Scores:
    """Scores of predicted distributions.

    Parameters
    ----------
    probabilities
        Of each cell, (n, cells).
    y
        True values, (n,); those outside the cells sit at their end.
    cells
        Within a cell the distribution is uniform, but where the cell is an ``atom``: there it is all at the
        cell's upper bound.
    u
        Random numbers in (0, 1), (n,), by which the probability integral transform within atoms is
        randomised.

    Returns
    -------
    Scores

    References
    ----------
    Czado, Gneiting & Held 2009, Biometrics 65, 1254, eq. 2.
    """
    p = probabilities.astype(np.float64)
    rows = np.arange(len(y))
    label = cells.index(y)
    bounds, atom = cells.bounds, cells.atom
    width = np.diff(bounds)
    safe = np.where(width > 0, width, 1.0)
    cumulative = np.cumsum(p, axis=1)
    at_label = p[rows, label]
    inside = np.where(atom[label], u, np.clip((y - bounds[label]) / safe[label], 0.0, 1.0))
    pit = cumulative[rows, label] - at_label * (1.0 - inside)
    # Linear within cells: the midpoint is right to second order in the width. Flat below an atom.
    middle = cumulative - np.where(atom, 1.0, 0.5) * p
    below = np.clip((y[:, None] - bounds[:-1]) / safe, 0.0, 1.0)
    crps = (below * middle**2 + (1.0 - below) * (1.0 - middle) ** 2) @ width
    crps += np.maximum(bounds[0] - y, 0.0) + np.maximum(y - bounds[-1], 0.0)
    with np.errstate(divide="ignore"):
        log_p = np.log(at_label)
    return Scores(log_p=log_p, estimate=p @ cells.centres, pit=np.clip(pit, 0.0, 1.0), crps=crps)


def pit_distance(pit: Floats) -> float:
    """Kolmogorov's distance of probability integral transforms (n,) from the uniform law, in [0, 1]."""
    ordered = np.sort(pit)
    steps = np.arange(len(pit) + 1) / len(pit)
    return float(max(np.max(steps[1:] - ordered), np.max(ordered - steps[:-1])))


def prior_mismatch(label: NDArray[np.int64], prior: Floats, trained: int) -> float:
    """Divergence of the law of labels (n,) from their prior (cells,), over ten groups of cells, in nats.

    The prior is that of ``trained`` galaxies.

    So much information is made of nothing where test galaxies have other targets than training galaxies. Its
    expectation under chance, (groups - 1) / 2n, is taken off (Miller 1955); zero where chance would reach it
    more often than once in ten thousand (Wilks 1938: 2n times the divergence is chi-squared).
    """
    group = np.minimum((10 * (np.cumsum(prior) - 0.5 * prior)).astype(np.int64), 9)
    expected = np.bincount(group, weights=prior, minlength=10)
    share = np.bincount(group[label], minlength=10) / len(label)
    here = share > 0
    divergence = float((share[here] * np.log(share[here] / expected[here])).sum())
    freedom = np.count_nonzero(expected) - 1
    count = 1.0 / (1.0 / len(label) + 1.0 / trained)  # both samples scatter
    if chdtrc(freedom, 2 * count * divergence) > CHANCE:
        return 0.0
    return float(max(divergence - freedom / (2 * count), 0.0))


def scatter(values: Floats) -> float:
    """The normalised median absolute deviation, sigma_MAD.

    Parameters
    ----------
    values
        In any unit, (n,).

    Returns
    -------
    float
        In the same unit, about the median; of a Gaussian its standard deviation. Tails count for nothing.

    Examples
    --------
    >>> round(scatter(np.array([0.0, 1.0, 2.0, 3.0, 100.0])), 4)
    1.4826
    """
    return float(GAUSSIAN_MAD * np.median(np.abs(values - np.median(values))))


def point_metrics(estimate: Floats, y: Floats) -> dict[str, float]:
    """How far estimates are from the truth.

    Parameters
    ----------
    estimate, y
        In the target's unit, each (n,).

    Returns
    -------
    dict of str to float
        ``mean_bias`` and ``sigma_mad`` [target unit]; ``outlier_fraction``, beyond 3 sigma_MAD of zero, as
        published, and ``outlier_fraction_debiased``, of the mean bias. What differs from the mean bias by the
        rounding of estimate and y alone is no outlier in the second sense: of a constant offset none is.
    """
    delta = estimate - y
    bias = float(delta.mean())
    sigma = scatter(delta)
    limit = OUTLIER_SIGMAS * sigma
    rounding = ROUNDINGS * np.finfo(delta.dtype).eps * np.max(np.abs(estimate) + np.abs(y), initial=0.0)
    return {
        "mean_bias": bias,
        "sigma_mad": sigma,
        "outlier_fraction": float(np.mean(np.abs(delta) > limit)),
        "outlier_fraction_debiased": float(np.mean(np.abs(delta - bias) > limit + rounding)),
    }
