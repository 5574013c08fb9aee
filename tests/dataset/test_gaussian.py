import numpy as np
import pytest

from galaxy_causal.dataset import gaussian, gaussian_information
from galaxy_causal.types import UserError

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}


def test_draws_have_the_chosen_correlations():
    n, wanted = 40_000, (0.7, 0.5, 0.3)
    catalogue = gaussian(n, *wanted, seed=3, split=SPLIT)
    x1, x2 = (catalogue.features["signal"][name].value for name in ("x1", "x2"))
    found = np.corrcoef([catalogue.target, x1, x2])
    # a correlation has error (1 - r^2) / sqrt(n) < 0.005; four of them
    np.testing.assert_allclose([found[0, 1], found[0, 2], found[1, 2]], wanted, atol=0.02)
    assert catalogue.target.mean() == pytest.approx(10, abs=0.012)
    assert catalogue.target.std() == pytest.approx(0.6, abs=0.01)
    assert len(catalogue) == n


def test_a_seed_gives_the_same_galaxies():
    first, again = (gaussian(50, 0.5, 0.5, 0.0, 7, split=SPLIT) for _ in range(2))
    np.testing.assert_array_equal(first.target, again.target)


def test_singular_correlations_can_be_drawn():
    catalogue = gaussian(100, 1.0, 0.5, 0.5, 0, split=SPLIT)
    x1 = catalogue.features["signal"]["x1"].value
    # the root of an eigenvalue's rounding, 1e-16
    np.testing.assert_allclose(catalogue.target, 10 + 0.6 * x1, atol=1e-6)


@pytest.mark.parametrize("correlations", [(0.9, 0.9, -0.5), (1.1, 0, 0)])
def test_impossible_correlations_are_refused(correlations):
    with pytest.raises(UserError, match=r"no Gaussian has n=100.*1 \+ 2 r1 r2 r12"):
        gaussian(100, *correlations, seed=0, split=SPLIT)


def test_informations_in_closed_form():
    assert gaussian_information(0, 0, 0) == (0, 0, 0)
    i1, i2, union = gaussian_information(0.6, 0.8 * 0.6, 0.8)  # x2 is a noisy copy of x1: it adds nothing
    assert i1 == pytest.approx(-0.5 * np.log(0.64))
    assert union == pytest.approx(i1)
    assert i2 < i1
    # with independent noise the precisions add: y = s, x_k = s + noise of variance v, r^2 = 1 / (1 + v)
    v = 1 / 0.81 - 1
    assert gaussian_information(0.9, 0.9, 0.81)[2] == pytest.approx(0.5 * np.log1p(2 / v))
    assert gaussian_information(1, 0, 0)[0] == np.inf
