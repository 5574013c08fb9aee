"""Runs of jobs hold what the machine did where that is asked for, and nothing of it where it is not."""

import time

import pytest
from stored import client

from galaxy_causal.tracking import open_store, system

METRIC = "system/system_memory_usage_megabytes"


def metrics(root):
    """Names of what the only run holds."""
    (run,) = client(root.parent).search_runs(["1"])
    return run.data.metrics


@pytest.mark.parametrize("asked", [True, False])
def test_a_run_holds_what_the_machine_did_if_asked(tmp_path, monkeypatch, asked):
    root = tmp_path / "mlruns"
    monkeypatch.setattr(system, "EVERY", 0.1)
    monkeypatch.setattr(system, "SAMPLES", 1)
    tracker = open_store(root=root, system_metrics=asked).tracker
    with tracker.job({"job": "test"}, "a job", {"job": "test"}, {}) as job:
        job.log({"mi": 1.0})
        until = time.monotonic() + (60 if asked else 1)
        while METRIC not in metrics(root) and time.monotonic() < until:
            time.sleep(0.2)
    (found,) = tracker.finished()
    assert found["mi"] == 1.0
    assert (METRIC in found) is asked
