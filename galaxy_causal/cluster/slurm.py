"""Tasks of a cluster that SLURM shares out: an array of them makes fits, and one after it runs members."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Annotated, Any

from annotated_types import Gt
from submitit.core.utils import FailedJobError, FailedSubmissionError
from submitit.helpers import clean_env
from submitit.slurm.slurm import SlurmExecutor, _make_sbatch_string

from galaxy_causal.cluster.engine import ALIVE, UNKNOWN, WAITING, Call, Engine, Todo, Watch, is_alive
from galaxy_causal.cluster.sweep import Submission, Sweep
from galaxy_causal.types import Count, UserError, Whole, at_most, checked

COMMANDS = ("sbatch", "srun", "squeue", "scancel")
NOTICE = 120
"""Seconds before its time is up at which a task hears of it."""
RESTARTS = 1000
"""Times that a task may begin again after its time was up."""
ANSWER = 60.0
"""Seconds in which SLURM's commands answer."""
STATES: Mapping[str, str] = {
    "PENDING": WAITING, "CONFIGURING": WAITING, "REQUEUED": WAITING, "REQUEUE_FED": WAITING,
    "REQUEUE_HOLD": WAITING, "SPECIAL_EXIT": WAITING,
    "RUNNING": ALIVE, "COMPLETING": ALIVE, "SUSPENDED": ALIVE, "STOPPED": ALIVE, "SIGNALING": ALIVE,
    "STAGE_OUT": ALIVE, "RESIZING": ALIVE,
}  # fmt: skip
"""SLURM's states of tasks that have not ended."""
FORMAT = "%F|%K|%T|%r"
ORDINARY = ("None", "Dependency", "Priority", "Resources", "JobArrayTaskLimit")
"""Reasons of waiting that need no word."""


@checked("launcher")
@dataclass(frozen=True)
class Slurm(Engine):
    """Workers on the nodes of a cluster.

    Parameters
    ----------
    tasks
        Workers; None: eight.
    setup, dry_run
        As of every engine.
    partition, account
        Of the cluster; None: its defaults.
    minutes
        After which a task is stopped; it goes on by itself where it was, as often as it takes.
    memory_gb
        Of each task; None: the cluster's default.
    cpus
        Cores of each task.
    gpus
        GPUs of each task.
    more
        Further options of ``sbatch``, such as ``{qos: long, constraint: a100}``.
    """

    partition: str | None = None
    account: str | None = None
    minutes: Annotated[int, Gt(0), at_most(525_600, "a year")] = 240
    memory_gb: Annotated[float, Gt(0), at_most(100_000, "no node has it")] | None = None
    cpus: Annotated[Count, at_most(4_096, "no node has them")] = 2
    gpus: Annotated[Whole, at_most(64, "no node has them")] = 0
    more: Mapping[str, object] | None = None

    name = "slurm"

    def check(self) -> None:
        """Refuse machines without SLURM, unless nothing is to be submitted."""
        missing = [command for command in COMMANDS if shutil.which(command) is None]
        if missing and not self.dry_run:
            raise UserError(
                f"launcher=slurm: there is no {', '.join(missing)} on this machine; give the command where "
                "SLURM is, such as the cluster's login node, or take launcher=local"
            )

    def stages(self, todo: Todo) -> list[tuple[str, int]]:
        """What is made, by how many tasks."""
        wanted = self.tasks or 8
        found = [("fits", min(wanted, todo.fits)), ("members", min(wanted, todo.members))]
        return [(what, count) for what, count in found if count]

    def described(self, sweep: Sweep, todo: Todo) -> str:
        """What ``sbatch`` would be given."""
        texts: list[str] = []
        for what, count in self.stages(todo):
            given = self.parameters(sweep, count, "<the fits' job>" if texts else None)
            call = f"python -u -m submitit.core._submit {sweep.logs}"
            texts += [f"# {what}", _make_sbatch_string(call, sweep.logs, map_count=count, **given)]
        return "\n".join(texts)

    def submit(self, sweep: Sweep, call: Call, todo: Todo) -> list[Submission]:
        """Submit an array that makes fits, and one that runs members once it has ended, however it has."""
        made: list[Submission] = []
        try:
            for what, count in self.stages(todo):
                before = made[-1].about["job"] if made else None
                made.append(self._array(sweep, call, what, count, before))
        except (FailedJobError, FailedSubmissionError) as error:
            SlurmWatch().cancel(made)
            raise self._refused(str(error)) from error
        return made

    def parameters(self, sweep: Sweep, count: int, after: str | None) -> dict[str, Any]:
        """What submitit is told of an array of so many tasks, which comes ``after`` another job."""
        found: dict[str, Any] = {
            "job_name": f"galaxy-causal-{sweep.id}",
            "partition": self.partition,
            "account": self.account,
            "time": self.minutes,
            "mem": None if self.memory_gb is None else f"{math.ceil(self.memory_gb * 1024)}M",
            "cpus_per_task": self.cpus,
            "gpus_per_node": self.gpus or None,
            "setup": list(self.setup) or None,
            "dependency": None if after is None else f"afterany:{after}",
            "signal_delay_s": min(NOTICE, 30 * self.minutes),
            "array_parallelism": count,
            "additional_parameters": {"requeue": True, **(self.more or {})},
        }
        return {name: value for name, value in found.items() if value is not None}

    def _array(self, sweep: Sweep, call: Call, what: str, count: int, after: str | None) -> Submission:
        executor = SlurmExecutor(sweep.logs, max_num_timeout=RESTARTS)
        executor.update_parameters(**self.parameters(sweep, count, after))
        with redirect_stderr(StringIO()), _outside_jobs():  # submitit prints what it raises
            jobs = executor.map_array(call, [str(sweep.folder)] * count, [what] * count)
        tasks = tuple(job.job_id for job in jobs)
        submission = Submission(self.name, what, tasks, {"job": tasks[0].partition("_")[0]}, time.time())
        sweep.submitted(submission)
        return submission

    def _refused(self, said: str) -> UserError:
        """What SLURM says in its own words, and what there is."""
        text = "; ".join(re.sub(r"^sbatch: (error|fatal): ", "", line) for line in said.strip().splitlines())
        partitions = _asked(["sinfo", "--noheader", "--format=%R"]) if "partition" in text else None
        has = f" This cluster has the partitions {', '.join(sorted(set(partitions)))}." if partitions else ""
        return UserError(
            f"SLURM refuses the sweep ({text}).{has} See launcher.partition={self.partition or 'null'}, "
            f"launcher.account={self.account or 'null'}, launcher.minutes={self.minutes}, launcher.cpus, "
            "launcher.gpus, launcher.memory_gb and launcher.more. Nothing was submitted."
        )


