"""Files that claim more than they hold, or more than memory does."""

import json

import h5py
import numpy as np
import psutil
import pytest
import zarr
from cutout_files import COLUMNS, SAID, SPLIT
from hostile import at_once

from galaxy_causal.dataset import cutouts
from galaxy_causal.types import UserError

MANY = 10**9
ATTRIBUTES = {**SAID, "bands": list("grW")}


@pytest.fixture
def again(read, tmp_path):
    """Read such a file beside the table, at once."""
    read()

    def read_again(name, **said):
        with at_once():
            return cutouts(
                str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(tmp_path / name), **said}
            )

    return read_again


@pytest.fixture
def little_memory(monkeypatch):
    """A machine on which 50 MB are free, and small files are looked at too."""
    free = psutil.virtual_memory()._replace(available=50_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    monkeypatch.setattr("galaxy_causal.files.regular.WORTH_ASKING", 1_000_000)
    monkeypatch.setattr("galaxy_causal.files.regular.WORTH_ASKING", 1_000_000)


@pytest.mark.parametrize("fill", [0, np.nan])
@pytest.mark.parametrize("with_ids", [True, False])
def test_sparse_hdf5(again, tmp_path, fill, with_ids):
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        images = file.create_dataset(
            "images", (MANY, 3, 64, 64), "f4", chunks=(1, 3, 64, 64), fillvalue=fill, compression="gzip"
        )
        images[17] = 1
        if with_ids:
            file.create_dataset("id", (MANY,), "i8", chunks=(1000,))[:40] = np.arange(40)
        file.attrs.update(ATTRIBUTES)
    message = (
        r"huge.h5 lacks 999999960? of the 1000000 chunks of /id" if with_ids else "huge.h5 lacks 999999999"
    )
    if with_ids:
        message = r"huge.h5 lacks 999999 of the 1000000 chunks of /id: .* \(rows 1000, 1001, 1002"
    elif np.isnan(fill):
        message = "huge.h5 has no ids, and the table has"
    with pytest.raises(UserError, match=message):
        again("huge.h5")


@pytest.mark.parametrize("fill", [0, np.nan])
@pytest.mark.parametrize("with_ids", [True, False])
@pytest.mark.parametrize("options", [{}, {"zarr_format": 2}])
def test_sparse_zarr(again, tmp_path, fill, with_ids, options):
    group = zarr.create_group(tmp_path / "huge.zarr", **options)
    given = {"shape": (MANY, 3, 64, 64), "dtype": "f4", "chunks": (1, 3, 64, 64), "fill_value": fill}
    group.create_array("images", **given)[17] = 1
    if with_ids:
        group.create_array("id", shape=(MANY,), dtype="i8", chunks=(1000,))[:40] = np.arange(40)
    group.attrs.update(ATTRIBUTES)
    message = (
        r"huge.zarr lacks 999999999 .* of 999999999 of 1000000000 galaxies \(rows 0, 1, 2, 3, 4, \.\.\.\)"
    )
    if with_ids:
        message = r"huge.zarr lacks 999999 of the 1000000 chunks of /id: .* \(rows 1000, 1001, 1002"
    elif np.isnan(fill):
        message = "huge.zarr has no ids, and the table has"
    with pytest.raises(UserError, match=message):
        again("huge.zarr")


def test_more_images_than_rows_are_counted_without_a_list_of_them(galaxies, tmp_path):
    galaxies.write(tmp_path / "galaxies.fits")
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        images = file.create_dataset("images", (MANY, 3, 6, 5), "f4", chunks=(1, 3, 6, 5), fillvalue=np.nan)
        images[:40] = 1
        file.attrs.update(ATTRIBUTES)
    given = (
        str(tmp_path / "galaxies.fits"),
        {**COLUMNS, "id": None},
        SPLIT,
        {"path": str(tmp_path / "huge.h5")},
    )
    message = (
        r"999999960 images have no row of the table \(ids 40, 41, 42, 43, 44, \.\.\.\); of 40 galaxies and 10"
    )
    with at_once(), pytest.raises(UserError, match=message):
        cutouts(*given)
    with at_once():
        catalogue = cutouts(*given, unmatched="drop")
    assert (len(catalogue), catalogue.dropped["images without a row of the table"]) == (40, 999_999_960)


@pytest.mark.parametrize("what", ["image", "chunk"])
@pytest.mark.parametrize("name", ["huge.h5", "huge.zarr"])
def test_one_image_or_chunk_that_memory_cannot_hold(again, tmp_path, what, name):
    shape, chunks = ((40, 3, 10**6, 10**6), (1, 1, 100, 100)) if what == "image" else ((MANY, 3, 64, 64),) * 2
    if name == "huge.zarr":
        group = zarr.create_group(tmp_path / name)
        group.create_array("images", shape=shape, dtype="f4", chunks=chunks)
        group.attrs.update(ATTRIBUTES)
    elif what == "image":
        with h5py.File(tmp_path / name, "w") as file:
            file.create_dataset("images", shape, "f4", chunks=chunks).attrs.update(ATTRIBUTES)
    else:
        pytest.skip("HDF5 has no such chunks")
    message = rf"{name}: one {what} of shape \({shape[0] if what == 'chunk' else 3}, .* would take .* GB, and"
    with pytest.raises(UserError, match=message):
        again(name)


def header(shape, dtype="<f4"):
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "shape", ["(1000000000, 3, 64, 64)", "(41, 3, 6, 5)", "(-40, -3, 6, 5)", "(40, 3, 6"]
)
def test_headers_of_npy_that_claim_more_than_there_is(again, tmp_path, pixels, shape):
    (tmp_path / "claims.npy").write_bytes(header(shape) + pixels.tobytes())
    with pytest.raises(UserError, match=r"claims.npy cannot be read: .*(its header|negative)"):
        again("claims.npy", **SAID)


