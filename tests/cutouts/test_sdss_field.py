"""A real SDSS field beside cutouts of its galaxies that were made independently."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import shift

from galaxy_causal.cutouts import Grid, find_frames

FOLDER = Path(os.environ.get("GALAXY_CAUSAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
BRIGHT = 183
"""Row of the galaxy at RA 200.377618, Dec 36.903241, of r = 17.46."""


@pytest.fixture(scope="module")
def field():
    """Frames in g and r with their pixels, and the independent cutouts of eight galaxies."""
    if not (FOLDER / "sdss_field").is_dir():
        pytest.skip("no sdss_field; set GALAXY_CAUSAL_DATA to the folder that holds it")
    frames = find_frames(str(FOLDER / "sdss_field"), pattern="frame-[gr]-*.fits*")
    with np.load(FOLDER / "sdss_cutouts_ugriz_64px.npz", allow_pickle=False) as file:
        rows = np.arange(BRIGHT, BRIGHT + 57, 8)
        others = {name: file[name][rows] for name in ("images", "ra", "dec")}
    return {f.band: (f, f.load()) for f in frames}, others


@pytest.mark.parametrize(("band", "number", "tolerance"), [("r", 2, 1e-4), ("g", 1, 3e-3)])
def test_native_pixels_are_those_of_the_independent_cutouts(field, band, number, tolerance):
    """Those were moved by a part of a pixel with a cubic spline, to bring the galaxy to the middle.

    In r both must agree to rounding. In g the others are on the grid of r, against which the frame in g is
    turned and stretched by some 1e-4: by 0.01 pixels at the sides, where a star's slope is 0.3 a pixel.
    """
    held, others = field
    grid = Grid((band,), 64, 0.396, band)
    for ra, dec, theirs in zip(others["ra"], others["dec"], others["images"][:, number], strict=True):
        pixels, (x, y) = grid.cut(float(ra), float(dec), held)
        moved = shift(pixels[0].astype(float), (-y, -x), order=3, mode="nearest")
        # The spline's start at the edges fades as 0.27^k: after 8 pixels by 2e-5.
        np.testing.assert_allclose(moved[8:-8, 8:-8], theirs[8:-8, 8:-8], rtol=0.03, atol=tolerance)


def test_the_bright_galaxy_has_its_magnitude_and_place(field):
    held, others = field
    pixels, (x, y) = Grid(("g", "r"), 64).cut(200.377618, 36.903241, held)
    v, u = np.indices((64, 64)) - 31.5
    inside = np.hypot(u - x, v - y) < 15  # 5.9 arcsec
    assert 22.5 - 2.5 * np.log10(pixels[1][inside].sum()) == pytest.approx(17.46, abs=0.02)
    theirs = others["images"][0, 1:3, np.hypot(u, v) < 15].sum(axis=0)
    ours = pixels[:, inside].sum(axis=1)
    # The rim of a round aperture falls on other pixels: 94 of them, each with a few thousandths of the flux.
    np.testing.assert_allclose(-2.5 * np.log10(ours / theirs), 0, atol=0.01)
