"""``job=cutouts`` from its command line to its file, figure and run."""

import sys

import h5py
import numpy as np
import pytest
from astropy.table import Table
from sky_frames import SCALE, draw, wcs_of, write

from galaxy_causal import cli
from galaxy_causal.dataset import cutouts


@pytest.fixture
def sky(tmp_path, monkeypatch):
    """Forty stars in frames of three bands, their table, and the place to work in."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(6)
    x, y = rng.uniform(4, 196, (2, 40))
    ra, dec = wcs_of().all_pix2world(x, y, 0)
    (tmp_path / "frames").mkdir()
    for band, shift in (("g", 0.4), ("r", 0.0), ("i", -0.3)):
        wcs = wcs_of(shift=(shift, shift))
        data = draw(wcs, np.column_stack([ra, dec, rng.uniform(10, 100, 40)]))
        write(tmp_path / "frames" / f"frame-{band}-1.fits", data, wcs, band)
    table = Table({"name": [f"s{k}" for k in range(40)], "ra": ra, "dec": dec, "mass": rng.normal(10, 1, 40)})
    table.write(tmp_path / "stars.csv")
    return tmp_path


COMMAND = (
    "job=cutouts",
    "cutouts.positions.path=stars.csv",
    "cutouts.positions.id=name",
    "cutouts.frames.path=frames",
    "cutouts.grid.bands=[g,r,i]",
    "cutouts.grid.size=16",
)


def run(monkeypatch, *arguments):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # the command sets it for its own process
    monkeypatch.setattr(sys, "argv", ["galaxy-causal", *arguments])
    cli.main()


def refused(monkeypatch, capsys, *arguments):
    """The message with which a command ends."""
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # MLflow's engine outlives its store
def test_cutouts_are_cut_drawn_tracked_and_read(sky, monkeypatch, capsys):
    run(monkeypatch, *COMMAND)
    said = capsys.readouterr().out
    assert "40 galaxies, 3 frames, bands gri, 16 x 16 pixels of 0.396 arcsec [nanomaggy]" in said
    figures = sorted(p.name for p in (sky / "mlruns" / "artifacts").rglob("cutouts.*"))
    assert figures == ["cutouts.pdf", "cutouts.png"]
    with h5py.File(sky / "cutouts.h5") as file:
        edge = np.isnan(file["images"][:]).sum(axis=(2, 3))
        np.testing.assert_array_equal(file["flagged"][:], edge)
        assert 0 < np.sum(edge.any(axis=1)) < 20
        assert f"{np.sum(edge.any(axis=1))} have flagged pixels" in said
    run(monkeypatch, *COMMAND)
    assert "cutouts.h5 holds these cutouts already" in capsys.readouterr().out
    columns = {"id": "name", "target": "mass"}
    split = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
    catalogue = cutouts("stars.csv", columns, split, {"path": "cutouts.h5"}, max_flagged=0)
    assert catalogue.images.bands == ("g", "r", "i")
    assert catalogue.images.pixel_scale == SCALE
    assert catalogue.dropped["more than 0 of a band's pixels flagged"] == np.sum(edge.any(axis=1))
    assert catalogue.images.read(np.arange(5)).shape == (5, 3, 16, 16)


def test_what_cannot_be_cut_is_refused(sky, monkeypatch, capsys):
    message = refused(monkeypatch, capsys, *COMMAND, "cutouts.output=cutouts.fits")
    assert "cutouts.output=cutouts.fits: give the path of an HDF5 file" in message
    message = refused(monkeypatch, capsys, *COMMAND, "cutouts.grid.reference=u")
    assert "cutouts.grid.reference=u is not among the bands g, r, i" in message
    message = refused(monkeypatch, capsys, *COMMAND, "cutouts.grid.sise=64")
    assert "did you mean 'size'?" in message
    assert not (sky / "mlruns").exists()
    assert not list(sky.glob("cutouts.h5*"))


def test_images_that_do_not_fit_are_refused_before_any_training(sky, monkeypatch, capsys):
    np.save(sky / "images.npy", np.zeros((40, 2, 4, 4)))
    command = ("dataset=cutouts", "dataset.path=stars.csv", "dataset.columns.target=mass")
    images = [f"dataset.images.{o}" for o in ("path=images.npy", "pixel_scale=0.4", "unit=nanomaggy")]
    message = refused(monkeypatch, capsys, *command, *images, "dataset.images.bands=ugriz")
    assert "5 names of bands, u, g, r, i, z; each of the 2 needs one name" in message
    np.save(sky / "images.npy", np.zeros((39, 5, 4, 4)))
    message = refused(monkeypatch, capsys, *command, *images, "dataset.images.bands=ugriz")
    assert "1 rows of the table have no image (ids 39)" in message
    message = refused(monkeypatch, capsys, "dataset=npz", "dataset.path=nowhere")
    assert "nowhere/catalog.npz does not exist" in message
    assert not (sky / "mlruns").exists()
