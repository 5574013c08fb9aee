import numpy as np
import pytest

from galaxy_causal.estimator import Binning
from galaxy_causal.types import UserError

PUBLISHED = Binning(6.0, 12.5, 520)


def test_published_bins_are_an_eightieth_of_a_dex():
    assert PUBLISHED.width == pytest.approx(0.0125)
    assert len(PUBLISHED.edges) == 521


@pytest.mark.parametrize(
    ("y", "expected"),
    [(5.0, 0), (6.0, 0), (6.0125, 1), (9.25, 260), (12.4999, 519), (12.5, 519), (13.0, 519)],
)
def test_edges_belong_to_the_upper_bin_and_outside_values_to_the_end_bins(y, expected):
    assert PUBLISHED.index(np.array([y]))[0] == expected


def test_outside_values_are_counted():
    assert PUBLISHED.outside(np.array([5.99, 6.0, 9.0, 12.5, 12.51])) == 2


@pytest.mark.parametrize(
    ("low", "high", "count"), [(6.0, 6.0, 10), (7.0, 6.0, 10), (np.nan, 6.0, 10), (6.0, 7.0, 1)]
)
def test_bins_that_make_no_sense_are_refused(low, high, count):
    with pytest.raises(UserError, match=r"bins need|estimator.bins=1 must"):
        Binning(low, high, count)
