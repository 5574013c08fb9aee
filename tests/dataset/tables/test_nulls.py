import numpy as np
import pytest

from galaxy_causal.dataset.tables.nulls import holds_large, is_missing

SMALL, LARGE = np.linspace(9, 12, 30), np.geomspace(5e9, 5e14, 30)


def missing(value, among, nulls=(), kind=float, flux=False):
    return bool(is_missing(np.append(among, value).astype(kind), nulls, flux)[-1])


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("value", [-9999, 9999, -99999, 99999, 9999.9, -9999.99, 999999, np.nan, -np.inf])
def test_nines_are_missing_in_any_precision(value, kind):
    assert missing(value, SMALL, kind=kind)
    assert missing(value, LARGE, kind=kind)


@pytest.mark.parametrize("value", [12_000.0, -20_000, 1e10, 9990, 10_000, 98_999])
def test_other_large_numbers_are_not(value):
    assert not missing(value, SMALL)


def test_nines_inside_a_column_of_large_numbers_are_numbers():
    counts = np.arange(5000, 90_000, 100)
    assert holds_large(counts.astype(float))
    assert not missing(9999, counts, kind=np.int64)
    assert missing(-9999, counts, kind=np.int64)
    assert missing(999_999, counts, kind=np.int64)
    assert missing(9999, np.arange(-3000, 30), kind=np.int64)


def test_nines_among_values_like_them_are_values():
    """Velocities in km/s, say: 9999 stands between its neighbours, as often as any of them."""
    velocities = np.random.default_rng(0).uniform(1000, 15_000, 400)
    assert not holds_large(velocities)
    assert not missing(9999, velocities)
    assert missing(-9999, velocities)
    assert missing(99_999, velocities)
    often = np.append(velocities, np.full(300, 9999.0))  # more often than all within a tenth of it
    assert missing(9999, often)
    assert missing(9999, np.append(SMALL, 20_000))  # between two others, but far from both


def test_fluxes_of_bright_stars_are_kept():
    assert not missing(9999, SMALL, flux=True)
    assert missing(-9000, SMALL, flux=True)


def test_null_values_are_compared_in_the_precision_of_the_column():
    assert missing(99.99, SMALL, [99.99], np.float32)
    assert missing(float(np.float32(99.99)), SMALL, [float(np.float32(99.99))], np.float32)
    assert not missing(99.98, SMALL, [99.99], np.float32)
    assert missing(-1, SMALL, [-1], np.int16)
