"""What became of sweeps: how many fits and members wait, run, are done or have failed."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from galaxy_causal.cluster import (
    ALIVE,
    DONE,
    FAILED,
    RUNNING,
    Failure,
    LocalWatch,
    Plan,
    SlurmWatch,
    Submission,
    Sweep,
    Watch,
    alive,
    is_alive,
    last_lines,
)
from galaxy_causal.fitting import FitStore
from galaxy_causal.types import UserError

WATCHES: Mapping[str, type[Watch]] = {"local": LocalWatch, "slurm": SlurmWatch}
"""By the names of engines."""
FULL = 64 * 2**20
"""Bytes of a disk that is as good as full: a task needs more than is left to say why it ends."""


@dataclass(frozen=True)
class Asked:
    """Options of ``job=status`` and ``job=cancel``.

    Parameters
    ----------
    sweep
        The id of one, or its beginning.
    wait
        Whether to wait until nothing more happens.
    """

    sweep: str | int | None = None
    wait: bool = False


@dataclass(frozen=True)
class Counts:
    """Of fits or members: how many there are, and in which state."""

    done: int
    running: int
    failed: int
    waiting: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.running + self.failed + self.waiting

    @classmethod
    def of(cls, names: Iterable[str], done: set[str], running: set[str], failed: set[str]) -> Counts:
        """Of names of which some are in these sets; what is done is nothing else."""
        kinds = {"done": done, "failed": failed, "running": running}
        found = Counter(next((kind for kind, own in kinds.items() if one in own), "") for one in names)
        return cls(found["done"], found["running"], found["failed"], found[""])


@dataclass(frozen=True)
class Overview:
    """A sweep as it is at a moment.

    Parameters
    ----------
    sweep, plan
        Which one.
    tasks
        The state of every task that was submitted, in the engine's words.
    fits, members
        How many are in which state.
    running, failures
        By name, what is under way and why something failed.
    """

    sweep: Sweep
    plan: Plan
    tasks: dict[str, str]
    fits: Counts
    members: Counts
    running: tuple[str, ...]
    failures: Mapping[str, Failure]

    @property
    def state(self) -> str:
        """In a word: ``done``, ``running``, ``waiting``, ``failed``, or ``stopped`` short of its end."""
        if self.members.done == self.members.total:
            return "done"
        if alive(self.tasks):
            return "running" if ALIVE in self.tasks.values() else "waiting"
        return "failed" if self.failures else "stopped"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in ("done", "failed", "stopped")

    def lost(self) -> dict[str, Failure]:
        """Of a sweep that stopped, what its tasks said last: those first that said something, the newest."""
        if self.state != "stopped":
            return {}
        logs = {task: str(self.sweep.logs / f"{task}_0_log.err") for task in reversed(self.tasks)}
        found = {
            f"task {task}": Failure(self._ended(task, log), last_lines(log), log)
            for task, log in logs.items()
        }
        return dict(sorted(found.items(), key=lambda one: not one[1].lines))

    def _ended(self, task: str, log: str) -> str:
        """The state of a task that is gone, and why it may have said nothing."""
        if last_lines(log):
            return self.tasks[task]
        free = shutil.disk_usage(self.sweep.logs).free
        full = f": the disk is full, {free // 2**20} MiB are free" if free < FULL else ""
        return f"{self.tasks[task]} without a word{full}"


def overview(sweep: Sweep, root: Path) -> Overview:
    """A sweep as it is now.

    Parameters
    ----------
    sweep
        Which one; UserError where its folder is damaged.
    root
        The folder of runs in which it lies.

    Returns
    -------
    Overview
        What a task that has died was at counts as waiting: another takes it up.
    """
    plan, tasks = sweep.plan(), states_of(sweep)
    labels = {fit.key: fit.name for fit in plan.fits}
    ids = [member.id for member in plan.members]
    labels |= {name: plan.varied(member) for name, member in zip(ids, plan.members, strict=True)}
    at_work = {name for name in sweep.names(RUNNING) if _is_alive(sweep, name, tasks)}
    failed = sweep.names(FAILED)
    stored = _stored(plan, root)
    found = {labels[name]: failure for name in labels if name in failed and (failure := sweep.failure(name))}
    return Overview(
        sweep, plan, tasks,
        fits=Counts.of((fit.key for fit in plan.fits), stored, at_work, failed),
        members=Counts.of(ids, sweep.names(DONE), at_work, failed),
        running=tuple(labels[name] for name in labels if name in at_work),
        failures=found,
    )  # fmt: skip


def _stored(plan: Plan, root: Path) -> set[str]:
    """The fits that are made: here, or where others find them too, as far as that can be reached now."""
    store, keys = FitStore(root, plan.address), {fit.key for fit in plan.fits}
    found = {key for key in keys if store.folder(key).is_dir()}
    if found != keys and plan.address is not None:
        with suppress(UserError, OSError):
            found |= store.shared() & keys
    return found


def _is_alive(sweep: Sweep, name: str, tasks: Mapping[str, str]) -> bool:
    begun = sweep.begun(name)
    return begun is not None and is_alive(tasks.get(begun.task, ""))


def states_of(sweep: Sweep) -> dict[str, str]:
    """The state of every task that was submitted, in the engine's words."""
    found: dict[str, str] = {}
    for engine, own in by_engine(sweep).items():
        found |= WATCHES[engine]().states(own)
    return found


def by_engine(sweep: Sweep) -> dict[str, Sequence[Submission]]:
    """What was submitted last, by the engine's name."""
    found: dict[str, list[Submission]] = {}
    for one in sweep.submissions():
        if one.engine in WATCHES:
            found.setdefault(one.engine, []).append(one)
    return dict(found)
