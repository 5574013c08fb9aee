from dataclasses import replace

import numpy as np
import pytest
from densities import GivenLatent
from gaussian_samples import gaussian_sample, gaussian_truth

from galaxy_causal.estimator import KSG, KSGLatent, inverse_regression
from galaxy_causal.network import Mlp, NetworkLearner, Scl, Training
from galaxy_causal.types import Learner, Sample, UserError

BINS = (6.0, 14.0, 400)
TWENTY = np.full(20, 0.2)  # of a target of unit variance: 20 * 0.2^2 = 0.8 of it is told


class Known(Learner):
    """A learner whose latent is a given map of the inputs, and whose density is flat."""

    has_latent = True

    def __init__(self, latent):
        self.latent = latent

    def fit(self, sample, bins, edges):
        def flat(part):
            return np.full((len(part.y), len(edges) - 1), 1.0 / (len(edges) - 1), dtype=np.float32)

        return GivenLatent(flat, lambda part: self.latent(part.x).astype(np.float32))


def rotated(x):
    """All of x in directions in which it cannot be told from the noise beside it."""
    return 3.0 + x @ np.linalg.qr(np.random.default_rng(0).normal(size=(x.shape[1],) * 2))[0]


def test_it_is_ksg_of_the_directions_that_tell_of_the_target_on_test_galaxies_alone():
    """Eight numbers of which one combination tells of the target. Kraskov et al. (2004, fig. 4): deviation
    0.03 at 1,500 galaxies; eight dimensions cost plain KSG a third of the information."""
    sample = gaussian_sample(0.9, 5_000, seed=0, noise_columns=7)
    found = KSGLatent(*BINS).information(sample, Known(rotated), 0)
    test = sample.split == "test"
    np.testing.assert_array_equal(np.isfinite(found.pointwise_mi), test)
    one = KSG().local(sample.x[test][:, :2], sample.y[test, None], 0).mean()
    assert found.metrics["mi_test"] == pytest.approx(gaussian_truth(0.9), abs=0.07)
    assert found.metrics["mi_test"] == pytest.approx(one, abs=0.03)
    assert KSG().local(sample.x[test], sample.y[test, None], 0).mean() < 0.75 * gaussian_truth(0.9)
    assert "mi_train" not in found.metrics
    assert found.metrics["mi_cross_entropy"] < 0.1


def test_twenty_inputs_through_a_trained_latent():
    """I = -1/2 log(1 - 0.8) = 0.80 nats. The mean of 900 pointwise values, of deviation 0.9, has error 0.03;
    that of the network is of the same size."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3_000, 20))
    y = 10 + x @ TWENTY + np.sqrt(0.2) * rng.normal(size=3_000)
    split = np.repeat(["train", "validation", "test"], [1_800, 300, 900])
    sample = Sample(x, y, split, tuple(f"signal/{i}" for i in range(20)), frozenset({"signal"}))
    training = Training(
        batch_size=256, learning_rate=4e-3, weight_decay=1e-2, patience=8, max_epochs=25, threads=1
    )
    trainer = {
        "accelerator": "cpu",
        "max_epochs": 25,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    learner = NetworkLearner(Scl(training, width=32, components=4), trainer, 0)
    found = KSGLatent(*BINS).information(sample, learner, 0)
    test = split == "test"
    assert found.metrics["mi_test"] == pytest.approx(-0.5 * np.log(0.2), abs=0.12)
    assert KSG().local(x[test], y[test, None], 0).mean() < 0.5


def test_folds_give_every_galaxy_a_value_and_fractions_a_limit():
    sample = gaussian_sample(0.8, 600, seed=2)
    whole = KSGLatent(*BINS, folds=3).information(sample, Known(rotated), 0)
    assert np.isfinite(whole.pointwise_mi).all()
    limit = KSGLatent(*BINS, fractions=[0.5]).information(sample, Known(rotated), 0)
    assert np.isfinite(limit.metrics["mi_extrapolated"])


def test_inverse_regression_finds_the_direction_and_no_more_than_there_are():
    rng = np.random.default_rng(3)
    z = rng.normal(size=(4_000, 5)) * [1, 10, 0.1, 1, 1]
    y = np.exp(z @ [0.5, 0.0, 5.0, 0.0, 0.0])
    (first,) = inverse_regression(z, y, 1).T
    angle = (first @ [0.5, 0, 5.0, 0, 0]) / np.linalg.norm(first) / np.linalg.norm([0.5, 0, 5.0, 0, 0])
    assert abs(angle) > 0.99  # an angle has error sqrt(dimensions / galaxies), a few hundredths
    two = inverse_regression(z, y, 2)
    np.testing.assert_allclose(np.cov((z @ two).T, bias=True), np.eye(2), atol=1e-9)
    flat = np.hstack([z[:, :1], np.zeros((4_000, 2))])
    assert inverse_regression(flat, y, 3).shape == (3, 1)
    assert not inverse_regression(np.ones((10, 3)), y[:10], 2).any()


def test_a_constant_latent_tells_nothing():
    sample = gaussian_sample(0.8, 1_500, seed=4)
    found = KSGLatent(*BINS).information(sample, Known(lambda x: np.ones((len(x), 4))), 0)
    assert found.metrics["mi_test"] == pytest.approx(0.0, abs=0.1)  # 450 galaxies


def test_what_cannot_be_is_refused():
    sample = gaussian_sample(0.8, 100, seed=0)
    with pytest.raises(UserError, match="needs a network with a latent"):
        KSGLatent(*BINS).information(sample, NetworkLearner(Mlp(), {}, 0), 0)
    with pytest.raises(UserError, match="estimator=ksg_latent needs more than k=30 test galaxies, got 30"):
        KSGLatent(*BINS, k=30).check(sample)
    with pytest.raises(UserError, match="more than k=20 test galaxies, got 20"):
        KSGLatent(*BINS, k=20, folds=5).check(sample)
    with pytest.raises(UserError, match=r"estimator\.dimensions=0"):
        KSGLatent(*BINS, dimensions=0)
    broken = replace(sample, x=np.where(sample.x == sample.x[3], np.nan, sample.x))
    with pytest.raises(UserError, match="latent is NaN or infinite for 1 of 100 galaxies"):
        KSGLatent(*BINS).information(broken, Known(lambda x: x), 0)


def test_what_its_density_lacks_is_no_evidence_against_it():
    """The flat density is badly calibrated; neighbours are not asked what it says."""
    sample = gaussian_sample(0.9, 2_000, seed=5)
    for estimator in (KSGLatent(*BINS), KSGLatent(*BINS, folds=2)):
        found = estimator.information(sample, Known(lambda x: x), 0)
        assert not {"pit_distance", "prior_mismatch"} & set(found.metrics)
