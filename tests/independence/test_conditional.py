"""Tests of independence: closed forms, other libraries, and false positives at the level they claim."""

import numpy as np
import pytest
from scipy.stats import binom, norm, pearsonr, spearmanr

from galaxy_causal.discovery import resample
from galaxy_causal.discovery.variables import variables
from galaxy_causal.independence import Moments, design, moments
from galaxy_causal.independence.conditional import (
    cauchy_combination,
    make_test,
    partial_correlation,
    prepared,
    rank_correlation,
)
from galaxy_causal.types import UserError

REPETITIONS = 200
LOWEST, HIGHEST = binom.ppf([0.0005, 0.9995], REPETITIONS, 0.05)
"""A calibrated test rejects so many times of 200 at level 0.05, but for one test in a thousand."""


def rejections(name, simulate, repetitions=REPETITIONS, z=(2,)):
    count = 0
    for seed in range(repetitions):
        values = variables([f"v{k}" for k in range(2 + len(z))], simulate(np.random.default_rng(seed))).values
        count += make_test(name, prepared(name, values), seed=seed)(0, 1, z) < 0.05
    return count


def linear_confounding(rng, n=500):
    z = rng.normal(size=n)
    return np.column_stack([z + rng.normal(size=n), z + rng.normal(size=n), z])


def nonlinear_confounding(rng, n=1000):
    """x and y are waves and bumps of z plus even noise: independent given z."""
    z = rng.uniform(-2, 2, n)
    return np.column_stack([np.sin(2 * z) + 0.5 * rng.normal(size=n), z**2 + 0.5 * rng.normal(size=n), z])


def uneven_confounding(rng, n=1000):
    """As before, but both spreads grow with |z|."""
    z = rng.uniform(-2, 2, n)
    spread = 0.2 + z**2
    return np.column_stack(
        [np.sin(z) + spread * rng.normal(size=n), np.cos(z) + spread * rng.normal(size=n), z]
    )


def copula(rng, n=500):
    """A Gaussian copula with wild margins: independent given z."""
    x, y, z = linear_confounding(rng, n).T
    return np.column_stack([np.exp(3 * x), y**3, np.exp(z)])


@pytest.mark.parametrize(
    ("name", "simulate"),
    [
        ("fisher_z", linear_confounding),
        ("nonparanormal", copula),
        ("rank_correlation", copula),
        ("additive", nonlinear_confounding),
        ("covariance_measure", nonlinear_confounding),
        ("covariance_measure", uneven_confounding),
    ],
)
def test_false_positives_come_at_the_level(name, simulate):
    assert LOWEST <= rejections(name, simulate) <= HIGHEST


def test_the_partial_correlation_of_libraries_fails_where_the_splines_hold():
    """pgmpy's default rejects a true independence under nonlinear confounding; ours above does not."""
    import pandas as pd
    from pgmpy.ci_tests import get_ci_test

    count = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        z = rng.uniform(-2, 2, 1000)
        x, y = z**3 + 0.5 * rng.normal(size=1000), z**3 + 0.5 * rng.normal(size=1000)
        test = get_ci_test(data=pd.DataFrame({"x": x, "y": y, "z": z}))
        test("x", "y", ["z"], significance_level=0.05)
        count += test.p_value_ < 0.05
    assert count > 38
    cubic = lambda rng: np.column_stack(  # noqa: E731
        [
            (z := rng.uniform(-2, 2, 1000)) ** 3 + 0.5 * rng.normal(size=1000),
            z**3 + 0.5 * rng.normal(size=1000),
            z,
        ]
    )
    assert LOWEST <= rejections("additive", cubic) <= HIGHEST


def test_rcit_keeps_its_level_and_sees_a_curve():
    small = 50  # benchmarks/calibration.py has 200; each repetition draws features anew
    low, high = binom.ppf([0.0005, 0.9995], small, 0.05)
    assert low <= rejections("rcit", lambda rng: nonlinear_confounding(rng, 400), small) <= high
    rng = np.random.default_rng(0)
    z, x = rng.normal(size=(2, 1000))
    values = variables(list("xyz"), np.column_stack([x, x**2 + z + rng.normal(size=1000), z])).values
    assert make_test("rcit", prepared("rcit", values))(0, 1, (2,)) < 1e-6


