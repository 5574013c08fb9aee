from dataclasses import replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth
from image_samples import images_of

from galaxy_causal.estimator import (
    Binning,
    Boosted,
    Gaussian,
    GaussianCopula,
    boosted_information,
    target_of,
)
from galaxy_causal.types import UserError


def held_out(sample, bins=None):
    """Pointwise information of the test galaxies."""
    target = target_of(sample, bins, "kernel")
    return boosted_information(sample, target)[sample.split == "test"]


def error(pointwise):
    return pointwise.std() / np.sqrt(len(pointwise))


@pytest.mark.parametrize("r", [0.3, 0.8, 0.99, 0.9999])
def test_of_a_gaussian_it_is_the_closed_form(r):
    found = held_out(gaussian_sample(r, 4000, seed=1, noise_columns=3))
    assert found.mean() == pytest.approx(gaussian_truth(r), abs=3 * error(found) + 0.05)


@pytest.mark.parametrize("seed", range(3))
def test_inputs_that_tell_nothing_give_nothing(seed):
    rng = np.random.default_rng(seed)
    sample = gaussian_sample(0.0, 3000, seed, noise_columns=4)
    for y in (sample.y, np.exp(sample.y - 10), rng.poisson(2.0, 3000).astype(float)):
        assert abs(held_out(replace(sample, y=y)).mean()) < 0.01


def test_it_sees_curves_and_spreads():
    """y = |x1| + exp(x2 / 2) e / 2: no correlation, and a closed form in log p(y | x) alone."""
    rng = np.random.default_rng(2)
    sample = gaussian_sample(0.0, 6000, 2, noise_columns=1)
    spread = 0.5 * np.exp(0.5 * sample.x[:, 1])
    y = np.abs(sample.x[:, 0]) + spread * rng.normal(size=6000)
    alone = held_out(replace(sample, y=y, x=sample.x[:, :1]))
    both = held_out(replace(sample, y=y))
    assert alone.mean() > 0.1
    assert both.mean() > alone.mean() + 0.05


def test_it_does_not_change_under_monotone_maps_of_the_target():
    sample = gaussian_sample(0.9, 3000, seed=3)
    plain, mapped = held_out(sample), held_out(replace(sample, y=np.exp(sample.y)))
    assert mapped.mean() == pytest.approx(plain.mean(), abs=0.01)


def test_rounded_targets_and_given_bins_are_taken():
    sample = gaussian_sample(0.8, 4000, seed=4)
    for found in (
        held_out(replace(sample, y=np.round(sample.y, 1))),
        held_out(sample, Binning(6.0, 12.5, 520)),
    ):
        assert found.mean() == pytest.approx(gaussian_truth(0.8), abs=3 * error(found) + 0.05)


def test_training_galaxies_have_no_value_and_others_do():
    sample = gaussian_sample(0.5, 1000, seed=5)
    found = boosted_information(sample, target_of(sample, None, "kernel"))
    np.testing.assert_array_equal(np.isnan(found), sample.split == "train")


def test_constant_repeated_and_wild_columns_do_no_harm():
    sample = gaussian_sample(0.8, 3000, seed=6)
    wild = np.random.default_rng(6).standard_cauchy(3000) ** 3
    x = np.column_stack([sample.x, sample.x, np.full(3000, 7.0), wild])
    found = held_out(replace(sample, x=x))
    assert found.mean() == pytest.approx(gaussian_truth(0.8), abs=3 * error(found) + 0.05)


def test_images_are_refused():
    sample = gaussian_sample(0.5, 200, seed=7)
    images = images_of(np.ones((200, 2, 4, 4), dtype=np.float32))
    sample = replace(sample, images=images, modalities=frozenset({"images"}))
    target = target_of(sample, None, "kernel")
    with pytest.raises(UserError, match=r"numbers alone.*images"):
        boosted_information(sample, target)


def test_with_given_bins_it_tells_of_them_alone():
    """Of the sign of the target no more than log 2 nats can be known."""
    sample = gaussian_sample(0.99, 4000, seed=6)
    middle = float(np.median(sample.y))
    plain, halves = Boosted(), Boosted(middle - 5.0, middle + 5.0, 2, "histogram")
    found = [one.information(sample, None, 0).metrics["mi_test"] for one in (plain, halves)]
    assert found[0] > 1.5
    assert 0.5 < found[1] < np.log(2.0)


@pytest.mark.parametrize("estimator", [Boosted(), Gaussian(), GaussianCopula()])
def test_other_targets_in_the_test_sample_are_measured(estimator):
    """Test galaxies half a deviation higher: 0.125 nats of a normal law."""
    sample = gaussian_sample(0.5, 6000, seed=7)
    assert estimator.information(sample, None, 0).metrics["prior_mismatch"] == 0.0
    higher = np.where(sample.split == "test", sample.y + 0.5 * sample.y.std(), sample.y)
    found = estimator.information(replace(sample, y=higher), None, 0)
    assert found.metrics["prior_mismatch"] == pytest.approx(0.125, abs=0.03)
