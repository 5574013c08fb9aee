import numpy as np
import pytest

from galaxy_causal.independence import cross_fitted
from galaxy_causal.independence import splines as splines_module


def waves(n=4000, noise=0.3):
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (n, 2))
    error = noise * rng.normal(size=(n, 2))
    means = np.column_stack([np.sin(2 * x[:, 0]) + x[:, 1] ** 3, np.exp(x[:, 1])])
    return x, means + error, error


def test_residuals_of_smooth_functions_are_their_noise():
    x, y, error = waves()
    left = cross_fitted(x, y, 10, 5, np.random.default_rng(1))
    # Eighteen coefficients from 3,200 galaxies cost 0.6%; the rest is what ten functions cannot follow.
    assert np.var(left, axis=0) == pytest.approx(np.var(error, axis=0), rel=0.03)
    assert min(np.corrcoef(left[:, i], error[:, i])[0, 1] for i in (0, 1)) > 0.99


def test_the_fewest_functions():
    """They have one piece, a cubic; half of them would have none."""
    x, _, error = waves()
    left = cross_fitted(x, x**3 + error, 5, 5, np.random.default_rng(1))
    assert np.var(left, axis=0) == pytest.approx(np.var(error, axis=0), rel=0.03)


def test_what_varies_fast_where_galaxies_are_few_is_followed():
    """Two numbers that share waves and nothing else: quantile knots alone leave a correlation of 0.14."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 1))
    left = cross_fitted(x, np.sin(3 * x) + 0.5 * rng.normal(size=(4000, 2)), 10, 5, rng)
    assert abs(np.corrcoef(left.T)[0, 1]) < 0.02 + 3 / np.sqrt(4000)


@pytest.mark.parametrize("values", [[3.0], [0.0, 1.0], [0.0] * 99 + [1.0], [0.0, 1.0, 2.0, 9.0]])
def test_columns_with_few_values_are_followed(values):
    """Constant, yes or no, nearly constant, whole numbers: knots may coincide."""
    rng = np.random.default_rng(0)
    x, noise = rng.choice(values, 1000), rng.normal(size=(1000, 1))
    left = cross_fitted(x[:, None], x[:, None] ** 2 + noise, 10, 5, rng)
    # Eighteen coefficients from 800 galaxies cost at most 2.3%, their residuals' own spread left aside.
    assert np.var(left) == pytest.approx(np.var(noise), rel=0.05)


def test_residuals_come_from_other_folds():
    """An outlier cannot pull its own prediction: its residual is nearly all of it."""
    x, y, _ = waves(400)
    plain = cross_fitted(x, y, 10, 5, np.random.default_rng(1))
    y[17, 0] += 100
    moved = cross_fitted(x, y, 10, 5, np.random.default_rng(1))
    # Its fold's predictions do not see it, but for the mean of all, by 100 / 400.
    assert moved[17, 0] - plain[17, 0] == pytest.approx(100, abs=0.5)


def test_noise_keeps_its_variance():
    """With nothing to fit the penalty keeps the splines from fitting noise."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(300, 8)), rng.normal(size=(300, 1))
    left = cross_fitted(x, y, 10, 5, rng)
    assert left.var() == pytest.approx(y.var(), rel=0.1)


def test_chunks_do_not_matter(monkeypatch):
    x, y, _ = waves(500)
    whole = cross_fitted(x, y, 10, 5, np.random.default_rng(1))
    monkeypatch.setattr(splines_module, "CHUNK", 70)
    np.testing.assert_allclose(cross_fitted(x, y, 10, 5, np.random.default_rng(1)), whole, atol=1e-8)


def test_one_galaxy_far_away_does_not_bend_the_others_nor_itself():
    """Target and query are tanh of the input; a galaxy at 200 deviations is as well predicted as any: its
    residual is noise of deviation 0.3. A free line, that rose up to it, would be off by its distance."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    x[0] = 200.0
    outputs = np.tanh(x)[:, None] + 0.3 * rng.normal(size=(1000, 2))
    left = cross_fitted(x[:, None], outputs, 10, 5, np.random.default_rng(1))
    assert np.abs(left[0]).max() < 1.2  # four deviations
    assert abs(np.corrcoef(left.T)[0, 1]) < 0.1  # three standard errors


def test_straight_lines_are_not_shrunk_in_few_galaxies():
    """Of 300 galaxies with twelve inputs, a query that is a difference of two with noise: residuals keep no
    trace of it beyond the scatter of a covariance, 1 / sqrt(300)."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 12))
    query = 5.0 * (inputs[:, 0] - inputs[:, 1])
    outputs = np.column_stack([query, query]) + 0.2 * rng.normal(size=(300, 2))
    left = cross_fitted(inputs, outputs, 10, 5, np.random.default_rng(1))
    assert abs(np.corrcoef(left[:, 0], query)[0, 1]) < 4 / 300**0.5
    assert left.std(axis=0).max() < 0.3


def test_inputs_that_are_sums_of_others_or_constant_do_no_harm():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 1000))
    outputs = (a + b)[:, None] + 0.3 * rng.normal(size=(1000, 2))
    alone = cross_fitted(np.column_stack([a, b]), outputs, 10, 5, np.random.default_rng(1))
    more = cross_fitted(
        np.column_stack([a, b, a + b, a, np.ones(1000)]), outputs, 10, 5, np.random.default_rng(1)
    )
    np.testing.assert_allclose(more.std(axis=0), alone.std(axis=0), rtol=0.02)
