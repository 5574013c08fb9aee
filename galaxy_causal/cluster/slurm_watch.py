"""What became of tasks of a cluster, as SLURM tells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from galaxy_causal.cluster.engine import ALIVE, UNKNOWN, WAITING, Watch, is_alive
from galaxy_causal.cluster.partitions import asked
from galaxy_causal.cluster.sweep import Submission
from galaxy_causal.types import UserError

STATES: Mapping[str, str] = {
    "PENDING": WAITING, "CONFIGURING": WAITING, "REQUEUED": WAITING, "REQUEUE_FED": WAITING,
    "REQUEUE_HOLD": WAITING, "SPECIAL_EXIT": WAITING,
    "RUNNING": ALIVE, "COMPLETING": ALIVE, "SUSPENDED": ALIVE, "STOPPED": ALIVE, "SIGNALING": ALIVE,
    "STAGE_OUT": ALIVE, "RESIZING": ALIVE,
}  # fmt: skip
"""SLURM's states of tasks that have not ended."""
FORMAT = "%F|%K|%T|%r|%j"
ORDINARY = ("None", "Dependency", "Priority", "Resources", "JobArrayTaskLimit")
"""Reasons of waiting that need no word."""


class SlurmWatch(Watch):
    """Jobs of SLURM: ``squeue`` knows those that live, ``sacct`` others, where accounts are kept."""

    def states(self, submissions: Sequence[Submission]) -> Mapping[str, str]:
        """The state of every task; unknown while SLURM does not answer."""
        names = {task: str(one.about.get("name")) for one in submissions for task in one.tasks}
        found_now = queued()
        if found_now is None:
            return dict.fromkeys(names, UNKNOWN)
        found = {task: found_now.get(name, {}).get(task) for task, name in names.items()}
        left = {task.partition("_")[0] for task, state in found.items() if state is None}
        ended = _ended(sorted(left)) if left else {}
        return {task: state or ended.get((names[task], task), "ended") for task, state in found.items()}

    def cancel(self, submissions: Sequence[Submission]) -> None:
        """End all that has not ended."""
        states = self.states(submissions)
        for name in sorted({str(one.about.get("name")) for one in submissions}):
            own = [task for one in submissions if one.about.get("name") == name for task in one.tasks]
            jobs = sorted({task.partition("_")[0] for task in own if is_alive(states[task])})
            if jobs and asked(["scancel", f"--name={name}", *jobs]) is None:
                raise UserError(f"scancel could not end the jobs {', '.join(jobs)}; SLURM does not answer")


def queued() -> dict[str, dict[str, str]] | None:
    """The state of every task that has not ended, by the name of its job, for numbers are given again.

    None where SLURM does not answer.
    """
    user = f"--user={os.getuid()}"
    lines = asked(["squeue", "--noheader", "--array", user, f"--format={FORMAT}"])
    if lines is None:
        return None
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.count("|") == FORMAT.count("|"):
            task, state, name = _read(line)
            found.setdefault(name, {})[task] = state
    return found


def _read(line: str) -> tuple[str, str, str]:
    """Task, state and name of a line of ``squeue``."""
    job, index, state, reason, name = line.strip().split("|")
    word = STATES.get(state, state.lower())
    why = f" ({reason})" if word == WAITING and reason not in ORDINARY else ""
    return (f"{job}_{index}" if index.isdigit() else job), word + why, name


def _ended(jobs: Iterable[str]) -> dict[tuple[str, str], str]:
    """How tasks of jobs ended, as far as SLURM's accounts tell, by the name of the job and the task."""
    command = [
        "sacct",
        "--noheader",
        "--parsable2",
        "--format=JobID,State,JobName",
        f"--jobs={','.join(jobs)}",
    ]
    lines = [line.split("|") for line in asked(command) or () if line.count("|") == 2]
    return {(name, task): state.partition(" ")[0].lower() for task, state, name in lines if "." not in task}
