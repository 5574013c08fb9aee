from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from training_samples import training

from galaxy_causal.network import Mlp, Training
from galaxy_causal.network.layers import AsFloat32
from galaxy_causal.network.trend import PENALTIES, Trend, WithTrend, close_trend, ridge


def inputs(n=1000, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def centred(x):
    return x - x.mean(axis=0)


def test_ridge_is_the_regression_of_the_least_cross_validated_error():
    """Against the definitions, (X'X / n + penalty)^-1 X'y / n and |y - Hy|^2 / (1 - tr H / n)^2 / n."""
    rng = np.random.default_rng(0)
    x = centred(inputs(80, 6))
    y = x @ rng.normal(size=6) + 2.0 * rng.normal(size=80) + 5.0
    found = ridge(x, y)
    largest = np.linalg.eigvalsh(x.T @ x / 80).max()
    fits = []
    for penalty in PENALTIES * largest:
        inverse = np.linalg.inv(x.T @ x / 80 + penalty * np.eye(6))
        weights = inverse @ x.T @ (y - y.mean()) / 80
        freedom = np.trace(x @ inverse @ x.T) / 80 + 1
        error = np.mean((y - y.mean() - x @ weights) ** 2) / (1 - freedom / 80) ** 2
        fits.append((error, weights, freedom))
    error, weights, freedom = min(fits, key=lambda fit: fit[0])
    np.testing.assert_allclose(found.weights, weights, rtol=1e-9)
    assert found.offset == pytest.approx(y.mean())
    assert (found.error, found.freedom) == pytest.approx((error, freedom), rel=1e-9)


def test_ridge_of_more_columns_than_galaxies_is_finite_and_of_none_is_the_mean():
    x, y = centred(inputs(10, 30)), inputs(10, 1)[:, 0]
    found = ridge(x, y)
    assert np.isfinite(found.weights).all()
    assert found.freedom < 5
    assert ridge(np.zeros((10, 2)), y).weights.tolist() == [0.0, 0.0]


LAWS = {
    "a line": lambda x: x[:, 0] - 0.5 * x[:, 1],
    "a product": lambda x: x[:, 0] * x[:, 1],
    "a square": lambda x: x[:, 2] ** 2 + x[:, 0],
}


@pytest.mark.parametrize("law", LAWS)
def test_a_trend_of_two_inputs_is_found_and_its_residual_is_the_noise(law):
    rng = np.random.default_rng(1)
    x = inputs(2000)
    clean = LAWS[law](x) / LAWS[law](x).std()
    trend = Trend(training(x, clean + 0.02 * rng.normal(size=2000)))
    assert trend.residual == pytest.approx(0.02, rel=0.15)
    other = np.clip(inputs(500, seed=2), -2, 2)
    found = trend(torch.as_tensor(other)).numpy()
    np.testing.assert_allclose(found, LAWS[law](other) / LAWS[law](x).std(), atol=0.05)


def test_of_scores_and_targets_the_one_that_leaves_less_is_regressed():
    """exp of a line, whose score is the line; and the target a line, whose score is not."""
    x = inputs(2000)
    line = x[:, 0] + x[:, 1]
    noise = 0.01 * np.random.default_rng(2).normal(size=2000)
    one = training(x, (line + noise) / np.sqrt(2))
    bent = np.sign(line) * np.log1p(5 * np.abs(line + noise)) / 1.5
    for y, measured in ((one.y, np.exp(3 * line + noise)), (bent, line + noise)):
        trend = Trend(replace(one, y=y, measured=measured))
        assert trend.residual < 0.05
        assert Trend(replace(one, y=bent)).residual > 0.05
        found = trend(torch.as_tensor(x)).numpy()
        assert np.median(np.abs(found - y)) < 0.05


def test_only_a_trend_that_leaves_little_yet_some_is_worth_setting_out_from():
    x = inputs(1000)
    rng = np.random.default_rng(3)
    assert close_trend(training(x, rng.normal(size=1000))) is None
    assert close_trend(training(x, x[:, 0] + 0.3 * rng.normal(size=1000))) is None
    assert close_trend(training(x, x[:, 0] + 0.03 * rng.normal(size=1000))) is not None
    assert close_trend(training(np.ones((1000, 2)), rng.normal(size=1000))) is None


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_whether_it_is_close_does_not_depend_on_the_unit_of_a_target_with_given_bins(unit):
    x = inputs(1000)
    noise = np.random.default_rng(9).normal(size=1000)
    assert close_trend(training(x, unit * (x[:, 0] + 0.03 * noise))) is not None
    assert close_trend(training(x, unit * (x[:, 0] + 0.3 * noise))) is None


def test_estimates_stay_between_those_of_the_training_galaxies():
    x = inputs(1000)
    y = x[:, 0] + 0.02 * np.random.default_rng(4).normal(size=1000)
    trend = Trend(training(x, y))
    for scale in (10.0, 1e6, 1e300):
        found = trend(torch.as_tensor(scale * x)).numpy()
        assert np.isfinite(found).all()
        assert found.min() >= y.min()
        assert found.max() <= y.max()


def test_units_of_the_inputs_and_constant_columns_do_not_matter():
    """But for the rounding of the inputs."""
    x = inputs(1000)
    y = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.02 * np.random.default_rng(5).normal(size=1000)
    scaled = np.column_stack([1e9 * x[:, 0] + 3e9, 1e-9 * x[:, 1], x[:, 2] - 7.0, np.full(1000, 5.0)])
    one, other = Trend(training(x, y)), Trend(training(scaled, y))
    np.testing.assert_allclose(
        one(torch.as_tensor(x)).numpy(), other(torch.as_tensor(scaled)).numpy(), atol=1e-4
    )


@pytest.mark.parametrize(("count", "features"), [(24, 24 + 24 * 25 // 2), (25, 25)])
def test_of_many_inputs_there_are_no_products(count, features):
    x = inputs(2000, count)
    y = x[:, 0] + x[:, 1] * x[:, 2]  # of which products tell, where there are any
    assert len(Trend(training(x, y)).weights) == features


def test_an_mlp_sets_out_from_a_close_trend_alone():
    """Untrained it says where the target is as well as the trend does; without one it knows nothing yet."""
    x = inputs(1000)
    y = (x[:, 0] + x[:, 1]) / np.sqrt(2) + 0.02 * np.random.default_rng(6).normal(size=1000)
    edges = np.linspace(-4, 4, 401)
    centres = 0.5 * (edges[1:] + edges[:-1])
    torch.manual_seed(0)
    model = Mlp(Training()).build(training(x, y), edges).eval()
    assert isinstance(model.encoder, WithTrend)
    with torch.no_grad():
        p = model.probabilities(torch.as_tensor(x)).numpy()
    assert np.abs(p @ centres - y).mean() < 0.05
    assert np.log(p[np.arange(1000), np.digitize(y, edges) - 1]).mean() > -2.5
    far = Mlp(Training()).build(training(x, np.random.default_rng(7).normal(size=1000)), edges)
    assert isinstance(far.encoder, nn.Sequential)


def test_the_trend_is_the_last_of_the_latent():
    x = inputs(300)
    trend = Trend(training(x, x[:, 0] + 0.02 * inputs(300, 1, 8)[:, 0]))
    latent = WithTrend(AsFloat32(), trend, nn.Linear(4, 5))(torch.as_tensor(x))
    assert latent.shape == (300, 6)
    torch.testing.assert_close(latent[:, -1], trend(torch.as_tensor(x)).float())
