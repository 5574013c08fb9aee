"""Flux, place and flags of cutouts from frames whose truth is known."""

import numpy as np
import pytest
from astropy.io import fits
from sky_frames import SCALE, SIZE, WIDTH, draw, wcs_of, write

from galaxy_causal.cutouts import Frame, Grid, find_frames
from galaxy_causal.types import UserError

BANDS = ("g", "r", "i")
GRIDS = [(reference, resampling) for reference in ("r", None) for resampling in ("bicubic", "exact")]


def loaded(folder, **options):
    return {f.band: (f, f.load()) for f in find_frames(str(folder), **options)}


def centroid(image):
    """Flux and its first moments about the middle [pixels]."""
    y, x = np.indices(image.shape) - (image.shape[0] - 1) / 2
    flux = image.sum()
    return flux, (image * x).sum() / flux, (image * y).sum() / flux


@pytest.mark.parametrize(("reference", "resampling"), GRIDS)
def test_flux_is_conserved_and_bands_are_aligned(frames, stars, reference, resampling):
    held = loaded(frames)
    grid = Grid(BANDS, 32, SCALE, reference, resampling)
    for ra, dec, wanted in stars:
        pixels, offset = grid.cut(ra, dec, held)
        assert pixels.shape == (3, 32, 32)
        assert np.hypot(*offset) <= (0.71 if reference else 1e-6)
        for number, band in enumerate(BANDS):
            flux, x, y = centroid(pixels[number])
            # Frames hold what falls on a pixel, on a tangent plane: 16 pixels cut off a share of 1e-26.
            # Splines through samples of a star of deviation 1.5 (in i 1.35 of its own) pixels err by
            # their 4th-order truncation, some 1e-3 of the flux, and not in the mean place.
            exact = band == reference or resampling == "exact"
            assert flux == pytest.approx(wanted, rel=2e-5 if exact else 2e-3)
            assert (x, y) == pytest.approx(offset, abs=0.005)


@pytest.mark.parametrize("reference", ["r", None])
def test_bicubic_keeps_the_width_of_stars(frames, stars, reference):
    held = loaded(frames)

    def width(resampling):
        grid = Grid(("g",) if reference is None else ("g", "r"), 32, SCALE, reference, resampling)
        image = grid.cut(*stars[0, :2], held)[0][0].astype(float)
        y, x = np.indices(image.shape) - 15.5
        flux, mx, my = centroid(image)
        return np.sqrt((image * ((x - mx) ** 2 + (y - my) ** 2)).sum() / flux / 2)

    # The frame's own pixels add a variance of 1/12, linear mixing of neighbours up to 1/4.
    native = np.sqrt(WIDTH**2 + 1 / 12)
    assert width("bicubic") == pytest.approx(native, rel=0.005)
    assert native + 0.02 < width("exact") < np.sqrt(native**2 + 1 / 4) + 0.01


def test_the_pixels_of_the_reference_are_as_they_were(frames, stars):
    held = loaded(frames)
    pixels, offset = Grid(BANDS, 20).cut(*stars[4, :2], held)
    x, y = wcs_of().all_world2pix(*stars[4, :2], 0)
    left, low = round(float(x - offset[0] - 9.5)), round(float(y - offset[1] - 9.5))
    np.testing.assert_array_equal(pixels[1], held["r"][1][low : low + 20, left : left + 20])


def test_without_reference_north_is_up_and_east_is_left(frames, stars):
    ra, dec = stars[4, :2]
    east, north = ra + 6 * SCALE / 3600 / np.cos(np.radians(dec)), dec + 5 * SCALE / 3600
    sky = np.array([[east, north, 50.0]])
    for band, wcs in (("g", wcs_of(70.0)), ("r", wcs_of())):
        write(frames / f"frame-{band}-1.fits", draw(wcs, sky), wcs, band)
    (frames / "frame-g-1.fits.gz").unlink()
    pixels, _ = Grid(("g", "r"), 32, SCALE, None).cut(ra, dec, loaded(frames))
    for image in pixels:
        assert centroid(image)[1:] == pytest.approx((-6, 5), abs=0.005)