class SlurmWatch(Watch):
    """Jobs of SLURM: ``squeue`` knows those that live, ``sacct`` others, where accounts are kept."""

    def states(self, submissions: Sequence[Submission]) -> Mapping[str, str]:
        """The state of every task; unknown while SLURM does not answer."""
        tasks = [task for one in submissions for task in one.tasks]
        user = f"--user={os.getuid()}"
        queued = _asked(["squeue", "--noheader", "--array", user, f"--format={FORMAT}"])
        if queued is None:
            return dict.fromkeys(tasks, UNKNOWN)
        found = dict(_queued(line) for line in queued if line.count("|") == FORMAT.count("|"))
        left = [task for task in tasks if task not in found]
        ended = _ended(sorted({task.partition("_")[0] for task in left})) if left else {}
        return {task: found.get(task) or ended.get(task, "ended") for task in tasks}

    def cancel(self, submissions: Sequence[Submission]) -> None:
        """End all that has not ended."""
        states = self.states(submissions)
        jobs = sorted({task.partition("_")[0] for task, state in states.items() if is_alive(state)})
        if not jobs:
            return
        if _asked(["scancel", *jobs]) is None:
            raise UserError(f"scancel could not end the jobs {', '.join(jobs)}; SLURM does not answer")


@contextmanager
def _outside_jobs() -> Iterator[None]:
    """No job within a job; but where SLURM is stays, and what a user always asks of ``sbatch``."""
    names = ("SLURM_CONF", *(name for name in os.environ if name.startswith("SBATCH_")))
    kept = {name: os.environ[name] for name in names if name in os.environ}
    with clean_env():
        os.environ.update(kept)
        yield


def _queued(line: str) -> tuple[str, str]:
    """Task and state of a line of ``squeue``."""
    job, index, state, reason = line.strip().split("|")
    word = STATES.get(state, state.lower())
    why = f" ({reason})" if word == WAITING and reason not in ORDINARY else ""
    return (f"{job}_{index}" if index.isdigit() else job), word + why


def _ended(jobs: Iterable[str]) -> dict[str, str]:
    """How tasks of jobs ended, as far as SLURM's accounts tell."""
    asked = ["sacct", "--noheader", "--parsable2", "--format=JobID,State", f"--jobs={','.join(jobs)}"]
    lines = [line.split("|") for line in _asked(asked) or () if line.count("|") == 1]
    return {task: state.partition(" ")[0].lower() for task, state in lines if "." not in task}


def _asked(command: Sequence[str]) -> list[str] | None:
    """The lines that a command of SLURM answers; None where it does not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.splitlines() if done.returncode == 0 else None
