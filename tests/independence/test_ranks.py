import numpy as np
import pytest
from scipy.stats import norm, rankdata

from galaxy_causal.independence import normal_scores

SAMPLES = (
    np.random.default_rng(0).normal(size=(501, 2)),
    np.random.default_rng(1).integers(0, 9, (400, 3)).astype(float),
)


@pytest.mark.parametrize("values", SAMPLES)
def test_scores_are_quantiles_of_scipys_ranks(values):
    rank = rankdata(values, axis=0)
    np.testing.assert_allclose(normal_scores(values), norm.ppf(rank / (len(values) + 1)))
    np.testing.assert_allclose(normal_scores(values, offset=0.5), norm.ppf((rank - 0.5) / len(values)))


@pytest.mark.parametrize("values", SAMPLES)
def test_a_reference_gives_its_own_galaxies_their_own_scores_and_ends_to_those_beyond(values):
    known = values[::2]
    found = normal_scores(values, known)
    np.testing.assert_array_equal(found[::2], normal_scores(known))
    beyond = normal_scores(np.array([-1e9, 1e9]), known[:, 0])
    np.testing.assert_array_equal(beyond, [found[:, 0].min(), found[:, 0].max()])


def test_scores_do_not_depend_on_monotonic_scales():
    x = SAMPLES[0]
    np.testing.assert_allclose(normal_scores(x), normal_scores(np.exp(x)))


def test_shapes_and_constants():
    assert normal_scores(np.empty((5, 0)), np.empty((3, 0))).shape == (5, 0)
    np.testing.assert_array_equal(normal_scores(np.ones(7)), np.zeros(7))
