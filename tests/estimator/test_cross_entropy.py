import numpy as np
import pytest
import torch
from densities import Given
from gaussian_samples import gaussian_sample
from scipy.stats import norm
from torch import nn

from galaxy_causal.estimator import CrossEntropy, prior
from galaxy_causal.estimator.diagnostics import pit_distance
from galaxy_causal.network import DensityModel, SoftmaxHead
from galaxy_causal.network.density import NetworkDensity
from galaxy_causal.network.layers import AsFloat32
from galaxy_causal.types import Learner, UserError


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

        return Given(probabilities)


@pytest.mark.parametrize("r", [0.0, 0.5, 0.9])
def test_with_the_true_density_the_information_is_the_truth(r):
    """Against log p(y|x) - log p(y) of the same galaxies: what is left is the kernel prior's loss,
    of order n^-4/5, and the bins' width, a sixteenth of the scatter."""
    sample = gaussian_sample(r, 20_000, seed=4)
    result = CrossEntropy(6.0, 12.5, 520).information(sample, Oracle(r), 0)
    test = sample.split == "test"
    scatter = 0.6 * np.sqrt(1 - r**2)
    exact = norm.logpdf(sample.y, 10 + 0.6 * r * sample.x[:, 0], scatter) - norm.logpdf(sample.y, 10, 0.6)
    assert result.pointwise_mi[test].mean() == pytest.approx(exact[test].mean(), abs=0.004)
    assert result.metrics["mi_test"] == pytest.approx(result.pointwise_mi[test].mean())
    assert result.metrics["cross_entropy"] == pytest.approx(-result.columns["log_p"][test].mean())


def test_the_prior_knows_training_galaxies_alone():
    sample = gaussian_sample(0.5, 2000, seed=5)
    estimator = CrossEntropy(6.0, 12.5, 520)
    label = estimator.bins.index(sample.y)
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
    """It is left to the prior, which rules out nothing; what is no number nothing can mend."""

    class Wrong(Learner):
        def __init__(self, there):
            self.there = there

        def fit(self, sample, bins, edges):
            rows = np.full((len(sample.y), 520), 0.0 * self.there, dtype=np.float32)
            rows[:, 0] = self.there
            return Given(lambda part: rows[: len(part.y)])

    data = gaussian_sample(0.5, 200, seed=0)
    with pytest.raises(UserError, match="training diverged"):
        CrossEntropy(6.0, 12.5, 520, recalibrate="none").information(data, Wrong(1.0), 0)
    with pytest.raises(UserError, match="training diverged"):
        CrossEntropy(6.0, 12.5, 520).information(data, Wrong(np.nan), 0)
    left = CrossEntropy(6.0, 12.5, 520).information(data, Wrong(1.0), 0)
    assert left.metrics["learnt_share"] == 0.0
    assert (left.pointwise_mi == 0).all()


def test_a_probability_too_small_for_a_float_keeps_its_logarithm():
    """Logits of -1,000, and 0 in one wrong bin: log p = -1000, though p itself is zero."""

    class Sure(Learner):
        def fit(self, sample, bins, edges):
            model = DensityModel(AsFloat32(), SoftmaxHead(1, 1, 520))
            last = model.head.layers[2]
            nn.init.zeros_(last.weight)
            nn.init.constant_(last.bias, -1000.0)
            with torch.no_grad():
                last.bias[(bins[0] + 1) % 520] = 0.0
            cpu = torch.device("cpu")
            return NetworkDensity(model, cpu, 1, {})

    sample = gaussian_sample(0.5, 200, seed=0)
    estimator = CrossEntropy(6.0, 12.5, 520, recalibrate="none")
    found = estimator.information(sample, Sure(), 0).columns["log_p"]
    assert found[0] == pytest.approx(-1000.0, rel=1e-6)  # single precision
    assert np.isfinite(found).all()


class Blurred(Oracle):
    """Knows less the fewer galaxies it is trained on: its correlation is too small by 200 / n."""

    def fit(self, sample, bins, edges):
        trained = np.sum(sample.split == "train")
        return Oracle(self.r * (1 - 200 / trained)).fit(sample, bins, edges)


def test_folds_judge_every_galaxy_once():
    sample = gaussian_sample(0.8, 4000, seed=6)
    estimator = CrossEntropy(6.0, 12.5, 520, folds=4)
    result = estimator.information(sample, Blurred(0.8), 0)
    assert np.isfinite(result.pointwise_mi).all()
    assert set(result.columns) == {"log_prior", "log_p", "estimate", "pit", "crps"}
    assert result.metrics["mi_folds_err"] > 0
    assert result.metrics["pit_distance"] == pit_distance(result.columns["pit"])
    with pytest.raises(UserError, match="give one of them"):
        CrossEntropy(6.0, 12.5, 520, folds=4, fractions=[0.5])


def test_fractions_extrapolate():
    """The same test galaxies throughout, and a density that is worse the fewer it was trained on."""
    sample = gaussian_sample(0.8, 4000, seed=6)
    estimator = CrossEntropy(6.0, 12.5, 520, fractions=[0.25, 0.5])
    found = estimator.information(sample, Blurred(0.8), 0).metrics
    assert found["mi_of_0.25"] < found["mi_of_0.5"] < found["mi_test"] < found["mi_extrapolated"]


def test_recalibration_mends_a_density_that_is_too_wide():
    """The same oracle of another scatter: a temperature brings back most of what it loses."""

    class Wide(Oracle):
        def fit(self, sample, bins, edges):
            true = Oracle(0.9).fit(sample, bins, edges)

            def probabilities(part):
                p = true.probabilities(part) ** 0.25
                return p / p.sum(axis=1, keepdims=True)

            return Given(probabilities)

    sample = gaussian_sample(0.9, 4000, seed=7)
    values = {
        kind: CrossEntropy(6.0, 12.5, 520, recalibrate=kind).information(sample, Wide(0.9), 0)
        for kind in ("none", "temperature", "pit")
    }
    truth = CrossEntropy(6.0, 12.5, 520).information(sample, Oracle(0.9), 0).metrics["mi_test"]
    found = {kind: value.metrics["mi_test"] for kind, value in values.items()}
    assert truth - found["none"] > 0.2
    assert found["temperature"] == pytest.approx(truth, abs=0.02)
    assert found["none"] < found["pit"] <= truth + 0.02
    assert values["temperature"].metrics["temperature"] == pytest.approx(0.25, rel=0.15)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"recalibrate": "platt"}, "none, prior, temperature, pit"),
        ({"fractions": [1.5]}, "between 0 and 1"),
        ({"folds": 3, "fractions": [0.5]}, "give one of them"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, words):
    with pytest.raises(UserError, match=words):
        CrossEntropy(6.0, 12.5, 520, **options)
