"""A task that SLURM preempts, and one that is requeued by hand, go on from their checkpoints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from command import QUICK
from real_parts.daemons import until
from real_parts.slurm import Cluster

LONG = (
    *(option for option in QUICK if not option.startswith(("network.", "dataset.n"))),
    "-m", "dataset.n=20000", "network.training.max_epochs=200", "network.training.patience=200",
)  # fmt: skip
"""One member, each of whose fits takes a minute or more."""
TASKS = (
    "launcher=slurm",
    "launcher.tasks=1",
    "launcher.cpus=1",
    "launcher.partition=main",
    "launcher.minutes=30",
)
ENOUGH = 1800.0  # seconds
BEGUN = 30.0  # seconds of a processor, of which imports and reading take ten


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    one = Cluster(tmp_path / "slurm", ("node1",), 1)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def command(cluster: Cluster, folder: Path, *options: str) -> str:
    """What ``galaxy-causal`` says in a folder."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", "from galaxy_causal.cli import main; main()", *options],
        cwd=folder,
        env={**os.environ, **cluster.environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said(folder: Path) -> str:
    """All that tasks have said."""
    return "".join(log.read_text() for log in sorted((folder / "mlruns" / "sweeps").glob("*/logs/*.out")))


def metrics(folder: Path) -> dict[str, dict[str, float]]:
    """The numbers of every fit, by its key."""
    files = (folder / "mlruns" / "fits").glob("*/*/metrics.json")
    return {file.parent.name: json.loads(file.read_text())["metrics"] for file in files}


def leave(cluster: Cluster, folder: Path, *how: str) -> float:
    """Have the fit under way left in its middle, and wait until it has gone on from there; seconds."""
    began, before = time.monotonic(), said(folder).count("goes on at")
    until("a fit under way", lambda: trains(cluster), ENOUGH)
    assert cluster.asks(*how) is not None
    until("its checkpoint", lambda: any((folder / "mlruns").rglob("*.running")), 60)
    until("it goes on", lambda: said(folder).count("goes on at") > before, 600)
    return time.monotonic() - began


def trains(cluster: Cluster) -> bool:
    """Whether a worker has computed for longer than it takes to begin."""
    spent = 0.0
    for process in cluster.tasks():
        with suppress(psutil.Error):
            spent = max(spent, psutil.Process(process).cpu_times().user)
    return spent > BEGUN


def test_a_task_that_is_preempted_or_requeued_goes_on_from_its_checkpoint(
    cluster: Cluster, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    command(cluster, here, *LONG, *TASKS)
    urgent = ("sbatch", "--partition=urgent", "--output=/dev/null", "--wrap=sleep 5")
    preempted = leave(cluster, here, *urgent)
    job = (cluster.asks("squeue", "-h", "-t", "RUNNING", "-o", "%i") or "").split()
    requeued = leave(cluster, here, "scontrol", "requeue", job[0])
    command(cluster, here, "job=status", "wait=true")
    alone = tmp_path / "alone"
    command(cluster, alone, *LONG)
    assert len(metrics(here)) == 3
    assert metrics(here) == metrics(alone)
    print(f"preempted: went on after {preempted:.0f} s; requeued: after {requeued:.0f} s")  # noqa: T201
