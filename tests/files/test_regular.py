"""Every door of a room that takes a path refuses what is no file, at once."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from cutout_files import COLUMNS, SPLIT, write
from hostile import KINDS, at_once, put
from sky_frames import draw, wcs_of
from sky_frames import write as write_frame

from galaxy_causal.cutouts import find_frames
from galaxy_causal.dataset import cutouts, npz, positions, table
from galaxy_causal.dataset.mock import mock_survey
from galaxy_causal.dataset.split import assign_splits
from galaxy_causal.discovery.files import read_graph
from galaxy_causal.discovery.knowledge import knowledge
from galaxy_causal.files import check_regular, read_text
from galaxy_causal.types import UserError

IDS = np.arange(40)
PIXELS = np.random.default_rng(1).normal(size=(40, 3, 6, 5)).astype("f4")


@pytest.fixture
def catalogue(tmp_path):
    rows = [f"{i},{10 + i / 40},{0.1 + i / 400}" for i in IDS]
    (tmp_path / "galaxies.csv").write_text("\n".join(["ID,LOGM,Z", *rows]))
    return str(tmp_path / "galaxies.csv")


def refuse(what, path, read):
    with at_once(), pytest.raises(UserError, match=rf"{re.escape(path.name)} {what}; "):
        read()


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("name", ["t.fits", "t.csv", "t.csv.gz", "t.ecsv", "t.parquet", "t.vot", "t.npz"])
def test_tables(tmp_path, what, name):
    put(what, tmp_path / name)
    refuse(what, tmp_path / name, lambda: table(str(tmp_path / name), COLUMNS, SPLIT))
    refuse(what, tmp_path / name, lambda: positions(str(tmp_path / name)))


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("name", ["images.h5", "images.npy"])
def test_images(tmp_path, catalogue, what, name):
    if what == "is a folder":
        pytest.skip("a folder holds cubes")
    put(what, tmp_path / name)
    refuse(what, tmp_path / name, lambda: cutouts(catalogue, COLUMNS, SPLIT, {"path": str(tmp_path / name)}))


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("name", ["ids.txt", "ids.npy"])
def test_files_of_ids(tmp_path, catalogue, what, name):
    given = write(tmp_path, "images.npy", IDS, PIXELS)
    put(what, tmp_path / name)
    given["ids"] = str(tmp_path / name)
    refuse(what, tmp_path / name, lambda: cutouts(catalogue, COLUMNS, SPLIT, given))
    refuse(what, tmp_path / name, lambda: assign_splits(IDS, {**SPLIT, "test": str(tmp_path / name)}))


@pytest.mark.parametrize("what", KINDS)
def test_a_cube_among_cubes(tmp_path, catalogue, what):
    given = write(tmp_path, "cubes", IDS, PIXELS)
    cube = tmp_path / "cubes" / "17.fits"
    put(what, cube)
    refuse(what, cube, lambda: cutouts(catalogue, COLUMNS, SPLIT, given))


@pytest.mark.filterwarnings("ignore:Object at images is not recognized")
@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("name", ["images/c/2/0/0/0", "zarr.json", "images/zarr.json", "id/c/0"])
def test_a_file_of_zarr(tmp_path, catalogue, what, name):
    given = write(tmp_path, "images.zarr", IDS, PIXELS)
    put(what, tmp_path / "images.zarr" / name)
    message = {
        "is a device": f"{name} is a link, to '/dev/zero', which is not followed",
        "is a pipe": f"{name} is a pipe; a zarr store holds files and folders alone",
        "is a folder": "images.zarr",  # zarr's own words
    }
    with at_once(), pytest.raises(UserError, match=message[what]):
        cutouts(catalogue, COLUMNS, SPLIT, given)


@pytest.mark.parametrize("what", ["is a pipe", "is a device"])
def test_a_store_of_zarr_is_a_folder(tmp_path, catalogue, what):
    put(what, tmp_path / "images.zarr")
    given = {"path": str(tmp_path / "images.zarr")}
    refuse(what, tmp_path / "images.zarr", lambda: cutouts(catalogue, COLUMNS, SPLIT, given))
    (tmp_path / "file.zarr").write_bytes(b"PK")
    with pytest.raises(UserError, match=r"file.zarr is no folder; give the folder of a zarr store"):
        cutouts(catalogue, COLUMNS, SPLIT, {"path": str(tmp_path / "file.zarr")})


@pytest.mark.parametrize("what", KINDS)
@pytest.mark.parametrize("name", ["catalog.npz", "images.npz"])
def test_the_published_layout(tmp_path, what, name):
    split = {f"id_{s}": np.arange(k, 40, 3) for k, s in enumerate(("train", "validation", "test"))}
    np.savez(tmp_path / "catalog.npz", LOGM=np.linspace(9, 11, 40), Z=np.linspace(0.1, 0.2, 40), **split)
    np.savez(tmp_path / "images.npz", img_g=PIXELS[:, 0])
    columns = {"target": "LOGM", "redshift": "Z"}
    assert len(npz(str(tmp_path), columns, bands="g")) == 40
    put(what, tmp_path / name)
    refuse(what, tmp_path / name, lambda: npz(str(tmp_path), columns, bands="g"))


@pytest.mark.parametrize("what", ["is a pipe", "is a device"])
@pytest.mark.parametrize("name", ["frame-g-1.fits", "frame-g-1.fits.gz", "frame-g-1.fits.bz2"])
def test_frames(tmp_path, what, name):
    write_frame(tmp_path / "frame-r-1.fits", draw(wcs_of(), np.array([[150.0, 2.0, 1.0]])), wcs_of(), "r")
    assert len(find_frames(str(tmp_path))) == 1
    put(what, tmp_path / name)
    refuse(what, tmp_path / name, lambda: find_frames(str(tmp_path)))


def test_a_frame_that_is_a_broken_link_is_not_left_out_in_silence(tmp_path):
    os.symlink(tmp_path / "gone.fits", tmp_path / "frame-r-1.fits")
    with pytest.raises(UserError, match=r"frame-r-1.fits is a link to what does not exist; "):
        find_frames(str(tmp_path))


@pytest.mark.parametrize("what", KINDS)
def test_mock_surveys_graphs_and_proposals(tmp_path, what):
    file = tmp_path / "file"
    put(what, file)
    refuse(what, file.resolve(), lambda: mock_survey(10, 0, SPLIT, path=str(file)))
    refuse(what, file, lambda: read_graph(file))
    refuse(what, file, lambda: knowledge(["a", "b"], proposals=str(file)))


def test_files_and_links_to_them_pass(tmp_path):
    (tmp_path / "file").write_text("é")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    check_regular(tmp_path / "link", "give a file")
    assert read_text(tmp_path / "link", "give a file") == "é"


def test_text_in_the_home_folder_is_read_without_the_mark_of_its_beginning(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ids.txt").write_bytes(b"\xef\xbb\xbf7\r\n8\r\n")
    assert read_text(Path("~/ids.txt"), "give a file").split() == ["7", "8"]
    with pytest.raises(UserError, match=r"nobody-of-this-name/ids.txt does not exist; give a file"):
        read_text(Path("~nobody-of-this-name/ids.txt"), "give a file")


def test_what_cannot_be_reached_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, message in {
        "circle": "cannot be reached",
        "file/below": "does not exist",
        "n" * 300: "cannot be reached",
        "a\0b": "cannot be reached",
    }.items():
        with pytest.raises(UserError, match=f"{message}.*; give a file"):
            check_regular(tmp_path / name, "give a file")


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "ids.txt").write_bytes(bytes(range(256)))
    with pytest.raises(UserError, match=r"ids.txt is no text in UTF-8 .*give a file of ids"):
        assign_splits(IDS, {**SPLIT, "test": str(tmp_path / "ids.txt")})


def test_lists_that_name_each_other_are_not_written_out(tmp_path):
    file = tmp_path / "proposals.yaml"
    levels = [f"- &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 30)]
    file.write_text("\n".join(["- &a0 [x]", *levels]))
    with at_once(), pytest.raises(UserError, match=r"proposals.yaml, entry 0: \['x'\]; give exactly"):
        knowledge(["a", "b"], proposals=str(file))
    nested = "- {cause: &a0 [x], effect: b, verdict: required, source: s}"
    file.write_text("\n".join([nested, *levels]))
    with at_once(), pytest.raises(UserError, match=r"proposals.yaml, entry 0: .*; give exactly"):
        knowledge(["a", "b"], proposals=str(file))


def test_deep_nesting_is_refused(tmp_path):
    (tmp_path / "deep").write_text("[" * 100_000)
    with pytest.raises(UserError, match=r"deep holds no graph \(RecursionError"):
        read_graph(tmp_path / "deep")
    (tmp_path / "deep").write_text("[" * 5_000)
    with pytest.raises(UserError, match="deep is not YAML"):
        knowledge(["a", "b"], proposals=str(tmp_path / "deep"))
