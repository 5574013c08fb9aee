"""Workers of this machine that outlive their command: one is killed, all are ended, others go on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from command import QUICK

from galaxy_causal.cluster import LocalWatch, Submission, Sweep, Todo, local, task_lease
from galaxy_causal.cluster.detached import lines
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.types import UserError

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


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_stays_the_parent_of_what_it_starts_last(shell, tmp_path):
    """It is by the shell's number that a task is known."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    script = " && ".join(
        [*lines(0, ["true"], tmp_path), f"{sys.executable} -c 'import os; print(os.getppid())'"]
    )
    started = subprocess.Popen([shell, "-c", script], stdout=subprocess.PIPE, text=True)
    assert started.communicate(timeout=60)[0].strip() == str(started.pid)


def submission_of(process, logs, **about):
    own = ProcessIdentity.own()
    began = psutil.Process(process.pid).create_time() - psutil.boot_time()
    where = {"host": own.host, "boot": own.boot, "namespace": own.namespace}
    name = str(process.pid)
    found = {"session": process.pid, "began": {name: began}, "logs": str(logs), **where, **about}
    return Submission("local", "all", (name,), found)


def test_only_processes_of_the_sweep_are_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "GRACE", 0.5)
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    stranger = subprocess.Popen(sleep, start_new_session=True)
    worker = subprocess.Popen([*sleep, str(tmp_path)], start_new_session=True)
    watch = LocalWatch()
    try:
        watch.cancel([submission_of(stranger, tmp_path), submission_of(worker, tmp_path, boot="before")])
        assert stranger.poll() is None
        assert worker.poll() is None
        watch.cancel([submission_of(worker, tmp_path)])
        assert worker.wait(60) is not None  # by whom it was ended psutil has asked already
    finally:
        for process in (stranger, worker):
            process.kill()
            process.wait()


def test_a_worker_whose_shell_alone_was_killed_is_still_at_work(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "GRACE", 0.5)
    script = "trap : EXIT; SUBMITIT_LOCAL_JOB_ID=$$ {} -c 'import time; time.sleep(600)' {}"
    shell = subprocess.Popen(["sh", "-c", script.format(sys.executable, tmp_path)], start_new_session=True)
    one, watch, name = submission_of(shell, tmp_path), LocalWatch(), str(shell.pid)
    (worker,) = eventually(psutil.Process(shell.pid).children)
    eventually(lambda: str(tmp_path) in worker.cmdline())
    shell.kill()
    shell.wait()
    assert watch.states([one]) == {name: "running"}
    watch.cancel([one])
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert watch.states([one]) == {name: "ended"}


def test_tasks_of_another_machine_live_as_long_as_they_give_signs(tmp_path):
    sweep = Sweep(tmp_path / "sweeps" / "one")
    sweep.prepare()
    away = Submission("local", "all", ("7",), {"host": "away", "boot": "its", "logs": str(sweep.logs)})
    with sweep.leases().held(task_lease("away", "7"), "task 7"):
        assert LocalWatch().states([away]) == {"7": "running"}
        with pytest.raises(UserError, match="the workers run on away: end them there"):
            LocalWatch().cancel([away])
    assert LocalWatch().states([away]) == {"7": "ended"}
    LocalWatch().cancel([away])


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


def test_a_setup_that_fails_is_told_in_its_words_and_nothing_is_left(tmp_path):
    sweep = Sweep(tmp_path / "sweeps" / "one")
    sweep.prepare()
    with pytest.raises(UserError, match=r"workers of sweep one ended at once .*nosuch.*launcher.setup="):
        local.Local(tasks=2, setup=["nosuch load cuda"]).submit(sweep, print, Todo(2, 2))
    assert not sweep.submissions()


@pytest.mark.long
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
