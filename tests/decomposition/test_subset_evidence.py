"""What subsets seem to miss, and what it makes of quantities that rest on them."""

import numpy as np
import pytest

from galaxy_causal.decomposition import (
    SubsetValues,
    asked,
    every_subset,
    judged,
    shapley_weights,
    subset_evidence,
)
from galaxy_causal.types import Estimate

RELIABLE, LOWER, TOO_LOW, NOT = "reliable", "lower bound", "too low", "not to be trusted"


def values(mean, error=0.01, draws=400, seed=0):
    """Subsets of three inputs whose replicates scatter by ``error``."""
    replicates = mean + error * np.random.default_rng(seed).normal(size=(draws, 8))
    return SubsetValues(every_subset(3), np.array([mean]), replicates)


ADDED = every_subset(3) @ np.array([0.1, 0.2, 0.4])


def test_who_is_asked_is_what_is_shown_by_name():
    of_three = {tuple(row) for row in asked(3, always=False).tolist()}
    assert of_three == {
        (True, False, False), (False, True, False), (False, False, True),
        (False, True, True), (True, False, True), (True, True, False), (True, True, True),
    }  # fmt: skip
    assert len(asked(3, always=True)) == 8
    assert asked(11, always=False).tolist() == [[True] * 11]
    assert asked(1, always=False).tolist() == [[True]]


def test_half_the_gap_to_training_galaxies_is_missing():
    trained = values(ADDED + np.array([0, 0, 0, 0, 0, 0, 0, 0.2]), seed=1)
    found = subset_evidence(values(ADDED), trained, 500, {})
    assert found[-1].shortfall == pytest.approx(0.1)
    assert "better known" in found[-1].why
    assert [one.shortfall for one in found[:-1]] == [0.0] * 7


def test_other_subsets_lie_between_those_that_were_asked_about():
    shown = every_subset(3)
    one = {int(k): (0.03, 0.001) for k in np.flatnonzero(shown.sum(axis=1) == 1)}
    found = subset_evidence(values(ADDED), values(ADDED, seed=1), 500, one | {7: (0.09, 0.001)})
    by_size = {1: 0.03, 2: 0.06, 3: 0.09, 0: 0.0}
    assert [round(k.shortfall, 9) for k in found] == [by_size[size] for size in shown.sum(axis=1)]
    assert found[3].why == "an independent estimator finds more"
    chance = subset_evidence(values(ADDED), values(ADDED, seed=1), 500, {7: (0.09, 0.05)})
    assert [k.shortfall for k in chance] == [0.0] * 8  # within two of its errors


def test_other_targets_in_the_test_sample_are_a_fault_of_what_they_could_make():
    """Beyond two errors of a subset; the empty one is nothing by definition."""
    found = subset_evidence(values(ADDED), values(ADDED, seed=1), 500, {}, mismatch=0.03)
    assert [len(one.faults) for one in found] == [0] + [1] * 7
    assert "other targets" in found[-1].faults[0]
    small = subset_evidence(values(ADDED), values(ADDED, seed=1), 500, {}, mismatch=0.01)
    assert not any(one.faults for one in small)


def test_quantities_are_judged_by_what_rises():
    """All inputs miss 0.1 nats: a third of it is each Shapley value's, all of it is what is added last."""
    short = np.array([0, 0, 0, 0, 0, 0, 0, 0.1])
    weights = shapley_weights(3)
    of = {
        "shapley": lambda sums: sums @ weights,
        "last": lambda sums: sums[..., [7]] - sums[..., [6]],
        "first": lambda sums: sums[..., [1]],
        "less": lambda sums: sums[..., [6]] - sums[..., [7]],
    }

    def verdicts(name, galaxies=500, signed=True, bound=False):
        function = of[name]
        found = Estimate(function(ADDED), np.full(function(ADDED).shape, 0.02))
        return judged(found, function, ADDED, short, galaxies, signed, bound).verdict

    assert verdicts("shapley") == (TOO_LOW,) * 3
    assert verdicts("shapley", bound=np.array([True, False, False])) == (LOWER, TOO_LOW, TOO_LOW)
    assert verdicts("last") == (TOO_LOW,)
    assert verdicts("first") == (RELIABLE,)
    assert verdicts("less") == (NOT,)
    assert verdicts("first", galaxies=49) == (NOT,)


def test_no_information_is_negative_beyond_chance():
    def function(sums):
        return sums[..., [0]]

    of = {-0.03: NOT, -0.02: RELIABLE}
    for value, verdict in of.items():
        found = Estimate(np.array([value]), np.array([0.01]))
        assert judged(found, function, np.full(8, value), np.zeros(8), 500).verdict == (verdict,)
        assert judged(found, function, np.full(8, value), np.zeros(8), 500, signed=True).verdict == (
            RELIABLE,
        )
