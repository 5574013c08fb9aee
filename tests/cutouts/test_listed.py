"""Frames that a list names: fetched once, shared by the galaxies of a field, and gone after that."""

import h5py
import numpy as np
import pandas as pd
import pytest
from archive_server import Archive, refuse, serving
from sky_frames import draw, wcs_of, write

from galaxy_causal.cutouts import CutoutFile, Grid, cut_all, find_frames, listed_frames, make_plan
from galaxy_causal.types import Positions, UserError

GRID = Grid(("g", "r"), 16)
QUICK = {"id": "objID", "queries_a_minute": 1e6, "pause": 0.01}


@pytest.fixture
def sky(tmp_path):
    """Two fields of two bands, with twelve stars in each: the frames, and a table of the stars."""
    rng = np.random.default_rng(3)
    folder, rows = tmp_path / "sas", []
    folder.mkdir()
    for field, centre in ((30, (150.0, 2.0)), (31, (150.1, 2.0))):
        wcs = wcs_of(centre=centre)
        ra, dec = wcs.all_pix2world(*rng.uniform(20, 180, (2, 12)), 0)
        rows += [(one, other, field) for one, other in zip(ra, dec, strict=True)]
        for band, shift in (("g", 0.4), ("r", 0.0)):
            own = wcs_of(centre=centre, shift=(shift, shift))
            data = draw(own, np.column_stack([ra, dec, rng.uniform(10, 100, 12)]))
            write(folder / f"frame-{band}-004510-4-{field:04d}.fits.bz2", data, own, band)
    table = pd.DataFrame(rows, columns=["ra", "dec", "field"])
    table["objID"] = 1237645941824356443 + np.arange(len(table))
    return folder, table


@pytest.fixture
def served(sky, tmp_path):
    """What plays the archive, and the list of its frames."""
    folder, table = sky
    archive = Archive(None, {f"sas/{one.name}": one.read_bytes() for one in folder.iterdir()})
    with serving(archive) as address:
        table["frames"] = [
            f"{address}/sas/frame-{{band}}-004510-4-{field:04d}.fits.bz2" for field in table["field"]
        ]
        table.to_csv(tmp_path / "images.csv", index=False)
        yield archive, str(tmp_path / "images.csv")


def positions(table):
    return Positions(*(table[name].to_numpy() for name in ("objID", "ra", "dec")))


def cut(path, table, frames):
    plan = make_plan(positions(table), frames, GRID)
    with CutoutFile(path, plan) as file:
        counts = cut_all(plan, file, lambda _: None)
    file.finish()
    with h5py.File(path) as found:
        return counts, found["images"][:], found["offset"][:]


def test_images_are_those_of_frames_that_lie_here_and_each_is_fetched_once(sky, served, tmp_path):
    (folder, table), (archive, listed) = sky, served
    archive.faults.append(refuse(503))
    frames = listed_frames(listed, folder=str(tmp_path / "frames"), **QUICK)
    counts, images, offset = cut(tmp_path / "fetched.h5", table, frames)
    here, expected, own = cut(tmp_path / "here.h5", table, find_frames(str(folder)))
    assert counts == here
    np.testing.assert_array_equal(images, expected)
    np.testing.assert_array_equal(offset, own)
    assert len(archive.asked) == 5
    assert len(set(archive.asked)) == 4
    assert not (tmp_path / "frames").exists()


def test_frames_that_are_kept_are_not_fetched_again(sky, served, tmp_path):
    (_, table), (archive, listed) = sky, served
    frames = listed_frames(listed, folder=str(tmp_path / "frames"), keep=True, **QUICK)
    assert make_plan(positions(table), frames, GRID).to_fetch() == 4
    cut(tmp_path / "one.h5", table, frames)
    assert len(list((tmp_path / "frames").iterdir())) == 4
    archive.asked.clear()
    assert make_plan(positions(table), frames, GRID).to_fetch() == 0
    cut(tmp_path / "two.h5", table, frames)
    assert not archive.asked


def test_what_an_archive_lacks_or_gives_instead_is_told(sky, served, tmp_path):
    (_, table), (archive, listed) = sky, served
    frames = listed_frames(listed, folder=str(tmp_path / "frames"), **QUICK)
    name = "sas/frame-r-004510-4-0031.fits.bz2"
    for instead, message in (
        (None, r"answered 404 Not Found: Not Found \(http.*frame-r-004510-4-0031.fits.bz2\)"),
        (b"<html>moved</html>", "frame-r-004510-4-0031.fits.bz2 cannot be read as FITS"),
        (archive.files["sas/frame-g-004510-4-0031.fits.bz2"], "is in the band g .* not in r and nanomaggy"),
    ):
        archive.files[name] = instead
        with pytest.raises(UserError, match=message):
            cut(tmp_path / "found.h5", table, frames)
        assert not (tmp_path / "found.h5").exists()
        assert not list((tmp_path / "frames").glob("frame-r-*-0031*"))  # so the next run fetches it anew


def test_lists_that_do_not_name_frames_are_refused(sky, served, tmp_path):
    (_, table), (_, listed) = sky, served
    with pytest.raises(UserError, match=r"cutouts.frames.list and its id are not set"):
        listed_frames(None, None)
    with pytest.raises(UserError, match=r"cutouts.frames.list=no.csv is no file"):
        listed_frames("no.csv", "objID")
    with pytest.raises(UserError, match=r"images.csv has no column id; it has ra, dec, field, objID, frames"):
        listed_frames(listed, "id")
    table["objID"] += 1
    with pytest.raises(UserError, match=r"names no frames of 1 galaxies, such as 1237645941824356467"):
        make_plan(positions(table), listed_frames(listed, "objID"), GRID)
