"""What SLURM's commands say of a cluster."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

ANSWER = 60.0
"""Seconds in which SLURM's commands answer."""
LENGTH = re.compile(r"(?:(?P<days>\d+)-)?(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+)")


def asked(command: Sequence[str]) -> list[str] | None:
    """The lines that a command of SLURM answers; None where it does not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None


def longest(partition: str | None) -> int | None:
    """For how long a job may run.

    Parameters
    ----------
    partition
        Its name, or several with commas between; None for the cluster's default.

    Returns
    -------
    int or None
        Minutes, of that which allows most; None where there is no limit, none of the name, or no answer.
    """
    lines = asked(["sinfo", "--noheader", "--format=%P|%l"]) or []
    found = dict(line.split("|", 1) for line in lines if line.count("|") == 1)
    names = partition.split(",") if partition else [name[:-1] for name in found if name.endswith("*")]
    lengths = [_minutes(length) for name, length in found.items() if name.rstrip("*") in names]
    known = [length for length in lengths if length is not None]
    return max(known) if known and len(known) == len(lengths) else None


def _minutes(length: str) -> int | None:
    """Whole minutes of SLURM's ``days-hours:minutes:seconds``; None for ``infinite`` and the like."""
    match = LENGTH.fullmatch(length.strip())
    if match is None:
        return None
    days, hours, minutes = (int(match[name] or 0) for name in ("days", "hours", "minutes"))
    return (24 * days + hours) * 60 + minutes
