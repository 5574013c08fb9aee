import npeet_plus
import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth
from npeet_plus import estimators as npeet

from galaxy_causal.estimator import KSG
from galaxy_causal.estimator import ksg as ksg_module
from galaxy_causal.types import Sample, UserError


def test_the_mean_is_that_of_npeet_plus():
    """Both add noise of 1e-10 to break ties, from other draws: equal but for that."""
    sample = gaussian_sample(0.8, 3000, seed=0, noise_columns=1)
    ours = np.nanmean(KSG(k=4, transform="standardise").information(sample, None, 0).pointwise_mi)
    test = sample.split == "test"
    x, y = sample.x[test], sample.y[test, None]
    standard = [(v - v.mean(axis=0)) / v.std(axis=0) for v in (x, y)]
    assert ours == pytest.approx(npeet_plus.mi(*standard, k=4, base=np.e), abs=1e-6)


@pytest.mark.parametrize("transform", ["standardise", "normal_scores"])
@pytest.mark.parametrize("r", [0.0, 0.6, 0.9])
def test_it_finds_the_information_of_a_gaussian(r, transform):
    """Kraskov et al. (2004, fig. 4): deviation about 0.04 at N = 1000 for k = 3, falling as N^-1/2."""
    values = [
        np.nanmean(
            KSG(transform=transform).information(gaussian_sample(r, 10_000, seed), None, seed).pointwise_mi
        )
        for seed in range(4)
    ]
    assert np.mean(values) == pytest.approx(gaussian_truth(r), abs=0.03)


def test_only_test_galaxies_have_values_and_the_seed_repeats_them():
    sample = gaussian_sample(0.8, 500, seed=0)
    first, again = (KSG().information(sample, None, 5).pointwise_mi for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(np.isfinite(first), sample.split == "test")


def test_too_few_galaxies_and_impossible_options_are_refused():
    with pytest.raises(UserError, match="more than k=30 test galaxies, got 30"):
        KSG(k=30).information(gaussian_sample(0.5, 100, seed=0), None, 0)
    with pytest.raises(UserError, match="at least 1"):
        KSG(k=0)
    with pytest.raises(UserError, match="one of standardise, normal_scores"):
        KSG(transform="log")


def test_images_are_refused_by_name():
    sample = gaussian_sample(0.5, 100, seed=0)
    images = Sample(sample.x, sample.y, sample.split, sample.columns, frozenset({"images"}))
    with pytest.raises(UserError, match=r"estimator=ksg cannot take images; it takes .*photometry"):
        KSG().check(images)


@pytest.mark.parametrize("scale", [1.0, 1e3])
@pytest.mark.parametrize("edge", [0.0, ksg_module.EDGE])
def test_one_dimension_is_counted_by_differences(scale, edge):
    """Radii that end at a galaxy, where a sum of both would round to either side of it."""
    rng = np.random.default_rng(0)
    value = scale * rng.standard_t(2, (3000, 1))
    value[::50] = value[1::50]
    radius = np.abs(value[:, 0] - rng.permutation(value[:, 0])) - edge
    expected = (np.abs(value - value.T) <= radius[:, None]).sum(axis=1)
    np.testing.assert_array_equal(ksg_module._count(value, radius), expected)
    by_tree = npeet.count_neighbors(npeet.build_tree(value), value, radius)
    assert np.abs(by_tree - expected).max() <= 2  # the tree rounds too
