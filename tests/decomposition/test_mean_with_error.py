import numpy as np
import pytest

from galaxy_causal.decomposition import mean_with_error


def test_the_error_is_that_of_the_mean_and_of_the_realisations():
    """The bootstrap's of 2,000 draws knows a standard error to 1/sqrt(2 * 2000) = 1.6%."""
    values = np.random.default_rng(0).normal(3.0, 2.0, size=(1, 900))
    mean, error = mean_with_error(values, 2000, 0)
    assert mean == pytest.approx(values.mean())
    assert error == pytest.approx(values.std() / 30, rel=0.08)
    apart = np.stack([values[0], values[0] + 1.0])
    mean, error = mean_with_error(apart, 2000, 0)
    assert mean == pytest.approx(values.mean() + 0.5)
    assert error == pytest.approx(np.sqrt(values.var() / 900 + 0.5 / 2), rel=0.02)
    assert mean_with_error(apart, 2000, 0) == (mean, error)
