"""Started by `Local` as the leader of a session of its own: starts the workers there, and ends.

Standard streams of the command stay with it: who reads what it prints need not wait for the workers.
"""

from __future__ import annotations

import json
import os
import pickle
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from submitit import LocalExecutor

from galaxy_causal.cluster.local import gpus

FOREVER = 60 * 24 * 365
"""Minutes after which submitit would end a worker."""


def start(order: Path) -> list[str]:
    """Start what an order says; the numbers of the processes that control the workers."""
    call, folder, count, setup = pickle.loads(order.read_bytes())
    executor = LocalExecutor(folder=Path(folder) / "logs", max_num_timeout=1000)
    jobs = []
    with _silent():
        for number in range(count):
            executor.update_parameters(timeout_min=FOREVER, setup=lines(number, setup, executor.folder))
            jobs.append(executor.submit(call, folder, "all"))
    return [job.job_id for job in jobs]


def lines(number: int, setup: Sequence[str], logs: Path) -> list[str]:
    """The shell's lines before a worker.

    Parameters
    ----------
    number
        Of the worker.
    setup
        The user's own lines.
    logs
        Where it is kept what they complain of, as the task that the shell is.

    Returns
    -------
    list of str
        The first keeps a shell from becoming the process that it starts last: submitit takes the parent of
        that for the task.
    """
    return ["trap : EXIT", f"exec 2>>{shlex.quote(str(logs))}/$$_0_log.err", _device(number), *setup]


def _device(number: int) -> str:
    """A line of shell that lets a worker see one of the GPUs that are seen here; submitit would hide all."""
    seen = gpus()
    if not seen:
        return "unset CUDA_VISIBLE_DEVICES"
    return f"export CUDA_VISIBLE_DEVICES={shlex.quote(seen[number % len(seen)])}"


@contextmanager
def _silent() -> Iterator[None]:
    """Have processes that are started meanwhile inherit no stream that leads anywhere."""
    kept = [os.dup(stream) for stream in (0, 1, 2)]
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    try:
        yield
    finally:
        for stream, own in enumerate(kept):
            os.dup2(own, stream)


if __name__ == "__main__":
    print(json.dumps(start(Path(sys.argv[1]))))  # noqa: T201
