"""Processes of their own, as if each were on a machine of its own, that share a store of fits."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

SOON = 120.0
"""Seconds in which a busy machine does what takes a few."""
NEVER, AT_ONCE = "/nothing", "/"
"""Files by which a making ends."""
_processes = get_context("forkserver")
_processes.set_forkserver_preload(["galaxy_causal.fitting", "s3fs"])  # which takes most of their time


class Sharer:
    """A process that makes a fit, and tells of it by lines."""

    def __init__(self, root: str, fits: str, host: str, file: str = NEVER, lease: float = 2.0) -> None:
        self._lines, theirs = _processes.Pipe(duplex=False)
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS")}
        self._process = _processes.Process(target=_share, args=(theirs, root, fits, host, file, lease, aws))
        self._process.start()
        theirs.close()

    def line(self) -> str:
        """What it says next."""
        assert self._lines.poll(SOON), "it says nothing"
        return str(self._lines.recv())

    @property
    def is_silent(self) -> bool:
        """Whether it says nothing for some seconds."""
        return not self._lines.poll(3)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.join()
        self._lines.close()


@contextmanager
def sharer(*args: str, lease: float = 2.0) -> Iterator[Sharer]:
    """One that is gone in the end; see ``_share`` for what it is given."""
    process = Sharer(*args, lease=lease)
    try:
        yield process
    finally:
        process.end()


def _share(
    lines: Connection, root: str, fits: str, host: str, file: str, lease: float, aws: Mapping[str, str]
) -> None:
    """Make a fit, whose making takes until a file is there, on a machine whose clock is a day ahead."""
    os.environ.update(aws)
    socket.gethostname = lambda: host
    real = time.time
    time.time = lambda: real() + 86_400

    from galaxy_causal.fitting import FitStore
    from galaxy_causal.types import UserError

    def make(folder: Path) -> dict[str, float]:
        lines.send("making")
        (folder / "weights").write_text(host)
        while not Path(file).exists():
            time.sleep(0.01)
        return {"loss": 1.0}

    try:
        store = FitStore(root, fits or None, lease_seconds=lease)
        fit, reused = store.get_or_make({"a": 1}, "a fit", {}, make, on_wait=lambda _: lines.send("waiting"))
        lines.send(f"{'found' if reused else 'made'} that of {(fit.folder / 'weights').read_text()}")
    except UserError as error:
        lines.send(f"error: {error}")
