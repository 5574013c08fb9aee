import math
from decimal import Decimal
from fractions import Fraction

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


DECIMALS = [Decimal(6) + Decimal("0.0125") * i for i in range(521)]


def test_every_edge_in_decimals_begins_its_bin():
    edges = np.array([float(d) for d in DECIMALS])
    bins = np.append(np.arange(520), 519)  # the last edge closes the last bin
    np.testing.assert_array_equal(PUBLISHED.index(edges), bins)
    np.testing.assert_array_equal(PUBLISHED.index(edges.astype(np.float32)), bins)
    np.testing.assert_array_equal(PUBLISHED.index(edges.astype(np.float32).astype(np.float64)), bins)
    for towards in (-np.inf, np.inf):  # another way of reading or adding up the same decimal
        np.testing.assert_array_equal(PUBLISHED.index(np.nextafter(edges, towards)), bins)


@pytest.mark.parametrize("distance", [1e-12, 1e-9, 1e-6])
def test_values_beside_an_edge_are_no_edge(distance):
    edges = np.array([float(d) for d in DECIMALS])
    np.testing.assert_array_equal(PUBLISHED.index(edges[1:] - distance), np.arange(520))
    np.testing.assert_array_equal(PUBLISHED.index(edges[:-1] + distance), np.arange(520))
    single = edges.astype(np.float32)  # its neighbours are 4.8e-7 away below 8, 9.5e-7 above
    np.testing.assert_array_equal(PUBLISHED.index(np.nextafter(single, np.float32(0))[1:]), np.arange(520))
    assert PUBLISHED.outside(np.array([6 - distance, 6, 12.5, 12.5 + distance])) == 2


@pytest.mark.parametrize(
    ("low", "step", "count"),
    [
        ("-0.7", "0.1", 14),
        ("9.05", "0.05", 40),
        ("0", "0.001", 3000),
        ("100.3", "0.3", 7),
        ("6", "0.0001", 65000),
    ],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_edges_of_other_bins_in_decimals(low, step, count, kind):
    decimals = [Decimal(low) + Decimal(step) * i for i in range(count + 1)]
    binning = Binning(float(decimals[0]), float(decimals[-1]), count)
    y = np.array([float(d) for d in decimals]).astype(kind if decimals[-1] < 1e38 else np.float64)
    np.testing.assert_array_equal(binning.index(y), np.append(np.arange(count), count - 1))
    assert binning.outside(y) == 0


def test_random_values_are_binned_as_exact_fractions_are():
    """Binary values taken as they are: none is an edge but for rounding, and so none may be moved."""
    rng = np.random.default_rng(0)
    y = rng.uniform(5.9, 12.6, 3000)
    exact = [math.floor((Fraction(v) - 6) / Fraction(1, 80)) for v in y.tolist()]
    np.testing.assert_array_equal(PUBLISHED.index(y), np.clip(exact, 0, 519))


@pytest.mark.parametrize(("y", "expected"), [(-np.inf, 0), (-1e300, 0), (1e300, 519), (np.inf, 519)])
def test_values_far_outside_go_to_the_end_bins(y, expected):
    assert PUBLISHED.index(np.array([y]))[0] == expected
    assert PUBLISHED.outside(np.array([y])) == 1


def test_outside_values_are_counted():
    assert PUBLISHED.outside(np.array([5.99, 6.0, 9.0, 12.5, 12.51])) == 2


@pytest.mark.parametrize(
    ("low", "high", "count"), [(6.0, 6.0, 10), (7.0, 6.0, 10), (np.nan, 6.0, 10), (6.0, 7.0, 1)]
)
def test_bins_that_make_no_sense_are_refused(low, high, count):
    with pytest.raises(UserError, match=r"bins need|estimator.bins=1 must"):
        Binning(low, high, count)
