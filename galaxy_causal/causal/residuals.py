"""Target and query freed of smooth functions fitted to other galaxies."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from galaxy_causal.causal.coordinates import coordinates
from galaxy_causal.causal.options import COVARIANCE, KERNEL, LocalTestOptions
from galaxy_causal.causal.question import LocalQuestion
from galaxy_causal.independence import cross_fitted
from galaxy_causal.types import UserError, option

TINY = 1e-3
"""Share of their spread below which residuals count as equally small."""
PER_LINE = 5
"""Galaxies in a fold that each straight line, free of a penalty, needs."""


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
        test, partial = (option("causal.test", name) for name in (options.test, "partial"))
        raise UserError(
            f"{test}: {count} training galaxies have {question.name} and all else, too few for "
            f"{options.basis} spline functions of {columns} columns and {options.folds} folds, which need "
            f"{least}; have fewer columns ({option('causal.given')}, {option('causal.gradient')}), a smaller "
            f"{option('causal.basis')} where columns are few, or use {partial}"
        )
