import numpy as np
import pytest

from galaxy_causal.dataset import pair, sample, sdss
from galaxy_causal.dataset.magnitudes import asinh_magnitude, asinh_magnitude_error
from galaxy_causal.dataset.stellar_mass import ab_maggies, fit_masses
from galaxy_causal.types import UserError

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}


@pytest.fixture(scope="module")
def galaxies():
    return sdss(SPLIT)


def test_sample_is_whole_and_sensible(galaxies):
    assert len(galaxies) == 10_000
    assert not galaxies.dropped
    assert list(galaxies.features["photometry"]) == list("ugrizJHK")
    assert np.median(galaxies.target) == pytest.approx(10.8, abs=0.1)  # about L* galaxies
    assert 7.5 < galaxies.target.min() < galaxies.target.max() < 12.2
    assert len(galaxies.provenance["sha256"]) == 64
    # the main galaxy sample ends at r = 17.77, corrected for extinction
    assert np.mean(galaxies.magnitude < 18) > 0.85
    assert [int(np.sum(galaxies.split == s)) for s in ("train", "validation", "test")] == [7000, 1500, 1500]


def test_magnitudes_are_luptitudes(galaxies):
    from pathlib import Path

    import kcorrect
    from astropy.io import fits

    with fits.open(Path(kcorrect.KCORRECT_DIR) / "data" / "test" / "gst_tests_small.fits") as hdus:
        flux = np.asarray(hdus[1].data["PETROFLUX"], dtype=float)
        extinction = np.asarray(hdus[1].data["EXTINCTION"], dtype=float)
    bright = flux[:, 2] > 50
    r = galaxies.features["photometry"]["r"].value
    # the difference is of order (b / flux)^2 < 1e-5
    np.testing.assert_allclose(r[bright], 22.5 - 2.5 * np.log10(flux[bright, 2]), atol=2e-5)
    assert np.isfinite(galaxies.features["photometry"]["u"].value[flux[:, 0] < 0]).all()
    ebv = galaxies.features["ebv"]["ebv"].value
    np.testing.assert_allclose(extinction[:, 0], 5.155 * ebv, rtol=1e-4)  # A_u (Stoughton et al. 2002)


def test_classes_are_colours(galaxies):
    colour = galaxies.features["photometry"]["g"].value - galaxies.features["photometry"]["r"].value
    share = {c: np.mean(galaxies.galaxy_class == c) for c in ("star_forming", "passive", "other")}
    assert sum(share.values()) == pytest.approx(1)
    assert min(share.values()) > 0.15
    blue, red = (np.median(colour[galaxies.galaxy_class == c]) for c in ("star_forming", "passive"))
    assert red > blue + 0.3


def test_missing_infrared_is_nan_and_refused_only_as_an_input(galaxies):
    h = galaxies.features["photometry"]["H"]
    assert np.isnan(h.error).sum() == 715
    both = {"errors": "available", "accompany": {"ebv": "available"}}
    inputs = pair(galaxies.features, "sdss", {"photometry": "ugriz"}, {"photometry": "JHK"}, **both)
    assert sample(galaxies, inputs.x1).x.shape == (10_000, 11)
    with pytest.raises(UserError, match=r"dataset.nulls=drop"):
        sample(galaxies, inputs.x2)


def test_dropped_galaxies_are_counted():
    galaxies = sdss(SPLIT, nulls="drop")
    assert len(galaxies) + sum(galaxies.dropped.values()) == 10_000
    assert set(galaxies.dropped) == {"null in photometry/J", "null in photometry/H", "null in photometry/K"}
    assert all(np.isfinite(f.error).all() for f in galaxies.features["photometry"].values())


@pytest.mark.parametrize(
    "options", [{"h": 0}, {"class_cuts": (2.4, 2.0)}, {"class_cuts": (2.0,)}, {"nulls": "keep"}]
)
def test_options_that_cannot_be_used(options):
    with pytest.raises(UserError, match=next(iter(options))):
        sdss(SPLIT, **options)


def test_masses_scale_with_flux_and_distance():
    """Ten times the flux is ten times the mass; h enters as the squared distance."""
    flux = np.array([[20.0, 75.0, 150.0, 210.0, 260.0]])
    none, zero = np.full((1, 3), np.nan), np.zeros((1, 5))
    redshift = np.array([0.08])
    base = fit_masses(redshift, *ab_maggies(flux, 1e4 / flux**2, zero, none, none), 0.7)
    more = fit_masses(redshift, *ab_maggies(10 * flux, 1e2 / flux**2, zero, none, none), 1.0)
    assert more[0] - base[0] == pytest.approx(1 + 2 * np.log10(0.7), abs=1e-5)
    assert more[1] == pytest.approx(base[1], abs=1e-5)


def test_what_cannot_be_fitted():
    dark = fit_masses(np.array([0.1]), -np.ones((1, 8)), np.ones((1, 8)), 0.7)
    assert np.isnan(dark).all()
    with pytest.raises(UserError, match=r"redshift 0.700 lies beyond"):
        fit_masses(np.array([0.7]), np.ones((1, 8)), np.ones((1, 8)), 0.7)


def test_asinh_magnitudes_at_their_limits():
    b = 0.12  # of r, in which zero flux is 24.80 mag (Stoughton et al. 2002, table 21)
    assert asinh_magnitude(np.array([0.0]), b)[0] == pytest.approx(24.80, abs=0.005)
    flux = np.array([-1.0, 0.0, 3.0, 1e4])
    step = 1e-4 * (b + np.abs(flux))
    slope = (asinh_magnitude(flux + step, b) - asinh_magnitude(flux - step, b)) / (2 * step)
    np.testing.assert_allclose(asinh_magnitude_error(flux, np.ones(4), b), -slope, rtol=1e-5)
