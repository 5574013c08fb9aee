"""Local tests beside loops over neighbourhoods with other libraries."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, pearsonr
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import PolynomialFeatures

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests
from galaxy_causal.types import Neighbours, UserError


def residual(y, *regressors):
    x = np.column_stack(regressors)
    return y - LinearRegression().fit(x, y).predict(x)


def share_removed(y, *regressors):
    x = np.column_stack(regressors)
    return LinearRegression().fit(x, y).score(x, y)


def squares(*columns):
    return PolynomialFeatures(2, include_bias=False).fit_transform(np.column_stack(columns))


def test_published_statistics(sample, neighbours, paper):
    """Pearson's correlation, and the share of variance that a quadratic regression removes."""
    found = local_tests(replace(sample, given=None), neighbours, paper)
    for i, member in enumerate(neighbours.index):
        y, q = sample.target[member], sample.query[member]
        assert found.correlation.value[i] == pytest.approx(pearsonr(y, q).statistic)
        assert found.efficiency.value[i] == pytest.approx(share_removed(y, q, q**2))
    assert (found.members == 60).all()
    assert not found.masked.any()


@pytest.mark.parametrize("columns", [1, 2])
def test_published_measures_given_others(sample, neighbours, paper, columns):
    """The same of residuals from quadratic regressions, products of two conditioning variables included."""
    given = np.column_stack([sample.given, sample.latent[:, 0]])[:, :columns]
    found = local_tests(replace(sample, given=given), neighbours, paper)
    for i, member in enumerate(neighbours.index[:50]):
        regressors = squares(given[member])
        y, q = residual(sample.target[member], regressors), residual(sample.query[member], regressors)
        assert found.correlation.value[i] == pytest.approx(pearsonr(y, q).statistic)
        assert found.efficiency.value[i] == pytest.approx(share_removed(y, q, q**2))


def test_partial_statistics(sample, neighbours):
    """Partial correlation, and the F test's share, given latent, estimate and conditioning variable."""
    found = local_tests(sample, neighbours, LocalTestOptions(test="partial", permutations=19))
    for i, member in enumerate(neighbours.index[:50]):
        along = np.column_stack([sample.latent[member], sample.estimate[member]])
        known = np.column_stack([along, squares(sample.given[member])])
        y, q = residual(sample.target[member], known), residual(sample.query[member], known)
        assert found.correlation.value[i] == pytest.approx(pearsonr(y, q).statistic)
        assert found.efficiency.value[i] == pytest.approx(share_removed(y, q, residual(q**2, known)))
        # The estimate is a sum of the latent's columns: four regressors span three directions.
        share = 1 - (1 - share_removed(sample.target[member], along)) * 59 / (59 - 3)
        assert found.target_gradient[i] == pytest.approx(share)


@pytest.mark.parametrize("test", ["gcm", "paper"])
def test_gradients_are_of_the_target_itself_whatever_the_test_removes(sample, neighbours, test):
    found = local_tests(sample, neighbours, LocalTestOptions(test=test, gradient="latent", permutations=19))
    for i, member in enumerate(neighbours.index[:20]):
        shares = [
            1 - (1 - share_removed(values[member], sample.latent[member])) * 59 / (59 - 3)
            for values in (sample.target, sample.query)
        ]
        assert [found.target_gradient[i], found.query_gradient[i]] == pytest.approx(shares)
        assert found.gradient_bound[i] == pytest.approx(np.sqrt(np.prod(np.maximum(shares, 0))))


def test_one_permutation_of_the_null_is_that_of_permuted_residuals(sample, neighbours, paper):
    """The nulls of many neighbourhoods have the mean and variance of a correlation of permuted values."""
    found = local_tests(replace(sample, given=None), neighbours, paper)
    null = found.correlation.null
    # Exact: mean 0, variance 1 / (k - 1); 200 of them, which overlap, a tenth as many independent.
    assert abs(null.mean()) < 4 / np.sqrt(59 * 20)
    assert null.var() == pytest.approx(1 / 59, rel=4 * np.sqrt(2 / 20))
    assert found.efficiency.null.mean() == pytest.approx(2 / 59, rel=0.5)


