"""What an input tells of the target within a class of galaxies, from densities that know no class."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from galaxy_causal.estimator.prior import prior
from galaxy_causal.types import Floats

FEWEST = 100
"""Galaxies of a class from which its densities can be learnt; of held-out ones half as many will do."""
FOLDS = 5
ENDS, CELLS = 4.5, 90
"""Normal scores between which densities have cells, and how many."""
INNER = np.linspace(-ENDS, ENDS, CELLS + 1)
NORMAL: Floats = np.diff(ndtr(np.concatenate([[-np.inf], INNER, [np.inf]])))
"""A standard normal's mass in each cell, and beyond them."""
LEAST = 1e-3
"""Of a residual, before its logarithm."""

MISFIT = 0.07
"""Nats by which informations within classes were at most too low in most simulations with a known truth."""

LogDensity = Callable[[Floats, Floats], Floats]
"""Of scores z (m,) and estimates' scores t (m,) the log of their density over a standard normal's, (m,)."""


def class_corrections(
    pit: Floats,
    estimate: Floats,
    y: Floats,
    group: NDArray[np.int64],
    train: NDArray[np.bool_],
    held_out: NDArray[np.bool_],
    validation: NDArray[np.bool_],
    seed: int,
) -> Floats:
    """What turns pointwise informations into those within each galaxy's class.

    Parameters
    ----------
    pit
        F(y | x), by a learnt density p(y | x) of all galaxies, (n,) in [0, 1].
    estimate, y
        Estimated and true targets, (n,).
    group
        Class of each galaxy, (n,); negative where it has none.
    train, held_out, validation
        Galaxies (n,) that taught p(y | x), that judge it, and further ones that it has not learnt from.
    seed
        Of the folds of held-out galaxies.

    Returns
    -------
    Floats
        (n,) [nats], to be added to log p(y | x) - log p(y); NaN without a class, and for classes of fewer
        than ``FEWEST`` galaxies, of those in training or of the others.

    Notes
    -----
    Within a class c the information is I(Y; X | C = c) = E[log p(y | x, c) - log p(y | c) | c], and by Bayes
    p(y | x, c) = p(y | x) p(c | x, y) / p(c | x). With u = F(y | x), which is uniform given x, that factor is
    the density of u among the class's galaxies of one x. Here it is learnt from galaxies that did not teach
    p(y | x), as one that depends on x through the estimate alone: u's normal score has a mean that is
    quadratic, and a logarithm of its width that is linear, in the estimate's normal score; the rest is a
    kernel density (`prior`). Likewise p(y | c) = p(y) times the density of F(y) among the class's training
    galaxies. Both are normalised, so that the average is at most I(Y; X | C = c), but for the error of
    p(y | c), as any cross-entropy is; held-out galaxies are judged in folds. An input that is independent
    of target and class gives zero, for then both factors are the same. One that tells the class, and nothing
    within it, gives less: down to -0.05 nats of two Gaussian classes three widths apart. Such a misfit of the
    factor is in no error bar; it was up to ``MISFIT`` in simulations, and 0.17 of three classes that overlap.

    Without them log p(y | x) - log p(y) averaged over a class is no information (it holds
    log p(y | c) / p(y)), and log p(y | x) - log p(y | c) is far below it wherever x does not tell the class.
    """
    z, t, z0 = _score(pit), _score(_ranks(estimate, held_out)), _score(_ranks(y, train))
    fold = np.where(held_out, np.random.default_rng(seed).permutation(len(y)) % FOLDS, -1)
    unseen = (held_out | validation) & ((fold >= 0) | ~train)
    found = np.full(len(y), np.nan)
    for one in np.unique(group[group >= 0]).tolist():
        own = group == one
        if min(np.sum(own & train), np.sum(own & unseen), 2 * np.sum(own & held_out)) < FEWEST:
            continue
        of_class = None if (own & train & held_out).any() else _of_scores(z0[own & train])
        for part in range(-1, FOLDS):
            here = own & (fold == part)
            if not here.any():
                continue
            teach = own & unseen & (fold != part)
            given = _of_scores(z[teach], t[teach])
            alone = of_class or _of_scores(z0[own & train & (fold != part)])
            found[here] = given(z[here], t[here]) - alone(z0[here], t[here])
    return found


def _ranks(values: Floats, among: NDArray[np.bool_]) -> Floats:
    """Shares (n,) of galaxies ``among`` that lie below each value, in (0, 1)."""
    ordered = np.sort(values[among])
    below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    share: Floats = np.divide(0.5 * (below + upto) + 0.5, len(ordered) + 1.0, dtype=np.float64)
    return share


def _score(share: Floats) -> Floats:
    score: Floats = ndtri(np.clip(share, ndtr(-2 * ENDS), ndtr(2 * ENDS)))
    return score


def _of_scores(z: Floats, t: Floats | None = None) -> LogDensity:
    """The log density of scores z (m,), which depends on t (m,) if it is given, over a standard normal's."""
    given = np.zeros(len(z)) if t is None else t
    quadratic, linear = (0, 0) if t is None else (2, 1)
    mean = _polynomial(given, z, quadratic)
    residual: Floats = z - np.polyval(mean, given)
    log_width = _polynomial(given, np.log(np.maximum(np.abs(residual), LEAST)), linear)
    narrowed = residual / np.exp(np.polyval(log_width, given))
    centre, scale = float(narrowed.mean()), max(float(narrowed.std()), LEAST)
    cells = np.searchsorted(INNER, (narrowed - centre) / scale)
    log_ratio = np.log(prior(cells, len(NORMAL)) / NORMAL)

    def log_density(z: Floats, t: Floats) -> Floats:
        width = np.exp(np.polyval(log_width, t))
        standard = ((z - np.polyval(mean, t)) / width - centre) / scale
        normal = 0.5 * (z**2 - standard**2) - np.log(width * scale)
        result: Floats = normal + log_ratio[np.searchsorted(INNER, standard)]
        return result

    return log_density


def _polynomial(t: Floats, values: Floats, degree: int) -> Floats:
    """Least squares, highest power first; where all t (m,) are alike, the smallest coefficients."""
    found = np.linalg.lstsq(np.vander(t, degree + 1), values, rcond=None)[0]
    return found.astype(np.float64)
