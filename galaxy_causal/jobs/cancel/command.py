"""``job=cancel``: end the tasks of a sweep; what is finished stays."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from galaxy_causal.cluster import Sweep, alive, sweep_of, sweeps
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.watching import WATCHES, by_engine, states_of
from galaxy_causal.types import UserError


def run(cfg: DictConfig) -> None:
    """End the sweep of ``sweep=``, or the only one at work."""
    console, root = standard_output(), Path(cfg.tracking.root).expanduser().resolve()
    chosen = _the_only(root) if cfg.sweep is None else sweep_of(root, str(cfg.sweep))
    count = alive(states_of(chosen))
    for engine, own in by_engine(chosen).items():
        WATCHES[engine]().cancel(own)
    ended = {0: "no task was left", 1: "1 task ended"}.get(count, f"{count} tasks ended")
    told = f"sweep {chosen.id}: {ended}"
    told += "; what is finished is kept, and the sweep's command takes up what is missing"
    console.print(told, highlight=False, soft_wrap=True)


def _the_only(root: Path) -> Sweep:
    """The sweep that is at work, if it is one alone."""
    found = [one for one in sweeps(root) if alive(states_of(one))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError(f"no sweep of {root} is at work; job=status shows all")
    ids = ", ".join(one.id for one in found)
    raise UserError(f"several sweeps are at work: give sweep=<one of {ids}>")
