"""A full disk is told in one message, whichever library meets it first."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from astropy.table import Table
from command import QUICK
from mlflow.exceptions import MlflowException

from galaxy_causal.fitting import maker as fits
from galaxy_causal.jobs.failures import full_disk
from galaxy_causal.types import UserError

MANY = np.random.default_rng(0).normal(size=100_000)
ROOM = 200_000  # bytes that a file may have


def hdf5(file):
    with h5py.File(file, "w") as opened:
        opened["many"] = MANY


def sqlite(file):
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA max_page_count = 20")
        database.execute("CREATE TABLE many (value BLOB)")
        database.execute("INSERT INTO many VALUES (zeroblob(1000000))")


WRITERS = {
    "text": lambda file: file.write_text("x" * 1_000_000),
    "numpy": lambda file: np.save(file, MANY),
    "numpy, several": lambda file: np.savez(file, many=MANY),
    "torch": lambda file: torch.save({"many": torch.zeros(100_000)}, file),
    "parquet": lambda file: pq.write_table(pa.table({"many": MANY}), file),
    "fits": lambda file: Table({"many": MANY}).write(file, format="fits"),
    "hdf5": hdf5,
    "sqlite": sqlite,
}


@pytest.fixture
def little_room():
    """No file can grow beyond ``ROOM``: the error that a library gets from the system is a real one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", WRITERS)
def test_every_library_is_understood(tmp_path, little_room, name):
    with pytest.raises(Exception) as met:  # noqa: PT011 - of whatever type
        WRITERS[name](tmp_path / "file.npz")
    message = full_disk(met.value, [tmp_path])
    assert message is not None
    assert "MiB free on the disk of" in message
    assert "tracking.root=" in message
    assert "\n" not in message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_no_space_left_is_understood():
    with pytest.raises(OSError, match="left") as met:
        WRITERS["text"](Path("/dev/full"))
    message = full_disk(met.value, [])
    assert message is not None
    assert "No space left on device. Free" in message


def raised(error, cause):
    try:
        raise error from cause
    except Exception as seen:
        return seen


def test_it_is_found_below_other_errors_and_its_file_is_named(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "absent" / "weights.pt"))
    for outer in (UserError("a UserError"), RuntimeError("one of Hydra's")):
        message = full_disk(raised(outer, full))
        assert message is not None
        assert message.startswith(f"{tmp_path}/absent/weights.pt cannot be written (")
        assert f"on the disk of {tmp_path}): No space left on device. Free" in message
    wrapped = MlflowException("(sqlite3.OperationalError) database or disk is full [SQL: INSERT]")
    message = full_disk(wrapped, [tmp_path])
    assert message is not None
    assert "database or disk is full. Free" in message
    nowhere = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")
    assert full_disk(nowhere, [tmp_path]) is not None


def test_other_errors_are_not_a_full_disk(tmp_path):
    for other in (
        PermissionError(errno.EACCES, "Permission denied", str(tmp_path)),
        FileNotFoundError(errno.ENOENT, "No such file or directory", str(tmp_path)),
        ValueError("something else"),
        RuntimeError("CUDA out of memory"),
    ):
        assert full_disk(raised(UserError("outer"), other), [tmp_path]) is None


def test_a_job_says_so_and_goes_on_afterwards(galaxy_causal, tmp_path, monkeypatch):
    write_fit = fits.write_fit

    def full(folder, *arguments):
        if len(list(tmp_path.glob("mlruns/fits/*/*"))) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_fit(folder, *arguments)

    monkeypatch.setattr(fits, "write_fit", full)
    options = (*QUICK, "estimator=gaussian")
    refused = galaxy_causal(*options)
    assert refused.code == 2
    assert refused.err.startswith("error: a file cannot be written (")
    assert len(refused.err.splitlines()) == 1
    in_a_sweep = galaxy_causal("-m", *options)
    assert in_a_sweep.code == 2
    assert "a file cannot be written (" in in_a_sweep.err
    assert "Traceback" not in in_a_sweep.err
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    again = galaxy_causal(*options)
    assert again.code == 0, again.err
    assert "3 fits: 2 trained, 1 reused" in again.out


@pytest.fixture
def tiny():
    """A disk of half a megabyte, which a database alone does not fit."""
    place = Path(tempfile.mkdtemp())
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", place], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)
    place.rmdir()


@pytest.mark.long
def test_a_disk_that_is_full(tiny, tmp_path):
    command = [
        sys.executable,
        "-m",
        "galaxy_causal",
        *QUICK,
        "estimator=gaussian",
        f"tracking.root={tiny}/runs",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "cannot be written (0.0 MiB free on the disk of" in done.stderr
    assert len(done.stderr.splitlines()) == 1
