"""Polite endings."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from galaxy_causal.processes.stops import on_stop


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM unwind the stack, as Ctrl-C does, so that a run's end can be written.

    Only in the main thread, where Python allows it, and only where nobody handles SIGTERM yet.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    on_stop((signal.SIGTERM,), lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
