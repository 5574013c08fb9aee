import numpy as np
import pytest
from gaussian_samples import gaussian_sample
from scipy.stats import norm

from galaxy_causal.estimator import CrossEntropy, prior
from galaxy_causal.types import Density, Learner, UserError


class Oracle(Learner):
    """Knows the true p(y | x) of a Gaussian sample."""

    def __init__(self, r):
        self.r = r

    def fit(self, sample, bins, edges):
        outer = edges.copy()
        outer[0], outer[-1] = -np.inf, np.inf

        def probabilities(part):
            mean = 10 + 0.6 * self.r * part.x[:, :1]
            return np.diff(norm.cdf(outer, loc=mean, scale=0.6 * np.sqrt(1 - self.r**2)), axis=1)

        return Density(probabilities, {}, {})


@pytest.mark.parametrize("r", [0.0, 0.5, 0.9])
def test_with_the_true_density_the_information_is_the_truth(r):
    """Against log p(y|x) - log p(y) of the same galaxies: what is left is the kernel prior's loss,
    of order n^-4/5, and the bins' width, a sixteenth of the scatter."""
    sample = gaussian_sample(r, 20_000, seed=4)
    result = CrossEntropy(6.0, 12.5, 520).information(sample, Oracle(r), 0)
    test = sample.split == "test"
    scatter = 0.6 * np.sqrt(1 - r**2)
    exact = norm.logpdf(sample.y, 10 + 0.6 * r * sample.x[:, 0], scatter) - norm.logpdf(sample.y, 10, 0.6)
    assert result.pointwise[test].mean() == pytest.approx(exact[test].mean(), abs=0.004)
    assert result.metrics["mi_test"] == pytest.approx(result.pointwise[test].mean())
    assert result.metrics["cross_entropy"] == pytest.approx(-result.columns["log_p"][test].mean())


def test_the_prior_knows_training_galaxies_alone():
    sample = gaussian_sample(0.5, 2000, seed=5)
    estimator = CrossEntropy(6.0, 12.5, 520)
    label = estimator.binning.index(sample.y)
    expected = np.log(prior(label[sample.split == "train"], 520))[label]
    result = estimator.information(sample, Oracle(0.5), 0)
    np.testing.assert_array_equal(result.columns["log_prior"], expected)


def test_bins_that_miss_the_target_are_refused():
    with pytest.raises(UserError, match=r"200 of 200 targets lie outside \[0.0, 1.0\]"):
        CrossEntropy(0.0, 1.0, 10).information(gaussian_sample(0.5, 200, seed=0), Oracle(0.5), 0)


def test_a_few_targets_outside_are_counted_and_many_refused():
    sample = gaussian_sample(0.5, 1000, seed=0)
    for high, outside in ((float(np.sort(sample.y)[-6]), 5), (float(np.sort(sample.y)[-21]), 20)):
        estimator = CrossEntropy(6.0, high, 520)
        if outside == 5:
            assert estimator.information(sample, Oracle(0.5), 0).metrics["targets_outside_bins"] == 5
        else:
            with pytest.raises(UserError, match=r"20 of 1000 targets.*estimator\.low and estimator\.high"):
                estimator.information(sample, Oracle(0.5), 0)


def test_a_density_that_rules_out_what_happened_is_refused():
    class Wrong(Learner):
        def fit(self, sample, bins, edges):
            return Density(
                lambda part: np.eye(520, dtype=np.float32)[np.zeros(len(part.y), dtype=int)], {}, {}
            )

    with pytest.raises(UserError, match="training diverged"):
        CrossEntropy(6.0, 12.5, 520).information(gaussian_sample(0.5, 200, seed=0), Wrong(), 0)
