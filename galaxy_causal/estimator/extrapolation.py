"""What an estimate would be of very many training galaxies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from galaxy_causal.types import Floats, Labels, UserError, option

LEAST = 20
"""Training galaxies of the smallest fit."""


def check_fractions(fractions: Sequence[float]) -> None:
    """Refuse what are no shares between 0 and 1."""
    if not all(0 < fraction < 1 for fraction in fractions):
        raise UserError(
            f"{option('estimator.fractions', list(fractions))}: give a list of shares of the training "
            "galaxies, each between 0 and 1, both excluded, such as [0.5,0.7]"
        )


def check_enough(fractions: Sequence[float], split: Labels) -> None:
    """Refuse shares of the training galaxies of a split (n,) that are too few for a fit."""
    count = int(np.sum(split == "train"))
    few = [fraction for fraction in fractions if round(fraction * count) < LEAST]
    if few:
        raise UserError(
            f"{option('estimator.fractions')}: {few[0]:g} of {count} training galaxies is less than the "
            f"{LEAST} that a fit needs; give shares of at least {math.ceil(100 * LEAST / count) / 100:g}, or "
            "none: []"
        )


def extrapolate(sizes: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """What an estimate would be of very many training galaxies.

    Parameters
    ----------
    sizes
        Training galaxies of each of k estimates.
    values
        The estimates, (k,).

    Returns
    -------
    limit, error : float
        Value at 1/n = 0 of a straight line in 1/n, with rows weighted by n. With more than two sizes the
        error follows from the scatter about the line; of two it is half the step from the largest sample to
        the limit, for there is nothing to judge the line by.

    Raises
    ------
    UserError
        Unless there are two different sizes and all values are finite.

    References
    ----------
    Strong et al. 1998, Phys. Rev. Lett. 80, 197, fig. 2: bias of order 1/n is that of a fit of fixed
    capacity.

    Examples
    --------
    >>> limit, error = extrapolate([100, 200, 400], [0.9, 0.95, 0.975])
    >>> round(limit, 6), round(error, 6)
    (1.0, 0.0)
    """
    n, value = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    if len(set(sizes)) < 2 or n.min() < 1 or not np.isfinite(value).all():
        raise UserError(
            f"extrapolation needs two different sizes of sample and finite values, got sizes {list(sizes)} "
            f"and values {list(values)}; add one to {option('estimator.fractions')}"
        )
    design = np.column_stack([np.ones(len(n)), 1.0 / n])
    inverse = np.linalg.inv(design.T @ (design * n[:, None]))
    solution: Floats = inverse @ (design.T @ (n * value))
    largest = float(value[np.argmax(n)])
    if len(n) == 2:
        return float(solution[0]), 0.5 * abs(float(solution[0]) - largest)
    scatter = float((n * (value - design @ solution) ** 2).sum() / (len(n) - 2))
    return float(solution[0]), float(np.sqrt(inverse[0, 0] * scatter))


def fewer(split: Labels, fraction: float, seed: int) -> Labels:
    """The split (n,) with this share of its training galaxies, drawn at random; the rest have none, ''."""
    train = np.flatnonzero(split == "train")
    kept = np.random.default_rng([seed, round(1e6 * fraction)]).permutation(train)
    return split.replaced(kept[round(fraction * len(train)) :], "")
