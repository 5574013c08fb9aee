import numpy as np
import pytest

from galaxy_causal.dataset import gaussian_information
from galaxy_causal.decomposition import gaussian_atoms, gaussian_informations
from galaxy_causal.types import UserError


def test_one_dimension_is_minus_half_the_log_of_one_minus_r_squared():
    r1, r2, r12 = 0.7, 0.5, 0.3
    covariance = np.array([[1, r12, r1], [r12, 1, r2], [r1, r2, 1]])
    first, second, both = gaussian_information(r1, r2, r12)
    assert gaussian_informations(covariance, 1, 1) == pytest.approx((first, second, both))
    expected = (second, first - second, 0.0, both - first)
    assert [float(a) for _, a in gaussian_atoms(covariance, 1, 1)] == pytest.approx(expected)


@pytest.mark.parametrize("d", [1, 5, 50])
def test_independent_pairs_add_up(d):
    """d targets, each seen by one variable of each source."""
    one = np.array([[1, 0.3, 0.6], [0.3, 1, 0.5], [0.6, 0.5, 1]])
    many = np.kron(one, np.eye(d))
    single = gaussian_informations(one, 1, 1)
    assert gaussian_informations(many, d, d) == pytest.approx([d * value for value in single])


@pytest.mark.parametrize(
    ("covariance", "d1"), [(np.ones((3, 3)), 1), (np.eye(2), 1), (np.eye(4)[:3], 1), (np.eye(3), 0)]
)
def test_what_has_no_finite_information_is_refused(covariance, d1):
    with pytest.raises(UserError, match="positive definite covariance"):
        gaussian_informations(covariance, d1, 1)
