"""Images whose bands come last, and whose ids are padded or go by another name."""

import h5py
import numpy as np
import pytest
import zarr
from cutout_files import BANDS, COLUMNS, SAID, SPLIT, write

from galaxy_causal.dataset import cutouts
from galaxy_causal.dataset.read import from_table
from galaxy_causal.types import UserError


@pytest.fixture
def table(galaxies, tmp_path):
    path = tmp_path / "galaxies.fits"
    galaxies.write(path, overwrite=True)
    return str(path)


def read(table, images, **options):
    return cutouts(table, COLUMNS, SPLIT, images, **options)


@pytest.fixture
def first(table, galaxies, pixels, order, tmp_path):
    """The checksum and pixels of images in the usual layout."""
    images = read(
        table, write(tmp_path, "contiguous.h5", np.asarray(galaxies["ID"])[order], pixels[order])
    ).images
    return images.checksum, images.read(np.arange(40))


@pytest.mark.parametrize("kind", ["contiguous.h5", "chunked.h5", "images.zarr", "images.npy"])
def test_bands_that_come_last_are_known_by_their_number(
    first, table, galaxies, pixels, order, tmp_path, kind
):
    last = np.moveaxis(pixels, 1, 3)[order]
    images = read(table, write(tmp_path, kind, np.asarray(galaxies["ID"])[order], last)).images
    assert (images.bands, images.shape) == (BANDS, (6, 5))
    assert images.checksum == first[0]
    np.testing.assert_array_equal(images.read(np.arange(40)), first[1])


def test_bands_that_come_last_in_an_array_with_their_mask(galaxies, pixels):
    masked = np.ma.array(np.moveaxis(pixels, 1, 3), mask=False)
    masked[3, 2, 4, 1] = np.ma.masked
    images = {"array": masked, "ids": np.asarray(galaxies["ID"]), **SAID}
    found = from_table(galaxies, "LOGM", id="ID", redshift="Z", images=images, fill="nan", split=SPLIT)
    row = int(np.flatnonzero(found.id == galaxies["ID"][3])[0])
    assert np.argwhere(np.isnan(found.images.read(np.array([row])))).tolist() == [[0, 1, 2, 4]]


def test_a_layout_that_can_be_either_must_be_said(table, galaxies, tmp_path):
    square = np.random.default_rng(1).normal(size=(40, 3, 3, 3)).astype(np.float32)
    said = write(tmp_path, "contiguous.h5", np.asarray(galaxies["ID"]), square)
    with pytest.raises(
        UserError, match=r"the first axis or the last may be that of the 3 bands; set .*channels"
    ):
        read(table, said)
    for channels, wanted in (("first", square), ("last", np.moveaxis(square, 3, 1))):
        images = read(table, {**said, "channels": channels}).images
        np.testing.assert_array_equal(np.sort(images.read(np.arange(40)), axis=0), np.sort(wanted, axis=0))
    with pytest.raises(UserError, match=r"dataset.images.channels=middle must be one of first, last"):
        read(table, {**said, "channels": "middle"})


@pytest.mark.parametrize("kind", ["contiguous.h5", "images.zarr"])
def test_ids_under_another_name(first, table, galaxies, pixels, order, tmp_path, kind):
    said = write(tmp_path, kind, np.asarray(galaxies["ID"])[order], pixels[order])
    if kind.endswith("h5"):
        with h5py.File(said["path"], "a") as file:
            file.move("id", "objid")
            file["ra"] = np.zeros(40)
    else:
        group = zarr.open_group(said["path"])
        group.create_array("objid", data=group["id"][:])
        group.create_array("ra", data=np.ones(40))
        del group["id"]
    with pytest.raises(UserError, match=r"has no ids, and the table has; .* one of its arrays, objid, ra,"):
        read(table, said)
    with pytest.raises(
        UserError, match=r"has no array 'ids'; it has .*objid.*: set dataset.images.ids to one"
    ):
        read(table, {**said, "ids": "ids"})
    assert read(table, {**said, "ids": "objid"}).images.checksum == first[0]


def test_ids_that_are_padded_match_and_those_that_are_then_one_are_refused(galaxies, pixels, tmp_path):
    galaxies["ID"] = np.arange(40)
    galaxies.write(tmp_path / "galaxies.csv")
    padded = np.array([f"{k:05d}  ".encode() for k in range(40)])
    said = write(tmp_path, "contiguous.h5", padded, pixels)
    found = read(str(tmp_path / "galaxies.csv"), said)
    np.testing.assert_array_equal(found.images.read(np.arange(40)), pixels)
    np.savetxt(tmp_path / "ids.txt", np.char.decode(padded), fmt="%s", header="made by hand")
    np.save(tmp_path / "images.npy", pixels)
    images = {"path": str(tmp_path / "images.npy"), "ids": str(tmp_path / "ids.txt"), **SAID}
    np.testing.assert_array_equal(
        read(str(tmp_path / "galaxies.csv"), images).images.read(np.arange(40)), pixels
    )
    padded[5] = b"7"
    said = write(tmp_path, "contiguous.h5", padded, pixels)
    with pytest.raises(UserError, match="1 ids stand for several images, such as 7; each galaxy needs one"):
        read(str(tmp_path / "galaxies.csv"), said)
