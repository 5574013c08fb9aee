"""The file of cutouts: whole or not at all, and gone on with after whatever happened."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from sky_frames import SCALE

from galaxy_causal.cutouts import CutoutFile, Grid, cut_all, find_frames, make_plan
from galaxy_causal.dataset import cutouts
from galaxy_causal.types import Positions, UserError

IMAGE = 4 * 3 * 24 * 24  # bytes
IDS = np.array([70, 10, 50, 20, 30])


def plan_of(frames, stars, **options):
    positions = Positions(IDS, stars[:, 0], stars[:, 1])
    return make_plan(positions, find_frames(str(frames)), Grid(("g", "r", "i"), 24, SCALE, **options))


def cut(plan, output, advance=lambda k: None):
    with CutoutFile(output, plan) as file:
        counts = cut_all(plan, file, advance)
        file.finish()
    return counts


@pytest.fixture
def plan(frames, stars, monkeypatch):
    monkeypatch.setattr("galaxy_causal.cutouts.work.AT_ONCE", 2)
    return plan_of(frames, stars)


def same(first, second):
    with h5py.File(first) as one, h5py.File(second) as other:
        assert set(one) == set(other)
        for name in one:
            np.testing.assert_array_equal(one[name][:], other[name][:])


def test_what_is_written_and_read_again(plan, stars, tmp_path):
    steps = []
    counts = cut(plan, tmp_path / "c.h5", steps.append)
    assert (counts.cut, counts.before, counts.flagged) == (5, 0, 0)
    assert sum(steps) == 5
    assert not (tmp_path / "c.h5.partial").exists()
    with h5py.File(tmp_path / "c.h5") as file:
        assert list(file["id"][:]) == list(IDS)
        assert list(file.attrs["bands"]) == ["g", "r", "i"]
        names = [file["frames"].asstr()[k] for k in file["frame"][0]]
        assert names == ["frame-g-1.fits.gz", "frame-r-1.fits", "frame-i-1.fits.bz2"]
        np.testing.assert_allclose(file["images"][:].sum(axis=(2, 3)), stars[:, [2, 2, 2]], rtol=2e-3)
    rows = "\n".join(f"{i},{10 + 0.1 * k}" for k, i in enumerate([*IDS, *range(100, 125)]))
    (tmp_path / "t.csv").write_text(f"id,m\n{rows}\n")
    split = {"train": 0.6, "validation": 0.2, "test": 0.2, "seed": 0}
    # Thirty rows are a catalogue; only five have images.
    with pytest.raises(UserError, match="25 rows of the table have no image"):
        cutouts(str(tmp_path / "t.csv"), {"id": "id", "target": "m"}, split, {"path": str(tmp_path / "c.h5")})


def test_an_interrupted_run_goes_on(plan, tmp_path):
    cut(plan, tmp_path / "whole.h5")

    def stop(done):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut(plan, tmp_path / "c.h5", stop)
    assert not (tmp_path / "c.h5").exists()
    steps = []
    counts = cut(plan, tmp_path / "c.h5", steps.append)
    assert (counts.cut, counts.before) == (3, 2)
    assert steps[0] == 2
    same(tmp_path / "c.h5", tmp_path / "whole.h5")


def test_a_killed_run_goes_on(plan, frames, stars, tmp_path):
    """SIGKILL in the middle of the work, in a process of its own."""
    np.save(tmp_path / "stars.npy", stars)
    code = f"""
import os, sys
import numpy as np
sys.path[:0] = [{str(Path(__file__).parents[1])!r}, {str(Path(__file__).parent)!r}]
import galaxy_causal.cutouts.work as work
from test_store import cut, plan_of
from pathlib import Path
work.AT_ONCE = 2
steps = []
def advance(done):
    steps.append(done)
    if len(steps) == 3:
        os.kill(os.getpid(), 9)
plan = plan_of({str(frames)!r}, np.load({str(tmp_path / "stars.npy")!r}))
cut(plan, Path({str(tmp_path / "c.h5")!r}), advance)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert not (tmp_path / "c.h5").exists()
    counts = cut(plan, tmp_path / "c.h5")
    assert (counts.cut, counts.before) == (1, 4)
    cut(plan, tmp_path / "whole.h5")
    same(tmp_path / "c.h5", tmp_path / "whole.h5")


def test_a_file_killed_before_it_was_laid_out_is_begun_again(plan, tmp_path):
    with h5py.File(tmp_path / "c.h5.partial", "w") as file:
        file["id"] = np.arange(3)
    assert cut(plan, tmp_path / "c.h5").cut == 5
    (tmp_path / "d.h5.partial").write_bytes(b"\x89HDF")
    assert cut(plan, tmp_path / "d.h5").cut == 5


