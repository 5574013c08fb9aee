import numpy as np
import pytest
from scipy.stats import norm

from galaxy_causal.estimator import Binning, prior
from galaxy_causal.types import UserError

BINS = Binning(6.0, 12.5, 520)


def true_probabilities():
    edges = BINS.edges.copy()
    edges[0], edges[-1] = -np.inf, np.inf
    return np.diff(norm(10.0, 0.6).cdf(edges))


def divergence(estimate):
    truth = true_probabilities()
    filled = truth > 0
    return float(np.sum(truth[filled] * np.log(truth[filled] / estimate[filled])))


@pytest.mark.parametrize("kind", ["kernel", "histogram"])
def test_a_prior_is_positive_everywhere_and_sums_to_one(kind):
    p = prior(BINS.index(np.full(100, 10.0)), BINS.count, kind)
    assert (p > 0).all()
    assert p.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_histogram_is_the_counts_with_half_a_galaxy_more():
    p = prior(np.array([0, 0, 3]), 4, "histogram")
    np.testing.assert_allclose(p, np.array([2.5, 0.5, 0.5, 1.5]) / 5)


def test_the_kernel_loses_far_less_than_the_histogram():
    """Expected loss of a histogram: about (bins in use - 1) / 2n = 0.02; of the kernel: n^-4/5."""
    losses = {"kernel": [], "histogram": []}
    for seed in range(10):
        y = np.random.default_rng(seed).normal(10.0, 0.6, 7000)
        for kind, values in losses.items():
            values.append(divergence(prior(BINS.index(y), BINS.count, kind)))
    assert np.mean(losses["kernel"]) < 0.002
    assert np.mean(losses["kernel"]) < 0.15 * np.mean(losses["histogram"])


def test_one_training_galaxy_is_enough_and_none_is_not():
    assert np.isfinite(np.log(prior(np.array([7]), 20))).all()
    with pytest.raises(UserError, match="at least one training galaxy"):
        prior(np.array([], dtype=np.int64), 20)


def test_an_unknown_kind_lists_the_choices():
    with pytest.raises(UserError, match="kernel, histogram"):
        prior(np.array([7]), 20, "spline")
