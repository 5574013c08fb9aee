"""Tests of conditional independence, each a function of variable numbers giving a p-value."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.independence.kernel import Test, rcit
from galaxy_causal.independence.moments import Design, Moments, design, moments
from galaxy_causal.independence.ranks import normal_scores, ranks, standardise
from galaxy_causal.types import Floats, UserError, option

Counts = NDArray[np.int64] | None
TestName = Literal[
    "fisher_z", "nonparanormal", "rank_correlation", "additive", "covariance_measure", "rcit", "g_squared"
]
TESTS: tuple[TestName, ...] = get_args(TestName)
BASIS = 10
"""Spline functions of a variable. Tests need more than scores do: what they cannot follow of a curve looks
like dependence."""
LEAST_EIGENVALUE = 1e-6


class IndependenceTest(ABC):
    """A test of conditional independence of one's own, which algorithms take in place of a name.

    Make it a frozen dataclass whose fields are its options: ``discovery.algorithm.test`` is then a group
    with its ``_target_``.

    Examples
    --------
    >>> class PartialCorrelation(IndependenceTest):
    ...     def of(self, values, seed):
    ...         return make_test("fisher_z", prepared("fisher_z", values))
    >>> x, y, noise = np.random.default_rng(0).normal(size=(3, 500))
    >>> test = PartialCorrelation().of(np.column_stack([x, y, x + y + noise]), seed=0)
    >>> bool(test(0, 1, ()) > 0.05), bool(test(0, 1, (2,)) > 0.05)
    (True, False)
    """

    @abstractmethod
    def of(self, values: Floats, seed: int) -> Test:
        """The test on one table.

        Parameters
        ----------
        values : array (n, p)
            Variables of galaxies, standardised; in a resample galaxies may stand more than once.
        seed : int
            For what the test draws.

        Returns
        -------
        callable
            ``test(x, y, z)``: the p-value of column x being independent of column y given the columns z.
        """


def fisher_z(found: Moments) -> Test:
    """Fisher's z of the partial correlation, from one correlation matrix (Fisher 1924, Metron 3, 329).

    sqrt(n - |z| - 3) artanh(r) is standard normal where the data are jointly Gaussian and x and y are
    independent given z. It sees linear dependence alone.
    """
    return _by_correlation(found.correlation, found.n)


def _by_correlation(correlation: Floats, n: int) -> Test:
    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        return _fisher_p(partial_correlation(correlation, x, y, z), n, len(z))

    return test


def rank_correlation(found: Moments) -> Test:
    """Fisher's z of the correlations that Spearman's of the ranks imply: 2 sin(pi rho / 6).

    They are those of a nonparanormal distribution, as normal scores estimate them too (Harris & Drton 2013,
    JMLR 14, 3365), but a rank bounds what an outlier can do, where a normal score lets it stay the largest.
    The matrix need not be a correlation matrix; eigenvalues below ``LEAST_EIGENVALUE`` are raised to it.
    """
    implied = 2 * np.sin(np.pi / 6 * found.correlation)
    eigenvalues, vectors = np.linalg.eigh(implied)
    raised = vectors * np.maximum(eigenvalues, LEAST_EIGENVALUE) @ vectors.T
    scale = np.sqrt(np.diag(raised))
    return _by_correlation(raised / np.outer(scale, scale), found.n)


def partial_correlation(correlation: Floats, x: int, y: int, z: Sequence[int]) -> float:
    """Correlation of x and y after linear regression of both on z.

    Parameters
    ----------
    correlation : array (p, p)
        Of all variables.
    x, y : int
        Two of them.
    z : sequence of int
        Others, or none.

    Returns
    -------
    float
        Between -1 and 1.

    Examples
    --------
    >>> chain = np.array([[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]])
    >>> partial_correlation(chain, 0, 2, ()), partial_correlation(chain, 0, 2, (1,))
    (0.25, 0.0)
    """
    if not len(z):
        return float(correlation[x, y])
    if len(z) == 1:
        k = z[0]
        xk, yk = correlation[x, k], correlation[y, k]
        return float((correlation[x, y] - xk * yk) / math.sqrt((1 - xk * xk) * (1 - yk * yk)))
    chosen = [x, y, *z]
    precision = np.linalg.inv(correlation[np.ix_(chosen, chosen)])
    return float(-precision[0, 1] / math.sqrt(precision[0, 0] * precision[1, 1]))


def _fisher_p(correlation: float, n: int, given: int) -> float:
    z = math.atanh(min(max(correlation, -1 + 1e-15), 1 - 1e-15)) * math.sqrt(max(n - given - 3, 0))
    return math.erfc(abs(z) / math.sqrt(2))


def additive(found: Moments) -> Test:
    """Whether smooth functions of x help to predict y beyond additive smooth functions of z, and vice versa.

    Two F tests of nested additive spline regressions, one for either direction, their p-values joined by
    Cauchy's combination (Liu & Xie 2020, JASA 115, 393). Calibrated where the means of x and of y given z are
    sums of smooth functions and the noise about them is even; blind to dependence in spread alone.
    """
    from scipy.special import fdtrc

    def one_way(x: int, y: int, z: tuple[int, ...]) -> float:
        given, more = found.columns(z), list(found.blocks[x])
        joint = found.residual([y, *more], given)
        cross, inner = joint[1:, 0], joint[1:, 1:]
        explained = float(cross @ np.linalg.lstsq(inner, cross, rcond=1e-10)[0])
        freedom = found.n - 1 - len(given) - len(more)
        if freedom <= 0 or joint[0, 0] <= explained:
            return 0.0 if freedom > 0 else 1.0
        ratio = (explained / len(more)) / ((joint[0, 0] - explained) / freedom)
        return float(fdtrc(len(more), freedom, ratio))

    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        return cauchy_combination([one_way(x, y, z), one_way(y, x, z)])

    return test


def cauchy_combination(p_values: Sequence[float]) -> float:
    """One p-value of several, dependent or not (Liu & Xie 2020, eq. 1 with equal weights)."""
    p = np.asarray(p_values)
    if (p < 1e-15).any():  # the tangent grows as 1 / (pi p)
        return float(len(p) / np.sum(1 / np.maximum(p, 1e-300))) if p.min() > 1e-290 else float(p.min())
    return float(0.5 - np.arctan(np.mean(np.tan((0.5 - np.minimum(p, 1 - 1e-12)) * np.pi))) / np.pi)


def covariance_measure(data: Design) -> Test:
    """The generalised covariance measure of Shah & Peters (2020, Ann. Stat. 48, 1514), with additive splines.

    Mean product of the residuals of x and y after regression on z, over its standard error. Unlike
    ``additive`` it stays calibrated where the spread of x or y depends on z; it sees no dependence whose
    mean product is zero. Each test reads all galaxies.
    """
    found = moments(data)

    @lru_cache(maxsize=256)
    def residual(v: int, z: tuple[int, ...]) -> Floats:
        own = data.columns[:, v] - data.columns[:, v].mean()
        given = found.columns(z)
        if not given:
            return np.asarray(own)
        inner, across = found.covariance[np.ix_(given, given)], found.covariance[given, v]
        coefficients = np.linalg.lstsq(inner, across, rcond=1e-10)[0]
        fitted = data.columns[:, given] @ coefficients
        left: Floats = own - (fitted - fitted.mean())
        return left

    def test(x: int, y: int, z: tuple[int, ...]) -> float:
        product = residual(x, z) * residual(y, z)
        spread = product.std()
        return 1.0 if spread == 0 else math.erfc(abs(product.mean() / spread) * math.sqrt(len(product) / 2))

    return test


def g_squared(values: Floats) -> Test:
    """The likelihood-ratio test of contingency tables, by causal-learn, for discrete variables (n, p)."""
    from causallearn.utils.cit import CIT

    coded = np.column_stack([np.unique(column, return_inverse=True)[1] for column in values.T])
    if coded.max(initial=0) >= MOST_CATEGORIES:
        raise UserError(
            f"{option('discovery.algorithm.test', 'g_squared')}: a variable has {coded.max() + 1} values, at "
            f"most {MOST_CATEGORIES} are categories; use a test for continuous variables"
        )
    tester = CIT(coded, method="gsq")
    return lambda x, y, z: float(tester(x, y, z))


MOST_CATEGORIES = 50


FROM_MOMENTS: dict[str, Callable[[Moments], Test]] = {
    "fisher_z": fisher_z,
    "nonparanormal": fisher_z,
    "rank_correlation": rank_correlation,
    "additive": additive,
}


def prepared(name: TestName | IndependenceTest, values: Floats, basis: int = BASIS) -> Design:
    """The design that a test looks at, made once for all resamples.

    Parameters
    ----------
    name : str or IndependenceTest
        One of ``TESTS``, or a test of one's own.
    values : array (n, p)
        Standardised variables.
    basis : int
        Spline functions of a variable, for tests that take some.

    Returns
    -------
    Design
        Of n rows.
    """
    if name == "nonparanormal":
        return design(standardise(normal_scores(values)))
    if name == "rank_correlation":
        return design(standardise(ranks(values)))
    return design(values, basis if name in ("additive", "covariance_measure") else 1)


def make_test(name: TestName | IndependenceTest, data: Design, counts: Counts = None, seed: int = 0) -> Test:
    """A test on all galaxies or on a resample of them.

    Parameters
    ----------
    name : str or IndependenceTest
        That for which the design was prepared.
    data : Design
        Of n galaxies.
    counts : array of int (n,), optional
        How often each galaxy stands in a resample.
    seed : int
        For tests that draw.

    Returns
    -------
    callable
        ``test(x, y, z)``: a p-value; each answer is kept.
    """
    if isinstance(name, str) and name in FROM_MOMENTS:
        return remembered(FROM_MOMENTS[name](moments(data, counts)))
    columns = data.columns if counts is None else np.repeat(data.columns, counts, axis=0)
    if isinstance(name, IndependenceTest):
        test = name.of(columns, seed)
    else:
        test = {
            "covariance_measure": lambda: covariance_measure(Design(columns, data.blocks)),
            "rcit": lambda: rcit(columns, seed),
            "g_squared": lambda: g_squared(columns),
        }[name]()
    return remembered(test)


def remembered(test: Test) -> Test:
    """The test with answers kept, the same whichever way a question is put.

    Parameters
    ----------
    test : callable
        ``test(x, y, z)``.

    Returns
    -------
    callable
        The same.
    """
    answers: dict[tuple[int, int, tuple[int, ...]], float] = {}

    def ask(x: int, y: int, z: tuple[int, ...]) -> float:
        question = (min(x, y), max(x, y), tuple(sorted(z)))
        if question not in answers:
            answers[question] = test(*question)
        return answers[question]

    return ask
