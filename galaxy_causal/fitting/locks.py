"""Locks between processes, which the kernel releases when their holder dies, and polite endings."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from galaxy_causal.fitting.holder import Held, Holder

OnWait = Callable[[str], None]
PATIENCE = 0.3  # seconds before a wait is worth a word


@contextmanager
def held(path: Path, name: str, on_wait: OnWait | None = None, blocking: bool = True) -> Iterator[None]:
    """Hold the lock ``path``; where another holds it, say ``on_wait(name)`` and wait, or raise Held."""
    lock = FileLock(str(path))
    try:
        lock.acquire(timeout=PATIENCE if blocking else 0)
    except Timeout:
        if not blocking:
            raise Held(name, Holder()) from None
        if on_wait is not None:
            on_wait(name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def held_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock ``path`` if nobody does, and say whether; never waits."""
    lock = FileLock(str(path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM unwind the stack, as Ctrl-C does, so that a run's end can be written.

    Only in the main thread, where Python allows it, and only where nobody handles SIGTERM yet.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)  # what a shell reports for a process ended by this signal

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
