"""Processes that work together, and what becomes of them when one is lost. Closures travel as tasks whole."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
import torch

from galaxy_causal.crew import crew_of, crewed, leader
from galaxy_causal.types import UserError


def adding():
    def add(number):
        total = torch.tensor([float(number)])
        torch.distributed.all_reduce(total)
        return total.item()

    return add


def followers():
    return [p for p in psutil.Process().children() if "galaxy_causal.crew.follower" in p.cmdline()]


@pytest.mark.long
def test_one_crew_serves_all_trainings_until_one_fails(capfd, monkeypatch):
    add = adding()
    mine = type("Mine", (), {"__module__": "__main__", "number": 4})
    monkeypatch.setattr(sys.modules["__main__"], "Mine", mine, raising=False)
    hook = sys.excepthook
    with crewed(adopts=False):
        with crew_of(3).training(lambda: add(1), "cpu"):
            assert add(10) == 12
        with crewed(adopts=False), crew_of(3).training(lambda: add(mine.number), "cpu"):  # of a notebook
            assert add(10) == 18
        lock = threading.Lock()
        with pytest.raises(UserError, match="cannot travel to the processes"):
            crew_of(3).training(lambda: lock, "cpu").__enter__()
        started = {p.pid for p in followers()}
        assert len(started) == 2

        def fail():
            if torch.distributed.get_rank() == 2:
                raise OSError("no such galaxy")
            add(1)

        with (
            pytest.raises(UserError, match=r"process 2 of 3 \(pid \d+ on .*\) failed: OSError: no such"),
            crew_of(3).training(fail, "cpu"),
        ):
            add(1)
        with pytest.raises(ZeroDivisionError), crew_of(2).training(lambda: add(1), "cpu"):
            raise ZeroDivisionError  # one of this process's own remains itself
        assert not started & {p.pid for p in followers()}
    assert not followers()
    assert sys.excepthook is hook
    assert not torch.distributed.is_initialized()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "was killed by SIGKILL, most likely because memory ran out: take fewer"),
        (signal.SIGSTOP, r"has not been heard of for \d+ s: it hangs or was killed"),
    ],
)
def test_a_lost_process_ends_a_training_with_a_message(monkeypatch, number, words):
    monkeypatch.setattr(leader, "SILENCE", 5)
    add = adding()

    def endless():
        while True:
            add(1)

    def left():
        with crew_of(2).training(endless, "cpu"):
            add(1)
            os.kill(followers()[0].pid, number)
            endless()

    lost = pytest.raises(UserError, match=rf"process 1 of 2 \(pid \d+ on .*\) {words}")
    with crewed(adopts=False), lost:
        left()
    assert not followers()


KILLED = """
import os, signal, time, torch
from galaxy_causal.crew import crew_of
def endless():
    while True:
        torch.distributed.all_reduce(torch.zeros(1))
with crew_of(3).training(endless, "cpu"):
    torch.distributed.all_reduce(torch.zeros(1))
    print(*[one.process.pid for one in crew_of(3).hired])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_followers_end_with_the_first():
    job = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, timeout=200, check=False
    )
    assert job.returncode == -signal.SIGKILL
    late = time.monotonic() + 60
    pids = [int(word) for word in job.stdout.split()]
    assert len(pids) == 2
    while any(psutil.pid_exists(pid) for pid in pids):
        assert time.monotonic() < late
        time.sleep(0.1)
    assert job.stderr == ""