@pytest.mark.parametrize("name", ["additive"])
def test_splines_see_what_no_line_shows(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    values = variables(["x", "y"], np.column_stack([x, np.abs(x) + rng.normal(size=1000)])).values
    assert make_test(name, prepared(name, values))(0, 1, ()) < 1e-10
    assert make_test("fisher_z", prepared("fisher_z", values))(0, 1, ()) > 1e-3


def test_fisher_z_is_that_of_pgmpy():
    import pandas as pd
    from pgmpy.ci_tests import FisherZ

    rng = np.random.default_rng(3)
    values = variables(list("abcd"), rng.normal(size=(400, 4)) @ rng.normal(size=(4, 4))).values
    ours, theirs = (
        make_test("fisher_z", prepared("fisher_z", values)),
        FisherZ(pd.DataFrame(values, columns=list("abcd"))),
    )
    for z in ((), (2,), (2, 3)):
        theirs("a", "b", ["abcd"[k] for k in z], significance_level=0.05)
        assert ours(0, 1, z) == pytest.approx(theirs.p_value_, rel=1e-8)
    assert partial_correlation(moments(design(values)).correlation, 0, 1, ()) == pytest.approx(
        pearsonr(values[:, 0], values[:, 1])[0]
    )


def test_g_squared_is_that_of_pgmpy():
    import pandas as pd
    from pgmpy.ci_tests import get_ci_test

    rng = np.random.default_rng(4)
    z = rng.integers(0, 3, 900)
    x, y = (z + rng.integers(0, 2, 900)) % 3, (z + rng.integers(0, 3, 900)) % 3
    values = np.column_stack([x, y, z]).astype(float)
    test = get_ci_test("g_sq", pd.DataFrame(values.astype(int), columns=list("xyz")))
    for given in ((), (2,)):
        test("x", "y", ["xyz"[k] for k in given], significance_level=0.05)
        ours = make_test("g_squared", prepared("g_squared", values))(0, 1, given)
        assert ours == pytest.approx(test.p_value_, rel=1e-6, abs=1e-12)


def test_a_resample_is_the_table_of_its_rows():
    rng = np.random.default_rng(5)
    values = variables(list("abc"), rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3))).values
    counts = resample(300, "bootstrap", 0.5, (1, 2))
    rows = np.repeat(np.arange(300), counts)
    for name in ("fisher_z", "additive", "covariance_measure"):
        data = prepared(name, values)
        direct = type(data)(data.columns[rows], data.blocks)
        assert make_test(name, data, counts)(0, 1, (2,)) == pytest.approx(
            make_test(name, direct)(0, 1, (2,)), rel=1e-8
        )


def test_moments_of_blocks_are_those_of_numpy():
    rng = np.random.default_rng(6)
    data = design(variables(list("ab"), rng.normal(size=(70_000, 2))).values, 6)
    np.testing.assert_allclose(moments(data).covariance, np.cov(data.columns.T, ddof=0), atol=1e-12)


def test_a_basis_is_uncorrelated_and_spans_lines_and_cubics():
    x = np.random.default_rng(7).normal(size=(2000, 2))
    data = design(x, 6)
    block = data.columns[:, list(data.blocks[0])]
    np.testing.assert_allclose(np.cov(block.T, ddof=0), np.eye(6), atol=1e-9)
    for target in (x[:, 0], x[:, 0] ** 3):
        residual = target - target.mean() - block @ (block.T @ (target - target.mean()) / len(x))
        assert residual.var() < 1e-9 * target.var()


def test_a_variable_of_two_values_has_a_basis_of_one():
    x = np.column_stack([np.tile([0.0, 1.0], 500), np.random.default_rng(8).normal(size=1000)])
    assert [len(block) for block in design(x, 6).blocks] == [1, 6]


@pytest.mark.parametrize("p", [1e-30, 1e-10, 0.03, 0.5, 0.97])
def test_the_combination_of_one_p_value_with_itself_is_itself(p):
    assert cauchy_combination([p, p]) == pytest.approx(p, rel=1e-6)


def test_subsamples_take_each_galaxy_at_most_once_and_seeds_repeat():
    counts = resample(101, "subsample", 0.5, (0, 1))
    assert counts.max() == 1
    assert counts.sum() == 50
    assert (counts == resample(101, "subsample", 0.5, (0, 1))).all()
    assert (counts != resample(101, "subsample", 0.5, (0, 2))).any()
    assert resample(101, "bootstrap", 0.5, (0, 1)).sum() == 101


def test_unfit_tests_are_refused():
    values = np.random.default_rng(0).normal(size=(200, 2))
    with pytest.raises(UserError, match="at most 50"):
        make_test("g_squared", prepared("g_squared", values))
    with pytest.raises(UserError, match="at least 4"):
        design(values, 3)


def test_rank_correlations_are_those_that_spearmans_imply():
    x, y = copula(np.random.default_rng(3), 200).T[:2]
    values = variables(["x", "y"], np.column_stack([x, y])).values
    implied = 2 * np.sin(np.pi / 6 * spearmanr(x, y).statistic)
    expected = 2 * norm.sf(np.arctanh(abs(implied)) * np.sqrt(197))
    assert make_test("rank_correlation", prepared("rank_correlation", values))(0, 1, ()) == pytest.approx(
        expected
    )


def test_ranks_bear_outliers_that_hide_a_dependence_from_values():
    found = {"fisher_z": 0, "rank_correlation": 0}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=400)
        values = np.column_stack([x, 0.5 * x + rng.normal(size=400)])
        values += 30 * rng.normal(size=values.shape) * (rng.random(values.shape) < 0.05)
        columns = variables(["x", "y"], values).values
        for name in found:
            found[name] += make_test(name, prepared(name, columns))(0, 1, ()) < 0.01
    assert found["rank_correlation"] == 20
    assert found["fisher_z"] <= 5


def test_implied_correlations_that_no_distribution_has_still_give_p_values():
    """Spearman's 0.5, 0.5 and -0.5 are on the edge of what is possible, what they imply is beyond it."""
    correlation = np.array([[1.0, 0.5, 0.5], [0.5, 1.0, -0.5], [0.5, -0.5, 1.0]])
    assert np.linalg.eigvalsh(2 * np.sin(np.pi / 6 * correlation))[0] < -0.01
    test = rank_correlation(Moments(correlation, ((0,), (1,), (2,)), 100))
    p_values = [test(0, 1, (2,)), test(0, 2, (1,)), test(1, 2, (0,)), test(1, 2, ())]
    assert all(0 <= p <= 1 for p in p_values)
    assert p_values[-1] < 1e-6
