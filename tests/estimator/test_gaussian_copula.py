from dataclasses import replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth

from galaxy_causal.estimator import Gaussian, GaussianCopula


@pytest.mark.parametrize("r", [0.0, 0.6, 0.9])
def test_marginals_do_not_matter(r):
    """Exponentials of both: 12,000 test galaxies, whose pointwise values scatter by r."""
    sample = gaussian_sample(r, 40_000, seed=1)
    bent = replace(sample, x=np.exp(2 * sample.x), y=np.exp(sample.y))
    result = GaussianCopula().information(bent, None, 0)
    test = bent.split == "test"
    assert result.pointwise_mi[test].mean() == pytest.approx(
        gaussian_truth(r), abs=4 * (r + 0.02) / np.sqrt(12_000)
    )
    if r > 0.5:
        assert Gaussian().information(bent, None, 0).pointwise_mi[test].mean() < 0.7 * gaussian_truth(r)
        assert np.corrcoef(result.columns["estimate"][test], bent.y[test])[0, 1] > 0.5


def test_ties_and_constant_columns_are_finite():
    sample = gaussian_sample(0.8, 1000, seed=2)
    tied = replace(sample, x=np.column_stack([np.round(sample.x[:, 0]), np.ones(1000)]))
    assert np.isfinite(GaussianCopula().information(tied, None, 0).pointwise_mi).all()
