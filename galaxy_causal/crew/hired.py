"""Processes that the first one starts for the other devices of its machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

SOURCE = str(Path(__file__).parents[2])
"""Where this package lies."""
MEMORY = (
    "most likely because memory ran out: take fewer devices, a smaller network.training.batch_size, or a "
    "machine with more"
)
"""Why processes are killed."""


class Hired:
    """A process of the crew that ends with this one.

    Parameters
    ----------
    rank, world
        Its number, of how many.
    port
        Where the crew meets.
    """

    def __init__(self, rank: int, world: int, port: int) -> None:
        paths = [SOURCE, os.environ.get("PYTHONPATH", "")]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the process)
        self._ours = False
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "galaxy_causal.crew.follower",
                *map(str, (rank, world, port, os.getpid())),
            ],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
        )

    def ended(self) -> str | None:
        """How it ended, None while it runs or where it was to end."""
        code = self.process.poll()
        if code is None or self._ours or self._said.closed:
            return None
        if code < 0:
            name = signal.Signals(-code).name
            return f"was killed by {name}" + f", {MEMORY}" * (name == "SIGKILL")
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        return f"ended with exit code {code}" + "".join(f" ({word})" for word in words)

    def end(self) -> None:
        """End it: it holds nothing that it would have to leave in order."""
        if self.process.poll() is None:
            self._ours = True
            self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self._said.close()
