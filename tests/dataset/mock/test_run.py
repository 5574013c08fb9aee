import errno
import os
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

from galaxy_causal.dataset import mock_survey
from galaxy_causal.dataset.mock import chunk, run, store
from galaxy_causal.types import UserError

from .conftest import SPLIT, N

PROGRAM = """
from galaxy_causal.dataset import mock_survey
mock_survey({n}, 0, {split}, path={path!r}, processes={processes})
"""


def start(path, processes):
    program = PROGRAM.format(n=N, split=SPLIT, path=str(path), processes=processes)
    return subprocess.Popen([sys.executable, "-c", program], start_new_session=True)


def checksum(path):
    return store.checksum(path, store.places(path))


def wait_for_a_chunk(partial, process):
    """Return once the first chunk is complete; the others are not, unless they are very fast."""
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline and process.poll() is None:
        if partial.exists() and partial.stat().st_size > N * 1000:
            try:
                if store.done(partial, store.places(partial)).any():
                    return
            except OSError:  # caught while it was being made
                continue
        time.sleep(0.005)


@pytest.mark.long
def test_a_killed_run_of_two_processes_goes_on_in_one(survey, tmp_path, monkeypatch):
    """The finished chunks are kept, and the galaxies are those of one uninterrupted process."""
    path, partial = tmp_path / "killed.h5", tmp_path / "killed.h5.partial"
    process = start(path, 2)
    wait_for_a_chunk(partial, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not path.exists()
    kept = np.flatnonzero(store.done(partial, store.places(partial)))
    assert 0 < len(kept) < 3
    made = []
    monkeypatch.setattr(run, "simulate_chunk", lambda *a: made.append(a[1]) or chunk.simulate_chunk(*a))
    mock_survey(N, 0, SPLIT, path=str(path), processes=1)
    assert sorted(made) == sorted(set(range(3)) - set(kept))
    assert checksum(path) == checksum(survey[1])


def test_a_beginning_of_other_galaxies_is_not_continued(survey, tmp_path):
    path = tmp_path / "next.h5"
    shutil.copy(survey[1], tmp_path / "next.h5.partial")
    small = mock_survey(30, 0, SPLIT, path=str(path), processes=1)
    np.testing.assert_array_equal(small.target, survey[0].target[:30])
    (tmp_path / "torn.h5.partial").write_bytes(b"half a header")
    mock_survey(30, 0, SPLIT, path=str(tmp_path / "torn.h5"), processes=1)


def test_a_disk_that_fills_up(survey, tmp_path, monkeypatch):
    path, write = tmp_path / "full.h5", os.pwrite
    written = []

    def pwrite(descriptor, data, position):
        written.append(len(data))
        if sum(written) > 15_000_000:  # in the middle of the second chunk
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data, position)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", pwrite)
        message = r"has no space for 600 galaxies, 0.0. GB \(No space left on device\); make room"
        with pytest.raises(UserError, match=message):
            mock_survey(N, 0, SPLIT, path=str(path), processes=1)
    assert not path.exists()
    assert store.done(tmp_path / "full.h5.partial", store.places(tmp_path / "full.h5.partial")).sum() == 1
    mock_survey(N, 0, SPLIT, path=str(path), processes=1)
    assert checksum(path) == checksum(survey[1])


def test_too_little_space_is_said_before_anything_is_simulated(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
        with pytest.raises(UserError, match=r"no space for 600,000 galaxies, 2\d\.\d\d GB; make room"):
            mock_survey(600_000, 0, SPLIT, path=str(tmp_path / "big.h5"))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(UserError, match="no space for 600 galaxies"):
        mock_survey(N, 0, SPLIT, path=str(tmp_path / "small.h5"))
    assert [f.suffix for f in tmp_path.iterdir()] in ([".lock"] * 2, [".lock"])


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*choose another place with dataset.path"):
        mock_survey(N, 0, SPLIT, path=str(tmp_path / "file" / "mock.h5"))


def test_losses_are_counted(survey):
    catalogue, path = survey
    with h5py.File(path) as file:
        assert file[store.LOSSES].shape == (3, 2)
    large, unmeasured = catalogue.provenance["replaced"].split("; ")
    assert large.endswith(" with a Petrosian aperture beyond the frame")
    assert unmeasured.endswith(" not measured in every band")


def test_a_disk_that_refuses_to_write(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise RuntimeError("Set slist enabled failed (errno = 27, error message = 'File too large', buf = 0)")

    monkeypatch.setattr(h5py.AttributeManager, "update", refused)
    with pytest.raises(UserError, match=r"cannot write .*\(File too large\)"):
        mock_survey(N, 0, SPLIT, path=str(tmp_path / "mock.h5"))
    assert not list(tmp_path.glob("*.partial"))


def test_limits_that_no_galaxy_meets_leave_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr("galaxy_causal.dataset.mock.chunk.MOST_DRAWN", 20_000)
    with pytest.raises(UserError, match="is brighter than"):
        mock_survey(5, 0, SPLIT, flux_limit=10, log_mass=(7, 8), folder=str(tmp_path), processes=1)
    assert {file.suffix for file in tmp_path.iterdir()} == {".lock"}
