"""Residuals of target and query from smooth functions fitted to other galaxies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from galaxy_causal.causal.coordinates import coordinates
from galaxy_causal.causal.options import COVARIANCE, KERNEL, Options
from galaxy_causal.causal.question import Question
from galaxy_causal.types import Floats, UserError

if TYPE_CHECKING:
    from sklearn.preprocessing import SplineTransformer

CHUNK = 1 << 14
"""Galaxies whose spline functions are held at once."""
TINY = 1e-3
"""Share of their spread below which residuals count as equally small."""
PENALTIES = np.logspace(-8, 0, 9)
"""Ridge penalties, in units of the functions' variance, of which the best in cross-validation is taken."""

OUTER, REACH = (0.01, 0.99), 0.15
"""Between these quantiles, and beyond by so much of their distance, knots lie at equal distances: a few
galaxies may be far away."""


@lru_cache(maxsize=1)  # the tests of single neighbourhoods and of all together want the same
def residuals(question: Question, options: Options, seed: int) -> Question:
    """The question with target and query replaced by residuals, and nothing left to condition on.

    Each is regressed on an additive cubic B-spline of all columns, ``coordinates`` and ``given``, with a
    ridge penalty; the residuals of each fold come from a fit to the other folds (Shah & Peters 2020, Ann.
    Stat. 48, 1514; cross-fitting: Chernozhukov et al. 2018, Econom. J. 21, C1). NaN where a value is
    missing. For the kernel test, which sees that two spreads depend on one variable, residuals are divided by
    their spread, a spline of the same columns fitted to the logarithm of their size.
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


def check_enough(question: Question, options: Options) -> None:
    """Refuse fewer galaxies with all values than the splines of a test need, if it needs any."""
    if options.test not in COVARIANCE or not (coordinates(question, options) or question.given is not None):
        return
    count, least = int(question.valid.sum()), 2 * options.folds * options.basis
    if count < least:
        raise UserError(
            f"causal.test={options.test}: {count} training galaxies have {question.name} and all else, too "
            f"few for {options.basis} spline functions and {options.folds} folds, which need {least}; lower "
            "causal.basis, or use causal.test=partial"
        )


def cross_fitted(inputs: Floats, outputs: Floats, basis: int, folds: int, rng: np.random.Generator) -> Floats:
    """Out-of-fold residuals of outputs (n, q) on additive splines of inputs (n, p).

    Knots are quantiles, or twice as many at equal distances; for each output those are taken, and that
    penalty, which leave the smallest residuals. Quantiles follow the galaxies, and miss what varies fast
    where there are few of them.
    """
    from sklearn.preprocessing import SplineTransformer

    fold = rng.permutation(len(inputs)) % folds
    centred = outputs - outputs.mean(axis=0)
    found = []
    for knots in ("quantile", even(inputs, 2 * basis - 3)):
        splines = SplineTransformer(basis - 3, degree=3, knots=knots, include_bias=False).fit(inputs)
        found.append(_out_of_fold(splines, inputs, centred, fold, folds))
    left = np.concatenate(found)
    best = np.argmin(np.mean(left**2, axis=1), axis=0)
    return np.stack([left[one, :, q] for q, one in enumerate(best)], axis=1)


def even(inputs: Floats, count: int) -> Floats:
    """Knots (count, p) at equal distances over all but the outermost galaxies; the ends are the inputs'.

    That is from the first percentile to the last and ``REACH`` beyond. From end to end where a value is so
    frequent that it is both percentiles.
    """
    ends = inputs.min(axis=0), inputs.max(axis=0)
    low, high = np.quantile(inputs, OUTER, axis=0)
    beyond = np.where(low < high, REACH * (high - low), np.inf)
    low, high = np.maximum(low - beyond, ends[0]), np.minimum(high + beyond, ends[1])
    knots = np.linspace(low, np.where(low < high, high, low + 1), count)
    knots[0] = ends[0]
    knots[-1] = np.maximum(ends[1], knots[-1])
    return knots


def _out_of_fold(
    splines: SplineTransformer, inputs: Floats, outputs: Floats, fold: NDArray[np.int64], folds: int
) -> Floats:
    """Residuals (penalties, n, q) of each fold from fits to the others."""
    sums = _moments(splines, inputs, outputs, fold, folds)
    fitted = [_solve(sums.without(f)) for f in range(folds)]  # (penalties, columns + 1, q)
    left = np.empty((len(PENALTIES), *outputs.shape))
    for rows, design in _chunks(splines, inputs):
        for f in range(folds):
            own = np.flatnonzero(fold[rows] == f)
            left[:, rows.start + own] = outputs[rows][own] - design[own] @ fitted[f]
    return left


@dataclass(frozen=True)
class Moments:
    """Sums over the galaxies of each fold: products (folds, c, c) and those with outputs (folds, c, q)."""

    inner: Floats
    cross: Floats

    def without(self, fold: int) -> tuple[Floats, Floats]:
        """The sums of all other folds."""
        return self.inner.sum(axis=0) - self.inner[fold], self.cross.sum(axis=0) - self.cross[fold]


def _chunks(splines: SplineTransformer, inputs: Floats) -> Iterator[tuple[slice, Floats]]:
    for start in range(0, len(inputs), CHUNK):
        rows = slice(start, min(start + CHUNK, len(inputs)))
        design = splines.transform(inputs[rows])
        yield rows, np.column_stack([np.ones(len(design)), design])


def _moments(
    splines: SplineTransformer, inputs: Floats, outputs: Floats, fold: NDArray[np.int64], folds: int
) -> Moments:
    width = 1 + splines.n_features_out_
    inner, cross = np.zeros((folds, width, width)), np.zeros((folds, width, outputs.shape[1]))
    for rows, design in _chunks(splines, inputs):
        for f in range(folds):
            own = design[fold[rows] == f]
            inner[f] += own.T @ own
            cross[f] += own.T @ outputs[rows][fold[rows] == f]
    return Moments(inner, cross)


def _solve(sums: tuple[Floats, Floats]) -> Floats:
    """Coefficients (penalties, columns, q) of ridge regressions; the constant is not penalised."""
    inner, cross = sums
    size = np.trace(inner[1:, 1:]) / max(len(inner) - 1, 1) or 1.0  # all are zero where no input varies
    scale = np.append(0.0, np.full(len(inner) - 1, size))
    ridges = (cho_factor(inner + np.diag(penalty * scale)) for penalty in PENALTIES)
    return np.stack([cho_solve(ridge, cross) for ridge in ridges])