@pytest.mark.parametrize("shape", ["(1000000000000,)", "(41,)", "(-40,)", "(40,"])
def test_headers_of_ids_that_claim_more_than_there_is(again, tmp_path, pixels, shape):
    np.save(tmp_path / "images.npy", pixels)
    (tmp_path / "ids.npy").write_bytes(header(shape, "<i8") + b"\0" * 320)
    with pytest.raises(UserError, match=r"ids.npy cannot be read: its header"):
        again("images.npy", **SAID, ids=str(tmp_path / "ids.npy"))


def test_an_npz_file_that_is_called_npy_is_refused(again, tmp_path, pixels):
    with (tmp_path / "images.npy").open("wb") as file:
        np.savez(file, images=pixels)
    with pytest.raises(UserError, match=r"images.npy cannot be read: the magic string is not correct"):
        again("images.npy", **SAID)


def test_a_chunk_of_zarr_that_unpacks_to_more_than_it_should(read, again, tmp_path):
    read("images.zarr")
    big = zarr.create_group(tmp_path / "big.zarr")
    big.create_array("images", shape=(7 * 10**5, 3, 6, 5), dtype="f4", chunks=(7 * 10**5, 3, 6, 5))[:] = 1
    chunk = "images/c/0/0/0/0"
    (tmp_path / "images.zarr" / chunk).write_bytes((tmp_path / "big.zarr" / chunk).read_bytes())
    with pytest.raises(UserError, match=r"images.zarr cannot be read: "):
        again("images.zarr")


@pytest.mark.usefixtures("little_memory")
def test_ids_that_memory_cannot_hold(again, tmp_path):
    with h5py.File(tmp_path / "many.h5", "w") as file:
        many = 4_000_000
        file.create_dataset("images", (many, 1, 1, 1), "u1", chunks=(many, 1, 1, 1), compression=1)[:] = 1
        file.create_dataset("id", (many,), "i8", chunks=(many,), compression=1)[:] = 0
        file.attrs.update({**ATTRIBUTES, "bands": "g"})
    with pytest.raises(UserError, match=r"many.h5: 4,000,000 ids would take 0.1 GB, and 0.1 GB of memory"):
        again("many.h5")


def test_metadata_of_zarr_that_is_no_metadata(read, again, tmp_path):
    read("images.zarr")
    file = tmp_path / "images.zarr" / "images" / "zarr.json"
    meta = json.loads(file.read_text())
    for changed in (
        {"shape": [-40, 3, 6, 5]},
        {"shape": "x"},
        {"codecs": [{"name": "none"}]},
        {"data_type": "f"},
    ):
        file.write_text(json.dumps({**meta, **changed}))
        with pytest.raises(UserError, match=r"images.zarr"):
            again("images.zarr")
    file.write_text("[" * 100_000)
    with pytest.raises(UserError, match=r"images.zarr"):
        again("images.zarr")
