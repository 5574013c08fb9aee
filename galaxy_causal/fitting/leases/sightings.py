"""How long something has not changed, by the clock of whoever looks: clocks of machines are not compared."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from galaxy_causal.processes import ProcessIdentity, mark


def clock() -> float:
    """The time since this machine was started, also while it slept; the same for all its processes.

    Returns
    -------
    float
        In seconds. Where the system has no such clock, one that stands still while it sleeps.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Sightings:
    """What was seen, and for how long it has been the same.

    Parameters
    ----------
    longest
        Of the time between two looks so much counts at most [s]: whoever was stopped meanwhile, or could not
        reach what it looks at, does not know what it missed.
    file
        Where to remember between processes of this machine; None: nowhere.
    now
        The clock.
    """

    def __init__(
        self, longest: float = math.inf, file: Path | None = None, now: Callable[[], float] = clock
    ) -> None:
        self._longest, self._file, self._now = longest, file, now
        self._seen: dict[str, tuple[str, float, float]] = {} if file is None else self._remembered(file)

    def unchanged(self, name: str, value: str) -> float:
        """For how long [s] the value of this name has been seen the same."""
        now = self._now()
        before, since, last = self._seen.get(name, ("", now, now))
        if before != value:
            since = last = now
        since += max(0.0, now - last - self._longest)  # what does not count
        self._seen[name] = (value, since, now)
        return now - since

    def keep(self, names: Collection[str]) -> None:
        """Remember these alone."""
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}
        if self._file is not None and (self._seen or self._file.exists()):
            own = self._file.with_name(f".{mark()}-{self._file.name}")
            with suppress(OSError):  # then the next look is a first one
                own.parent.mkdir(parents=True, exist_ok=True)
                own.write_text(json.dumps({"boot": ProcessIdentity.own().boot, "seen": self._seen}))
                own.replace(self._file)

    @staticmethod
    def _remembered(file: Path) -> dict[str, tuple[str, float, float]]:
        """What an earlier process saw, since this machine was started."""
        try:
            found = json.loads(file.read_text())
            if found["boot"] != ProcessIdentity.own().boot:
                return {}
            return {
                str(name): (str(value), float(since), float(last))
                for name, (value, since, last) in found["seen"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
