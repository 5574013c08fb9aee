"""A sweep on a cluster of which every part is killed once; it ends as if nothing had been."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from real_parts.daemons import Daemon, kill_all, until
from real_parts.slurm import Cluster, free_ports

from galaxy_causal.tracking import open_store

SCRIPT = Path(__file__).parents[2] / "docs" / "server" / "start.sh"
SWEEP = (
    "-m", "bands=split_photometry", "bands.take=u,g,r,i,z", "seeds=2", "fits_at_once=1",
    "network.training.max_epochs=6", "decomposition.draws=50", "decomposition.curve_draws=10",
    "decomposition.referee=false",
)  # fmt: skip
"""Five splits of the optical bands: 11 distinct fits for each of two seeds, small ones."""
FITS, MEMBERS = 22, 5
KILLED = 5  # workers: one, and both of each node
ENOUGH = 1800.0  # seconds

Tell = Callable[[str, str], None]
"""Notes what was done, and what was seen then."""


@dataclass
class Parts:
    """All that runs, and how a command is given to it."""

    cluster: Cluster
    folder: Path
    server: Daemon
    uri: str
    environment: dict[str, str]

    def command(self, *options: str, where: str = "shared") -> subprocess.CompletedProcess[str]:
        """``galaxy-causal`` in a folder."""
        (self.folder / where).mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-c", "from galaxy_causal.cli import main; main()", *options],
            cwd=self.folder / where,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )

    @property
    def tracked(self) -> tuple[str, ...]:
        """Options of the sweep's store."""
        return ("tracking=server", f"tracking.uri={self.uri}", "tracking.fits=s3://galaxies/fits")

    def submit(self) -> subprocess.CompletedProcess[str]:
        """The sweep, for the cluster."""
        options = ("launcher=slurm", "launcher.tasks=4", "launcher.cpus=1", "launcher.minutes=30")
        return self.command(*SWEEP, *options, *self.tracked)

    def stored(self) -> int:
        """Fits that are whole."""
        return len(list((self.folder / "shared" / "mlruns" / "fits").glob("*/*/checksums.json")))

    def state(self) -> str:
        """What ``job=status`` shows."""
        return self.command("job=status").stdout

    def said(self) -> Iterator[str]:
        """What each task of the sweep has said."""
        logs = (self.folder / "shared" / "mlruns" / "sweeps").glob("*/logs/*.out")
        return (log.read_text() for log in logs)

    def postmaster(self) -> int:
        """PostgreSQL's first process."""
        file = self.folder / "server" / "postgresql" / "data" / "postmaster.pid"
        return int(file.read_text().split("\n")[0])


@pytest.fixture
def parts() -> Iterator[Parts]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)  # PostgreSQL's own user gets there; to pytest's folders it does not
        yield from _started(Path(name))


def _started(tmp_path: Path) -> Iterator[Parts]:
    port, database, s3 = map(str, free_ports(3))
    cluster = Cluster(tmp_path / "slurm")
    ports = {"PORT": port, "DATABASE_PORT": database, "S3_PORT": s3, "LOGIN": "no", "PYTHON": sys.executable}
    server = Daemon([str(SCRIPT), str(tmp_path / "server")], tmp_path / "server.out", ports)
    reach = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    try:
        server.start()
        cluster.start()
        until("server", lambda: "MLflow answers at" in server.log.read_text(), 300)
        environment = {**os.environ, **cluster.environment, **reach}
        yield Parts(cluster, tmp_path, server, f"http://127.0.0.1:{port}", environment)
    finally:
        cluster.stop()
        server.end()


