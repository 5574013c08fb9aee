"""Tasks on this machine, which outlive the command that started them."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname

import psutil

from galaxy_causal.cluster.engine import ALIVE, Call, Engine, Todo, Watch
from galaxy_causal.cluster.plan import named
from galaxy_causal.cluster.sweep import CLAIMS, Submission, Sweep, last_lines
from galaxy_causal.fitting.leases import FolderPlace, Leases
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.processes.cores import cores
from galaxy_causal.types import UserError, checked

ENDED = "ended"
SAME = 2.0
"""Seconds by which two readings of when a process began may differ."""
WHERE = ("host", "boot", "namespace")
"""Within which the number of a process counts."""
GRACE = 30.0
"""Seconds that a task has to end by itself."""
SETTLED = 1.0
"""Seconds in which lines of shell fail that cannot be understood."""


@checked("launcher")
@dataclass(frozen=True)
class Local(Engine):
    """Workers on this machine, in a session of their own: they go on when the terminal is closed.

    Parameters
    ----------
    tasks
        Workers; None: one for each GPU or, without any, as many as the cores can feed, with the threads that
        the network asks for.
    setup, dry_run
        As of every engine.
    """

    name = "local"

    def count(self, todo: Todo) -> int:
        """How many workers: as many as are asked for, or as the cores can feed, and have something to do."""
        wanted = self.tasks or len(gpus()) or cores() // (todo.threads or cores())
        return max(1, min(wanted, max(todo.fits, todo.members)))

    def check(self) -> None:
        """Refuse nothing: workers can be started here as anything can."""

    def described(self, sweep: Sweep, todo: Todo) -> str:
        """The processes that would be started."""
        workers = "1 worker" if self.count(todo) == 1 else f"{self.count(todo)} workers"
        return f"{workers} on this machine, {gethostname()}, whose logs are in {sweep.logs}"

    def submit(self, sweep: Sweep, call: Call, todo: Todo) -> list[Submission]:
        """Start workers through a process that leads their session, and ends at once."""
        count = self.count(todo)
        order = sweep.folder / "order.pkl"
        order.write_bytes(pickle.dumps((call, str(sweep.folder), count, list(self.setup))))
        share = {"OMP_NUM_THREADS": str(max(1, cores() // count))}  # of what counts no threads itself
        with subprocess.Popen(
            [sys.executable, "-m", "galaxy_causal.cluster.detached", str(order)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env=share | os.environ,
        ) as leader:  # fmt: skip
            said, complained = leader.communicate()
        if leader.returncode != 0:
            raise UserError(f"the workers of sweep {sweep.id} could not be started: {_last(complained)}")
        order.unlink()
        tasks = json.loads(said.splitlines()[-1])
        if self.setup:
            time.sleep(SETTLED)
        began = {task: since for task in tasks if (since := _began(int(task))) is not None}
        if not began:
            why = "; ".join(last_lines(str(sweep.logs / f"{tasks[0]}_0_log.err")))
            raise UserError(
                f"the workers of sweep {sweep.id} ended at once ({why or 'without a word'}): see "
                f"launcher.setup={list(self.setup)}, lines of sh that must succeed. Nothing was submitted."
            )
        about = {"began": began, "session": leader.pid, "logs": str(sweep.logs)}
        about |= {name: getattr(ProcessIdentity.own(), name) for name in WHERE}
        submission = Submission(self.name, "all", tuple(tasks), about, time.time())
        sweep.submitted(submission)
        return [submission]


def gpus() -> list[str]:
    """The GPUs that processes see, as CUDA_VISIBLE_DEVICES names them."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if seen is not None:
        return [one for one in seen.split(",") if one.strip() not in ("", "-1")]
    try:
        told = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(number) for number, line in enumerate(told.stdout.splitlines()) if line.startswith("GPU")]


def _last(text: str) -> str:
    return text.strip().rpartition("\n")[2]


