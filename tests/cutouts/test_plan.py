"""The choice of frames, and frames and positions that cannot be used."""

import numpy as np
import pytest
from astropy.io import fits
from sky_frames import DEC, RA, SCALE, SIZE, wcs_of, write

from galaxy_causal.cutouts import Grid, find_frames, make_plan
from galaxy_causal.dataset import positions
from galaxy_causal.types import Positions, UserError

GRID = Grid(("r",), 32)


def at(ra, dec):
    return Positions(np.arange(len(ra)), np.array(ra, dtype=float), np.array(dec, dtype=float))


@pytest.fixture
def strip(tmp_path):
    """Three frames along a line of constant declination, each over the next by a quarter."""
    step = 0.75 * SIZE * SCALE / 3600 / np.cos(np.radians(DEC))
    for number in range(3):
        wcs = wcs_of(centre=(RA + number * step, DEC))
        write(tmp_path / f"frame-r-{number}.fits", np.zeros((SIZE, SIZE)), wcs, "r")
    return tmp_path, step


def test_the_frame_that_covers_best_is_chosen(strip):
    folder, step = strip
    where = np.array([0.0, 0.5, 0.51, 1.0, 1.49, 2.0, 0.49])
    plan = make_plan(at(RA + where * step, np.full(7, DEC)), find_frames(str(folder)), GRID)
    assert list(plan.chosen[:, 0]) == [0, 0, 1, 1, 1, 2, 0]
    assert plan.unit == "nanomaggy"


def test_more_pixels_count_before_distance_from_the_edge(tmp_path):
    # Both hold a cutout of 16 pixels, and the first has 40 pixels around the galaxy, the second 10.
    write(tmp_path / "frame-r-0.fits", np.zeros((80, 80)), wcs_of(shift=(-60.0, -60.0)), "r")
    write(tmp_path / "frame-r-1.fits", np.zeros((SIZE, 20)), wcs_of(shift=(-90.5, 0.0)), "r")
    for size, best in ((16, 0), (150, 0)):
        plan = make_plan(at([RA], [DEC]), find_frames(str(tmp_path)), Grid(("r",), size))
        assert plan.chosen[0, 0] == best
    # Of a large cutout the second, now wider, covers more, though its edge is nearer.
    write(tmp_path / "frame-r-1.fits", np.zeros((SIZE, 70)), wcs_of(shift=(-65.5, 0.0)), "r")
    plan = make_plan(at([RA], [DEC]), find_frames(str(tmp_path)), Grid(("r",), 150))
    assert plan.frames[plan.chosen[0, 0]].path.name == "frame-r-1.fits"


def test_galaxies_outside_all_frames_are_refused_or_counted(strip):
    folder, step = strip
    frames = find_frames(str(folder))
    galaxies = at([RA, RA + 0.5, RA + 180, RA + step], [DEC, DEC, -DEC, DEC])
    message = r"2 of 4 galaxies lie in no frame of some band, such as id 1 \(RA 150\.5.*, Dec 2\.0.*\) in r"
    with pytest.raises(UserError, match=message):
        make_plan(galaxies, frames, GRID)
    plan = make_plan(galaxies, frames, GRID, "drop")
    assert plan.uncovered == 2
    assert list(plan.positions.id) == [0, 3]
    with pytest.raises(UserError, match=r"1 of 1 galaxies .*; check positions and frames"):
        make_plan(at([10.0], [50.0]), frames, GRID, "drop")
    with pytest.raises(UserError, match=r"cutouts.uncovered=keep must be one of error, drop"):
        make_plan(galaxies, frames, GRID, "keep")