def test_every_part_is_killed_and_nothing_is_lost_or_done_twice(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []

    def tell(what: str, seen: str) -> None:
        said.append((what, seen))
        print(f"{time.strftime('%X')} {what}: {seen}", flush=True)  # noqa: T201

    began = time.monotonic()
    submitted = parts.submit()
    assert submitted.returncode == 0, submitted.stderr
    tell("sweep submitted, and the command is back", f"after {time.monotonic() - began:.0f} s")
    _kill_a_task(parts, tell)
    _kill_the_controller(parts, tell)
    _kill_a_node(parts, tell)
    _cut_a_node_off(parts, tell)
    _kill_the_database(parts, tell)
    waited = parts.command("job=status", "wait=true")
    if waited.returncode:
        tell("what was lost is submitted again", waited.stderr.strip())
        assert parts.submit().returncode == 0
        waited = parts.command("job=status", "wait=true")
    assert waited.returncode == 0, waited.stdout + waited.stderr
    tell("sweep done", f"after {time.monotonic() - began:.0f} s")
    tell("fits", _check_fits(parts))
    for name, value in parts.environment.items():
        monkeypatch.setenv(name, value)
    tell("runs at the server", _check_runs(parts))
    alone = parts.command(*SWEEP, where="alone")
    assert alone.returncode == 0, alone.stderr
    tell("on one machine, without a cluster", _compare(parts))
    (parts.folder / "said.json").write_text(json.dumps(said))


def _kill_a_task(parts: Parts, tell: Tell) -> None:
    until("two fits", lambda: parts.stored() >= 2, ENOUGH)
    workers = [pid for pid in parts.cluster.tasks() if _is_worker(pid)]
    kill_all(iter(workers[:1]))
    tell("a task killed", f"of {len(workers)}, with {parts.stored()} fits stored")


def _is_worker(process: int) -> bool:
    with suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return b"submitit.core._submit" in words and b"srun" not in words[0]
    return False


def _kill_the_controller(parts: Parts, tell: Tell) -> None:
    parts.cluster.controller.kill()
    shown = parts.state()
    assert "unknown" in shown, shown
    before = parts.stored()
    until("a fit without a controller", lambda: parts.stored() > before, ENOUGH)
    parts.cluster.controller.start()
    until("controller", lambda: parts.cluster.asks("squeue") is not None)
    tell("controller killed", f"status: unknown; {parts.stored() - before} fits made without it")


def _kill_a_node(parts: Parts, tell: Tell) -> None:
    before = parts.stored()
    parts.cluster.lose_power("node2")
    until(
        "the node is given up",
        lambda: "down" in (parts.cluster.asks("sinfo", "-h", "-n", "node2") or ""),
        180,
    )
    parts.cluster.nodes["node2"].start()
    tell(
        "node2 without power",
        f"given up by SLURM, its tasks requeued; {parts.stored() - before} fits meanwhile",
    )


def _cut_a_node_off(parts: Parts, tell: Tell) -> None:
    tasks = len([pid for pid in parts.cluster.tasks("node1") if _is_worker(pid)])
    parts.cluster.cut_off("node1")
    until(
        "the node is given up",
        lambda: "down" in (parts.cluster.asks("sinfo", "-h", "-n", "node1") or ""),
        180,
    )
    time.sleep(20)  # its tasks go on, and are begun anew elsewhere meanwhile
    still = len([pid for pid in parts.cluster.tasks("node1") if _is_worker(pid)])
    parts.cluster.nodes["node1"].start()
    tell("node1 cut off", f"{still} of its {tasks} tasks went on beside their successors")


def _kill_the_database(parts: Parts, tell: Tell) -> None:
    until("members at work", lambda: any("\nmember " in said for said in parts.said()), ENOUGH)
    was = parts.postmaster()
    os.kill(was, signal.SIGKILL)
    took = until("PostgreSQL again", lambda: parts.postmaster() != was, 120)
    tell("PostgreSQL killed, members at work", f"started again by the script after {took:.0f} s")


def _check_fits(parts: Parts) -> str:
    """Workers say what they made; one that was killed may not have come to say so of its last."""
    line = re.compile(r"^(.+): I = .* nats \([\d.]+ s\)$", re.MULTILINE)
    made = Counter(name for said in parts.said() for name in line.findall(said))
    assert parts.stored() == FITS
    assert set(made.values()) == {1}
    assert FITS - KILLED <= len(made) <= FITS
    return f"{FITS} stored; workers say of {len(made)} that they made them, of none twice"


def _check_runs(parts: Parts) -> str:
    runs = _runs(parts.uri)
    states = Counter(run.info.status for run in runs)
    fits = Counter(run.data.tags["fit_key"] for run in runs if "fit_key" in run.data.tags)
    assert states == {"FINISHED": FITS + MEMBERS + 1}  # and the one above the members
    assert Counter(fits.values()) == {1: FITS}
    assert len(_jobs(parts.uri)) == MEMBERS
    return f"{FITS} of fits and {MEMBERS} of members, all of them FINISHED"


def _runs(uri: str) -> list[Run]:
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("galaxy_causal")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], max_results=1000))


def _jobs(uri: str) -> dict[str, dict[str, float]]:
    """The numbers of all members, by their first input."""
    return {
        run.data.tags["x1"]: run.data.metrics for run in _runs(uri) if {"job_key", "x1"} <= set(run.data.tags)
    }


def _compare(parts: Parts) -> str:
    """The numbers of every fit and member, bit for bit."""
    here, there = (_fits(parts.folder / where / "mlruns") for where in ("shared", "alone"))
    assert len(here) == FITS
    assert here == there
    jobs, root = _jobs(parts.uri), parts.folder / "alone" / "mlruns"
    _ = open_store(root=root).tracker  # MLflow's databases warn when they are first imported
    assert len(jobs) == MEMBERS
    assert jobs == _jobs(f"sqlite:///{root / 'mlflow.db'}")
    count = sum(map(len, (*here.values(), *jobs.values())))
    return f"the same {count:,} numbers of {FITS} fits and {MEMBERS} members, to the last digit"


def _fits(root: Path) -> dict[str, dict[str, float]]:
    files = (root / "fits").glob("*/*/metrics.json")
    return {file.parent.name: json.loads(file.read_text())["metrics"] for file in files}
