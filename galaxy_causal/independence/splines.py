"""Smooth functions of columns by cubic B-splines, and regressions on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from galaxy_causal.types import Floats

if TYPE_CHECKING:
    from sklearn.preprocessing import SplineTransformer

CHUNK = 1 << 14
"""Galaxies whose spline functions are held at once."""
PENALTIES = np.logspace(-8, 0, 9)
"""Ridge penalties, in units of the splines' variance, of which the best in cross-validation is taken."""
UNPENALISED = 1e-8
"""That of straight lines, in the same unit, which keeps them apart where one is a sum of others."""
NOISE = 1e-6
"""Share of the largest variance below which a direction of a basis is noise."""

OUTER, REACH, FAR = (0.01, 0.99), 0.15, 0.5
"""Between these quantiles, and beyond by ``REACH`` of their distance, knots lie at equal distances, and by
``FAR`` straight lines end: a few galaxies may be far away."""


def cubic(columns: Floats, count: int, knots: Literal["quantile", "uniform"] | Floats) -> SplineTransformer:
    """Cubic B-splines fitted to columns (n, p), all but one of each: they sum to one.

    ``count`` knots at quantiles or equal distances, or ``knots`` (count, p) where they are given.
    """
    from sklearn.preprocessing import SplineTransformer

    return SplineTransformer(count, degree=3, knots=knots, include_bias=False).fit(columns)


def uncorrelated(column: Floats, basis: int) -> Floats:
    """Functions (n, at most ``basis``) of a column (n,), of mean zero, variance one and no correlation.

    Knots are at quantiles, or at equal distances where these coincide. A column with few distinct values has
    fewer functions.
    """
    quantiles = np.unique(np.quantile(column, np.linspace(0, 1, basis - 1)))
    splines = cubic(column[:, None], basis - 1, "quantile" if len(quantiles) == basis - 1 else "uniform")
    functions = splines.transform(column[:, None])
    functions = functions - functions.mean(axis=0)
    eigenvalues, vectors = np.linalg.eigh(functions.T @ functions / len(functions))
    kept = eigenvalues > NOISE * eigenvalues.max()
    whitened: Floats = functions @ (vectors[:, kept] / np.sqrt(eigenvalues[kept]))
    return whitened


def cross_fitted(inputs: Floats, outputs: Floats, basis: int, folds: int, rng: np.random.Generator) -> Floats:
    """Out-of-fold residuals on additive cubic splines with a ridge penalty.

    Parameters
    ----------
    inputs : array (n, p)
        What is regressed on.
    outputs : array (n, q)
        What is freed of it.
    basis : int
        Spline functions of each input, 5 at least.
    folds : int
        Of the cross-fitting.
    rng : numpy.random.Generator
        Deals galaxies into folds.

    Returns
    -------
    array (n, q)
        Residuals of each fold from a fit to the others [1]_.

    Notes
    -----
    Each input enters as a straight line and as a spline. Knots are quantiles, or twice as many at equal
    distances; for each output those are taken, and that penalty, which leave the smallest residuals.
    Quantiles follow the galaxies, and miss what varies fast where there are few of them. Constant inputs and
    sums of others do no harm.

    References
    ----------
    .. [1] Chernozhukov et al. 2018, Econom. J. 21, C1
    """
    fold = rng.permutation(len(inputs)) % folds
    centred = outputs - outputs.mean(axis=0)
    found, ends = [], limits(inputs, FAR)
    for knots in ("quantile", even(inputs, 2 * basis - 3)):
        splines = cubic(inputs, basis - 3, knots)
        found.append(_out_of_fold(SplineColumns(inputs, splines, ends), centred, fold, folds))
    left = np.concatenate(found)
    best = np.argmin(np.mean(left**2, axis=1), axis=0)
    return np.stack([left[one, :, q] for q, one in enumerate(best)], axis=1)


def even(inputs: Floats, count: int) -> Floats:
    """Knots (count, p) at equal distances over all but the outermost galaxies; the ends are the inputs'.

    That is from the first percentile to the last and ``REACH`` beyond. From end to end where a value is so
    frequent that it is both percentiles.
    """
    ends = inputs.min(axis=0), inputs.max(axis=0)
    low, high = limits(inputs, REACH).clip(*ends)
    knots = np.linspace(low, np.where(low < high, high, low + 1), count)
    knots[0] = ends[0]
    knots[-1] = np.maximum(ends[1], knots[-1])
    return knots


