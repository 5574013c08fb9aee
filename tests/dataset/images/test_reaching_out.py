"""Images that an HDF5 or zarr file takes from elsewhere."""

import json
import os
import pickle
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import zarr
from cutout_files import COLUMNS, SAID, SPLIT
from hostile import at_once
from numcodecs import Pickle

from galaxy_causal.dataset import cutouts
from galaxy_causal.files.chunks import zarr_object
from galaxy_causal.types import UserError


@pytest.fixture
def images(read, galaxies, order, pixels, tmp_path):
    """Make an HDF5 file of which a function writes the images, and read it."""
    read()
    ids = np.asarray(galaxies["ID"])[order]

    def make_and_read(change, said=None):
        with h5py.File(tmp_path / "mine.h5", "w") as file:
            file["id"] = ids
            file["padding"] = np.full(4 * pixels.size, 0.5, "f4")
            file.attrs.update({**SAID, "bands": list("grW")})
            change(file)
        given = {"path": str(tmp_path / "mine.h5"), **(said or {})}
        return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)

    return make_and_read


def outside(file, name, pixels, target):
    return file.create_dataset(name, pixels.shape, "f4", external=[(str(target), 0, pixels.nbytes)])


@pytest.fixture
def secret(tmp_path, pixels):
    path = tmp_path / "secret"
    path.write_bytes(pixels.tobytes())
    return path


@pytest.mark.parametrize("name", ["images", "id", "bad"])
def test_external_storage_is_refused(images, pixels, secret, name):
    def change(file):
        file["images"] = pixels
        if name in file:
            del file[name]
        if name == "id":
            file.create_dataset("id", (40,), "i8", external=[(str(secret), 0, 320)])
        else:
            outside(file, name, pixels, secret)

    message = rf"mine.h5: the values of '{name}' lie outside, in '{secret}' \(external storage\)"
    with pytest.raises(UserError, match=message):
        images(change, {"mask": "bad"} if name == "bad" else {})


@pytest.mark.parametrize("link", ["images", "group/images", "via"])
def test_links_to_other_files_are_not_followed(images, pixels, tmp_path, link):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["images"] = np.full_like(pixels, 0.94)

    def change(file):
        file[link if link != "via" else "far"] = h5py.ExternalLink("other.h5", "images")
        if link == "via":
            file["via"] = h5py.SoftLink("/far")

    message = r"mine.h5: '\w+' is a link to another file, 'images' in 'other.h5', which is not followed; give"
    with pytest.raises(UserError, match=message):
        images(change, {"dataset": link})


def test_the_file_of_a_link_is_not_even_opened(images, tmp_path):
    os.mkfifo(tmp_path / "pipe.h5")
    with at_once(), pytest.raises(UserError, match="link to another file"):
        images(lambda file: file.update({"images": h5py.ExternalLink("pipe.h5", "images")}))


@pytest.mark.parametrize("target", ["/group/deeper/there", "group/deeper/there", "/group/./soft"])
def test_links_within_a_file_are_followed(images, pixels, order, target):
    def change(file):
        file["group/deeper/there"] = pixels
        file["group/soft"] = h5py.SoftLink("deeper/there")
        file["images"] = h5py.SoftLink(target)

    np.testing.assert_array_equal(images(change).images.read(order), pixels)


def test_links_in_a_circle_or_to_nothing_are_refused(images):
    def circle(file):
        file["images"], file["back"] = h5py.SoftLink("/back"), h5py.SoftLink("/images")

    with pytest.raises(UserError, match="is a link that leads back to itself"):
        images(circle)
    with pytest.raises(UserError, match=r"has no array 'images'; it has id, images, padding"):
        images(lambda file: file.update({"images": h5py.SoftLink("/nothing")}))
    with pytest.raises(UserError, match=r"has no array 'id/images'"):
        images(lambda file: None, {"dataset": "id/images"})


def virtual(file, pixels, source, dataset):
    layout = h5py.VirtualLayout(shape=pixels.shape, dtype="f4")
    layout[:] = h5py.VirtualSource(str(source), dataset, shape=pixels.shape)
    file.create_virtual_dataset("images", layout)


