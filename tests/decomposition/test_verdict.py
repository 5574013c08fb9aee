"""Verdicts on informations and atoms, and intervals beside an edge."""

import numpy as np
import pytest
from informations import of_pair

from galaxy_causal.decomposition import (
    Evidence,
    averages,
    evidence,
    impossible,
    judge,
    raised,
    summarise,
    widened,
)
from galaxy_causal.types import ATOMS, Summary

INFORMATIONS = ("mi_x1", "mi_x2", "mi_union")


def summary(mi_1, mi_2, union, error=0.03, count=1500):
    redundant = min(mi_1, mi_2)
    atoms = (redundant, mi_1 - redundant, mi_2 - redundant, union - mi_1 - mi_2 + redundant)
    value = dict(zip(INFORMATIONS, (mi_1, mi_2, union), strict=True))
    value |= {f"population_min/{name}": atom for name, atom in zip(ATOMS, atoms, strict=True)}
    errors = dict.fromkeys(value, error)
    return Summary("all", count, value, errors, dict(value), dict(value))


def verdicts(found, **shortfalls):
    return judge(found, {name: Evidence(shortfalls.get(name, 0.0)) for name in INFORMATIONS}).verdict


def test_without_evidence_all_is_reliable():
    assert set(verdicts(summary(0.9, 0.5, 1.4)).values()) == {"reliable"}


def test_what_is_missing_of_an_information_moves_its_atoms():
    """x1 is larger: more of it is more unique and less synergy; more of x2 is more redundancy."""
    found = verdicts(summary(0.9, 0.5, 1.4), mi_x1=0.1)
    assert found["mi_x1"] == "lower bound"
    assert found["population_min/unique_1"] == "too low"  # a difference of two lower bounds is none
    assert found["population_min/redundant"] == found["mi_union"] == "reliable"
    assert found["population_min/synergistic"] == "not to be trusted"
    found = verdicts(summary(0.9, 0.5, 1.4), mi_x2=0.1)
    assert found["population_min/redundant"] == "lower bound"
    assert found["population_min/unique_1"] == "not to be trusted"
    found = verdicts(summary(0.9, 0.5, 1.4), mi_union=0.1)
    assert found["population_min/synergistic"] == "too low"
    assert found["population_min/redundant"] == "reliable"


def test_an_upper_limit_that_may_be_too_low_is_not_called_a_lower_bound():
    """unique_2 is zero since x1 tells more: 0.5 nats more of x2 would make it 0.1."""
    assert verdicts(summary(0.9, 0.5, 1.9), mi_x2=0.5)["population_min/unique_2"] == "not to be trusted"


@pytest.mark.parametrize(
    ("informations", "words"),
    [
        ((0.926, 0.1, 0.245), "both inputs together seem to tell less than x1 alone"),
        ((0.5, -0.268, 0.6), "I(x2) is -0.268"),
    ],
)
def test_what_no_information_can_do_is_said_and_not_trusted(informations, words):
    found = summary(*informations)
    (line,) = impossible(found)
    assert words in line
    assert verdicts(found)["population_min/synergistic"] == "not to be trusted"


def test_chance_is_not_called_impossible():
    """A union 0.01 below its part, and an information of -0.01, with errors of 0.03."""
    assert impossible(summary(0.5, -0.01, 0.49)) == ()


def test_few_galaxies_are_never_reliable():
    assert set(verdicts(summary(0.9, 0.5, 1.4, count=49)).values()) == {"not to be trusted"}


def test_half_the_gap_between_training_and_test_galaxies_is_missing():
    """Least squares with d inputs of n galaxies: train is better by d / 2n, test worse by as much."""
    rng = np.random.default_rng(0)
    n, d, gaps, losses = 300, 30, [], []
    truth = 0.5 * np.log(2.0)
    for _ in range(100):
        x = rng.normal(size=(4 * n, d))
        y = x[:, 0] + rng.normal(size=4 * n)
        weights, *_ = np.linalg.lstsq(x[:n], y[:n], rcond=None)
        left = y - x @ weights
        variance = np.mean(left[:n] ** 2)
        i = -0.5 * np.log(variance) - 0.5 * left**2 / variance + 0.5 * np.log(2.0) + 0.25 * y**2
        one = evidence([{"mi_train": i[:n].mean(), "mi_test": i[n:].mean()}], 0.03)
        gaps.append(one.shortfall)
        losses.append(truth - i[n:].mean())
    # 100 repetitions: the mean of either has an error of about 0.005
    assert np.mean(losses) > 0.04
    assert np.mean(gaps) == pytest.approx(np.mean(losses), abs=0.015)


def test_another_estimator_that_finds_more_is_evidence_and_less_is_none():
    fits = [{"mi_train": 0.5, "mi_test": 0.5}]
    assert evidence(fits, 0.03, (0.2, 0.02)).shortfall == pytest.approx(0.2)
    assert evidence(fits, 0.03, (0.03, 0.02)).shortfall == 0.0
    assert evidence(fits, 0.03, (-0.2, 0.02)).shortfall == 0.0
    assert "independent" in evidence(fits, 0.03, (0.2, 0.02)).why


def test_a_realisation_that_has_not_trained_is_found():
    fits = [{"mi_train": i, "mi_test": i} for i in (4.3, 3.0, 4.3)]
    one = evidence(fits, 0.03)
    assert one.shortfall == pytest.approx(4.3 - np.mean([4.3, 3.0, 4.3]))
    assert "realisations" in one.why


def test_other_targets_in_the_test_sample_are_a_fault():
    (fault,) = evidence([{"mi_train": 0.5, "mi_test": 0.5, "prior_mismatch": 0.2}], 0.03).faults
    assert "0.200 nats" in fault
    assert not evidence([{"mi_train": 0.5, "mi_test": 0.5, "prior_mismatch": 0.01}], 0.03).faults