@pytest.mark.parametrize(("reference", "resampling"), GRIDS)
def test_pixels_beyond_the_edge_are_flagged_and_the_others_right(frames, stars, reference, resampling):
    held = loaded(frames)
    ra, dec = wcs_of().all_pix2world(4.0, 100.0, 0)
    pixels, _ = Grid(("g", "r"), 32, SCALE, reference, resampling).cut(float(ra), float(dec), held)
    flagged = np.isnan(pixels).sum(axis=(1, 2)) / 32**2
    # In r the edge lies 4.5 pixels left of the galaxy, in g, shifted by 2.37, 6.87.
    lost = np.array([0.5 - 6.87 / 32, 0.5 - 4.5 / 32])
    extra = 3 / 32 if resampling == "bicubic" or reference is None else 1.5 / 32
    assert (flagged >= lost - 1 / 32).all()
    assert (flagged <= lost + extra + 1 / 32).all()
    assert not np.any(pixels[np.isfinite(pixels)] > 1e-3)  # the sky is empty there, and nothing rings


@pytest.mark.parametrize("resampling", ["bicubic", "exact"])
def test_bad_pixels_are_flagged_in_every_band_and_spoil_nothing(frames, stars, resampling):
    wcs = wcs_of(0.3, (2.37, -1.61))
    clean = draw(wcs, stars)
    x, y = (round(float(v)) for v in wcs.all_world2pix(*stars[4, :2], 0))
    write(frames / "frame-g-1.fits", clean, wcs, "g")
    (frames / "frame-g-1.fits.gz").unlink()
    grid = Grid(("g", "r"), 32, SCALE, "r", resampling)
    whole, _ = grid.cut(*stars[4, :2], loaded(frames))
    spoiled = clean.copy()
    spoiled[y + 6, x - 2] = np.nan
    spoiled[y - 9, x + 9] = np.inf
    write(frames / "frame-g-1.fits", spoiled, wcs, "g")
    found, _ = grid.cut(*stars[4, :2], loaded(frames))
    bad = np.isnan(found[0])
    # A bad pixel reaches 2 x 2 of the new ones; with a margin of two, a diamond of 13 grown by one side.
    assert 2 * 4 <= bad.sum() <= (2 * 4 if resampling == "exact" else 2 * 24)
    assert not np.isnan(found[1]).any()
    # Two pixels from a bad one a spline feels 0.27^3 = 2 per cent of what stood in its place.
    np.testing.assert_allclose(found[0][~bad], whole[0][~bad], atol=0.02 * clean[y + 6, x - 2] + 1e-6)


def test_masks_flag_too(frames, stars):
    file = frames / "frame-r-1.fits"
    mask = np.zeros((SIZE, SIZE), dtype=np.int16)
    x, y = (round(float(v)) for v in wcs_of().all_world2pix(*stars[4, :2], 0))
    mask[y, x + 3] = 4
    fits.append(file, mask, fits.Header({"EXTNAME": "MASK"}))
    for other in ("g-1.fits.gz", "i-1.fits.bz2"):
        (frames / f"frame-{other}").unlink()
    for name in ("MASK", 1):
        pixels, _ = Grid(("r",), 32).cut(*stars[4, :2], loaded(frames, mask=name))
        assert np.isnan(pixels).sum() == 1
    with pytest.raises(UserError, match=r"has no HDU WEIGHT, which cutouts.frames.mask names"):
        loaded(frames, mask="WEIGHT")


def test_the_area_of_pixels_counts(frames, stars):
    """Twice as large pixels hold four times the sky."""
    wcs = wcs_of(10.0)
    flat = np.full((SIZE, SIZE), 3.0)
    write(frames / "frame-r-1.fits", flat, wcs, "r")
    for resampling in ("bicubic", "exact"):
        pixels, _ = Grid(("r",), 16, 2 * SCALE, None, resampling).cut(*stars[4, :2], loaded(frames))
        np.testing.assert_allclose(pixels, 12.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bands": ()}, r"cutouts.grid.bands=\[\]': name at least one"),
        ({"bands": ("g", "g")}, "name at least one band, and each once"),
        ({"size": 1}, "cutouts.grid.size=1 must be a whole number"),
        ({"size": 6.4}, r"cutouts.grid.size=6\.4"),
        ({"pixel_scale": 0}, "cutouts.grid.pixel_scale=0 must be a number, above 0"),
        ({"reference": "z"}, "cutouts.grid.reference=z is not among the bands g, r"),
        ({"resampling": "linear"}, "cutouts.grid.resampling=linear must be one of bicubic, exact"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(UserError, match=message):
        Grid(**{"bands": ("g", "r"), **options})


def test_frames_know_their_pixels(frames):
    found = {f.band: f for f in find_frames(str(frames))}
    assert isinstance(found["r"], Frame)
    assert found["r"].pixel_scale == pytest.approx(SCALE)
    assert found["i"].pixel_scale == pytest.approx(0.9 * SCALE)
    assert found["g"].size == (SIZE, SIZE)
