"""A process that another one started ends when that one does, however it came to its end.

The system's own means for this, ``PR_SET_PDEATHSIG`` of Linux, fires when the *thread* ends that started the
process, which for workers of a pool may be any: so a thread of ours looks.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from galaxy_causal.processes.stops import listens

LOOK = 0.5
"""Seconds between two looks at the parent."""
GRACE = 10.0
"""Seconds in which a process that is told to end may write how it ended."""
PATIENCE = 60.0
"""Seconds for one that trains: for the end of a batch, and a checkpoint."""


class EndedError(RuntimeError):
    """What a task of a worker ends with that was told to end; it can travel to whoever asked for it."""


class _Worker:
    """This process, as a worker of another."""

    def __init__(self) -> None:
        self.parent: int | None = None
        self.busy = False
        self.told = ""

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """End the task at hand, once: whoever tells again would cut short what is being written."""
        first, self.told = not self.told, signal.Signals(number).name
        if first and self.busy:
            raise SystemExit(128 + number)  # what a shell reports for a process ended by this signal


_worker = _Worker()


def end_with(parent: int) -> None:
    """Have this process end soon after the one that started it.

    Parameters
    ----------
    parent
        The process number of that one; it may have ended already.

    Notes
    -----
    It gets SIGTERM then, as from ``kill``. Where a task is under way (see `at_work`) it has `GRACE` seconds
    to heed that, and a training `PATIENCE`; SIGKILL follows. Called again, it does nothing.
    """
    if _worker.parent == parent:
        return
    _worker.parent = parent
    if os.getppid() != parent:  # it ended before we began
        os._exit(128 + signal.SIGTERM)
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def serve(parent: int) -> None:
    """Begin as a worker whose tasks can be ended: as `end_with`, and SIGTERM ends a task, not the process.

    Parameters
    ----------
    parent
        As of `end_with`.

    Notes
    -----
    Between tasks SIGTERM makes it refuse those to come; the pool that it is in would otherwise kill all its
    other workers as soon as one is gone, with their ends unwritten.
    """
    end_with(parent)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _worker.hear)


def is_worker() -> bool:
    """Whether this process serves another."""
    return _worker.parent is not None


@contextmanager
def at_work() -> Iterator[None]:
    """Do a task of a worker: SIGTERM and Ctrl-C unwind it.

    Raises
    ------
    EndedError
        Where the worker was told to end before or meanwhile. In a process that is no worker nothing is
        caught.
    """
    if not is_worker():
        yield
        return
    try:
        _worker.busy = True
        if _worker.told:  # looked at last: whatever is told from here on is raised
            raise _ended()
        yield
    except KeyboardInterrupt as error:
        _worker.told = signal.SIGINT.name
        raise _ended() from error
    except SystemExit as error:
        if not _worker.told:
            raise
        raise _ended() from error
    finally:
        _worker.busy = False


def _ended() -> EndedError:
    return EndedError(f"a worker process was ended by {_worker.told}")


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    told = time.monotonic()
    until = told + GRACE
    while _worker.busy and time.monotonic() < until:
        if listens():  # once its checkpoint is there, it may write how it ended
            until = min(time.monotonic(), told + PATIENCE) + GRACE
        time.sleep(LOOK / 10)
    os.kill(os.getpid(), signal.SIGKILL)
