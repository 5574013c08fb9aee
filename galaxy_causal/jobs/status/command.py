"""``job=status``: sweeps that were submitted, as a table, and what failed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Group, RenderableType
from rich.live import Live

from galaxy_causal.cluster import Sweep, sweep_of, sweeps
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.status.table import details, line, table
from galaxy_causal.jobs.watching import Overview, overview
from galaxy_causal.types import UserError

PAUSE = 2.0
"""Seconds between two looks."""


def run(cfg: DictConfig) -> None:
    """Show the sweeps of ``tracking.root``; with ``wait=true`` until nothing more happens."""
    console, root = standard_output(), Path(cfg.tracking.root).expanduser().resolve()
    chosen = [sweep_of(root, str(cfg.sweep))] if cfg.sweep is not None else list(sweeps(root))
    if not chosen:
        console.print(f"no sweep was submitted to {root}; -m launcher=local submits one", soft_wrap=True)
        return
    if not cfg.wait:
        console.print(_shown([overview(one, root) for one in chosen]))
        return
    looks = _looks(chosen, root)
    if console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            for found in looks:
                live.update(_shown(found), refresh=True)
    else:
        said: list[str] = []
        for found in looks:
            for text in (line(one) for one in found if not one.is_over or cfg.sweep is not None):
                if text not in said:
                    console.print(text, highlight=False, markup=False, soft_wrap=True)
                    said.append(text)
        console.print(_shown(found))
    _refuse(found)


def _looks(chosen: Sequence[Sweep], root: Path) -> Iterator[list[Overview]]:
    """The sweeps as they are, again and again until all are over."""
    while True:
        found = [overview(one, root) for one in chosen]
        yield found
        if all(one.is_over for one in found):
            return
        time.sleep(PAUSE)


def _shown(found: Sequence[Overview]) -> RenderableType:
    return Group(table(found), *(text for one in found for text in details(one)))


def _refuse(found: Sequence[Overview]) -> None:
    """End as what fails does, where a sweep has not come to its end."""
    short = [one for one in found if one.state != "done"]
    if short:
        parts = [
            f"sweep {one.sweep.id} {one.state}, {one.members.done} of {one.members.total} members done"
            for one in short
        ]
        raise UserError(f"{'; '.join(parts)}. Run the same command again to try what is missing.")
