"""Chunks that a file lacks, or holds only in part."""

import shutil

import h5py
import numpy as np
import pytest
import zarr
from cutout_files import COLUMNS, SAID, SPLIT
from numcodecs import LZMA, Zlib

from galaxy_causal.dataset import cutouts
from galaxy_causal.types import UserError


@pytest.fixture
def again(read, tmp_path):
    """Read the file of this kind as it is now, beside the table written before."""

    def read_again(kind, said=None, **options):
        given = {"path": str(tmp_path / kind), **(said or {})}
        return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given, **options)

    return read_again


@pytest.fixture
def write_zarr(read, galaxies, order, tmp_path):
    """Write images.zarr anew with an array of these options, in which the first galaxies are written."""

    def write(pixels, written=40, **options):
        read()
        shutil.rmtree(tmp_path / "images.zarr", ignore_errors=True)
        zarr_format = options.pop("zarr_format", 3)
        group = zarr.create_group(tmp_path / "images.zarr", zarr_format=zarr_format)
        given = {"shape": pixels.shape, "dtype": "f4", "chunks": (7, *pixels.shape[1:]), **options}
        group.create_array("images", **given)[:written] = pixels[:written]
        group.create_array("id", data=np.asarray(galaxies["ID"])[order])
        group.attrs.update({**SAID, "bands": list("grW")})

    return write


def test_a_chunk_of_zarr_that_got_lost_is_refused(read, again, galaxies, order, tmp_path):
    read("images.zarr")
    (tmp_path / "images.zarr" / "images" / "c" / "2" / "0" / "0" / "0").unlink()
    ids = galaxies["ID"][order[14:19]]
    message = (
        rf"images.zarr lacks 1 of the 6 chunks of /images: values of 7 of 40 galaxies "
        rf"\(ids {', '.join(map(str, ids))}, \.\.\.\) .*read as 0\.0\. Copy or write it again"
    )
    with pytest.raises(UserError, match=message):
        again("images.zarr")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"zarr_format": 2},
        {"chunks": (4, 1, 6, 5)},
        {"chunks": (2, 3, 6, 5), "shards": (8, 3, 6, 5)},
        {"chunk_key_encoding": {"name": "default", "separator": "."}},
    ],
)
def test_zarr_is_complete_or_refused(write_zarr, again, pixels, options):
    write_zarr(pixels, **options)
    assert len(again("images.zarr")) == 40
    write_zarr(pixels, written=32, **options)
    with pytest.raises(UserError, match=r"lacks \d+ of the \d+ chunks of /images: values of [58] of 40"):
        again("images.zarr")


@pytest.mark.parametrize("options", [{}, {"chunks": (2, 3, 6, 5), "shards": (8, 3, 6, 5)}])
def test_an_empty_file_is_no_chunk(write_zarr, again, pixels, tmp_path, options):
    write_zarr(pixels, **options)
    (tmp_path / "images.zarr" / "images" / "c" / "2" / "0" / "0" / "0").write_bytes(b"")
    with pytest.raises(UserError, match=r"lacks 1 of the \d chunks of /images: values of [78] of 40"):
        again("images.zarr")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compressors": Zlib(), "zarr_format": 2},
        {"compressors": LZMA(), "zarr_format": 2},
        {"compressors": None},
        {"chunks": (2, 3, 6, 5), "shards": (8, 3, 6, 5)},
    ],
)
def test_a_chunk_cut_short_is_refused(write_zarr, again, pixels, tmp_path, options):
    write_zarr(pixels, **options)
    name = "2.0.0.0" if "zarr_format" in options else "c/2/0/0/0"
    chunk = tmp_path / "images.zarr" / "images" / name
    chunk.write_bytes(chunk.read_bytes()[:100])
    with pytest.raises(UserError, match=r"images.zarr cannot be read: .*Is it complete\? Copy or write it"):
        again("images.zarr")


def test_chunks_without_numbers_may_lack(write_zarr, again, pixels):
    for fill, said in ((np.nan, {}), (-9999, {"null_pixels": [-9999]})):
        write_zarr(pixels, written=35, fill_value=fill)
        with pytest.raises(UserError, match="5 galaxies have a band without any good pixel"):
            again("images.zarr", said)
        assert len(again("images.zarr", said, max_flagged=0)) == 35
    with pytest.raises(UserError, match=r"values of 5 of 40 .* read as -9999"):
        again("images.zarr")


