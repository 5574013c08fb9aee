import numpy as np
import pytest

from galaxy_causal.neighbours import Approximate, Exact
from galaxy_causal.types import UserError


def test_all_cells_probed_give_the_exact_neighbours_ties_included():
    x = np.random.default_rng(0).integers(0, 12, (2000, 4)).astype(float)
    own = np.arange(2000)
    exact = Exact(1).find(x, x, own)
    found = Approximate(1, cells=20, probes=20).find(x, x, own)
    assert found.recall is not None
    np.testing.assert_allclose(found.distance, exact.distance)
    smooth = np.random.default_rng(1).normal(size=(2000, 4))
    exact, found = (s.find(smooth, smooth, own) for s in (Exact(30), Approximate(30, cells=20, probes=20)))
    np.testing.assert_array_equal(found.index, exact.index)
    np.testing.assert_array_equal(found.distance, exact.distance)
    assert found.recall == 1.0


def test_recall_is_that_of_all_galaxies_and_rises_with_probes():
    x = np.random.default_rng(2).normal(size=(4000, 8))
    own = np.arange(4000)
    true = Exact(20).find(x, x, own).index
    recalls = []
    for probes in (2, 8, 64):
        found = Approximate(20, probes=probes, sample=500).find(x, x, own)
        assert not (found.index == own[:, None]).any()
        whole = np.mean([np.isin(a, b).mean() for a, b in zip(true, found.index, strict=True)])
        # Shares of 500 of 4,000 galaxies, each with a standard deviation below a half.
        assert found.recall == pytest.approx(whole, abs=4 * 0.5 / np.sqrt(500))
        recalls.append(found.recall)
    assert recalls == sorted(recalls)
    assert recalls[0] < 0.6
    assert recalls[-1] > 0.95


def test_same_seed_same_neighbours():
    x = np.random.default_rng(3).normal(size=(1000, 4))
    first, second = (Approximate(10, probes=3, seed=5).find(x, x) for _ in range(2))
    np.testing.assert_array_equal(first.index, second.index)


def test_cells_that_hold_too_few_are_not_the_last_word():
    x = np.random.default_rng(4).normal(size=(300, 3))
    found = Approximate(299, cells=100, probes=1).find(x, x, np.arange(300))
    assert all(set(row) == set(range(300)) - {i} for i, row in enumerate(found.index))


def test_refusals():
    x = np.zeros((10, 2))
    with pytest.raises(UserError, match=r"neighbours.cells=11 is more than the 10 training galaxies"):
        Approximate(2, cells=11).find(x, x)
    for name in ("cells", "probes", "sample"):
        with pytest.raises(UserError, match=f"neighbours.{name}=0"):
            Approximate(2, **{name: 0})
