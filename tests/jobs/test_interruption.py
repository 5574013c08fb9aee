"""Jobs that are stopped by real signals, and go on: real processes, through the command line."""

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest
from command import QUICK

OFTEN = "trainer.checkpoint_minutes=0.002"
PATIENT = 180  # seconds, for a machine that is busy
COARSE = 0.05  # seconds by which times of files may lag behind


@contextmanager
def job(folder, *overrides):
    """A process that runs QUICK with more overrides; it is killed in the end."""
    command = [sys.executable, "-m", "galaxy_causal", *QUICK, *overrides]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def await_checkpoints(folder, count, process):
    late = time.monotonic() + PATIENT
    while len(found := sorted(folder.glob("mlruns/checkpoints/*/1.running"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < late, "no checkpoints were written"
        time.sleep(0.02)
    return found


@pytest.mark.long
def test_a_job_that_is_killed_leaves_a_checkpoint_of_what_each_of_its_processes_trains(tmp_path):
    endless = ("network.training.max_epochs=100000", "network.training.patience=null", "fits_at_once=2")
    with job(tmp_path, *endless, OFTEN) as process:
        files = await_checkpoints(tmp_path, 2, process)
        helpers = psutil.Process(process.pid).children(recursive=True)
        asked = time.time() - COARSE
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENT)
    assert (process.returncode, err) == (128 + signal.SIGTERM, "")
    assert all(file.stat().st_mtime > asked for file in files)
    assert psutil.wait_procs(helpers, timeout=PATIENT)[1] == []


def test_a_job_that_is_killed_without_a_word_goes_on_to_the_same_numbers(galaxy_causal, tmp_path):
    fits = ("network.training.max_epochs=50", "network.training.patience=null")
    whole = galaxy_causal(*QUICK, *fits, "tracking.root=whole", "trainer.checkpoint_minutes=null")
    assert whole.code == 0
    with job(tmp_path, *fits, OFTEN) as process:
        await_checkpoints(tmp_path, 1, process)
        process.kill()
        process.communicate(timeout=PATIENT)
    again = galaxy_causal(*QUICK, *fits)
    assert again.code == 0
    assert len(re.findall(r"^  .* seed 0: goes on at step [\d,]+ of [\d,]+$", again.out, re.MULTILINE)) == 1
    assert numbers(tmp_path / "mlruns") == numbers(tmp_path / "whole")
    assert list(tmp_path.glob("*/checkpoints/*")) == []


def numbers(root):
    """Numbers and curves of every fit, by its key."""
    return {file.parent.name: file.read_text() for file in root.glob("fits/*/*/metrics.json")}
