"""The most that anything could tell of a target which is itself measured with an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from galaxy_causal.types import Floats, UserError, one_sigma

NEIGHBOURS = 4
"""At least, of n galaxies the cube root of n: more blur the entropy's edges, fewer make it noisy."""
FEWEST = 4 * NEIGHBOURS
"""Galaxies of which half still have neighbours."""
FEW = 2
"""Columns of draws from which errors come: more take time, and errors would hardly be smaller."""
SAME = 1e-9
"""Of the range: what arithmetic does to equal targets."""
LONGEST = 20
"""Steps between neighbouring targets up to which they are looked at as multiples of the smallest one."""
COARSEST = 0.02
"""Nats by which rounding of the target may move its ceiling."""
CHANCE = 6.0
"""Deviations of a Poisson count beyond which galaxies of one very value are no chance."""


@dataclass(frozen=True)
class Ceilings:
    """Ceilings and shares of them, of all galaxies, then of each group; NaN where a group has no galaxies.

    Parameters
    ----------
    value, error
        Ceiling and its one-sigma error [nats], (1 + groups,).
    share, share_error
        Each of k informations over the ceiling, (k, 1 + groups).
    """

    value: Floats
    error: Floats
    share: Floats
    share_error: Floats


def ceilings(
    truths: Floats,
    error: Floats,
    informations: Floats,
    group: NDArray[np.int64],
    count: int,
    draws: int,
    seed: int,
) -> Ceilings:
    """The ceiling I(Y; T, sigma) = h - E[log(2 pi e sigma^2) / 2] of a target Y of unknown truth T.

    Parameters
    ----------
    truths
        (n, m): one column of measured targets, h being their entropy: then Y is Gaussian about T with this
        sigma, which may differ from galaxy to galaxy and is known to whoever reads the inputs. Or m draws of
        each galaxy's T from its posterior, given what was measured, with deviation sigma: then h is the
        entropy of T over all galaxies, and the ceiling is I(T; what was measured), of which Y is made.
    error
        The sigma of each galaxy, (n,).
    informations
        Pointwise, (realisations, k, n) [nats].
    group, count
        Of each galaxy, (n,) in [0, count).
    draws, seed
        Random halves of the galaxies, for the errors.

    Returns
    -------
    Ceilings

    Raises
    ------
    UserError
        For too few galaxies or draws.

    Notes
    -----
    No inputs X tell more of Y, if X tells of the error of Y nothing beyond T and sigma (data processing). The
    entropy of a group is the mean of its galaxies' -log p, p being that of all galaxies, as in
    I(Y; X) = E[log p(y | x) / p(y)].

    h is the nearest-neighbour estimate with n^(1/3) neighbours, four at least, without bins. Rounded targets
    are first spread evenly over their steps (see ``obstacle``). Errors are the deviations over random halves
    of the galaxies, each estimated anew: drawn without replacement, a half deviates from the whole as the
    whole does from the truth. The variance of the shares between realisations, over their number, is added.

    References
    ----------
    Kozachenko & Leonenko 1987, Probl. Inf. Transm. 23, 95.
    """
    if draws < 2 or len(truths) < FEWEST:
        raise UserError(
            f"a ceiling needs {FEWEST} galaxies and 2 draws at least, got {len(truths)} and {draws}"
        )
    rng = np.random.default_rng(seed)
    spread = np.column_stack([_spread(column, rng) for column in truths.T])
    order = np.argsort(spread, axis=0, kind="stable")
    ordered = np.take_along_axis(spread, order, axis=0)
    noise = 0.5 * np.log(2 * np.pi * np.e * error**2)
    terms = np.vstack([noise, informations.mean(axis=0)])

    def found(inside: NDArray[np.bool_], columns: int) -> tuple[Floats, Floats]:
        some = zip(ordered.T[:columns], order.T[:columns], strict=True)
        entropy = np.mean([_entropies(y, row, inside) for y, row in some], axis=0)
        sums = _means(np.vstack([entropy, terms[:, inside]]), group[inside], count)
        ceiling = sums[0] - sums[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return ceiling, sums[2:] / ceiling

    value, share = found(np.ones(len(error), dtype=bool), truths.shape[1])
    replicates = [found(_half(len(error), rng), FEW) for _ in range(draws)]
    each = np.stack([_means(one, group, count) for one in informations]) / value
    share_error = one_sigma(_variance([share for _, share in replicates]), each)
    return Ceilings(value, np.sqrt(_variance([ceiling for ceiling, _ in replicates])), share, share_error)


def obstacle(measured: Floats, error: Floats, what: str = "the target") -> str | None:
    """Why targets with Gaussian errors have no ceiling.

    Parameters
    ----------
    measured, error
        Targets and their errors, in one unit, each (n,).
    what
        What the words call the targets.

    Returns
    -------
    str or None
        The reason; None where they have a ceiling.

    Notes
    -----
    Targets in steps d hold less than their errors say: the ceiling is too high by up to d^2 E[1/sigma^2] / 24
    nats, which may be ``COARSEST``. A value that more galaxies share than the errors leave room for has no
    Gaussian error.
    """
    if len(measured) < FEWEST:
        return f"there are {len(measured)} held-out galaxies, and {FEWEST} are needed"
    values, place, counts = _different(measured)
    if len(values) == 1:
        return f"{what} is {values[0]:.6g} for all held-out galaxies"
    below, above = _cells(values, counts)
    step = 2 * np.minimum(below, above)
    if float(np.mean((step[place] / error) ** 2)) / 24 > COARSEST:
        return (
            f"{what} comes in steps of about {np.median(step[counts > 1]):.3g} ({len(values):,} different "
            f"values), too coarse for errors of {np.median(error):.3g} (median; {error.min():.3g} at least): "
            "its rounding limits what can be known of it"
        )
    width = float(np.median(error))
    ordered = np.sort(measured)
    near = np.searchsorted(ordered, values + width, "right") - np.searchsorted(ordered, values - width)
    room = near * (below + above) / (2 * width)
    piled = np.flatnonzero(counts > 2 * room + CHANCE * np.sqrt(room) + 2 * NEIGHBOURS)
    if not len(piled):
        return None
    worst = piled[counts[piled].argmax()]
    return (
        f"{what} is {values[worst]:.6g} for {counts[worst]:,} of {len(measured):,} galaxies, where errors of "
        f"{width:.3g} (median) leave room for about {room[worst]:.0f}: such targets have no Gaussian error"
    )


def _different(measured: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Sorted values (m,) that differ by more than rounding of arithmetic, which is whose (n,), and counts."""
    order = np.argsort(measured, kind="stable")
    ordered = measured[order]
    new = np.diff(ordered, prepend=-np.inf) > SAME * (ordered[-1] - ordered[0])
    place = np.empty(len(measured), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return ordered[new], place, np.bincount(place)


def _cells(values: Floats, counts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """How far below and above each of sorted values (m,) lie the numbers that were rounded to it.

    Half a step where all values are multiples of one step, else half the way to the neighbours for those that
    stand more than once. Nothing where every value stands once: that is no rounding that matters.
    """
    gap = np.diff(values)
    if counts.max() == 1:
        return np.zeros(len(values)), np.zeros(len(values))
    least = float(gap.min())
    steps = np.sort(gap / least)[1:]
    steps = steps[steps < LONGEST]
    if len(gap) == 1 or (len(steps) and np.mean(np.abs(steps - np.round(steps)) < 0.05) > 0.8):
        return np.full(len(values), least / 2), np.full(len(values), least / 2)
    repeated = counts > 1
    return repeated * np.insert(gap, 0, gap[0]) / 2, repeated * np.append(gap, gap[-1]) / 2


def _spread(measured: Floats, rng: np.random.Generator) -> Floats:
    """Targets (n,), rounded ones spread evenly over their cells."""
    values, place, counts = _different(measured)
    if counts.max() == 1 or len(values) == 1:
        return measured
    below, above = _cells(values, counts)
    return measured + (below + above)[place] * rng.random(len(measured)) - below[place]


def _half(n: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    inside = np.zeros(n, dtype=bool)
    inside[rng.permutation(n)[: n // 2]] = True
    return inside


def _entropies(ordered: Floats, order: NDArray[np.int64], inside: NDArray[np.bool_]) -> Floats:
    """-log p of the galaxies ``inside`` (n,), in their order, from one another; sorted values (n,)."""
    chosen = inside[order]
    y = ordered[chosen]
    found = np.empty(len(inside))
    k = max(NEIGHBOURS, round(len(y) ** (1 / 3)))
    found[order[chosen]] = digamma(len(y)) - digamma(k) + np.log(2 * _radius(y, k))
    return found[inside]


def _radius(y: Floats, k: int) -> Floats:
    """The distance (n,) of each of sorted values (n,) from its k-th neighbour."""
    padded = np.concatenate([np.full(k, -np.inf), y, np.full(k, np.inf)])
    n = len(y)
    reach = [
        np.maximum(y - padded[k - j : k - j + n], padded[2 * k - j : 2 * k - j + n] - y) for j in range(k + 1)
    ]
    nearest: Floats = np.min(reach, axis=0)
    return nearest


def _means(values: Floats, group: NDArray[np.int64], count: int) -> Floats:
    """Means of values (k, n) over all galaxies and over each group, (k, 1 + count); NaN of none."""
    sizes = np.bincount(group, minlength=count)
    sums = np.stack([np.bincount(group, weights=row, minlength=count) for row in values])
    with np.errstate(invalid="ignore"):
        means: Floats = np.column_stack([values.mean(axis=1), sums / sizes])
    return means


def _variance(replicates: Sequence[Floats]) -> Floats:
    """The variance of replicates of one shape; NaN where fewer than two have a value."""
    stacked = np.stack(replicates)
    known = np.isfinite(stacked)
    size = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, stacked, 0).sum(axis=0) / size
        squares = np.where(known, stacked - mean, 0.0) ** 2
        return np.where(size > 1, squares.sum(axis=0) / (size - 1), np.nan)
