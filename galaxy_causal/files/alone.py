"""Work on a file that one process does, while others wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console

PATIENCE = 0.3
"""Seconds before a wait is worth a word."""


@contextmanager
def alone(target: Path, does: str) -> Iterator[None]:
    """Hold the lock of a file that is to be made; say so while another process makes it.

    Parameters
    ----------
    target
        The file; its lock is ``<target>.lock`` beside it.
    does
        What whoever holds it does, in a word such as ``unpacks``.

    Returns
    -------
    context manager
        Of nothing.
    """
    lock = FileLock(str(target.with_name(f"{target.name}.lock")))
    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        Console(stderr=True).print(f"waiting for another process that {does} {target}", highlight=False)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
