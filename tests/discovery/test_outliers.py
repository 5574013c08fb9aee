import numpy as np
import pytest

from galaxy_causal.discovery import BOSS, FCI, GES, PC, ExactPosterior, tails, variables


def found(**columns):
    return {tail.name: tail for tail in tails(variables(list(columns), np.column_stack([*columns.values()])))}


def test_variables_with_outliers_are_named_and_gaussian_ones_are_not():
    rng = np.random.default_rng(0)
    normal, wrong, one = rng.normal(size=(3, 2000))
    wrong[:40] += 30
    one[0] = -9999.0  # a code for a missing value
    seen = found(normal=normal, wrong=wrong, one=one)
    assert [name for name, tail in seen.items() if tail.heavy] == ["wrong", "one"]
    assert (seen["normal"].far, seen["wrong"].far, seen["one"].far) == (0, 40, 1)
    assert abs(seen["normal"].excess_kurtosis) < 0.5
    assert str(seen["wrong"]).startswith("wrong (40 of 2,000 galaxies, excess kurtosis ")


def test_the_excess_kurtosis_is_that_of_the_closed_form():
    column = np.repeat([-1.0, 0.0, 1.0], [100, 800, 100])  # fourth moment over squared variance: 1 / 0.2
    other = np.random.default_rng(1).normal(size=1000)
    seen = found(three=column, other=other)["three"]
    assert seen.excess_kurtosis == pytest.approx(2.0)
    assert seen.far is None  # most galaxies share one value
    assert not seen.heavy
    assert str(seen) == "three (excess kurtosis 2.0)"


@pytest.mark.parametrize(
    ("search", "option"),
    [
        (PC(), "discovery.algorithm.test=rank_correlation"),
        (FCI(), "discovery.algorithm.test=rank_correlation"),
        (PC(test="rank_correlation"), ""),
        (PC(test="additive"), "discovery.algorithm.test=rank_correlation"),
        (PC(test="g_squared"), ""),
        (BOSS(score="additive_bic"), "discovery.algorithm.score=nonparanormal_bic"),
        (GES(), "discovery.algorithm.score=nonparanormal_bic"),
        (BOSS(score="nonparanormal_bic"), ""),
        (ExactPosterior(), "discovery.algorithm.transform=normal_scores"),
        (ExactPosterior(transform="normal_scores"), ""),
    ],
)
def test_searches_name_the_option_that_bears_outliers(search, option):
    assert search.robust == option
