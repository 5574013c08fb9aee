"""Whether a process still runs is known exactly on one machine, and nothing is guessed of others."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from galaxy_causal.processes import ProcessIdentity, identity


def child() -> subprocess.Popen:
    """A process that waits for its standard input to close."""
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def identity_of(pid: int) -> ProcessIdentity:
    return replace(ProcessIdentity.own(), pid=pid, started=identity._state(pid)[1])


def test_a_process_lives_until_it_ends() -> None:
    assert ProcessIdentity.own().is_alive() is True
    with child() as process:
        other = identity_of(process.pid)
        assert other.is_alive() is True
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert other.is_alive() is False, "its parent has not asked for it yet"
    assert other.is_alive() is False


def test_whoever_has_its_number_later_is_another() -> None:
    assert replace(ProcessIdentity.own(), started="1").is_alive() is False


@pytest.mark.parametrize("field", ["host", "boot", "namespace"])
def test_of_another_machine_nothing_is_known(field: str) -> None:
    for pid in (os.getpid(), 2**22 + 1):
        assert replace(ProcessIdentity.own(), pid=pid, **{field: "another"}).is_alive() is None
        assert replace(ProcessIdentity.own(), pid=pid, boot="").is_alive() is None


def test_a_hidden_process_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """As /proc hides those of other users on many clusters, and a signal to them is refused."""
    own = ProcessIdentity.own()

    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(identity, "_state", lambda pid: ("", ""))
    assert own.is_alive() is None


def test_a_fork_is_another_process() -> None:
    own = ProcessIdentity.own()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        other = ProcessIdentity.own()
        os.write(write, str(other.pid == os.getpid() and other != own and own.is_alive()).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(read, 10) == b"True"
    os.close(read)
    os.close(write)