def test_frames_at_the_pole_and_across_zero_hours(tmp_path):
    write(tmp_path / "frame-r-0.fits", np.zeros((SIZE, SIZE)), wcs_of(centre=(0.0, 0.0)), "r")
    write(tmp_path / "frame-r-1.fits", np.zeros((SIZE, SIZE)), wcs_of(centre=(200.0, 90.0)), "r")
    galaxies = at([359.998, 0.002, 10.0, 250.0], [0.0, 0.001, 89.998, 89.999])
    plan = make_plan(galaxies, find_frames(str(tmp_path)), GRID)
    assert list(plan.chosen[:, 0]) == [0, 0, 1, 1]


def test_bands_units_and_scales_must_fit(strip):
    folder, _ = strip
    galaxy = at([RA], [DEC])
    with pytest.raises(UserError, match="there is no frame in the band g, i"):
        make_plan(galaxy, find_frames(str(folder)), Grid(("g", "r", "i")))
    write(folder / "frame-g-0.fits", np.zeros((SIZE, SIZE)), wcs_of(), "g", unit="Jy")
    with pytest.raises(UserError, match="in different units, Jy, nanomaggy"):
        make_plan(galaxy, find_frames(str(folder)), Grid(("g", "r")))
    message = r"pixels of 0\.396 arcsec, but cutouts.grid.pixel_scale=0\.5; .*reference=null"
    with pytest.raises(UserError, match=message):
        make_plan(galaxy, find_frames(str(folder)), Grid(("r",), 32, 0.5))


def test_files_that_are_no_frames_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"cutouts.frames.path is not set"):
        find_frames(None)
    with pytest.raises(UserError, match=r"cutouts.frames.path=nowhere is no folder"):
        find_frames("nowhere")
    with pytest.raises(UserError, match=r"no file in .* matches '?cutouts.frames.pattern=frame-\*.fits\*"):
        find_frames(str(tmp_path))
    file = tmp_path / "frame-q.fits"
    good = wcs_of().to_header()

    def spoiled(data, cards, message):
        header = good.copy()
        header.update({"FILTER": "r", "BUNIT": "nanomaggy"})
        header.update(cards)
        fits.PrimaryHDU(data, header).writeto(file, overwrite=True)
        with pytest.raises(UserError, match=message):
            find_frames(str(tmp_path))

    image = np.zeros((10, 10), dtype=np.float32)
    spoiled(image, {"FILTER": ""}, "frame-q.fits does not give its band in FILTER")
    spoiled(image, {"BUNIT": ""}, "frame-q.fits does not give the unit of its pixels in BUNIT")
    spoiled(np.zeros((2, 3, 4)), {}, "HDU 0 holds no image but NAXIS=3")
    spoiled(image, {"CTYPE1": "LINEAR", "CTYPE2": "LINEAR"}, "has no celestial WCS")
    with pytest.raises(UserError, match=r"frame-q.fits cannot be read as FITS"):
        find_frames(str(tmp_path), hdu=3)
    file.write_bytes(b"no FITS")
    with pytest.raises(UserError, match=r"frame-q.fits cannot be read as FITS.*Is it complete\?"):
        find_frames(str(tmp_path))


def test_the_band_of_an_sdss_file_name(tmp_path):
    write(tmp_path / "frame-r-004510-4-0030.fits", np.zeros((SIZE, SIZE)), wcs_of(), "")
    assert find_frames(str(tmp_path))[0].band == "r"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ra,dec,id\n10,95,1\n", r"column dec: 1 of 1 rows \(first 0\) missing or outside -90 to 90 degrees"),
        ("ra,dec,id\n,5,1\n10,5,2\n", r"column ra: 1 of 2 rows \(first 0\) missing"),
        ("ra,dec,id\n10,5,1\n11,5,1\n", "1 ids stand more than once, such as 1"),
        ("ra,declination,id\n10,5,1\n", "has no column 'dec'; it has: ra, declination, id"),
        ("ra,dec,id\n", "has no rows"),
    ],
)
def test_positions_are_checked(tmp_path, text, message):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        positions(str(tmp_path / "p.csv"), id="id")
    with pytest.raises(UserError, match=r"cutouts.positions.path is not set"):
        positions(None)
