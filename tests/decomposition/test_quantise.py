import numpy as np
import pytest

from galaxy_causal.decomposition import MEASURES, count_table, quantiles, summarise_tables

NAMES = ("table_i_min", "table_population_min", "table_shared_exclusions", "specificity_ambiguity")
CHEAP = tuple(MEASURES[name] for name in NAMES)


def classes(n, seed, q=3):
    """Two noisy copies of a target of q classes."""
    rng = np.random.default_rng(seed)
    t = rng.integers(0, q, n)
    return [np.where(rng.random(n) < share, rng.integers(0, q, n), t) for share in (0.3, 0.6)] + [t]


def test_classes_hold_equally_many_training_galaxies_and_ties_stay_together():
    values = np.random.default_rng(0).normal(size=1000)
    train = np.arange(1000) < 800
    found = quantiles(values, train, 4)
    np.testing.assert_array_equal(np.bincount(found[train]), [200] * 4)
    assert set(quantiles(np.ones(50), np.ones(50, dtype=bool), 4)) == {1}
    assert len(set(quantiles(np.repeat([0.0, 1.0], 25), np.ones(50, dtype=bool), 4))) == 2


def test_counts_are_those_of_a_loop():
    s1, s2, t = classes(500, 0)
    slow = np.zeros((3, 3, 3))
    for key in zip(s1, s2, t, strict=True):
        slow[key] += 1
    np.testing.assert_array_equal(count_table(s1, s2, t, 3), slow)


def test_atoms_sum_to_the_information_between_classes_and_parts_to_the_atoms():
    counts = count_table(*classes(2000, 1), 3)[None]
    value, error = summarise_tables(counts, CHEAP, 20, 0)
    for measure in NAMES:
        atoms = [value[f"{measure}/{a}"] for a in ("redundant", "unique_1", "unique_2", "synergistic")]
        assert sum(atoms) == pytest.approx(value[f"{measure}/mi_union"], abs=1e-12)
        assert error[f"{measure}/redundant"] > 0
    parts = (value[f"specificity_ambiguity/{part}/redundant"] for part in ("informative", "misinformative"))
    plus, minus = parts
    assert plus - minus == pytest.approx(value["specificity_ambiguity/redundant"], abs=1e-12)


def test_the_error_is_the_scatter_between_samples_and_covers_the_truth():
    """40 samples know their scatter to 11%, 40 draws an error to 11%: three of sqrt(2) of these."""
    found, errors = [], []
    for seed in range(40):
        value, error = summarise_tables(count_table(*classes(3000, seed), 3)[None], CHEAP, 40, seed)
        found.append([value[f"{m}/redundant"] for m in NAMES])
        errors.append([error[f"{m}/redundant"] for m in NAMES])
    ratio = np.mean(errors, axis=0) / np.std(found, axis=0, ddof=1)
    assert (np.abs(ratio - 1) < 0.5).all(), ratio


def test_realisations_that_differ_enlarge_the_error():
    tables = [count_table(*classes(2000, seed), 3) for seed in (0, 0, 5)]
    alone = summarise_tables(np.stack(tables[:2]), CHEAP[:1], 50, 0)[1]
    several = summarise_tables(np.stack(tables), CHEAP[:1], 50, 0)[1]
    assert several["table_i_min/redundant"] > alone["table_i_min/redundant"]


def test_no_galaxies_give_nan():
    value, error = summarise_tables(np.zeros((1, 3, 3, 3)), CHEAP, 10, 0)
    assert np.isnan([*value.values(), *error.values()]).all()
