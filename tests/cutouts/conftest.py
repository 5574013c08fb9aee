import numpy as np
import pytest
from sky_frames import SCALE, draw, wcs_of, write


@pytest.fixture
def stars():
    """Five stars far enough apart and from the edges: (ra, dec, flux)."""
    rng = np.random.default_rng(4)
    x, y = np.array([60.3, 140.8, 61.1, 138.2, 100.45]), np.array([62.7, 58.9, 141.4, 139.6, 99.8])
    ra, dec = wcs_of().all_pix2world(x, y, 0)
    return np.column_stack([ra, dec, rng.uniform(10, 100, 5)])


@pytest.fixture
def frames(tmp_path, stars):
    """Frames in g, r and i: r straight, g shifted by parts of a pixel, i turned and of other pixels."""
    folder = tmp_path / "frames"
    folder.mkdir()
    for band, wcs, suffix in (
        ("g", wcs_of(0.3, (2.37, -1.61)), ".gz"),
        ("r", wcs_of(), ""),
        ("i", wcs_of(25.0, (0.5, 0.25), scale=0.9 * SCALE), ".bz2"),
    ):
        write(folder / f"frame-{band}-1.fits{suffix}", draw(wcs, stars), wcs, band)
    return folder
