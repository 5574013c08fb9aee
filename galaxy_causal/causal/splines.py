"""Residuals of target and query from smooth functions fitted to other galaxies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from galaxy_causal.causal.coordinates import coordinates
from galaxy_causal.causal.options import COVARIANCE, KERNEL, LocalTestOptions
from galaxy_causal.causal.question import LocalQuestion
from galaxy_causal.types import Floats, UserError

if TYPE_CHECKING:
    from sklearn.preprocessing import SplineTransformer

CHUNK = 1 << 14
"""Galaxies whose spline functions are held at once."""
TINY = 1e-3
"""Share of their spread below which residuals count as equally small."""
PENALTIES = np.logspace(-8, 0, 9)
"""Ridge penalties, in units of the splines' variance, of which the best in cross-validation is taken."""
PER_LINE = 5
"""Galaxies in a fold that each straight line, free of a penalty, needs."""
UNPENALISED = 1e-8
"""That of straight lines, in the same unit, which keeps them apart where one is a sum of others."""

OUTER, REACH, FAR = (0.01, 0.99), 0.15, 0.5
"""Between these quantiles, and beyond by ``REACH`` of their distance, knots lie at equal distances, and by
``FAR`` straight lines end: a few galaxies may be far away."""


@lru_cache(maxsize=1)  # the tests of single neighbourhoods and of all together want the same
def residuals(question: LocalQuestion, options: LocalTestOptions, seed: int) -> LocalQuestion:
    """The question with target and query replaced by residuals, and nothing left to condition on.

    Each is regressed on all columns, ``coordinates`` and ``given``, and on an additive cubic B-spline of them
    with a ridge penalty, from which straight lines are free; the residuals of each fold come from a fit to
    the other folds (Shah & Peters 2020, Ann. Stat. 48, 1514; cross-fitting: Chernozhukov et al. 2018, Econom.
    J. 21, C1). NaN where a value is missing. For the kernel test, which sees that two spreads depend on one
    variable, residuals are divided by their spread, a spline of the same columns fitted to the logarithm of
    their size.
    """
    columns = coordinates(question, options) + ([] if question.given is None else list(question.given.T))
    if not columns:
        return question
    check_enough(question, options)
    valid = np.flatnonzero(question.valid)
    inputs = np.column_stack([column[valid] for column in columns])
    outputs = np.column_stack([question.target[valid], question.query[valid]])
    left = np.full((len(question.target), 2), np.nan)
    found = cross_fitted(inputs, outputs, options.basis, options.folds, np.random.default_rng(seed))
    if options.test in KERNEL:
        size = np.log(np.maximum(np.abs(found), TINY * found.std(axis=0)))
        beyond = cross_fitted(inputs, size, options.basis, options.folds, np.random.default_rng(seed))
        found = found * np.exp(beyond - size)
    left[valid] = found
    return replace(question, target=left[:, 0], query=left[:, 1], given=None)


def check_enough(question: LocalQuestion, options: LocalTestOptions) -> None:
    """Refuse fewer galaxies with all values than the splines of a test need, if it needs any."""
    given = 0 if question.given is None else question.given.shape[1]
    columns = len(coordinates(question, options)) + given
    if options.test not in COVARIANCE or not columns:
        return
    functions = max(2 * options.basis, PER_LINE * columns)
    count, least = int(question.valid.sum()), options.folds * functions
    if count < least:
        raise UserError(
            f"causal.test={options.test}: {count} training galaxies have {question.name} and all else, too "
            f"few for {options.basis} spline functions of {columns} columns and {options.folds} folds, which "
            f"need {least}; have fewer columns (causal.given, causal.gradient), a smaller causal.basis where "
            "columns are few, or use causal.test=partial"
        )


def cross_fitted(inputs: Floats, outputs: Floats, basis: int, folds: int, rng: np.random.Generator) -> Floats:
    """Out-of-fold residuals of outputs (n, q) on additive splines of inputs (n, p).

    Each input enters as a straight line and as a spline. Knots are quantiles, or twice as many at equal
    distances; for each output those are taken, and that penalty, which leave the smallest residuals.
    Quantiles follow the galaxies, and miss what varies fast where there are few of them.
    """
    from sklearn.preprocessing import SplineTransformer

    fold = rng.permutation(len(inputs)) % folds
    centred = outputs - outputs.mean(axis=0)
    found, ends = [], limits(inputs, FAR)
    for knots in ("quantile", even(inputs, 2 * basis - 3)):
        splines = SplineTransformer(basis - 3, degree=3, knots=knots, include_bias=False).fit(inputs)
        found.append(_out_of_fold(Design(inputs, splines, ends), centred, fold, folds))
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
class Design:
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


def _out_of_fold(design: Design, outputs: Floats, fold: NDArray[np.int64], folds: int) -> Floats:
    """Residuals (penalties, n, q) of each fold from fits to the others."""
    sums = _moments(design, outputs, fold, folds)
    fitted = [design.solve(sums.without(f)) for f in range(folds)]  # (penalties, columns, q)
    left = np.empty((len(PENALTIES), *outputs.shape))
    for rows, columns in design.chunks():
        for f in range(folds):
            own = np.flatnonzero(fold[rows] == f)
            left[:, rows.start + own] = outputs[rows][own] - columns[own] @ fitted[f]
    return left


@dataclass(frozen=True)
class Moments:
    """Sums over the galaxies of each fold: products (folds, c, c) and those with outputs (folds, c, q)."""

    inner: Floats
    cross: Floats

    def without(self, fold: int) -> tuple[Floats, Floats]:
        """The sums of all other folds."""
        return self.inner.sum(axis=0) - self.inner[fold], self.cross.sum(axis=0) - self.cross[fold]


def _moments(design: Design, outputs: Floats, fold: NDArray[np.int64], folds: int) -> Moments:
    inner = np.zeros((folds, design.width, design.width))
    cross = np.zeros((folds, design.width, outputs.shape[1]))
    for rows, columns in design.chunks():
        for f in range(folds):
            own = columns[fold[rows] == f]
            inner[f] += own.T @ own
            cross[f] += own.T @ outputs[rows][fold[rows] == f]
    return Moments(inner, cross)