def test_other_settings_are_refused(plan, frames, stars, tmp_path):
    cut(plan, tmp_path / "c.h5")
    assert CutoutFile(tmp_path / "c.h5", plan).whole()
    other = plan_of(frames, stars, resampling="exact")
    with pytest.raises(UserError, match=r"c.h5 is there and was made from other settings \(resampling\)"):
        CutoutFile(tmp_path / "c.h5", other).whole()
    shutil.move(tmp_path / "c.h5", tmp_path / "c.h5.partial")
    moved = plan_of(frames, stars + np.array([1e-6, 0, 0]))
    with pytest.raises(UserError, match=r"partial is there and .* \(galaxies or frames\)"):
        cut(moved, tmp_path / "c.h5")
    assert (tmp_path / "c.h5.partial").exists()
    (tmp_path / "c.h5").write_text("notes")
    with pytest.raises(UserError, match=r"c.h5 is there and no HDF5 file"):
        CutoutFile(tmp_path / "c.h5", plan).whole()


def test_two_at_once_are_refused(plan, tmp_path):
    holds = f"f = h5py.File({str(tmp_path / 'c.h5.partial')!r}, 'w')"
    code = f"import h5py, time; {holds}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(UserError, match="does another process write to it"):
            cut(plan, tmp_path / "c.h5")
        other.kill()


def test_too_little_space_is_told_before_anything_is_written(plan, tmp_path, monkeypatch):
    class Full:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Full)
    with pytest.raises(
        UserError, match=r"needs 0\.001 GB, and .* has 0\.000 GB free; name a file on another disk"
    ):
        cut(plan, tmp_path / "c.h5")
    with pytest.raises(UserError, match=r"there is no folder .*nowhere; make it first"):
        cut(plan, tmp_path / "nowhere" / "c.h5")
    assert not list(tmp_path.glob("c.h5*"))


def test_a_disk_that_fills_up_leaves_nothing_that_looks_whole(plan, tmp_path, monkeypatch):
    """Space is set aside, so this is a disk that breaks its word, or one over a network."""
    write, images = os.pwrite, []

    def fill_up(file, data, place):
        images.append(len(data) in (IMAGE, IMAGE // 2))
        if images[-1] and sum(images) in (4, 8):
            raise OSError(28, "No space left on device")
        return write(file, data[: IMAGE // 2] if images[-1] and sum(images) == 7 else data, place)

    monkeypatch.setattr(os, "pwrite", fill_up)
    message = r"cannot write .*No space left on device.*run the same command again"
    for done in (2, 4):  # the second time a part of the data is written first
        with pytest.raises(UserError, match=message):
            cut(plan, tmp_path / "c.h5")
        assert not (tmp_path / "c.h5").exists()
        with CutoutFile(tmp_path / "c.h5", plan) as file:
            assert len(file.left()) == 5 - done
    monkeypatch.setattr(os, "pwrite", write)
    assert cut(plan, tmp_path / "c.h5").cut == 1


def test_a_disk_without_space_for_the_file_is_told_at_once(frames, stars, tmp_path):
    """The operating system refuses a file beyond a limit, as it does beyond the end of a disk."""
    np.save(tmp_path / "stars.npy", stars)
    code = f"""
import resource, sys
import numpy as np
sys.path[:0] = [{str(Path(__file__).parents[1])!r}, {str(Path(__file__).parent)!r}]
from test_store import cut, plan_of
from pathlib import Path
plan = plan_of({str(frames)!r}, np.load({str(tmp_path / "stars.npy")!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
cut(plan, Path({str(tmp_path / "c.h5")!r}))
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "UserError: cannot write" in done.stderr
    assert not list(tmp_path.glob("c.h5*"))


def test_a_frame_cut_short_is_named(frames, stars, tmp_path):
    for name in ("frame-i-1.fits.bz2", "frame-g-1.fits.gz", "frame-r-1.fits"):
        whole = (frames / name).read_bytes()
        (frames / name).write_bytes(whole[: int(0.8 * len(whole))])
        with pytest.raises(UserError, match=rf"{name} cannot be read as FITS.*Is it complete\?"):
            cut(plan_of(frames, stars), tmp_path / f"{name}.h5")
        (frames / name).write_bytes(whole)


def test_galaxies_share_their_frames(frames, stars, tmp_path, monkeypatch):
    """Every frame is read once, whatever the order of the galaxies."""
    from galaxy_causal.cutouts import work

    read = []
    pixels = work._pixels
    monkeypatch.setattr(work, "_pixels", lambda frame: read.append(frame.path.name) or pixels(frame))
    cut(plan_of(frames, stars), tmp_path / "c.h5")
    assert sorted(read) == ["frame-g-1.fits.gz", "frame-i-1.fits.bz2", "frame-r-1.fits"]
