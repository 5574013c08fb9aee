import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from galaxy_causal.estimator.quantiles import quantile_probabilities

LEVELS = (np.arange(23) + 0.5) / 23
EDGES = np.linspace(-4.5, 4.5, 201)


def gaussian_cells(mean, deviation):
    inner = (EDGES[1:-1] - mean[:, None]) / deviation[:, None]
    return np.diff(ndtr(inner), axis=1, prepend=0.0, append=1.0)


def test_quantiles_of_gaussians_give_gaussians_tails_included():
    mean, deviation = np.array([0.0, -1.0, 2.5]), np.array([1.0, 0.1, 0.5])
    quantiles = mean[:, None] + deviation[:, None] * ndtri(LEVELS)
    found = quantile_probabilities(quantiles, LEVELS, EDGES)
    np.testing.assert_allclose(found, gaussian_cells(mean, deviation), atol=1e-6)


def test_every_quantile_keeps_its_level():
    """Of an exponential law: below the edge nearest a quantile lies its level."""
    quantiles = -np.log1p(-LEVELS)[None]
    edges = np.concatenate([[-1.0], quantiles[0], [9.0]])
    found = quantile_probabilities(quantiles, LEVELS, edges)
    np.testing.assert_allclose(np.cumsum(found)[:-1], LEVELS, atol=1e-6)


def test_crossing_and_equal_quantiles_are_a_distribution():
    crossing = np.linspace(-1, 1, 23)[::-1][None]
    equal = np.full((1, 23), 0.01)
    found = quantile_probabilities(np.concatenate([crossing, equal]), LEVELS, EDGES)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert found[1].max() == pytest.approx(1.0)
    assert EDGES[found[1].argmax()] < 0.01 < EDGES[found[1].argmax() + 1]
    np.testing.assert_allclose(found[0], quantile_probabilities(crossing[:, ::-1], LEVELS, EDGES)[0])
