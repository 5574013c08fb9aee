from dataclasses import replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample
from scipy.stats import kstest, norm

from galaxy_causal.estimator import Binning, PitMap, Target, Temperature, prior, recalibration, score

BINS = Binning(-6.0, 6.0, 480)


def predicted(mean, sigma):
    edges = BINS.edges.copy()
    edges[0], edges[-1] = -np.inf, np.inf
    return np.diff(norm.cdf(edges[None, :], mean[:, None], sigma), axis=1)


def galaxies(seed, n=3000):
    rng = np.random.default_rng(seed)
    mean = rng.uniform(-1, 1, n)
    return mean, mean + 0.5 * rng.normal(size=n)


@pytest.mark.parametrize(("stated", "temperature"), [(0.5, 1.0), (0.25, 4.0), (1.0, 0.25)])
def test_a_gaussian_of_the_wrong_width_has_the_temperature_of_the_ratio_of_variances(stated, temperature):
    """A variance known from 3,000 galaxies has error 2.6%; four of these are allowed."""
    mean, y = galaxies(0)
    found = Temperature(predicted(mean, stated), BINS.index(y)).temperature
    assert found == pytest.approx(temperature, rel=0.104)


def target(y):
    """Of galaxies y (n,) in ``BINS``, of whom the first third are the training galaxies."""
    label = BINS.index(y)
    data = replace(gaussian_sample(0.5, len(y), seed=0), y=y)
    return Target(BINS, prior(label[: len(y) // 3], BINS.count), label, data)


@pytest.mark.parametrize("kind", ["temperature", "pit"])
def test_other_galaxies_are_then_calibrated_and_better_known(kind):
    mean, y = galaxies(1)
    calibration = recalibration(kind, predicted(mean, 0.3), y, target(y))
    mean, y = galaxies(2)
    before = score(predicted(mean, 0.3), y, BINS)
    p = calibration.apply(predicted(mean, 0.3))
    after = score(p, y, BINS)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-9)
    assert (p >= 0).all()
    assert after.log_p.mean() > before.log_p.mean() + 0.1
    distance = [kstest(s.pit, "uniform").statistic for s in (before, after)]
    assert distance[1] < 0.4 * distance[0]


def test_a_calibrated_density_is_left_alone():
    """Parameters of a Beta distribution from 3,000 values have errors of about 2.5%."""
    mean, y = galaxies(3)
    fitted = PitMap(score(predicted(mean, 0.5), y, BINS).pit)
    assert (fitted.a, fitted.b) == pytest.approx((1, 1), abs=0.1)