class LocalWatch(Watch):
    """Processes of this machine, known by their number and when they began."""

    def states(self, submissions: Sequence[Submission]) -> Mapping[str, str]:
        """The state of every task; of another machine's, whether it gives signs of life."""
        return {task: state for one in submissions for task, state in _states(one).items()}

    def cancel(self, submissions: Sequence[Submission]) -> None:
        """Ask all to end, and after a while make them."""
        living = [one for one in submissions if set(_states(one).values()) - {ENDED}]
        elsewhere = sorted({str(one.about.get("host")) for one in living if not _is_here(one)})
        if elsewhere:
            raise UserError(
                f"the workers run on {', '.join(elsewhere)}: end them there. Where that machine is gone, "
                "they count as ended after a minute or two"
            )
        every = [process for one in living for process in _session(one)]
        for process in every:
            if "submitit.core" in _call(process):  # those that control it end when it has
                _signal(process, signal.SIGTERM)
        _, left = psutil.wait_procs(every, timeout=GRACE)
        for process in left:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(left, timeout=GRACE)


def _states(submission: Submission) -> dict[str, str]:
    if not _is_here(submission):
        return {task: _state_elsewhere(submission, task) for task in submission.tasks}
    ended = {task for task in submission.tasks if not _is_that(submission, task)}
    if ended:  # unless the shell alone was killed, whose worker goes on
        ended -= {_task(process) for process in _session(submission)}
    return {task: ENDED if task in ended else ALIVE for task in submission.tasks}


def _task(process: psutil.Process) -> str:
    """The task that a process works for."""
    with suppress(psutil.Error):
        return str(process.environ().get("SUBMITIT_LOCAL_JOB_ID", ""))
    return ""


def _is_here(submission: Submission) -> bool:
    """Whether numbers of processes still mean what they meant when it was submitted."""
    own = ProcessIdentity.own()
    return all(submission.about.get(name) == getattr(own, name) for name in WHERE)


def _state_elsewhere(submission: Submission, task: str) -> str:
    """That of a task of another machine, container, or time before this machine was started."""
    own = ProcessIdentity.own()
    if submission.about.get("host") == own.host and submission.about.get("boot") != own.boot:
        return ENDED
    claims = Path(submission.about.get("logs", "")).parent / CLAIMS
    holder = Leases(FolderPlace(claims)).holder(task_lease(submission.about.get("host"), task))
    return ENDED if holder is None else ALIVE


def task_lease(host: object, task: str) -> str:
    """The name of the lease that a task holds while it runs.

    Parameters
    ----------
    host
        The name of its machine.
    task
        Its number there.

    Returns
    -------
    str
        Of letters and digits, whatever the host is called.
    """
    return f"task-{named(str(host), task)}"


def _session(submission: Submission) -> Iterator[psutil.Process]:
    """All processes of the session of a submission's workers: also those whose parent is gone.

    Another session may have got its number since, so that they must name the sweep's folder too.
    """
    since = min(submission.about.get("began", {}).values(), default=0.0) - SAME
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if (
                os.getsid(process.pid) == submission.about.get("session")
                and (_began(process.pid) or -1) >= since
                and _names(process, str(submission.about.get("logs")))
            ):
                yield process


def _names(process: psutil.Process, folder: str) -> bool:
    """Whether a process was called with a folder, or is told of it by its environment."""
    return folder in _call(process) or any(folder in value for value in process.environ().values())


def _call(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _is_that(submission: Submission, task: str) -> bool:
    """Whether the process that controls a task lives, and is still that one."""
    began, then = _began(int(task)), submission.about.get("began", {}).get(task)
    return began is not None and then is not None and abs(began - then) <= SAME


def _began(pid: int) -> float | None:
    """When a process that lives began, since the machine did; None of others."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return float(process.create_time() - psutil.boot_time())
    return None


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.Error, ProcessLookupError):
        os.kill(process.pid, number)
