"""Fits side by side give what fits one after the other give, and survive what kills a process."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from command import QUICK
from hydra import compose, initialize_config_module
from stored import runs

from galaxy_causal.jobs.crew import TwoEnded, workers
from galaxy_causal.types import UserError

SWEEP = ("-m", "dataset.r1=0.2,0.4", *QUICK)


def config(*overrides):
    with initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return compose("config", overrides=list(overrides))


def fits(tmp_path):
    return runs(tmp_path, "fit")


def statuses(tmp_path):
    return [run.info.status for run in runs(tmp_path)]


def sweep(tmp_path, *overrides, **options):
    command = [sys.executable, "-m", "galaxy_causal", *SWEEP, *overrides]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, **options)


def test_both_ends_meet_and_each_place_is_taken_once():
    queue = TwoEnded(5)
    front, back = queue.front(), queue.back()
    taken = [next(front), next(back), next(back), next(front)]
    assert taken == [0, 4, 3, 1]
    assert (list(front), list(back), queue.from_back()) == ([2], [], 2)


def test_helpers_make_the_same_fits_and_the_report_says_who(galaxy_causal, monkeypatch):
    front = TwoEnded.front

    def patient(self):
        """Leaves the helper, which starts slowly, the time to begin a fit."""
        while not self.from_back():
            time.sleep(0.05)
        yield from front(self)

    alone = galaxy_causal(*QUICK, "tracking.root=alone")
    monkeypatch.setattr(TwoEnded, "front", patient)
    together = galaxy_causal(*QUICK, "fits_at_once=2", "tracking.root=together")
    assert together.code == 0, together.err
    assert "side by side" in together.out
    assert "3 fits: 3 trained, 0 reused" in together.out

    def numbers(text):
        return [line for line in text.splitlines() if "±" in line]

    assert numbers(alone.out) == numbers(together.out)


def test_a_helper_that_dies_leaves_its_fits_to_the_job(galaxy_causal, monkeypatch):
    monkeypatch.setattr(
        "galaxy_causal.jobs.crew._help", os._exit
    )  # takes one argument: dies with a TypeError
    outcome = galaxy_causal(*QUICK, "fits_at_once=3")
    assert outcome.code == 0, outcome.err
    assert "3 fits: 3 trained" in outcome.out


def test_as_many_processes_as_the_cores_can_feed(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))
    assert workers(config()) == 8
    assert workers(config("launcher=joblib", "launcher.workers=4")) == 2
    assert workers(config("network=paper_photometry")) == 1  # it uses all threads itself
    assert workers(config("trainer.devices=2")) == 1
    assert workers(config("fits_at_once=3")) == 3
    for wrong in ("0", "true", "1.5", "many"):
        with pytest.raises(UserError, match=r"fits_at_once=.*whole number"):
            workers(config(f"fits_at_once={wrong}"))


def test_a_killed_sweep_goes_on_and_trains_nothing_twice(tmp_path):
    killed = sweep(tmp_path, start_new_session=True)
    for line in killed.stdout:
        if line.startswith("  [2/3]"):  # in the first of two members
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert "RUNNING" in statuses(tmp_path)
    before = {fit.info.run_id for fit in fits(tmp_path) if fit.info.status == "FINISHED"}
    assert len(before) >= 2
    out, err = sweep(tmp_path).communicate(timeout=300)
    assert out.count(" reused;") == 2, err
    reused = sum(int(n) for n in re.findall(r"(\d+) reused;", out))
    trained = sum(int(n) for n in re.findall(r"(\d+) trained,", out))
    # No member shares a fit with another, for r1 changes the draws of both signals.
    assert (trained + reused, reused) == (6, len(before))
    after = fits(tmp_path)
    assert {fit.info.status for fit in after} == {"FINISHED"}
    assert before <= {fit.info.run_id for fit in after}
    assert len(after) == len({fit.data.tags["fit_key"] for fit in after}) == 6
    assert set(statuses(tmp_path)) == {"FINISHED"}


def test_members_of_a_sweep_side_by_side_on_a_fresh_folder(tmp_path):
    both = "decomposition=population_min,pointwise_min"
    process = sweep(tmp_path, "launcher=joblib", "launcher.workers=4", both)
    _, err = process.communicate(timeout=500)
    assert process.returncode == 0, err
    after = fits(tmp_path)
    assert len(after) == len({fit.data.tags["fit_key"] for fit in after}) == 6
    assert statuses(tmp_path) == ["FINISHED"] * (6 + 4)
