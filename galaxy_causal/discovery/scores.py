"""Scores of a variable given its causes, in nats; higher is better."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.independence import Counts, Design, Moments, design, moments, normal_scores, standardise
from galaxy_causal.types import Floats

Score = Callable[[int, tuple[int, ...]], float]
"""``score(variable, causes)``, the causes in rising order."""
BASIS = 6
ScoreName = Literal["gaussian_bic", "nonparanormal_bic", "additive_bic", "discrete_bic"]
SCORES: tuple[ScoreName, ...] = get_args(ScoreName)
FORBIDDEN = 1e9
"""Nats for one breach of background knowledge: beyond any likelihood, within the precision of a float."""


def bic(found: Moments, penalty: float = 1.0, least: float = 0.0) -> Score:
    """Bayesian information criterion of a multivariate Gaussian over each variable's basis columns.

    -n/2 log det(residual covariance of the variable's columns given those of its causes) - penalty/2 log n
    times the number of coefficients (Schwarz 1978, Ann. Stat. 6, 461). With one column per variable it is
    the usual Gaussian score. With a spline basis it is that of Ramsey, Andrews & Spirtes (2025,
    arXiv:2510.04276), with a penalty factor as they use; equivalent DAGs score the same in either case.

    ``least`` takes off as many nats per galaxy for every cause. A fixed penalty factor fades as surveys
    grow, while the misfit of additive splines does not: with ``least`` an edge must carry information, not
    significance alone.
    """

    def score(variable: int, causes: tuple[int, ...]) -> float:
        rows, given = list(found.blocks[variable]), found.columns(causes)
        sign, logarithm = np.linalg.slogdet(found.residual(rows, given))
        if sign <= 0:
            return -FORBIDDEN
        fit = -0.5 * found.n * logarithm - found.n * least * len(causes)
        return float(fit - 0.5 * penalty * math.log(found.n) * len(rows) * len(given))

    return score


def discrete_bic(values: Floats, penalty: float = 1.0, least: float = 0.0) -> Score:
    """BIC of multinomial tables; values (n, p) hold few distinct numbers each; ``least`` as in ``bic``."""
    coded = [np.unique(column, return_inverse=True)[1].astype(np.int64) for column in values.T]
    sizes = [int(column.max()) + 1 for column in coded]
    n = len(values)

    def score(variable: int, causes: tuple[int, ...]) -> float:
        state = np.zeros(n, dtype=np.int64)
        for cause in causes:
            state = state * sizes[cause] + coded[cause]
        _, state = np.unique(state, return_inverse=True)
        table = np.bincount(state * sizes[variable] + coded[variable]).astype(np.float64)
        given = np.bincount(state).astype(np.float64)
        likelihood = np.sum(table[table > 0] * np.log(table[table > 0])) - np.sum(given * np.log(given))
        parameters = (sizes[variable] - 1) * math.prod(sizes[cause] for cause in causes)
        return float(likelihood - n * least * len(causes) - 0.5 * penalty * math.log(n) * parameters)

    return score


def prepared(name: ScoreName, values: Floats, basis: int = BASIS) -> Design:
    """The design that score ``name`` looks at, made once for all resamples; values (n, p), standardised."""
    if name == "nonparanormal_bic":
        return design(standardise(normal_scores(values)))
    return design(values, basis if name == "additive_bic" else 1)


def make_score(
    name: ScoreName, data: Design, penalty: float = 1.0, least: float = 0.0, counts: Counts = None
) -> Score:
    """The score on all galaxies of the prepared design, or on a resample."""
    if name == "discrete_bic":
        columns = data.columns if counts is None else np.repeat(data.columns, counts, axis=0)
        return discrete_bic(columns, penalty, least)
    return bic(moments(data, counts), penalty, least)


def heeding(score: Score, known: Knowledge) -> Score:
    """The score with values kept, less ``FORBIDDEN`` for each cause forbidden and each lacking."""
    may, must = known.may, known.must

    def breaches(variable: int, causes: list[int]) -> int:
        lacking = int(np.sum(must[:, variable])) - int(np.sum(must[causes, variable]))
        return int(np.sum(~may[causes, variable])) + lacking

    return _less(score, breaches)


def heeding_pairs(score: Score, known: Knowledge) -> Score:
    """The score with values kept, less ``FORBIDDEN`` for an impossible edge, plus as much for a required one.

    Directions do not enter, so that equivalent DAGs score the same, as GES needs it.
    """
    possible, required = known.may | known.may.T, known.must | known.must.T

    def breaches(variable: int, causes: list[int]) -> int:
        return int(np.sum(~possible[causes, variable])) - int(np.sum(required[causes, variable]))

    return _less(score, breaches)


def _less(score: Score, breaches: Callable[[int, list[int]], int]) -> Score:
    values: dict[tuple[int, tuple[int, ...]], float] = {}

    def ask(variable: int, causes: tuple[int, ...]) -> float:
        question = (variable, tuple(sorted(causes)))
        if question not in values:
            values[question] = score(*question) - FORBIDDEN * breaches(variable, list(question[1]))
        return values[question]

    return ask
