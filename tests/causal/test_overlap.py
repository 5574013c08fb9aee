import numpy as np
import pytest

from galaxy_causal.causal import disjoint, independent


def test_disjoint_neighbourhoods_share_nothing_and_no_other_fits():
    rng = np.random.default_rng(0)
    members = np.array([rng.choice(500, 10, replace=False) for _ in range(300)])
    kept = disjoint(members, 500, rng)
    taken = members[kept].ravel()
    assert len(np.unique(taken)) == len(taken)
    assert all(np.isin(members[i], taken).any() for i in range(300))
    np.testing.assert_array_equal(
        disjoint(members, 500, np.random.default_rng(7)), disjoint(members, 500, np.random.default_rng(7))
    )


def test_independent_neighbourhoods_of_known_cases():
    """Separate ones count in full, one that is repeated counts once, all windows of a ring as n / k."""
    assert independent(np.arange(60).reshape(6, 10), 60) == pytest.approx(6)
    assert independent(np.tile(np.arange(10), (7, 1)), 60) == pytest.approx(1)
    ring = (np.arange(60)[:, None] + np.arange(10)) % 60
    assert independent(ring, 60) == pytest.approx(6)
    assert np.isnan(independent(np.empty((0, 10), dtype=np.int64), 60))


def test_independent_neighbourhoods_give_the_variance_of_a_mean_of_averages():
    rng = np.random.default_rng(1)
    members = np.array([rng.choice(80, 12, replace=False) for _ in range(50)])
    noise = rng.normal(size=(20_000, 80))
    means = noise[:, members].mean(axis=(1, 2))
    # A variance of 20,000 draws has a relative error of 1%.
    assert 1 / means.var() == pytest.approx(12 * independent(members, 80), rel=0.04)
