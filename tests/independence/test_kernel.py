import numpy as np
import pytest
from scipy.stats import binom

from galaxy_causal.independence import kci, rcit, seeded

REPETITIONS = 60
LOWEST, HIGHEST = binom.ppf([0.0005, 0.9995], REPETITIONS, 0.05)


@pytest.mark.parametrize("given", [(), (2,)])
def test_the_kernel_test_keeps_its_level_and_sees_a_curve(given):
    rejected = 0
    for seed in range(REPETITIONS):
        values = np.random.default_rng(seed).normal(size=(400, 3))
        rejected += rcit(values, seed, approximation="hbe")(0, 1, given) < 0.05
    assert LOWEST <= rejected <= HIGHEST
    x, noise, z = np.random.default_rng(0).normal(size=(3, 400))
    assert rcit(np.column_stack([x, np.abs(x) + 0.3 * noise, z]), 0, approximation="hbe")(0, 1, given) < 1e-6


def test_the_full_kernel_test_keeps_its_level_and_sees_what_only_confounds():
    """Both of the first two follow the third in waves: dependent alone, independent given it."""
    rejected = 0
    for seed in range(REPETITIONS):
        rng = np.random.default_rng(seed)
        z = rng.uniform(-2, 2, 150)
        waves = np.sin(2 * z)[:, None] + 0.5 * rng.normal(size=(150, 2))
        values = np.column_stack([waves, z])
        rejected += kci(values)(0, 1, (2,)) < 0.05
        assert kci(values)(0, 1, ()) < 1e-3
    assert LOWEST <= rejected <= HIGHEST


def test_a_question_has_one_answer():
    values = np.random.default_rng(0).normal(size=(300, 3))
    answers = [rcit(values, seed)(0, 1, (2,)) for seed in (0, 0, 1)]
    assert answers[0] == answers[1] != answers[2]


def test_seeding_third_parties_leaves_no_trace():
    np.random.seed(1)  # noqa: NPY002
    expected = np.random.random(2)  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    first = np.random.random()  # noqa: NPY002
    with seeded(5):
        np.random.random(10)  # noqa: NPY002
    assert [first, np.random.random()] == expected.tolist()  # noqa: NPY002


def test_generators_without_a_seed_are_seeded_too_and_only_there():
    drawn = []
    for _ in range(2):
        with seeded(3):
            drawn.append(np.random.default_rng().random())
            assert np.random.default_rng(7).random() == np.random.default_rng(7).random()
    assert drawn[0] == drawn[1]
    assert np.random.default_rng().random() != np.random.default_rng().random()
