"""Processes end with whoever started them, however that one ends, and write how they ended."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import psutil
import pytest
from joblib.externals.loky.process_executor import ProcessPoolExecutor

from galaxy_causal.processes import parents
from galaxy_causal.processes.parents import EndedError, at_work, end_with, is_worker
from galaxy_causal.processes.pools import helpers, kill, stop

LATE = 120  # seconds that a busy machine may take


def nothing():
    pass


def until(true):
    late = time.monotonic() + LATE
    while not true():
        assert time.monotonic() < late, "it took too long"
        time.sleep(0.1)


def lives(process):
    """Whether it runs; nobody may ask for what is left of an orphan."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def begun(folder):
    return [int(file.name.removeprefix("began-")) for file in folder.glob("began-*")]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["pool", "side_by_side", "sweep"])
def test_workers_end_with_the_process_that_started_them(tmp_path, kind, end):
    boss = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("bosses.py"), kind, tmp_path],
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: len(begun(tmp_path)) == 2 or boss.poll() is not None)
        everyone = psutil.Process(boss.pid).children(recursive=True)
        assert {*begun(tmp_path)} <= {process.pid for process in everyone}
        boss.send_signal(end)
        until(lambda: not any(map(lives, everyone)))
    finally:
        boss.kill()
        boss.communicate()
    if kind != "pool":
        assert len(list(tmp_path.glob("ended-*"))) == 2
        assert len(begun(tmp_path)) == 2  # nor did anyone begin another task


def number():
    return os.getpid()


def wait_for(file):
    with at_work():
        file.touch()
        time.sleep(1000)


def test_a_task_that_is_told_to_end_says_so_and_its_pool_goes_on(tmp_path):
    with helpers(1, nothing) as pool:
        pid = pool.submit(number).result(LATE)
        worker = pool._processes[pid]
        task = pool.submit(wait_for, tmp_path / "began")
        until((tmp_path / "began").exists)
        stop([worker], [task])
        with pytest.raises(EndedError, match="a worker process was ended by SIGTERM"):
            task.result(LATE)
        with pytest.raises(EndedError):  # it takes no others
            pool.submit(wait_for, tmp_path / "again").result(LATE)
        assert pool.submit(number).result(LATE) == worker.pid
    assert not (tmp_path / "again").exists()


def test_a_number_that_another_process_may_have_by_now_gets_no_signal(monkeypatch):
    ended = get_context("spawn").Process(target=nothing)
    ended.start()
    ended.join(LATE)
    monkeypatch.setattr(os, "kill", lambda *given: pytest.fail(f"sent {given}"))
    stop([ended], [])
    kill([ended])


def test_what_is_told_as_a_task_begins_ends_it(monkeypatch):
    class Told(parents._Worker):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name == "busy" and value:
                self.hear(signal.SIGTERM, None)

    worker = Told()
    worker.parent = os.getppid()
    monkeypatch.setattr(parents, "_worker", worker)
    with pytest.raises(EndedError), at_work():
        pytest.fail("it began")
    assert not worker.busy


def test_one_whose_parent_has_ended_before_it_began_ends_at_once():
    someone_else = os.getppid()
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(end_with, someone_else).exception(LATE)
    assert "EXIT(143)" in str(error)


def test_what_is_no_worker_ends_as_ever():
    assert not is_worker()
    for end in (KeyboardInterrupt, SystemExit, ValueError):
        with pytest.raises(end), at_work():
            raise end
