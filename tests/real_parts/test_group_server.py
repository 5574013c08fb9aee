"""The server of docs/guide/server.md as its script starts it, and two machines that share it."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import QUICK
from mlflow import MlflowClient

SCRIPT = Path(__file__).parents[2] / "docs" / "server" / "start.sh"
NEEDED = ("boto3", "moto", "psycopg", "s3fs")
STARTED_WITHIN, DONE_WITHIN = 300, 300  # seconds

pytestmark = pytest.mark.skipif(
    not any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    or any(importlib.util.find_spec(name) is None for name in NEEDED),
    reason=f"needs Debian's postgresql, and {', '.join(NEEDED)}",
)


@dataclass(frozen=True)
class GroupServer:
    """A running one: its address, and what reaches it and S3."""

    uri: str
    environment: dict[str, str]


def free_ports(count: int) -> list[str]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user gets to, where root runs the tests; pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def server(tmp_path: Path, open_folder: Path) -> Iterator[GroupServer]:
    port, database, s3 = free_ports(3)
    asks = importlib.util.find_spec("flask_wtf") is not None
    ports = {"PORT": port, "DATABASE_PORT": database, "S3_PORT": s3, "WORKERS": "1", "PYTHON": sys.executable}
    places = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MLFLOW_"))}
    credentials = {"AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto"}
    if asks:
        credentials |= {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "a long password"}
        places["MLFLOW_AUTH_ADMIN_PASSWORD"] = credentials["MLFLOW_TRACKING_PASSWORD"]
    with (tmp_path / "said").open("w+") as said:
        process = subprocess.Popen(
            [SCRIPT, open_folder / "server"],
            env={**places, **ports, "LOGIN": "yes" if asks else "no"},
            stdout=said,
            stderr=said,
        )
        try:
            _wait_until_told(process, tmp_path / "said")
            reach = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}", "AWS_DEFAULT_REGION": "us-east-1"}
            yield GroupServer(f"http://127.0.0.1:{port}", {**places, **reach, **credentials})
        finally:
            process.terminate()
            assert process.wait(120) == 143
    assert all(_is_free(port) for port in (port, database, s3)), "something goes on after the script"


def _wait_until_told(process: subprocess.Popen, said: Path) -> None:
    until = time.monotonic() + STARTED_WITHIN
    while "MLflow answers at" not in said.read_text():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < until, said.read_text()
        time.sleep(0.2)


def _is_free(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) != 0


def ask(server: GroupServer, folder: Path) -> str:
    """The main job, small, on a machine of which all files lie in the folder."""
    folder.mkdir()
    options = (*QUICK, "tracking=server", f"tracking.uri={server.uri}", "tracking.fits=s3://galaxies/fits")
    done = subprocess.run(
        [sys.executable, "-c", "from galaxy_causal.cli import main; main()", *options],
        cwd=folder,
        env={**server.environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=DONE_WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_machines_share_fits_and_runs(
    server: GroupServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ask(server, tmp_path / "here"), ask(server, tmp_path / "there")
    assert "3 fits: 3 trained, 0 reused" in first
    assert "3 fits: 0 trained, 3 reused" in second
    assert first.partition("Headline")[2].partition("3 fits")[0] in second

    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    client = MlflowClient(server.uri)
    experiment = client.get_experiment_by_name("galaxy_causal")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED"] * 4  # three fits, and the job that both asked

    import boto3

    s3 = boto3.client("s3")
    names = [entry["Key"] for entry in s3.list_objects_v2(Bucket="galaxies")["Contents"]]
    s3.close()
    assert sum(name.startswith("fits/") and name.endswith("/checksums.json") for name in names) == 3
    assert sum(name.endswith("/artifacts/params.json") for name in names) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root has another user run PostgreSQL")
def test_a_folder_that_the_database_does_not_get_to_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    port, database, s3 = free_ports(3)
    ports = {"PORT": port, "DATABASE_PORT": database, "S3_PORT": s3, "PYTHON": sys.executable, "LOGIN": "no"}
    done = subprocess.run(
        [SCRIPT, tmp_path / "server"],
        env={**os.environ, **ports},
        capture_output=True,
        text=True,
        timeout=STARTED_WITHIN,
        check=False,
    )
    assert done.returncode == 2
    assert f"the user postgres does not get to {tmp_path}/server: open the folders above it" in done.stderr
