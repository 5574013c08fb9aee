from dataclasses import replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth

from galaxy_causal.estimator import Gaussian, GaussianCopula, cross_fit, extrapolate
from galaxy_causal.estimator.extrapolation import fewer
from galaxy_causal.types import Information, UserError


def test_every_galaxy_has_a_value_from_a_fit_that_has_not_seen_it():
    sample = gaussian_sample(0.5, 200, seed=0)
    seen = []

    def estimate(part):
        seen.append(part.split != "test")
        fit = len(seen)
        return Information(np.where(part.split == "test", fit, np.nan), {"mi_test": float(fit)})

    result = cross_fit(estimate, sample, 5, seed=3)
    assert np.isfinite(result.pointwise_mi).all()
    for fit in range(1, 6):
        assert not seen[fit - 1][result.pointwise_mi == fit].any()
        assert np.sum(result.pointwise_mi == fit) == 40
    assert result.metrics["mi_test"] == 3.0
    assert result.metrics["mi_folds_err"] == pytest.approx(np.std(range(5), ddof=1) / np.sqrt(5))


@pytest.mark.parametrize("estimator", [Gaussian, GaussianCopula])
def test_folds_find_the_truth_with_all_galaxies(estimator):
    sample = gaussian_sample(0.8, 8000, seed=1)
    one = estimator(folds=4)
    result = one.information(sample, None, 0)
    assert one.held_out(sample.split).all()
    assert result.pointwise_mi.mean() == pytest.approx(gaussian_truth(0.8), abs=4 * 0.82 / np.sqrt(8000))
    again = estimator(folds=4).information(sample, None, 0)
    np.testing.assert_array_equal(result.pointwise_mi, again.pointwise_mi)


@pytest.mark.parametrize("folds", [1, 11])
def test_too_few_galaxies_for_the_folds_are_refused(folds):
    with pytest.raises(UserError, match=f"folds={folds} of 200 galaxies"):
        Gaussian(folds=folds).information(gaussian_sample(0.5, 200, seed=0), None, 0)


def test_a_bias_in_one_over_n_is_removed_exactly():
    sizes = [1000, 2000, 4000]
    limit, error = extrapolate(sizes, [0.7 - 30 / n for n in sizes])
    assert limit == pytest.approx(0.7)
    assert error == pytest.approx(0.0, abs=1e-9)
    limit, error = extrapolate(sizes[:2], [0.7 - 30 / n for n in sizes[:2]])
    assert (limit, error) == pytest.approx((0.7, 0.0075))


def test_the_gaussians_bias_is_extrapolated_away():
    """40 inputs of which one tells: fits on 480 to 1,920 galaxies lose about 40 / 2n = 0.04 to 0.01. Averages
    over 20 samples of 3,000 test galaxies have error 0.0025, and twice that at the limit."""
    sizes, truth = [480, 960, 1920], gaussian_truth(0.6)
    values = {n: [] for n in sizes}
    for seed in range(20):
        sample = gaussian_sample(0.6, 10_000, seed, noise_columns=39)
        for n in sizes:
            split = fewer(sample.split, n / 6000, seed)
            assert np.sum(split == "train") == n
            found = Gaussian().information(replace(sample, split=split), None, 0)
            values[n].append(found.pointwise_mi[split == "test"].mean())
    means = [float(np.mean(values[n])) for n in sizes]
    limit, _ = extrapolate(sizes, means)
    assert truth - means[0] > 0.03
    assert limit == pytest.approx(truth, abs=0.015)


def test_one_size_is_not_extrapolated():
    with pytest.raises(UserError, match="two different sizes"):
        extrapolate([100, 100], [0.1, 0.2])