def drawn(means, seed, n=1500, seeds=3):
    """Pointwise informations with these means, and realisations that scatter by 0.01."""
    rng = np.random.default_rng(seed)
    one, two = (0.7 * rng.normal(size=n) + mean for mean in means)
    fits = 0.01 * rng.normal(size=(seeds, 3, 1))
    return of_pair(np.stack([one, two, one + two]) + fits)


def test_intervals_hold_the_truth_as_often_as_they_say_beside_an_edge_too():
    """200 repetitions: 0.68 has an error of 0.033; 0.58 is three of them below; one-sided intervals
    hold a truth at the edge itself more often."""
    keys = ("mi_x1", "population_min/redundant", "population_min/unique_1", "population_min/synergistic")
    held = dict.fromkeys(keys, 0)
    for seed in range(200):
        found = summarise(drawn((0.3, 0.3), seed), np.zeros(1500, dtype=int), ["all"], 200, seed)[0]
        for key, truth in zip(keys, (0.3, 0.3, 0.0, 0.3), strict=True):
            held[key] += found.low[key] - 1e-12 <= truth <= found.high[key] + 1e-12
    shares = {key: count / 200 for key, count in held.items()}
    assert all(0.58 <= share <= 0.9 for share in shares.values()), shares


def test_an_atom_at_its_edge_has_an_upper_limit():
    """unique_1 is zero where x2 tells a little more; the difference has an error of 0.026."""
    found = summarise(drawn((0.3, 0.32), 1), np.zeros(1500, dtype=int), ["all"], 400, 1)[0]
    smaller = min(("population_min/unique_1", "population_min/unique_2"), key=found.value.__getitem__)
    assert found.value[smaller] == found.low[smaller] == 0.0
    assert 0.0 < found.high[smaller] < 0.05


def test_an_information_of_nothing_has_the_error_of_what_the_galaxies_can_hide():
    """x2 is the prior itself for each of 1,000 galaxies: 0.5 / 1000 nats more would not show."""
    i = drawn((0.3, 0.3), 2, n=1000)
    i.x2[:] = 0.0
    found = summarise(i, np.zeros(1000, dtype=int), ["all"], 100, 2)[0]
    assert found.value["mi_x2"] == found.low["mi_x2"] == 0.0
    assert found.error["mi_x2"] == found.high["mi_x2"] == 0.0005
    assert found.error["population_min/redundant"] == 0.0005


@pytest.mark.parametrize("draws", [2, 5])
def test_intervals_of_few_draws_hold_the_estimate_itself(draws):
    for seed in range(30):
        found = summarise(drawn((0.3, 0.3), seed, n=300), np.zeros(300, dtype=int), ["all"], draws, seed)[0]
        for key, value in found.value.items():
            assert found.low[key] <= value <= found.high[key], (key, seed)


def test_errors_are_widened_and_edges_stay():
    value = {"pointwise_min/unique_1": 0.2, "pointwise_min/unique_2": 0.0, "mi_x1": 0.5}
    error = {"pointwise_min/unique_1": 0.03, "pointwise_min/unique_2": 0.03, "mi_x1": 0.1}
    low = {"pointwise_min/unique_1": 0.17, "pointwise_min/unique_2": 0.0, "mi_x1": 0.4}
    high = {"pointwise_min/unique_1": 0.23, "pointwise_min/unique_2": 0.06, "mi_x1": 0.6}
    more = {"pointwise_min/unique_1": 0.04, "pointwise_min/unique_2": -0.04}
    found = widened(Summary("all", 100, value, error, low, high), more)
    assert found.error == pytest.approx(
        {"pointwise_min/unique_1": 0.05, "pointwise_min/unique_2": 0.05, "mi_x1": 0.1}
    )
    assert found.low == pytest.approx(
        {"pointwise_min/unique_1": 0.15, "pointwise_min/unique_2": 0.0, "mi_x1": 0.4}
    )
    assert found.high == pytest.approx(
        {"pointwise_min/unique_1": 0.25, "pointwise_min/unique_2": 0.06, "mi_x1": 0.6}
    )


def test_what_is_missing_is_missing_in_proportion_or_of_all_alike():
    pointwise = np.array([[1.0, 3.0], [0.0, 0.02], [-1.0, 1.0]])
    found = raised(of_pair(pointwise), [0.2, 0.1, 0.1]).stacked()
    np.testing.assert_allclose(found, [[1.1, 3.3], [0.1, 0.12], [-0.9, 1.1]])
    np.testing.assert_allclose(found.mean(axis=1) - pointwise.mean(axis=1), [0.2, 0.1, 0.1])


def test_atoms_of_galaxies_are_judged_by_galaxies():
    """Of averages the second input has nothing unique; of half the galaxies it tells more."""
    i = np.array([[2.0, 0.0], [0.0, 1.0], [2.0, 1.0]]).repeat(50, axis=1)
    (of_all, _) = summarise(of_pair(i[None]), np.zeros(100, dtype=int), ["all"], 200, 0)
    seen = {"mi_x1": Evidence(), "mi_x2": Evidence(0.3), "mi_union": Evidence(0.3)}
    by_averages = judge(of_all, seen).verdict
    assert by_averages["pointwise_min/unique_2"] == "reliable"
    higher = averages(raised(of_pair(i), [0.0, 0.3, 0.3]), None)
    found = judge(of_all, seen, higher).verdict
    assert found["pointwise_min/unique_2"] == "too low"
    assert found["population_min/redundant"] == by_averages["population_min/redundant"] == "lower bound"
