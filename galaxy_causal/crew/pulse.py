"""Signs of life: a process that died or hangs is missed by the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from galaxy_causal.crew.line import Line

BEAT = 1.0
"""Seconds between signs of life."""
SILENCE = 25
"""Beats without a sign after which a process is given up. They are counted, not timed: a job that was stopped
as a whole and goes on, as after Ctrl-Z, has missed none."""
CUT = 8
"""Beats after which a process is given up where a connection broke: all that live have come back by then."""
IDLE = 10 * SILENCE
"""Beats where nobody waits in a training: the first process may read a catalogue, and do nothing else."""


class Pulse:
    """Two threads: one gives and takes signs of life, the other watches it, which may itself wait in vain.

    Parameters
    ----------
    beat
        Called every second.
    lost
        Called once, with why, when beats fail or do not return.
    """

    def __init__(self, beat: Callable[[], None], lost: Callable[[str], None]) -> None:
        self._beat = beat
        self._lost = lost
        self._since = 0
        self._end = threading.Event()
        for task in (self._beats, self._watches):
            threading.Thread(target=task, name="crew", daemon=True).start()

    def stop(self) -> None:
        """End both threads."""
        self._end.set()

    def _beats(self) -> None:
        while not self._end.wait(BEAT):
            try:
                self._beat()
            except Exception as error:
                self._tell(f"the line is cut ({str(error).partition(chr(10))[0][:200]})")
                return
            self._since = 0

    def _watches(self) -> None:
        while not self._end.wait(BEAT):
            self._since += 1
            if self._since > SILENCE:
                self._tell(f"no answer for {SILENCE * BEAT:.0f} s")

    def _tell(self, why: str) -> None:
        if not self._end.is_set():
            self._end.set()
            self._lost(why)


class Signs:
    """Signs of life of other processes.

    Parameters
    ----------
    line
        Of this thread.
    names
        Under which they give them.
    """

    def __init__(self, line: Line, names: Sequence[str]) -> None:
        self.line = line
        self.last: dict[str, object] = {}
        self.missed = dict.fromkeys(names, 0)

    def look(self) -> None:
        """Count for each how often it gave no new sign in a row, or none at all."""
        for name in self.missed:
            sign = self.line.told(name)
            self.missed[name] = 0 if sign != self.last.get(name) else self.missed[name] + 1
            self.last[name] = sign

    def lost(self, name: str, beats: int) -> bool:
        """Whether one has fallen silent that gave a sign before, for so many looks."""
        return self.last.get(name) is not None and self.missed[name] >= beats

    def forget(self) -> None:
        """Begin to count anew."""
        self.missed = dict.fromkeys(self.missed, 0)
