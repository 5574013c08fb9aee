"""Where few inputs tell much along a curve, the trend follows it by waves, but fits no single galaxies."""

import numpy as np
import pytest
import torch
from scipy.special import ndtri

from galaxy_causal.network.trend import CLOSE, Trend, close_trend
from galaxy_causal.types import Sample

N = 1500


def drawn(of, inputs, noise, seed=0):
    """Inputs, and the normal scores of a function of them with noise, that are also told as measured."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, inputs))
    y = of(x) + noise * rng.normal(size=N)
    scores = ndtri((np.argsort(np.argsort(y)) + 0.5) / N)
    columns = tuple(f"signal/x{k}" for k in range(inputs))
    return Sample(x, scores, np.full(N, "train"), columns, frozenset({"signal"}), measured=y)


def test_a_sine_is_followed_to_its_noise():
    """The deviation of the target is 1; a line and a square leave a third of it."""
    sample = drawn(lambda x: x[:, 0] + np.sin(2 * x[:, 0]), 2, 0.01)
    trend = close_trend(sample)
    assert trend is not None
    assert trend.waves.shape[1] > 0
    assert trend.residual < 0.03
    fresh = drawn(lambda x: x[:, 0] + np.sin(2 * x[:, 0]), 2, 0.01, seed=1)
    error = trend(torch.as_tensor(fresh.x)).numpy() - fresh.y
    assert np.median(np.abs(error)) < 0.06  # the scores of either sample are uncertain by 0.03


def test_a_line_needs_no_waves():
    trend = close_trend(drawn(lambda x: x @ [0.6, 0.8], 2, 0.01))
    assert trend is not None
    assert trend.waves.shape[1] == 0


@pytest.mark.parametrize("inputs", [4, 6])
def test_single_galaxies_are_not_fitted(inputs):
    """A function of several inputs takes more freedom than the galaxies have to give."""
    trend = Trend(drawn(lambda x: x[:, 0] + np.sin(2 * x[:, 1]) + np.sin(2 * x[:, 2]), inputs, 0.01))
    assert trend.waves.shape[1] == 0
    assert trend.residual > CLOSE


def test_inputs_that_tell_little_have_no_trend():
    assert close_trend(drawn(lambda x: np.sin(2 * x[:, 0]), 1, 1.0)) is None


def test_many_inputs_have_no_waves():
    trend = Trend(drawn(lambda x: x[:, 0] + np.sin(2 * x[:, 0]), 12, 0.01))
    assert trend.waves.shape == (13, 0)
