"""What may stand where the file of cutouts is to be written."""

import h5py
import numpy as np
import pytest
from hostile import at_once, put
from sky_frames import SCALE

from galaxy_causal.cutouts import CutoutFile, Grid, cut_all, find_frames, make_plan
from galaxy_causal.types import Positions, UserError


@pytest.fixture
def plan(frames, stars):
    positions = Positions(np.arange(5), stars[:, 0], stars[:, 1])
    return make_plan(positions, find_frames(str(frames)), Grid(("g", "r", "i"), 24, SCALE))


@pytest.mark.parametrize("what", ["is a pipe", "is a device", "is a folder"])
def test_what_is_no_file_is_refused(plan, tmp_path, what):
    put(what, tmp_path / "c.h5")
    with at_once(), pytest.raises(UserError, match=rf"c.h5 {what}; give an HDF5 file"):
        CutoutFile(tmp_path / "c.h5", plan).whole()
    put(what, tmp_path / "d.h5.partial")
    with (
        at_once(),
        pytest.raises(UserError, match=rf"d.h5.partial {what}; "),
        CutoutFile(tmp_path / "d.h5", plan),
    ):
        pass


@pytest.mark.parametrize("how", ["link", "external"])
def test_an_unfinished_file_that_reaches_elsewhere_is_not_written_to(plan, tmp_path, how):
    """Pixels go to places in the file: those of another file are none in this one."""
    with pytest.raises(KeyboardInterrupt), CutoutFile(tmp_path / "c.h5", plan):
        raise KeyboardInterrupt
    other = tmp_path / "other.h5"
    with h5py.File(tmp_path / "c.h5.partial", "r+") as file, h5py.File(other, "w") as elsewhere:
        shape, dtype = file["images"].shape, file["images"].dtype
        elsewhere["images"] = np.zeros(shape, dtype)
        del file["images"]
        if how == "link":
            file["images"] = h5py.ExternalLink("other.h5", "images")
        else:
            size = int(np.prod(shape)) * dtype.itemsize
            file.create_dataset("images", shape, dtype, external=[(str(other), 0, size)])
    before = (tmp_path / "c.h5.partial").read_bytes(), other.read_bytes()
    message = r"c.h5.partial: ('images' is a link to another file|the values of 'images' lie outside)"
    with pytest.raises(UserError, match=message), CutoutFile(tmp_path / "c.h5", plan) as file:
        cut_all(plan, file, lambda _: None)
    assert ((tmp_path / "c.h5.partial").read_bytes(), other.read_bytes()) == before


def test_an_unfinished_file_of_other_shapes_is_not_written_to(plan, tmp_path):
    with pytest.raises(KeyboardInterrupt), CutoutFile(tmp_path / "c.h5", plan):
        raise KeyboardInterrupt
    with h5py.File(tmp_path / "c.h5.partial", "r+") as file:
        shape = file["images"].shape
        del file["images"]
        file.create_dataset("images", shape, "f4", chunks=(1, *shape[1:]))
    with pytest.raises(UserError, match=r"c.h5.partial: the values of /images do not lie in one piece"):
        CutoutFile(tmp_path / "c.h5", plan).__enter__()
