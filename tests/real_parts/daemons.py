"""Programs that run in the background, are killed in the middle, and end with the test."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Daemon:
    """One of them, in the foreground of a process of its own; it dies with the process that started it.

    Parameters
    ----------
    command
        What it runs.
    log
        Where it writes what it says.
    environment
        Its own.
    """

    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Daemon:
        """Begin, or begin again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self.command],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def end(self, how: signal.Signals = signal.SIGTERM, within: float = 60.0) -> None:
        """Send a signal and wait for the end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(within)

    def kill(self) -> None:
        """End it as a loss of power would."""
        self.end(signal.SIGKILL)


def until(what: str, is_so: Callable[[], bool], within: float = 120.0, pause: float = 0.5) -> float:
    """Wait for something, and say how long that took [s]."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > within:
            raise TimeoutError(f"{what}: not within {within:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began


def with_environment(**wanted: str) -> Iterator[int]:
    """Processes that have these in their environment; this one is left out."""
    needed = {f"{name}={value}".encode() for name, value in wanted.items()}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            has = set((folder / "environ").read_bytes().split(b"\0"))
            if needed <= has and int(folder.name) != os.getpid():
                yield int(folder.name)


def kill_all(processes: Iterator[int]) -> int:
    """SIGKILL to all of them; how many there were."""
    count = 0
    for process in list(processes):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            count += 1
    return count
