"""Fits side by side give what fits one after the other give, and survive what kills a process."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest
from command import QUICK
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from stored import runs
from torch.multiprocessing.spawn import ProcessExitedException

from galaxy_causal.jobs import side_by_side
from galaxy_causal.jobs.settings import fit_maker
from galaxy_causal.jobs.side_by_side import workers
from galaxy_causal.types import UserError

ENDLESS = ("network.training.max_epochs=100000", "network.training.patience=null")
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


@pytest.fixture
def helpers_first(monkeypatch):
    """This process waits for what helpers, which start slowly, make of every fit."""
    got = side_by_side._got

    def patient(*given):
        wait([helper for helper in given[-1:] if helper is not None])
        return got(*given)

    monkeypatch.setattr(side_by_side, "_got", patient)


def test_helpers_make_the_same_fits_and_the_report_says_who(galaxy_causal, helpers_first):
    together = galaxy_causal(*QUICK, "fits_at_once=2", "tracking.root=together")
    assert together.code == 0, together.err
    assert together.out.count("side by side") == 3
    assert "3 fits: 3 trained, 0 reused" in together.out
    alone = galaxy_causal(*QUICK, "tracking.root=alone")

    def numbers(text):
        return [line for line in text.splitlines() if "±" in line]

    assert numbers(alone.out) == numbers(together.out)


@pytest.mark.long
def test_helpers_that_fail_leave_their_fits_to_the_job(galaxy_causal, monkeypatch, helpers_first):
    monkeypatch.setattr(side_by_side, "_make", os._exit)  # takes one argument: fails with a TypeError
    outcome = galaxy_causal(*QUICK, "fits_at_once=2")
    assert outcome.code == 0, outcome.err
    assert "3 fits: 3 trained" in outcome.out
    assert "side by side" not in outcome.out


def test_a_job_that_fails_ends_its_helpers(galaxy_causal, monkeypatch):
    def fail(*_, **__):
        raise UserError("no fit here")

    monkeypatch.setattr("galaxy_causal.fitting.FitMaker.fit", fail)  # helpers are processes of their own
    before = set(psutil.Process().children())
    outcome = galaxy_causal(*QUICK, *ENDLESS, "seeds=3", "fits_at_once=2")
    assert (outcome.code, outcome.err) == (2, "error: no fit here\n")
    left = [
        one for one in set(psutil.Process().children()) - before if "popen_loky" in " ".join(one.cmdline())
    ]
    assert not left


def killed(task, parent):
    """The end of a helper that has begun a fit."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.long
def test_a_helper_that_is_killed_is_named_with_its_fit(galaxy_causal, monkeypatch, helpers_first):
    monkeypatch.setattr(side_by_side, "_make", killed)
    outcome = galaxy_causal(*QUICK, "fits_at_once=2", "estimator=cross_entropy")
    assert outcome.code == 0, outcome.err
    assert "signal[x1x2] seed 0: its process was killed by SIGKILL (most likely memory ran out" in outcome.out
    assert "3 fits: 3 trained" in outcome.out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            BrokenProcessPool("ended abruptly"),
            "a worker process was killed, most likely because memory ran out",
        ),
        (ProcessExitedException("process 1", 1, 1, -9, "SIGKILL"), "a worker process was killed"),
        (MemoryError("Unable to allocate 1.5 TiB"), "memory ran out (Unable to allocate 1.5 TiB)"),
        (RuntimeError("CUDA out of memory. Tried to"), "memory ran out (CUDA out of memory. Tried to)"),
    ],
)
def test_a_fit_that_lacks_memory_is_named(galaxy_causal, monkeypatch, error, words):
    def fail(*_):
        raise error

    monkeypatch.setattr("galaxy_causal.estimator.CrossEntropy.information", fail)
    outcome = galaxy_causal(*QUICK)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: signal[x1] seed 0: {words}")
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.long
def test_a_member_of_a_sweep_that_is_killed_is_told_in_one_line(tmp_path):
    job = sweep(tmp_path, "launcher=joblib", "launcher.workers=2", *ENDLESS)
    try:
        late = time.monotonic() + 240
        while not list(tmp_path.glob("mlruns/leases/fit-*")) and job.poll() is None:
            assert time.monotonic() < late, "no fit was begun"
            time.sleep(0.2)
        workers_of_it = psutil.Process(job.pid).children()
        for worker in workers_of_it:
            if worker.is_running() and "popen_loky" in " ".join(worker.cmdline()):
                worker.kill()
                break
        _, err = job.communicate(timeout=120)
    finally:
        job.kill()
        job.communicate()
    assert job.returncode == 2, err
    assert err.startswith("error: a worker process was killed, most likely because memory ran out")
    assert "Traceback" not in err  # Python may add a line on semaphores that the killed process left


def test_fits_of_several_devices_are_others():
    def key(*overrides):
        cfg = config("dataset=gaussian", "bands=signals", "trainer.accelerator=cpu", *overrides)
        return fit_maker(cfg, instantiate(cfg.dataset)).method()["trainer"]

    assert key("trainer.devices=1") == key("trainer.devices=[0]") == key("trainer.devices=auto")
    assert "devices" not in key("trainer.devices=1")
    assert key("trainer.devices=2") == key("trainer.devices=[0,1]") == {**key(), "devices": 2}


def test_as_many_processes_as_the_cores_can_feed(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8))

    def maker(*overrides):
        return fit_maker(config(*overrides), None)

    assert workers(maker()) == 8
    assert workers(maker("launcher=joblib", "launcher.workers=4")) == 2
    assert workers(maker("network=paper_photometry")) == 1  # it uses all threads itself
    assert workers(maker("trainer.devices=2")) == 1
    assert workers(maker("fits_at_once=3")) == 3
    for wrong in ("0", "true", "1.5", "many"):
        with pytest.raises(UserError, match=r"fits_at_once=.*whole number"):
            workers(maker(f"fits_at_once={wrong}"))


def test_a_killed_sweep_goes_on_and_trains_nothing_twice(galaxy_causal, tmp_path):
    killed = sweep(tmp_path, start_new_session=True)
    for line in killed.stdout:
        if line.startswith("  [2/3]"):  # in the first of two members
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert "RUNNING" in statuses(tmp_path)
    before = list(tmp_path.glob("mlruns/fits/*/*"))
    assert len(before) >= 2
    again = galaxy_causal(*SWEEP)
    assert again.out.count(" reused;") == 2, again.err
    reused = sum(int(n) for n in re.findall(r"(\d+) reused;", again.out))
    trained = sum(int(n) for n in re.findall(r"(\d+) trained,", again.out))
    # No member shares a fit with another, for r1 changes the draws of both signals.
    assert (trained + reused, reused) == (6, len(before))
    after = fits(tmp_path)
    assert {fit.info.status for fit in after} == {"FINISHED"}
    assert len(after) == len({fit.data.tags["fit_key"] for fit in after}) == 6
    assert set(statuses(tmp_path)) == {"FINISHED"}


@pytest.mark.long
def test_members_of_a_sweep_side_by_side_on_a_fresh_folder(tmp_path):
    """Two at a time, of which the first two, and the last two, need the same fits."""
    both = "decomposition=population_min,pointwise_min"
    process = sweep(tmp_path, "launcher=joblib", "launcher.workers=2", both)
    _, err = process.communicate(timeout=500)
    assert process.returncode == 0, err
    after = fits(tmp_path)
    assert len(after) == len({fit.data.tags["fit_key"] for fit in after}) == 6
    assert statuses(tmp_path) == ["FINISHED"] * (6 + 4 + 1)
