"""How many cores a process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this process may use.

    Returns
    -------
    int
        Those that it is bound to, where the system knows; else all of the machine.

    Examples
    --------
    >>> cores() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
