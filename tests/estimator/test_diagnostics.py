import numpy as np
import pytest
from scipy.stats import kstest, norm

from galaxy_causal.estimator import Binning, point_metrics, score

BINS = Binning(6.0, 12.5, 520)


def gaussian_probabilities(mean, sigma):
    edges = BINS.edges.copy()
    edges[0], edges[-1] = -np.inf, np.inf
    return np.diff(norm.cdf(edges[None, :], loc=np.asarray(mean)[:, None], scale=sigma), axis=1)


def test_scores_of_a_gaussian_match_its_closed_forms():
    """The bins of 0.0125 dex are 1/16 of sigma: errors of second order in that are below 1e-3."""
    rng = np.random.default_rng(0)
    mean = rng.uniform(9.0, 10.0, 4000)
    y = mean + 0.2 * rng.normal(size=4000)
    scores = score(gaussian_probabilities(mean, 0.2), y, BINS)
    z = (y - mean) / 0.2
    crps = 0.2 * (
        z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    )  # Gneiting & Raftery, eq. 21
    np.testing.assert_allclose(scores.crps, crps, atol=1e-3)
    np.testing.assert_allclose(scores.pit, norm.cdf(z), atol=1e-3)
    np.testing.assert_allclose(scores.estimate, mean, atol=1e-3)
    at_centre = norm.logpdf(BINS.centres[BINS.index(y)], mean, 0.2) + np.log(BINS.width)
    np.testing.assert_allclose(scores.log_p, at_centre, atol=5e-3)
    assert kstest(scores.pit, "uniform").pvalue > 0.01


def test_outliers_are_counted_with_and_without_the_bias():
    delta = np.concatenate([np.linspace(0.9, 1.1, 99), [5.0]])
    metrics = point_metrics(delta, np.zeros(100))
    assert metrics["mean_bias"] == pytest.approx(delta.mean())
    assert metrics["sigma_mad"] == pytest.approx(1.4826 * np.median(np.abs(delta - np.median(delta))))
    assert metrics["outlier_fraction"] == 1.0
    assert metrics["outlier_fraction_debiased"] == 0.01


@pytest.mark.parametrize("offset", [0.0, 0.1, -0.3, 1e-3, 7.0])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 7, 10_000])
def test_a_constant_offset_has_no_outliers_beside_its_bias(offset, kind, n):
    """Its differences vary by their rounding, of which the median deviation is zero or as small."""
    y = np.random.default_rng(0).uniform(8, 12, n).astype(kind)
    metrics = point_metrics(y + kind(offset), y)
    assert metrics["outlier_fraction_debiased"] == 0.0
    assert metrics["mean_bias"] == pytest.approx(offset, abs=4e-6)


def test_outliers_beside_a_constant_offset_are_found():
    """Nine in ten have one offset, so that sigma_MAD is zero, and the mean bias is between the two."""
    y = np.random.default_rng(0).uniform(8, 12, 1000)
    offset = np.where(np.arange(1000) % 10 == 0, 1.0, 0.25)
    metrics = point_metrics(y + offset, y)
    assert metrics["sigma_mad"] == pytest.approx(0, abs=1e-14)
    assert metrics["outlier_fraction_debiased"] == 1.0  # none is at the mean bias of 0.325
