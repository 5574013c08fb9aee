import numpy as np
import pytest

from galaxy_causal.causal import disjoint, independent
from galaxy_causal.causal.overlap import member_sums


def test_disjoint_neighbourhoods_share_nothing_and_no_other_fits():
    rng = np.random.default_rng(0)
    members = np.array([rng.choice(500, 10, replace=False) for _ in range(300)])
    kept = disjoint(members, np.arange(300), 500, rng)
    taken = members[kept].ravel()
    assert len(np.unique(taken)) == len(taken)
    assert set(disjoint(members, np.arange(0, 300, 2), 500, rng)) <= set(range(0, 300, 2))
    assert all(np.isin(members[i], taken).any() for i in range(300))
    np.testing.assert_array_equal(
        *(disjoint(members, np.arange(300), 500, np.random.default_rng(7)) for _ in range(2))
    )


def test_independent_neighbourhoods_of_known_cases():
    """Separate ones count in full, one that is repeated counts once, all windows of a ring as n / k."""
    assert independent(np.arange(60).reshape(6, 10), np.arange(6), 60) == pytest.approx(6)
    assert independent(np.tile(np.arange(10), (7, 1)), np.arange(7), 60) == pytest.approx(1)
    ring = (np.arange(60)[:, None] + np.arange(10)) % 60
    assert independent(ring, np.arange(60), 60) == pytest.approx(6)
    assert np.isnan(independent(ring, np.arange(0), 60))


def test_independent_neighbourhoods_give_the_variance_of_a_mean_of_averages():
    rng = np.random.default_rng(1)
    members = np.array([rng.choice(80, 12, replace=False) for _ in range(50)])
    noise = rng.normal(size=(20_000, 80))
    means = noise[:, members].mean(axis=(1, 2))
    # A variance of 20,000 draws has a relative error of 1%.
    assert 1 / means.var() == pytest.approx(12 * independent(members, np.arange(50), 80), rel=0.04)


def test_sums_over_the_neighbourhoods_that_hold_a_galaxy(monkeypatch):
    monkeypatch.setattr("galaxy_causal.causal.overlap.CHUNK", 7)
    rng = np.random.default_rng(2)
    members, values = rng.integers(0, 30, (40, 5)), rng.normal(size=(40, 5))
    rows = np.arange(3, 40)
    expected = [values[3:][members[3:] == galaxy].sum() for galaxy in range(30)]
    np.testing.assert_allclose(member_sums(members, values, rows, 30), expected)
