"""How long what is left will take, from what was made."""

from __future__ import annotations

import time
from collections.abc import Callable

ENOUGH = 2
"""Things made, below which their pace is not known."""
WORTH = 10.0
"""Seconds of which it is worth telling."""
MINUTE, HOUR = 60.0, 3600.0


class Pace:
    """The pace at which things of about one size are made, one after the other or side by side.

    Parameters
    ----------
    total
        How many there are.
    clock
        Gives seconds.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = total
        self._made = 0
        self._clock = clock
        self._started = clock()

    def found(self) -> None:
        """One was there already: it says nothing of the pace."""
        self._left -= 1
        if not self._made:
            self._started = self._clock()

    def made(self) -> str:
        """One was made.

        Returns
        -------
        str
            ``about 40 s left``; empty where nothing is, where too few were made, or where it is soon done.
        """
        self._left -= 1
        self._made += 1
        left = (self._clock() - self._started) / self._made * self._left
        return f"about {in_words(left)} left" if self._made >= ENOUGH and left >= WORTH else ""


def in_words(seconds: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> in_words(42.0), in_words(130.0), in_words(5400.0)
    ('40 s', '2 min', '1.5 h')
    """
    if seconds < 2 * MINUTE:
        return f"{10 * round(seconds / 10)} s"
    return f"{seconds / MINUTE:.0f} min" if seconds < HOUR else f"{seconds / HOUR:.1f} h"
