"""What ``doctor`` finds."""

import os
import time
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from galaxy_causal.jobs.doctor import findings as room
from galaxy_causal.jobs.doctor.findings import MISSING, SLOW, WRONG, findings


def found(root, **more):
    return {one.name: one for one in findings(OmegaConf.create({"root": str(root), "uri": None, **more}))}


def test_versions_devices_store_and_disk_are_told(tmp_path):
    (tmp_path / "runs" / "fits" / "ab" / "abcd").mkdir(parents=True)
    told = found(tmp_path / "runs")
    assert {"galaxy_causal", "python", "packages", "processor", "store", "disk", "one core"} <= set(told)
    assert told["store"].value.endswith("1 fits")
    assert "torch 2." in told["packages"].value
    assert not any(one.state == WRONG for one in told.values())
    assert list(Path(tmp_path).rglob(".doctor-*")) == []


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path):
    found(tmp_path / "new" / "runs")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_written_is_wrong(tmp_path):
    (tmp_path / "file").write_text("")
    told = found(tmp_path / "file")["store"]
    assert told.state == WRONG
    assert "tracking.root=" in told.remedy


def test_a_server_that_does_not_answer_is_wrong(tmp_path):
    told = found(tmp_path, uri="http://127.0.0.1:9")["server"]
    assert told.state == WRONG
    assert "tracking=local" in told.remedy


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [("LEAST_RATE", 1e18, "one core"), ("LEAST_DISK", 1e18, "disk's speed"), ("LEAST_FREE", 2**60, "disk")],
)
def test_what_is_slow_says_so_with_a_remedy(tmp_path, monkeypatch, name, value, finding):
    monkeypatch.setattr(room, name, value)
    told = found(tmp_path)[finding]
    assert (told.state, bool(told.remedy)) == (SLOW, True)


def test_the_clock_of_the_disk_starts_once_there_is_something_to_write(tmp_path, monkeypatch):
    order, (random, clock) = [], (os.urandom, time.perf_counter)
    monkeypatch.setattr(os, "urandom", lambda size: order.append("made") or random(size))
    monkeypatch.setattr(time, "perf_counter", lambda: order.append("clock") or clock())
    rate, small = room._written(tmp_path)
    assert order[:2] == ["made", "clock"]
    assert order.count("made") == 1
    assert min(rate, small) > 0


def test_others_at_work_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (1e3, 0, 0))
    assert found(tmp_path)["processor"].state == SLOW


def test_a_missing_extra_is_told_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "missing", lambda: {"mock": ["galsim"]})
    told = found(tmp_path)["[mock]"]
    assert (told.state, told.remedy) == (MISSING, "pip install 'galaxy_causal[mock]'")


def test_the_command_ends_with_2_where_nothing_can_work(galaxy_causal, tmp_path):
    (tmp_path / "file").write_text("")
    done = galaxy_causal("doctor", "tracking.root=file")
    assert done.code == 2
    assert "tracking.root=" in done.err
    assert "galaxy_causal" in done.out
