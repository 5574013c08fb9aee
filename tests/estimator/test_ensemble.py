import numpy as np
import pytest
from scipy.stats import kstest, norm

from galaxy_causal.estimator import ensemble_crps, ensemble_pit


def test_pit_of_exchangeable_members_is_uniform_also_with_ties():
    rng = np.random.default_rng(0)
    for draws in (rng.normal(size=(4000, 8)), rng.integers(0, 3, size=(4000, 8)).astype(float)):
        pit = ensemble_pit(draws[:, 1:], draws[:, 0], 0)
        assert kstest(pit, "uniform").pvalue > 1e-3


def test_pit_by_hand():
    pit = ensemble_pit(np.array([[1.0, 2.0, np.nan], [5.0, 6.0, 7.0]]), np.array([1.5, 4.0]), 0)
    assert 1 / 3 < pit[0] < 2 / 3
    assert 0 < pit[1] < 1 / 4


def test_crps_by_its_definition():
    rng = np.random.default_rng(0)
    members, y = rng.normal(size=(5000, 6)), rng.normal(size=5000)
    expected = []
    for row, value in zip(members[:50], y[:50], strict=True):
        spread = sum(abs(a - b) for a in row for b in row) / (2 * 6 * 5)
        expected.append(np.mean([abs(a - value) for a in row]) - spread)
    np.testing.assert_allclose(ensemble_crps(members, y)[:50], expected)


def test_crps_of_a_gaussian_does_not_depend_on_the_number_of_members():
    """Of N(0, 1) at y it is y (2 Phi(y) - 1) + 2 phi(y) - 1/sqrt(pi) (Gneiting & Raftery 2007, eq. 21)."""
    rng = np.random.default_rng(0)
    y = 0.7
    truth = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / np.sqrt(np.pi)
    for k in (2, 20):
        found = ensemble_crps(rng.normal(size=(20_000, k)), np.full(20_000, y))
        assert found.mean() == pytest.approx(truth, abs=5 * found.std() / np.sqrt(20_000))
