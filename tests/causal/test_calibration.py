"""False positives at the level the tests claim; benchmarks/calibration_causal.py does more of it."""

import numpy as np
import pytest
from scipy.stats import binom, kstest

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests, pooled_tests
from galaxy_causal.neighbours import Exact

REPETITIONS, CENTRES = 200, 10
LOWEST, HIGHEST = binom.ppf([0.0005, 0.9995], REPETITIONS, 0.05) / REPETITIONS
"""A calibrated test of each repetition lies between these, but for one test in a thousand."""


def question(rng, n=800):
    """Query and target follow the latent, and are independent given it."""
    latent = rng.normal(size=(n, 2))
    mean = np.sin(latent[:, 0]) + latent[:, 1] ** 2 / 2
    noise = 0.5 * rng.normal(size=(2, n))
    return LocalQuestion(mean + noise[0], mean + noise[1], None, latent, mean)


def answers(options):
    local, pooled, efficient = [], [], []
    for seed in range(REPETITIONS):
        rng = np.random.default_rng(seed)
        asked = question(rng)
        own = rng.choice(len(asked.target), CENTRES, replace=False)
        neighbours = Exact(50, device="cpu", threads=1).find(asked.latent, asked.latent[own], own)
        tests = local_tests(asked, neighbours, options, seed)
        (all_,) = pooled_tests(asked, neighbours, tests, {"all": np.ones(CENTRES, dtype=bool)}, options, seed)
        local.append(tests.correlation.p)
        pooled.append(all_.corr_p)
        efficient.append(all_.pred_eff_p)
    return np.array(local), np.array(pooled), np.array(efficient)


@pytest.mark.parametrize("test", ["partial", "gcm"])
def test_independent_queries_are_rejected_at_the_level(test):
    local, pooled, efficient = answers(LocalTestOptions(test=test, permutations=19))
    assert 0.02 < np.mean(local <= 0.05) < 0.08
    for values in (pooled, efficient):
        assert LOWEST <= np.mean(values <= 0.05) <= HIGHEST
    # One neighbourhood of each repetition, its p-value spread evenly within a step of 1 / 20: uniform.
    dither = np.random.default_rng(0).random(REPETITIONS)
    assert kstest(local[:, 0] - dither / 20, "uniform").pvalue > 1e-3


def test_the_published_test_sees_the_gradient():
    """Without regard to what neighbours still differ in, a query looks dependent that is not."""
    asked = question(np.random.default_rng(0))
    own = np.arange(200)
    neighbours = Exact(50, device="cpu").find(asked.latent, asked.latent[own], own)
    published = local_tests(asked, neighbours, LocalTestOptions(test="paper", permutations=19))
    corrected = local_tests(asked, neighbours, LocalTestOptions(test="partial", permutations=19))
    assert np.mean(published.correlation.p <= 0.05) > 0.2
    bound = published.gradient_bound
    excess = published.correlation.value - corrected.correlation.value
    # What the gradient adds is bounded, but for the noise of two correlations of 50.
    assert np.mean(np.abs(excess)) < np.mean(bound) + 1 / np.sqrt(50)
    assert np.mean(bound) > 0.2