def test_p_values_tend_to_the_exact_share_of_orders(paper):
    """Ten galaxies, four of which have the query: 210 choices of these are equally likely."""
    y, q = np.random.default_rng(1).normal(size=10), np.arange(10) % 5 > 2
    question = LocalQuestion(np.r_[y, 0.0], np.r_[q, 0.0])
    ten = Neighbours(np.arange(10)[None], np.zeros((1, 10), np.float32))
    found = local_tests(question, ten, replace(paper, permutations=5000))
    sums = np.array([y[list(chosen)].sum() for chosen in combinations(range(10), 4)])
    mean = 4 * y.mean()
    exact = np.mean(np.abs(sums - mean) >= np.abs(y[q].sum() - mean) - 1e-9)
    assert found.correlation.p[0] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 5000))


def test_missing_values_leave_members_out(sample, neighbours):
    """As if the neighbourhood consisted of the others; below ten (and the regressors) it is masked."""
    rng = np.random.default_rng(2)
    query = np.where(rng.random(1500) < 0.6, np.nan, sample.query)
    question = replace(sample, query=query, given=None)
    for options, least in (
        (LocalTestOptions(test="paper"), 10),
        (LocalTestOptions(test="partial", gradient="estimate"), 11),
    ):
        found = local_tests(question, neighbours, options)
        valid = np.isfinite(query)[neighbours.index]
        np.testing.assert_array_equal(found.members, valid.sum(axis=1))
        np.testing.assert_array_equal(found.masked, valid.sum(axis=1) < least)
    assert 0 < found.masked.sum() < 200 or (found.members >= 11).all()
    found = local_tests(question, neighbours, LocalTestOptions(test="paper"))
    for i in np.flatnonzero(~found.masked)[:50]:
        member = neighbours.index[i][valid[i]]
        assert found.correlation.value[i] == pytest.approx(
            pearsonr(sample.target[member], query[member]).statistic
        )


def test_fewer_than_ten_members_are_masked_and_counted(sample, neighbours, paper):
    query = sample.query.copy()
    query[neighbours.index[0, 9:]] = np.nan
    found = local_tests(replace(sample, query=query, given=None), neighbours, paper)
    assert found.members[0] == 9
    assert found.masked[0]
    for measure in (found.correlation, found.efficiency):
        for values in (measure.value, measure.null, measure.p, measure.pooled, measure.q):
            assert np.isnan(values[0])
    assert not found.correlation.significant(0.05)[0]


def test_a_query_that_is_constant_in_a_neighbourhood_masks_it(sample, neighbours):
    query = sample.query.copy()
    query[neighbours.index[0]] = 7.0
    for test in ("paper", "partial", "gcm"):
        found = local_tests(replace(sample, query=query, given=None), neighbours, LocalTestOptions(test=test))
        assert found.masked[0]
        assert np.mean(found.masked) < 0.5


def test_a_query_that_its_conditions_explain_is_masked_by_every_test(sample, neighbours):
    """A difference of two conditions: splines leave rounding of it, which is not to be tested."""
    rng = np.random.default_rng(5)
    given = np.column_stack([sample.given[:, 0], rng.normal(size=len(sample.query))])
    question = replace(sample, query=3e2 + given[:, 0] - given[:, 1], given=given)
    for test in ("paper", "partial", "gcm"):
        assert local_tests(question, neighbours, LocalTestOptions(test=test)).masked.all()


def test_a_query_of_two_values_has_no_square(sample, neighbours, paper):
    query = (sample.query > 0).astype(float)
    found = local_tests(replace(sample, query=query, given=None), neighbours, paper)
    known = ~found.masked
    np.testing.assert_allclose(found.efficiency.value[known], found.correlation.value[known] ** 2, atol=1e-12)


