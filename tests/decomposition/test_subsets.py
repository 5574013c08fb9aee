"""Quantities of all subsets against closed forms, slow references and axioms."""

from itertools import permutations as all_orders

import numpy as np
import pytest

from galaxy_causal.decomposition import (
    SubsetValues,
    best_subsets,
    evaluate,
    every_subset,
    join,
    leave_one_out,
    moebius,
    o_information,
    pair_atoms,
    permutations,
    sampled_weights,
    sampling_error,
    shapley_weights,
    smallest_within,
)
from galaxy_causal.types import UserError

# Target and four signals; signals 1 and 2 are alike, signal 4 tells nothing, not even with others.
COVARIANCE = np.array(
    [
        [1.0, 0.6, 0.6, 0.4, 0.0],
        [0.6, 1.0, 0.3, 0.2, 0.0],
        [0.6, 0.3, 1.0, 0.2, 0.0],
        [0.4, 0.2, 0.2, 1.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 1.0],
    ]
)


def gaussian_values(covariance):
    """I(Y; X_S) of every subset: -1/2 log of the share of Y's variance that X_S leaves."""
    subsets = every_subset(len(covariance) - 1)
    values = np.zeros(len(subsets))
    for row, shown in enumerate(subsets):
        s = 1 + np.flatnonzero(shown)
        if len(s):
            explained = covariance[0, s] @ np.linalg.solve(covariance[np.ix_(s, s)], covariance[s, 0])
            values[row] = -0.5 * np.log(1 - explained)
    return values


def entropy(covariance, s):
    return 0.5 * np.linalg.slogdet(2 * np.pi * np.e * covariance[np.ix_(s, s)])[1]


def o_of(covariance):
    """(n - 2) H(X) + sum of H(X_j) - H(X without j): Rosas et al. 2019."""
    n = len(covariance)
    parts = [
        entropy(covariance, [j]) - entropy(covariance, [i for i in range(n) if i != j]) for j in range(n)
    ]
    return (n - 2) * entropy(covariance, list(range(n))) + sum(parts)


def plain(values):
    """The values of all subsets, without errors."""
    count = int(np.log2(len(values)))
    return SubsetValues(every_subset(count), np.array([values]), np.array([values, values]))


def by_all_orders(values, count):
    """Shapley values by their definition."""
    total = np.zeros(count)
    orders = list(all_orders(range(count)))
    for order in orders:
        shown = 0
        for i in order:
            total[i] += values[shown | 1 << i] - values[shown]
            shown |= 1 << i
    return total / len(orders)


def test_shapley_values_are_those_of_all_orders():
    rng = np.random.default_rng(0)
    for values in (gaussian_values(COVARIANCE), rng.normal(size=16)):
        np.testing.assert_allclose(values @ shapley_weights(4), by_all_orders(values, 4), atol=1e-12)


def test_shapley_axioms_efficiency_symmetry_dummy_and_additivity():
    values = gaussian_values(COVARIANCE)
    found = values @ shapley_weights(4)
    assert found.sum() == pytest.approx(values[-1], abs=1e-12)
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert found[3] == pytest.approx(0.0, abs=1e-12)
    other = np.random.default_rng(1).normal(size=16)
    added = (values + other) @ shapley_weights(4)
    np.testing.assert_allclose(added, found + other @ shapley_weights(4), atol=1e-12)
    # what is always shown tells something: the sum is what the inputs add to it
    assert (1.0 + values)[:1] @ shapley_weights(4)[:1] == pytest.approx(-0.25)
    assert ((0.1 + values) @ shapley_weights(4)).sum() == pytest.approx(values[-1])


def test_shapley_values_of_ten_inputs_are_efficient():
    values = np.random.default_rng(2).normal(size=1024)
    assert (values @ shapley_weights(10)).sum() == pytest.approx(values[-1] - values[0])


def test_more_than_twenty_inputs_are_offered_sampling():
    with pytest.raises(UserError, match=r"2\^21 subsets; at most 20 .* set subsets.method=sampled"):
        shapley_weights(21)


def test_sampled_shapley_values_lie_within_their_errors():
    """Fourteen quantities of a random game of size one: none is expected beyond 3.5 errors (once in 150)."""
    values = np.random.default_rng(3).normal(size=2**14)
    exact = values @ shapley_weights(14)
    orders = permutations(14, 400, seed=0)
    shown, weights = sampled_weights(orders, leave_one_out(14))
    seen = values[plain(values).at(shown)]
    error = sampling_error(seen, shown, orders)
    found = seen @ weights
    assert found.sum() == pytest.approx(values[-1] - values[0])
    assert (np.abs(found - exact) < 3.5 * error).all()
    assert 0.5 < np.sqrt(np.mean(((found - exact) / error) ** 2)) < 1.6
    assert np.array_equal(orders[1::2], orders[::2, ::-1])


@pytest.mark.parametrize("draws", [2, 5])
def test_permutations_come_in_pairs(draws):
    with pytest.raises(UserError, match=f"subsets.permutations={draws} must be even"):
        permutations(3, draws, 0)


