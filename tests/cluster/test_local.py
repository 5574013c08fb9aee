"""Workers of this machine that outlive their command: one is killed, all are ended, others go on."""

import os
import signal
import time
from contextlib import suppress

import psutil
from command import QUICK

LONG = [one for one in QUICK if not one.startswith(("seeds", "network.training"))]
FOUR = (
    "-m",
    "launcher=local",
    "launcher.tasks=2",
    *LONG,
    "network.training.max_epochs=60",
    "seeds=2",
    "decomposition.bins=5,6",
)


def eventually(look, seconds=240):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it never happened")


def workers(sweep):
    """Processes that make fits, by the task that each is."""
    found = {}
    for task in sweep.submissions()[-1].tasks:
        with suppress(psutil.Error):
            for child in psutil.Process(int(task)).children(recursive=True):
                if "submitit.core._submit" in " ".join(child.cmdline()):
                    found[task] = child
    return found


def test_a_killed_worker_loses_nothing_and_a_cancelled_sweep_goes_on(galaxy_causal, only_sweep):
    assert galaxy_causal(*FOUR).code == 0
    sweep = only_sweep()
    name = eventually(lambda: next(iter(sweep.names("running")), None))
    task = sweep.begun(name).task
    leader = os.getsid(workers(sweep)[task].pid)
    assert leader != os.getsid(0)  # a closed terminal or Ctrl-C does not reach it
    workers(sweep)[task].send_signal(signal.SIGKILL)

    assert "is at work already" in galaxy_causal(*FOUR).out
    ended = galaxy_causal("job=cancel")
    assert ended.code == 0, ended.err
    assert not workers(sweep)
    status = galaxy_causal("job=status")
    assert " stopped " in status.out

    assert galaxy_causal(*FOUR).code == 0
    status = galaxy_causal("job=status", f"sweep={sweep.id}", "wait=true")
    assert status.code == 0, status.out + status.err
    assert "6 of 6 done" in status.out
    assert "2 of 2 done" in status.out
    logs = "".join(file.read_text() for file in sweep.logs.glob("*.out"))
    assert logs.count(" nats (") - logs.count("nats (reused)") >= 6
    assert "all members are done" in galaxy_causal(*FOUR).out
    eventually(lambda: not workers(sweep))
