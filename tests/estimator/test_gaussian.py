import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth

from galaxy_causal.estimator import Gaussian
from galaxy_causal.types import Sample, UserError


@pytest.mark.parametrize("r", [0.0, 0.3, 0.9])
def test_closed_form_and_pointwise_mean_match_the_truth(r):
    """Standard deviation of the pointwise values is r, so the mean of 12,000 has error r / 110."""
    sample = gaussian_sample(r, 40_000, seed=1, noise_columns=3)
    result = Gaussian().information(sample, None, 0)
    test = sample.split == "test"
    assert result.metrics["closed_form"] == pytest.approx(
        gaussian_truth(r), abs=4 * (r + 0.02) / np.sqrt(24_000)
    )
    assert result.pointwise_mi[test].mean() == pytest.approx(
        gaussian_truth(r), abs=4 * (r + 0.02) / np.sqrt(12_000)
    )


def test_constant_and_repeated_columns_change_nothing():
    sample = gaussian_sample(0.7, 2000, seed=2)
    more = Sample(
        np.column_stack([sample.x, np.full(2000, 3.0), sample.x]),
        sample.y,
        sample.split,
        ("a", "b", "c"),
        sample.modalities,
    )
    one, other = (Gaussian().information(s, None, 0).pointwise_mi for s in (sample, more))
    np.testing.assert_allclose(one, other, atol=2e-3)


def test_the_target_among_the_inputs_is_refused():
    sample = gaussian_sample(0.7, 500, seed=3)
    with pytest.raises(UserError, match="determine the target exactly"):
        Gaussian().information(
            Sample(sample.y[:, None], sample.y, sample.split, ("y",), sample.modalities), None, 0
        )


def test_too_few_galaxies_are_refused():
    with pytest.raises(UserError, match="more training galaxies than 10 inputs"):
        Gaussian().information(gaussian_sample(0.5, 20, seed=0, noise_columns=9), None, 0)
