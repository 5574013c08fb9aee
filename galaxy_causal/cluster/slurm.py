"""Tasks of a cluster that SLURM shares out: an array of them makes fits, and one after it runs members."""

from __future__ import annotations

import math
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Annotated, Any

from annotated_types import Gt
from submitit.core.utils import FailedJobError, FailedSubmissionError
from submitit.helpers import clean_env
from submitit.slurm.slurm import SlurmExecutor, _make_sbatch_string

from galaxy_causal.cluster.engine import Call, Engine, Todo, is_alive
from galaxy_causal.cluster.partitions import asked, longest
from galaxy_causal.cluster.plan import named
from galaxy_causal.cluster.slurm_watch import SlurmWatch, queued
from galaxy_causal.cluster.sweep import Submission, Sweep
from galaxy_causal.types import Count, UserError, Whole, at_most, checked

COMMANDS = ("sbatch", "srun", "squeue", "scancel")
NOTICE = 120
"""Seconds before its time is up at which a task hears of it."""
RESTARTS = 1000
"""Times that a task may begin again after its time was up."""


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
        """Refuse a name of one's own, and machines without SLURM unless nothing is to be submitted."""
        if {"job-name", "job_name", "J"} & set(self.more or {}):
            raise UserError(
                "launcher.more: leave the job's name out, for it is by theirs that a sweep's jobs are known"
            )
        missing = [command for command in COMMANDS if shutil.which(command) is None]
        if missing and not self.dry_run:
            raise UserError(
                f"launcher=slurm: there is no {', '.join(missing)} on this machine; give the command where "
                "SLURM is, such as the cluster's login node, or take launcher=local"
            )
        limit = None if missing or {"time", "partition"} & set(self.more or {}) else longest(self.partition)
        if limit is not None and self.minutes > limit:
            where = f"partition {self.partition}" if self.partition else "default partition"
            raise UserError(
                f"launcher.minutes={self.minutes} is more than the {limit} that the {where} allows, where "
                f"tasks would wait for ever: take launcher.minutes={limit} (a task whose time is up goes on "
                "where it was), or another launcher.partition"
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
            given = self.parameters(sweep, count, "<job of fits>" if texts else None)
            call = f"{shlex.quote(sys.executable)} -u -m submitit.core._submit {shlex.quote(str(sweep.logs))}"
            texts += [f"# {what}", _make_sbatch_string(call, sweep.logs, map_count=count, **given)]
        return "\n".join(texts)

    def submit(self, sweep: Sweep, call: Call, todo: Todo) -> list[Submission]:
        """Submit an array that makes fits, and one that runs members once it has ended, however it has."""
        made = self._adopted(sweep)
        stages = self.stages(todo)
        # one job that was found may be that of the fits, with all of them stored: members then come after it
        missing = stages[len(made) :] or (stages[-1:] if len(made) == 1 else [])
        try:
            for what, count in missing:
                before = made[-1].about["job"] if made else None
                made.append(self._array(sweep, call, what, count, before))
        except (FailedJobError, FailedSubmissionError) as error:
            SlurmWatch().cancel(made)
            raise self._refused(str(error)) from error
        return made

    def _adopted(self, sweep: Sweep) -> list[Submission]:
        """Jobs of a command that ended before it could note them: they are not submitted twice."""
        name, jobs = job_name(sweep), dict[str, list[str]]()
        known = {task for one in sweep.submissions() for task in one.tasks}
        for task, state in (queued() or {}).get(name, {}).items():
            if task not in known and is_alive(state):
                jobs.setdefault(task.partition("_")[0], []).append(task)
        found = [
            Submission(self.name, "all", tuple(jobs[job]), {"job": job, "name": name}, time.time())
            for job in sorted(jobs, key=int)
        ]
        for one in found:
            sweep.submitted(one)
        return found

    def parameters(self, sweep: Sweep, count: int, after: str | None) -> dict[str, Any]:
        """What submitit is told of an array of so many tasks, which comes ``after`` another job."""
        found: dict[str, Any] = {
            "job_name": job_name(sweep),
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
        about = {"job": tasks[0].partition("_")[0], "name": job_name(sweep)}
        submission = Submission(self.name, what, tasks, about, time.time())
        sweep.submitted(submission)
        return submission

    def _refused(self, said: str) -> UserError:
        """What SLURM says in its own words, and what there is."""
        text = "; ".join(re.sub(r"^sbatch: (error|fatal): ", "", line) for line in said.strip().splitlines())
        partitions = asked(["sinfo", "--noheader", "--format=%R"])
        if partitions is None:
            return UserError(
                f"SLURM does not answer ({text}): is this machine one of its cluster, and its slurmctld up? "
                "Nothing was submitted; give the same command again once sinfo answers"
            )
        has = ""
        if "partition" in text and partitions:
            has = f" This cluster has the partitions {', '.join(sorted(set(partitions)))}."
        return UserError(
            f"SLURM refuses the sweep ({text}).{has} See launcher.partition={self.partition or 'null'}, "
            f"launcher.account={self.account or 'null'}, launcher.minutes={self.minutes}, launcher.cpus, "
            "launcher.gpus, launcher.memory_gb and launcher.more. Nothing was submitted."
        )


def job_name(sweep: Sweep) -> str:
    """What SLURM calls the jobs of a sweep: of another folder's sweep of the same members otherwise."""
    return f"galaxy-causal-{sweep.id}-{named(str(sweep.folder))[:6]}"


@contextmanager
def _outside_jobs() -> Iterator[None]:
    """No job within a job; but where SLURM is stays, and what a user always asks of ``sbatch``."""
    names = ("SLURM_CONF", *(name for name in os.environ if name.startswith("SBATCH_")))
    kept = {name: os.environ[name] for name in names if name in os.environ}
    with clean_env():
        os.environ.update(kept)
        yield
