import numpy as np
import pytest
from informations import of_pair

from galaxy_causal.decomposition import (
    bootstrap_sums,
    group_sums,
    pointwise_min,
    population_min,
    quantities,
    summarise,
    summarise_along,
)
from galaxy_causal.types import UserError


def example(seeds=3, n=400, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0.5, 1.0, (seeds, 3, n)), rng.integers(0, 2, n)


def test_values_are_the_atoms_of_the_averages_and_the_averages_of_the_atoms():
    informations, group = example()
    summaries = summarise(of_pair(informations), group, ["a", "b"], 10, 0)
    for summary, chosen in zip(summaries, [group >= 0, group == 0, group == 1], strict=True):
        mean = informations.mean(axis=0)[:, chosen]
        assert summary.count == chosen.sum()
        for name, atom in population_min(*mean.mean(axis=1)):
            assert summary.value[f"population_min/{name}"] == pytest.approx(atom, abs=1e-12)
        for name, atom in pointwise_min(*mean):
            assert summary.value[f"pointwise_min/{name}"] == pytest.approx(atom.mean(), abs=1e-12)


def test_the_bootstrap_error_of_a_mean_is_its_standard_error():
    """2000 draws know a standard deviation to 1 / sqrt(4000) = 1.6%; four of these are allowed."""
    informations, group = example(seeds=1, n=3000)
    summaries = summarise(of_pair(informations), group, ["a", "b"], 2000, 0)
    for summary, chosen in zip(summaries, [group >= 0, group == 0, group == 1], strict=True):
        for row, key in enumerate(("mi_x1", "mi_x2", "mi_union")):
            expected = informations[0, row, chosen].std() / np.sqrt(chosen.sum())
            assert summary.error[key] == pytest.approx(expected, rel=0.064)


def test_realisations_that_differ_enlarge_the_error():
    informations, group = example(seeds=1)
    shifted = informations + np.array([-0.3, 0.0, 0.3])[:, None, None]
    alone = summarise(of_pair(informations), group, ["a", "b"], 500, 0)[0]
    several = summarise(of_pair(shifted), group, ["a", "b"], 500, 0)[0]
    expected = np.hypot(alone.error["mi_x1"], 0.3 / np.sqrt(3))
    assert several.value["mi_x1"] == pytest.approx(alone.value["mi_x1"])
    assert several.error["mi_x1"] == pytest.approx(expected, rel=1e-6)


def test_the_stated_interval_covers_the_truth_as_often_as_it_says():
    """200 repetitions: a share of 0.683 has error 0.033; three of these are allowed."""
    hits = []
    for seed in range(200):
        informations = np.random.default_rng(seed).normal(0.5, 1.0, (1, 3, 300))
        summary = summarise(of_pair(informations), np.zeros(300, dtype=int), ["a"], 200, seed)[0]
        hits.append(abs(summary.value["mi_x1"] - 0.5) < summary.error["mi_x1"])
    assert 0.58 < np.mean(hits) < 0.78


def test_replicates_do_not_depend_on_threads_and_repeat_with_the_seed():
    values = np.random.default_rng(0).normal(size=(1000, 2))
    group = np.arange(1000) % 3
    one, two, other = (
        bootstrap_sums(values, group, 3, 60, seed, threads) for seed, threads in ((7, 1), (7, 2), (8, 2))
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
    assert bootstrap_sums(np.ones((50, 1)), np.zeros(50, dtype=int), 1, 5, 0).ravel().tolist() == [50.0] * 5


def test_group_sums_match_a_loop():
    values = np.random.default_rng(0).normal(size=(100, 3))
    group = np.random.default_rng(1).integers(0, 4, 100)
    slow = np.stack([values[group == g].sum(axis=0) for g in range(4)])
    np.testing.assert_allclose(group_sums(values, group, 4), slow)


def test_an_empty_group_has_nan_and_no_warning():
    informations, group = example()
    empty = summarise(of_pair(informations), group, ["a", "b", "none"], 10, 0)[3]
    assert empty.count == 0
    assert all(np.isnan(empty.value[q]) for q in quantities((population_min, pointwise_min)))


def test_curves_follow_the_information_along_a_quantity():
    n = 2000
    mass = np.random.default_rng(0).uniform(9, 11, n)
    mass[:10] = np.nan
    informations = np.broadcast_to(np.nan_to_num(mass, nan=10.0), (2, 3, n))
    curve = summarise_along(of_pair(informations), mass, "mass", "all", bins=8, least=20, draws=5, seed=0)
    assert [s.count for s in curve.summaries] == pytest.approx([1990 / 8] * 8, abs=1)
    np.testing.assert_allclose([s.value["mi_x1"] for s in curve.summaries], curve.centre, atol=0.02)


def test_few_galaxies_make_fewer_bins():
    informations, _ = example(n=45)
    curve = summarise_along(
        of_pair(informations), np.arange(45.0), "mass", "all", bins=10, least=20, draws=5, seed=0
    )
    assert [s.count for s in curve.summaries] == [23, 22]


def test_nan_and_empty_input_are_refused():
    informations, group = example()
    informations[0, 0, 0] = np.nan
    with pytest.raises(UserError, match="NaN or infinities"):
        summarise(of_pair(informations), group, ["a", "b"], 10, 0)
    with pytest.raises(UserError, match="at least 2 draws, got 400 and 1"):
        summarise(of_pair(example()[0]), group, ["a", "b"], 1, 0)
