"""Sweeps as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from galaxy_causal.jobs.watching import Counts, Overview

COLOURS = {"done": "green", "failed": "red", "stopped": "red", "running": "cyan", "waiting": "yellow"}
MOST = 5
"""Failures, and things under way, that are named of each sweep."""


def table(found: Sequence[Overview]) -> Table:
    """A row for each sweep."""
    made = Table(box=None, pad_edge=False)
    for name in ("sweep", "submitted", "state", "tasks", "fits", "members"):
        made.add_column(name, no_wrap=name in ("sweep", "submitted", "state"))
    for one in found:
        state = Text(one.state, COLOURS[one.state])
        made.add_row(one.sweep.id, submitted(one), state, tasks(one), counts(one.fits), counts(one.members))
    return made


def line(one: Overview) -> str:
    """A sweep in a line."""
    return f"{one.sweep.id} {one.state}: fits {counts(one.fits)}; members {counts(one.members)}"


def counts(found: Counts) -> str:
    """How many are in which state, without states that none is in."""
    parts = [f"{found.done:,} of {found.total:,} done"]
    parts += [
        f"{count:,} {name}"
        for name, count in (("running", found.running), ("waiting", found.waiting), ("failed", found.failed))
        if count
    ]
    return ", ".join(parts)


def tasks(one: Overview) -> str:
    """How many tasks are in which state."""
    return ", ".join(f"{count} {state}" for state, count in Counter(one.tasks.values()).items()) or "none"


def submitted(one: Overview) -> str:
    """Where it was submitted last, and when, by the clock of that machine."""
    every = one.sweep.submissions()
    if not every:
        return "not yet"
    return f"{every[-1].engine} {datetime.fromtimestamp(every[-1].when):%Y-%m-%d %H:%M}"


def details(one: Overview) -> Iterator[Text]:
    """What is under way, what failed, and the last lines that were said."""
    if one.running:
        more = f" and {len(one.running) - MOST} more" if len(one.running) > MOST else ""
        yield Text(f"{one.sweep.id} at work: {'; '.join(one.running[:MOST])}{more}")
    failures = one.failures if one.state != "stopped" else one.lost()
    for name, failure in list(failures.items())[:MOST]:
        yield Text.assemble((f"{one.sweep.id} {name}", "bold"), f": {failure.message}")
        yield from (Text(f"    {text}", "dim") for text in failure.lines)
        if failure.log:
            yield Text(f"    {failure.log}", "dim")
    if len(failures) > MOST:
        what = f"failed; see {one.sweep.folder / 'failed'}"
        if one.state == "stopped":
            what = f"tasks; see {one.sweep.logs}"
        yield Text(f"{one.sweep.id}: {len(failures) - MOST} more {what}")
    if one.state in ("failed", "stopped") and one.plan.command:
        yield Text(
            f"{one.sweep.id} goes on by the same command, in {one.plan.folder}:\n    {one.plan.command}"
        )
