from dataclasses import replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample
from scipy.stats import kstest, norm

from galaxy_causal.estimator import (
    Binning,
    PitMap,
    PriorShare,
    Target,
    Temperature,
    prior,
    recalibration,
    score,
)

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


def gaining(gain, classes=10):
    """A prior, probabilities of one galaxy in each class in turn, `gain` times the prior's there, labels."""
    label = np.arange(200) % classes
    share = np.full(classes, 1 / classes)
    p = np.full((200, classes), (1 - gain / classes) / (classes - 1))
    p[np.arange(200), label] = gain / classes
    return p, label, share


@pytest.mark.parametrize("gain", [1.001, 1.1, 2.0, 5.0, 10.0])
def test_the_share_of_galaxies_that_gain_alike_has_a_closed_form(gain):
    """The likelihood of n galaxies, each g - 1 above the prior's, and of one that the prior alone explains:
    n log(1 + s (g - 1)) + log(1 - s) is largest at s = n / (n + 1) - 1 / ((n + 1)(g - 1)), if that is
    positive. Of a perfect density of many classes that is nearly n / (n + 1)."""
    found = PriorShare(*gaining(gain)).share
    assert found == pytest.approx(max(0.0, 200 / 201 - 1 / (201 * (gain - 1))), abs=2e-6)


def test_the_share_of_a_perfect_density_is_one_but_for_one_galaxy():
    n, cells = 300, 1000
    label = np.random.default_rng(0).integers(0, cells, n)
    share = PriorShare(np.eye(cells)[label], label, np.full(cells, 1 / cells)).share
    assert share == pytest.approx(n / (n + 1), abs=1e-5)


def test_what_tells_nothing_has_no_share():
    """The prior itself, and a density that is surely wrong."""
    rng = np.random.default_rng(0)
    p0 = rng.dirichlet(np.ones(40) * 5)
    label = rng.choice(40, 1000, p=p0)
    wrong = np.eye(40)[(label + 1) % 40]
    for p in (np.tile(p0, (1000, 1)), wrong):
        found = PriorShare(p, label, p0)
        assert found.metrics() == {"learnt_share": 0.0}
        np.testing.assert_array_equal(found.apply(p), np.tile(p0, (1000, 1)))


@pytest.mark.parametrize("sure", [40, 400, 4000])
def test_chance_that_was_learnt_is_taken_back(sure):
    """Densities that scatter about the prior without regard to the labels tell other galaxies less than
    nothing; with the share of 1,000 validation galaxies, nothing but for a few over that number."""
    rng = np.random.default_rng(sure)
    p0 = rng.dirichlet(np.ones(40) * 5)
    rows = np.arange(1000)
    told = []
    for _ in range(20):
        label, other = rng.choice(40, (2, 1000), p=p0)
        found = PriorShare(rng.dirichlet(p0 * sure, 1000), label, p0)
        p = rng.dirichlet(p0 * sure, 1000)
        told.append(np.log(found.apply(p)[rows, other] / p0[other]).mean())
        assert told[-1] > np.log(p[rows, other] / p0[other]).mean() or sure == 4000
    assert np.abs(told).max() < 0.01
    assert abs(np.mean(told)) < 0.001


def test_a_share_is_a_mixture_of_both():
    p, label, p0 = gaining(1.1)
    found = PriorShare(p, label, p0)
    assert 0 < found.share < 1
    mixed = found.apply(p.astype(np.float32))
    np.testing.assert_allclose(mixed, found.share * p + (1 - found.share) * p0, atol=1e-7)
    np.testing.assert_allclose(mixed.sum(axis=1), 1.0, atol=1e-6)


def test_a_density_that_is_right_half_of_the_time_is_believed_half():
    """True law: s p + (1 - s) p0 with s = 1/2. The information of s in 20,000 galaxies leaves an error of
    0.004; five are allowed."""
    rng = np.random.default_rng(0)
    n, p0 = 20_000, np.full(20, 1 / 20)
    said = rng.integers(0, 20, n)
    p = 0.9 * np.eye(20)[said] + 0.1 * p0
    label = np.where(rng.random(n) < 0.5 * 0.9, said, rng.integers(0, 20, n))
    assert PriorShare(p, label, p0).share == pytest.approx(0.5, abs=0.02)
