"""Runs of jobs hold what the machine did where that is asked for, and nothing of it where it is not."""

import time

import pytest

from galaxy_causal.tracking import open_store, system


@pytest.mark.parametrize("asked", [True, False])
def test_a_run_holds_what_the_machine_did_if_asked(tmp_path, monkeypatch, asked):
    monkeypatch.setattr(system, "EVERY", 0.1)
    monkeypatch.setattr(system, "SAMPLES", 1)
    tracker = open_store(root=tmp_path, system_metrics=asked).tracker
    with tracker.job({"job": "test"}, "a job", {"job": "test"}, {}) as job:
        job.log({"mi": 1.0})
        time.sleep(2)
    (found,) = tracker.finished()
    assert found["mi"] == 1.0
    assert ("system/system_memory_usage_megabytes" in found) is asked