def test_moebius_transform_inverts_the_sum_over_subsets():
    values = np.random.default_rng(4).normal(size=(3, 32))
    found = moebius(values)
    subsets = every_subset(5)
    within = (subsets[:, None] >= subsets[None]).all(axis=2)  # column's subset lies in the row's
    np.testing.assert_allclose(found @ within.T, values, atol=1e-12)
    i1, i2, both = gaussian_values(COVARIANCE)[[1, 2, 3]]
    assert moebius(np.array([0, i1, i2, both]))[3] == pytest.approx(both - i1 - i2)
    with pytest.raises(UserError, match="all 2"):
        moebius(np.zeros(3))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_o_information_is_what_the_target_adds(count):
    covariance = COVARIANCE[: count + 1, : count + 1]
    values = plain(gaussian_values(covariance))
    expected = o_of(covariance) - o_of(covariance[1:, 1:])
    assert o_information(values, values.mean)[0] == pytest.approx(expected, abs=1e-12)


def test_pairs_of_inputs():
    """Signals 1 and 2 against the closed form of the minimum; with signal 4 nothing is gained or shared."""
    values = gaussian_values(COVARIANCE)
    synergy, redundancy = pair_atoms(plain(values), values)
    assert redundancy[0] == pytest.approx(-0.5 * np.log(1 - 0.36))
    explained = 2 * 0.36 / 1.3
    assert synergy[0] == pytest.approx(-0.5 * np.log(1 - explained) - redundancy[0])
    np.testing.assert_allclose([synergy[2], redundancy[2]], 0.0, atol=1e-12)


def test_best_subsets_and_the_smallest_that_is_enough():
    values = gaussian_values(COVARIANCE)
    sizes = best_subsets(plain(values))
    assert [one.coalition.tolist() for one in sizes[1:]] == [
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]
    assert sizes[1].information == pytest.approx(values[3])
    assert sizes[1].worst == pytest.approx(values[[12]].min())
    assert sizes[0].mean == pytest.approx(values[[1, 2, 4, 8]].mean())
    assert smallest_within(sizes, 1e-9).size == 3
    assert smallest_within(sizes, values[-1] - values[3] + 1e-9).size == 2
    assert smallest_within(sizes, 10.0).size == 1


def test_agreement_tells_how_often_a_subset_is_best():
    rng = np.random.default_rng(5)
    replicates = np.column_stack(
        [np.zeros(4000), rng.normal(0.5, 1, 4000), rng.normal(0.0, 1, 4000), np.ones(4000)]
    )
    values = SubsetValues(every_subset(2), np.array([[0.0, 0.5, 0.0, 1.0]]), replicates)
    # a difference with mean 0.5 and variance 2 is positive with probability Phi(0.354) = 0.638
    assert best_subsets(values)[0].agreement == pytest.approx(0.638, abs=4 * 0.0076)


def drawn(n, seed):
    """Pointwise informations of every subset of Gaussian galaxies, from the true densities: (16, n)."""
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(5), COVARIANCE, n)
    y = draws[:, 0]
    rows = [np.zeros(n)]
    for shown in every_subset(4)[1:]:
        s = 1 + np.flatnonzero(shown)
        weights = np.linalg.solve(COVARIANCE[np.ix_(s, s)], COVARIANCE[s, 0])
        left = 1 - COVARIANCE[0, s] @ weights
        rows.append(-0.5 * np.log(left) + 0.5 * y**2 - 0.5 * (y - draws[:, s] @ weights) ** 2 / left)
    return np.array(rows)


def test_streamed_averages_hold_the_closed_forms(monkeypatch):
    """Four errors of a mean over 20,000 galaxies; pieces of three subsets give what one piece gives."""
    n = 20_000
    pointwise = drawn(n, 7)
    shown, truth = every_subset(4), gaussian_values(COVARIANCE)
    told = []

    def informations(realisation, subsets):
        return pointwise[plain(truth).at(subsets)] + 0.01 * realisation * subsets.any(axis=1)[:, None]

    monkeypatch.setattr("galaxy_causal.decomposition.subset_values.CHUNK", 3 * n)
    values, shares = evaluate(informations, shown, shapley_weights(4), 2, n, 50, 0, told.append)
    assert told == [3, 3, 3, 3, 3, 1]
    mean = pointwise.mean(axis=1)
    np.testing.assert_allclose(values.each, [mean, mean + 0.01 * (np.arange(16) > 0)], atol=1e-12)
    assert (np.abs(mean - truth) <= 4 * pointwise.std(axis=1) / np.sqrt(n) + 1e-12).all()
    expected = truth @ shapley_weights(4)
    error = shares[0].std(axis=1) / np.sqrt(n)
    assert (np.abs(shares[0].mean(axis=1) - expected) <= 4 * error + 1e-12).all()
    # the bootstrap's error of 50 draws is known to a tenth, and the realisations add 0.01 / 2
    estimate = values.estimate(lambda sums: sums @ shapley_weights(4))
    galaxies = np.sqrt(np.maximum(estimate.error**2 - (0.01 / 8) ** 2, 0))
    np.testing.assert_allclose(galaxies[:3], error[:3], rtol=0.4)
    np.testing.assert_allclose(estimate.value, shares.mean(axis=(0, 2)), atol=1e-12)


def test_what_cannot_be_averaged_or_was_not_evaluated_is_refused():
    with pytest.raises(UserError, match="at least 2 draws, got 10 and 1"):
        evaluate(lambda r, s: np.zeros((len(s), 10)), every_subset(2), np.zeros((4, 2)), 1, 10, 1, 0)
    few = SubsetValues(
        join([leave_one_out(3), np.zeros((1, 3), dtype=bool)]), np.zeros((1, 4)), np.zeros((2, 4))
    )
    assert few.at(leave_one_out(3)).tolist() == [3, 2, 1]
    with pytest.raises(UserError, match="not evaluated"):
        few.at(np.eye(3, dtype=bool))