@pytest.mark.parametrize("layout", [{"chunks": (3, 1, 6, 5)}, {"maxshape": (None, 3, 6, 5)}, {}])
def test_hdf5_of_which_not_all_was_written_is_refused(read, again, pixels, tmp_path, layout):
    read()
    with h5py.File(tmp_path / "contiguous.h5", "r+") as file:
        ids = file["id"][:]
        del file["images"]
        images = file.create_dataset("images", pixels.shape, "f4", **layout)
        images.attrs.update({**SAID, "bands": "grW"})
        if layout:
            images[:12] = pixels[:12]
    message = rf"contiguous.h5 lacks .* \(ids {ids[12 if 'chunks' in layout else 0]}, .*would be read as 0\.0"
    if "maxshape" in layout:  # its chunks are h5py's choice
        message = r"contiguous.h5 lacks \d+ of the \d+ chunks of /images: values of \d+ of 40"
    with pytest.raises(UserError, match=message):
        again("contiguous.h5")
    with h5py.File(tmp_path / "contiguous.h5", "r+") as file:
        file["images"][:] = pixels
    assert len(again("contiguous.h5")) == 40


def test_rows_are_named_where_there_are_no_ids(read, again, pixels, tmp_path):
    read()
    with h5py.File(tmp_path / "contiguous.h5", "r+") as file:
        del file["id"], file["images"]
        file.create_dataset("images", pixels.shape, "f4", chunks=(10, 3, 6, 5))[:30] = pixels[:30]
    with pytest.raises(UserError, match=r"1 of the 4 chunks .* 10 of 40 galaxies \(rows 30, 31, 32, 33, 34"):
        again("contiguous.h5", SAID)


def test_chunks_of_a_mask_may_lack(read, again, order, tmp_path):
    read("images.zarr")
    group = zarr.open_group(tmp_path / "images.zarr")
    group.create_array("bad", shape=(40, 3, 6, 5), dtype="u1", chunks=(1, 3, 6, 5))[4, :, 0, 0] = 1
    read("contiguous.h5")
    with h5py.File(tmp_path / "contiguous.h5", "r+") as file:
        file.create_dataset("bad", (40, 3, 6, 5), "u1", chunks=(1, 3, 6, 5))[4, :, 0, 0] = 1
    for kind in ("images.zarr", "contiguous.h5"):
        share = again(kind, {"mask": "bad"}, fill="zero").features["other"]["flagged_fraction"].value
        np.testing.assert_array_equal(np.flatnonzero(share), order[[4]])


def test_blank_images_are_stored_where_it_is_asked_for(write_zarr, again, pixels):
    blank = np.where(np.arange(40)[:, None, None, None] < 7, np.float32(0), pixels)
    write_zarr(blank)
    with pytest.raises(UserError, match=r"values of 7 of 40 galaxies .*blank on purpose, write NaN"):
        again("images.zarr")
    write_zarr(blank, config={"write_empty_chunks": True})
    assert len(again("images.zarr")) == 40


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_array_of_zarr_needs_a_group(read, again, pixels, tmp_path, zarr_format):
    read()
    zarr.create_array(tmp_path / "bare.zarr", data=pixels, zarr_format=zarr_format)
    message = (
        r"bare.zarr is an array of shape \(40, 3, 6, 5\), where a group is needed that holds the array "
        r"'images', and ids in 'id': .* dataset.images.dataset gives"
    )
    with pytest.raises(UserError, match=message):
        again("bare.zarr")


def test_ids_that_got_lost_are_not_blamed_for_it(read, again, tmp_path):
    read("images.zarr")
    (tmp_path / "images.zarr" / "id" / "c" / "0").unlink()
    with pytest.raises(UserError, match=r"lacks 1 of the 1 chunks of /id: values of 40 of 40 galaxies"):
        again("images.zarr")


def test_a_virtual_data_set_needs_its_files(read, again, pixels, galaxies, order, tmp_path):
    read("images.h5")
    ids = np.asarray(galaxies["ID"])[order]
    layout = h5py.VirtualLayout(shape=pixels.shape, dtype="f4")
    for part, rows in (("a", slice(0, 20)), ("b", slice(20, 40))):
        with h5py.File(tmp_path / f"{part}.h5", "w") as file:
            file["images"] = pixels[rows]
        layout[rows] = h5py.VirtualSource(f"{part}.h5", "images", shape=pixels[rows].shape)
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file.create_virtual_dataset("images", layout)
        file["id"] = ids
        file.attrs.update({**SAID, "bands": list("grW")})
    assert len(again("images.h5")) == 40
    (tmp_path / "b.h5").unlink()
    message = (
        r"/images is put together from 2 files, of which 1 are not there \(b.h5\), and would be read as 0"
    )
    with pytest.raises(UserError, match=message):
        again("images.h5")