def test_parts_of_a_virtual_data_set_may_not_reach_further(images, pixels, secret, tmp_path, order):
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["good"] = pixels
        outside(file, "outside", pixels, secret)
        file["far"] = h5py.ExternalLink("mine.h5", "padding")
    for name, message in {
        "outside": r"part.h5: the values of 'outside' lie outside",
        "far": r"part.h5: 'far' is a link to another file",
        "none": r"mine.h5: /images is put together from parts, of which .*part.h5 lacks 'none'",
    }.items():
        with pytest.raises(UserError, match=message):
            images(lambda file, name=name: virtual(file, pixels, "part.h5", name))
    with pytest.raises(UserError, match="is put together from itself"):
        images(lambda file: virtual(file, pixels, "mine.h5", "images"))
    with pytest.raises(UserError, match=r"mine.h5: the values of 'near' lie outside"):
        images(lambda file: (outside(file, "near", pixels, secret), virtual(file, pixels, ".", "near")))
    good = images(lambda file: virtual(file, pixels, "part.h5", "good"))
    np.testing.assert_array_equal(good.images.read(order), pixels)


def test_a_part_that_is_a_pipe_is_refused(images, pixels, tmp_path):
    os.mkfifo(tmp_path / "part.h5")
    with at_once(), pytest.raises(UserError, match=r"part.h5 is a pipe; give an HDF5 file"):
        images(lambda file: virtual(file, pixels, "part.h5", "images"))


def test_a_mask_that_is_put_together_needs_its_parts(images, pixels):
    def change(file):
        virtual(file, pixels, "gone.h5", "mask")
        file.move("images", "bad")
        file["images"] = pixels

    with pytest.raises(UserError, match=r"/bad is put together from 1 files, of which 1 are not there"):
        images(change, {"mask": "bad"})


@pytest.mark.parametrize("name", ["images/c/2/0/0/0", "images/c/2", "images", "zarr.json", "extra"])
def test_links_in_a_zarr_store_are_not_followed(read, tmp_path, name):
    read("images.zarr")
    store = tmp_path / "images.zarr"
    if (store / name).exists():
        (store / name).rename(tmp_path / "moved")
    (store / name).symlink_to(tmp_path / "moved")
    with pytest.raises(
        UserError, match=rf"images.zarr: {name} is a link, to '.*moved', which is not followed"
    ):
        read_again(tmp_path)


def read_again(tmp_path):
    given = {"path": str(tmp_path / "images.zarr")}
    return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given)


def test_the_store_itself_may_be_a_link(read, tmp_path):
    read("images.zarr")
    (tmp_path / "images.zarr").rename(tmp_path / "elsewhere.zarr")
    (tmp_path / "images.zarr").symlink_to(tmp_path / "elsewhere.zarr")
    assert len(read_again(tmp_path)) == 40


def test_references_to_other_files_are_no_store(read, tmp_path, pixels):
    """As kerchunk writes them: a JSON file, which zarr alone does not follow."""
    read()
    references = {".zgroup": '{"zarr_format": 2}', "images/0.0.0.0": ["file:///etc/hostname", 0, 10]}
    (tmp_path / "images.zarr").write_text(json.dumps({"version": 1, "refs": references}))
    with pytest.raises(UserError, match=r"images.zarr is no folder"):
        read_again(tmp_path)
    for address in ("reference://", f"file://{tmp_path}/images.zarr", "http://localhost:9/images.zarr"):
        with pytest.raises(UserError, match=r"dataset.images.path=.* does not exist"):
            cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": address})


def test_an_older_zarr_would_unpickle():
    group = {"images": SimpleNamespace(shape=(1,), filters=(), compressors=(Pickle(),))}
    with pytest.raises(
        UserError, match=r"old.zarr: 'images' holds pickled Python objects, which are not read"
    ):
        zarr_object(Path("old.zarr"), group, "images")


class Evil:
    """Tells when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("it was unpickled",)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"compressor": {"id": "pickle"}}, r"old.zarr.*pickle"),
        ({"filters": [{"id": "pickle"}]}, r"old.zarr.*pickle"),
        ({"filters": [{"id": "vlen-utf8"}, {"id": "pickle"}]}, r"old.zarr.*(pickle|vlen-utf8)"),
    ],
)
def test_pickles_in_zarr_are_refused(read, tmp_path, pixels, changed, message, monkeypatch):
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    read()
    array = zarr.create_group(tmp_path / "old.zarr", zarr_format=2).create_array("images", data=pixels)
    folder = tmp_path / "old.zarr" / "images"
    for chunk in folder.glob("[0-9]*"):
        chunk.write_bytes(pickle.dumps(Evil()))
    assert array.shape == pixels.shape
    (folder / ".zarray").write_text(json.dumps({**json.loads((folder / ".zarray").read_text()), **changed}))
    with pytest.raises(UserError, match=message):
        cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, {"path": str(tmp_path / "old.zarr"), **SAID})