def limits(inputs: Floats, reach: float) -> Floats:
    """The first and last percentile of inputs (n, p), and ``reach`` of their distance beyond, (2, p).

    Infinite where a value is so frequent that it is both percentiles.
    """
    low, high = np.quantile(inputs, OUTER, axis=0)
    beyond = np.where(low < high, reach * (high - low), np.inf)
    return np.stack([low - beyond, high + beyond])


@dataclass(frozen=True)
class SplineColumns:
    """Columns of regressions on inputs (n, p): the constant, a straight line in each input, its splines.

    Lines are flat beyond ``ends`` (2, p): free of a penalty, they would follow one galaxy far away.
    """

    inputs: Floats
    splines: SplineTransformer
    ends: Floats

    @cached_property
    def scale(self) -> tuple[Floats, Floats]:
        """Mean and deviation (p,) of the lines; the deviation is infinite where nothing varies."""
        lines = self.inputs.clip(*self.ends)
        mean, deviation = lines.mean(axis=0), lines.std(axis=0)
        rounding = 1e-12 * np.abs(lines).max(axis=0, initial=0.0)
        return mean, np.where(deviation > rounding, deviation, np.inf)

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(1 + self.inputs.shape[1] + self.splines.n_features_out_)

    def chunks(self) -> Iterator[tuple[slice, Floats]]:
        """Some rows at a time, with their columns."""
        mean, deviation = self.scale
        for start in range(0, len(self.inputs), CHUNK):
            rows = slice(start, min(start + CHUNK, len(self.inputs)))
            inputs = self.inputs[rows]
            lines = (inputs.clip(*self.ends) - mean) / deviation
            yield rows, np.column_stack([np.ones(len(inputs)), lines, self.splines.transform(inputs)])

    def solve(self, sums: tuple[Floats, Floats]) -> Floats:
        """Coefficients (penalties, columns, q) of regressions, a ridge on the splines alone."""
        inner, cross = sums
        straight, curved = 1 + self.inputs.shape[1], int(self.splines.n_features_out_)
        size = np.trace(inner[straight:, straight:]) / max(curved, 1) or 1.0  # zero where no input varies
        ridges = (
            cho_factor(inner + np.diag(size * np.repeat([0.0, UNPENALISED, p], [1, straight - 1, curved])))
            for p in PENALTIES
        )
        return np.stack([cho_solve(ridge, cross) for ridge in ridges])


def _out_of_fold(design: SplineColumns, outputs: Floats, fold: NDArray[np.int64], folds: int) -> Floats:
    """Residuals (penalties, n, q) of each fold from fits to the others."""
    sums = _fold_sums(design, outputs, fold, folds)
    fitted = [design.solve(sums.without(f)) for f in range(folds)]  # (penalties, columns, q)
    left = np.empty((len(PENALTIES), *outputs.shape))
    for rows, columns in design.chunks():
        for f in range(folds):
            own = np.flatnonzero(fold[rows] == f)
            left[:, rows.start + own] = outputs[rows][own] - columns[own] @ fitted[f]
    return left


@dataclass(frozen=True)
class FoldSums:
    """Sums over the galaxies of each fold: products (folds, c, c) and those with outputs (folds, c, q)."""

    inner: Floats
    cross: Floats

    def without(self, fold: int) -> tuple[Floats, Floats]:
        """The sums of all other folds."""
        return self.inner.sum(axis=0) - self.inner[fold], self.cross.sum(axis=0) - self.cross[fold]


def _fold_sums(design: SplineColumns, outputs: Floats, fold: NDArray[np.int64], folds: int) -> FoldSums:
    inner = np.zeros((folds, design.width, design.width))
    cross = np.zeros((folds, design.width, outputs.shape[1]))
    for rows, columns in design.chunks():
        for f in range(folds):
            own = columns[fold[rows] == f]
            inner[f] += own.T @ own
            cross[f] += own.T @ outputs[rows][fold[rows] == f]
    return FoldSums(inner, cross)