def test_a_function_of_the_conditioning_variable_is_masked(sample, neighbours):
    question = replace(sample, query=sample.given[:, 0] ** 2 - sample.given[:, 0])
    assert local_tests(question, neighbours, LocalTestOptions(test="partial", gradient="none")).masked.all()


def test_scale_and_offset_do_not_matter(sample, neighbours):
    """Magnitudes to the fourth power lose no digits that count."""
    plain = local_tests(sample, neighbours, LocalTestOptions(test="partial"))
    other = local_tests(
        LocalQuestion(
            1e3 + 1e-2 * sample.target,
            -1e4 + 50 * sample.query,
            5e3 + sample.given,
            1e3 + 2 * sample.latent,
            sample.estimate - 7,
        ),
        neighbours,
        LocalTestOptions(test="partial"),
    )
    np.testing.assert_allclose(other.correlation.value, plain.correlation.value, atol=1e-8)
    np.testing.assert_allclose(other.efficiency.value, plain.efficiency.value, atol=1e-8)
    np.testing.assert_allclose(other.efficiency.p, plain.efficiency.p, atol=0.011)  # two of 200 nulls


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg(sample, neighbours, paper):
    found = local_tests(sample, neighbours, paper)
    np.testing.assert_allclose(found.correlation.q, false_discovery_control(found.correlation.pooled))
    np.testing.assert_array_equal(found.correlation.significant(0.05), found.correlation.q <= 0.05)
    # Both p-values answer one question, the one from 99 nulls, the other from 19,800.
    assert np.abs(found.correlation.p - found.correlation.pooled).max() < 4 * 0.5 / np.sqrt(99)


def test_same_seed_same_answer_and_block_size_reaches_no_measure(sample, neighbours, monkeypatch):
    for test in ("partial", "gcm"):
        first, second = (
            local_tests(sample, neighbours, LocalTestOptions(test=test), seed=3) for _ in range(2)
        )
        other = local_tests(sample, neighbours, LocalTestOptions(test=test), seed=4)
        np.testing.assert_array_equal(first.efficiency.p, second.efficiency.p)
        assert (first.efficiency.p != other.efficiency.p).any()
    first = local_tests(sample, neighbours, LocalTestOptions(test="partial"))
    monkeypatch.setattr("galaxy_causal.causal.neighbourhoods.BLOCK", 180)
    np.testing.assert_allclose(
        local_tests(sample, neighbours, LocalTestOptions(test="partial")).correlation.value,
        first.correlation.value,
        rtol=1e-9,
    )


def test_columns_of_the_table(sample, neighbours, paper):
    columns = local_tests(sample, neighbours, paper).columns()
    assert list(columns)[:7] == [
        "members", "corr", "corr_null", "corr_p", "corr_pooled", "corr_q", "pred_eff",
    ]  # fmt: skip
    assert all(len(values) == 200 for values in columns.values())


def test_progress_ends_at_all(sample, neighbours, paper):
    calls = []
    local_tests(sample, neighbours, paper, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (200, 200)


def test_too_many_regressors_for_the_members_are_refused(sample, neighbours):
    given = np.random.default_rng(3).normal(size=(1500, 9))
    with pytest.raises(UserError, match=r"neighbours.k=60 members are too few for 58 regressors"):
        local_tests(replace(sample, given=given), neighbours, LocalTestOptions(test="partial"))


def test_inputs_are_removed_where_asked_for(sample, neighbours):
    found = local_tests(
        replace(sample, given=None), neighbours, LocalTestOptions(test="partial", gradient="all")
    )
    for i, member in enumerate(neighbours.index[:20]):
        known = np.column_stack([sample.latent, sample.estimate, sample.inputs])[member]
        y, q = residual(sample.target[member], known), residual(sample.query[member], known)
        assert found.correlation.value[i] == pytest.approx(pearsonr(y, q).statistic)


def test_a_gradient_that_is_not_given_is_refused(sample, neighbours):
    with pytest.raises(UserError, match="gradient=both needs the latent"):
        local_tests(replace(sample, latent=None), neighbours, LocalTestOptions(test="partial"))
