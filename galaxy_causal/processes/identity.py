"""Who a process is, so that another can tell whether it still runs."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, told from every other of this and of other machines.

    Parameters
    ----------
    host
        The name of its machine.
    boot
        The running kernel's own id, another after every start; empty where the system has none.
    namespace
        Within which its ``pid`` counts: containers of one machine number their processes alike. Empty where
        the system has none.
    pid
        Its number, which another process gets once it has ended.
    started
        When it started, as the kernel tells: it does not follow a clock that is set.
    """

    host: str
    boot: str
    namespace: str
    pid: int
    started: str

    @classmethod
    def own(cls) -> ProcessIdentity:
        """That of this process; a fork has another."""
        return _own(os.getpid())

    def is_alive(self) -> bool | None:
        """Whether the process runs; None where this process cannot tell.

        Returns
        -------
        bool or None
            None for one of another machine, boot or container. A process that has ended and that its
            parent has not asked for yet is not alive.

        Notes
        -----
        A signal is tried first: where ``/proc`` hides the processes of others, these look as if they had
        ended.
        """
        mine = ProcessIdentity.own()
        if not self.boot or (self.host, self.boot, self.namespace) != (mine.host, mine.boot, mine.namespace):
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        state, started = _state(self.pid)
        if not started:
            return None
        return started == self.started and state != "Z"


@cache
def _own(pid: int) -> ProcessIdentity:
    namespace = ""
    with suppress(OSError):
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return ProcessIdentity(socket.gethostname(), _boot(), namespace, pid, _state(pid)[1])


@cache
def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _state(pid: int) -> tuple[str, str]:
    """The letter of a process's state, ``Z`` where it has ended, and when it started; empty where hidden."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _told_by_psutil(pid)
    fields = text.rpartition(")")[2].split()  # its name, before, may hold blanks and brackets
    return fields[0], fields[19]


def _told_by_psutil(pid: int) -> tuple[str, str]:
    """The same on systems without ``/proc``."""
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return ("Z" if ended else "R"), f"{process.create_time():.2f}"
    except psutil.Error:
        return "", ""
