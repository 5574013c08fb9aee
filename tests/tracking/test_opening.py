import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from galaxy_causal.fitting.leases import FolderPlace, Leases
from galaxy_causal.tracking import check_place, open_server, open_store, runs
from galaxy_causal.tracking.runs import patiently
from galaxy_causal.tracking.tracker import MlflowTracker
from galaxy_causal.types import UserError


@pytest.fixture(autouse=True)
def quick_databases() -> None:
    """Here databases are made as for users."""


def test_the_other_tests_begin_with_such_a_database(tmp_path: Path, make_database: Callable) -> None:
    def content(file: Path) -> list[tuple]:
        with closing(sqlite3.connect(file)) as database:
            columns = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c"
            tables = database.execute(f"{columns} ORDER BY m.name, c.cid").fetchall()
            places = "SELECT name, artifact_location FROM experiments WHERE experiment_id = 0"
            version = database.execute("SELECT * FROM alembic_version").fetchall()
            return [*tables, *version, *database.execute(places).fetchall()]

    _ = open_store(root=tmp_path).tracker
    make_database(tmp_path, tmp_path / "copy.db")
    assert content(tmp_path / "copy.db") == content(tmp_path / "mlflow.db")
    assert content(tmp_path / "copy.db")[-1] == ("Default", f"file://{tmp_path}/artifacts/0")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_import_is_light() -> None:
    code = "import sys, galaxy_causal.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def readable_folder() -> Iterator[Path]:
    """A folder that any user may look into, as pytest's are not, and none may write to."""
    top = Path(tempfile.mkdtemp())
    (top / "mlruns").mkdir(mode=0o555)
    top.chmod(0o755)
    yield top / "mlruns"
    shutil.rmtree(top)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no users to become")
def test_read_only_folder_is_refused(readable_folder: Path) -> None:
    was_root = os.geteuid() == 0  # permissions do not bind root: become nobody for a moment
    try:
        if was_root:
            os.seteuid(65534)
        with pytest.raises(UserError, match=r"cannot write runs to .*mlruns.*tracking\.root="):
            open_store(root=readable_folder)
        with pytest.raises(UserError, match="cannot write"):
            open_store(root=readable_folder / "absent")
        for folder in (readable_folder, readable_folder / "absent"):
            with pytest.raises(UserError, match=r"cannot write runs to .*tracking\.root="):
                check_place(folder)
    finally:
        if was_root:
            os.seteuid(0)
    assert list(readable_folder.iterdir()) == []


def test_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlruns").write_text("a file")
    with pytest.raises(UserError, match="cannot write runs to"):
        open_store(root=tmp_path / "mlruns")
    with pytest.raises(UserError, match="cannot write runs to"):
        check_place(tmp_path / "mlruns")


def test_checking_a_place_makes_nothing(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "mlruns")
    assert list(tmp_path.iterdir()) == []


def test_path_that_a_database_cannot_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one of"):
        open_store(root=tmp_path / "really?")


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_damaged_database_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mlflow.db").write_bytes(content)
    start = time.monotonic()
    with pytest.raises(UserError, match=r"cannot use the database .*mlflow\.db"):
        _ = open_store(root=tmp_path).tracker
    assert time.monotonic() - start < 10


def test_server_without_address_and_address_without_server() -> None:
    for uri in (None, ""):
        with pytest.raises(UserError, match=r"tracking\.uri="):
            open_server(uri)
    with pytest.raises(UserError, match="is no server"):
        open_server("sqlite:///mlflow.db")


def test_unreachable_server_is_refused_quickly(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UserError, match="no MLflow server answers"):
        open_server(f"http://127.0.0.1:{free_port()}", root=tmp_path / "mlruns")
    with socket.socket() as silent:  # takes the call and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(UserError, match="no MLflow server answers"):
            open_server(f"http://127.0.0.1:{silent.getsockname()[1]}", root=tmp_path / "mlruns")
    assert time.monotonic() - start < 10
    assert not (tmp_path / "mlruns").exists()


def test_fresh_store_is_silent_and_stays_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store()
    assert isinstance(store.tracker, MlflowTracker)
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["mlruns"]
    assert store.root == tmp_path / "mlruns"

    store.tracker._runs._client.delete_experiment(store.tracker._runs._experiment_id)
    with pytest.raises(UserError, match=r"restore.*tracking\.experiment=") as deleted:
        _ = open_store().tracker
    command = re.search("`(.*)`", str(deleted.value))
    assert command is not None
    assert command[1].startswith(f"MLFLOW_TRACKING_URI=sqlite:///{tmp_path}/mlruns/mlflow.db mlflow exper")
    assert open_store(experiment="other").tracker.finished() == []


def test_a_kill_while_the_tables_are_made_leaves_no_half_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(address: str, artifacts: str) -> None:
        (tmp_path / "mlflow.db").write_bytes(b"half a database")
        raise Killed(address, artifacts)

    with monkeypatch.context() as patch:
        patch.setattr("mlflow.store.tracking.sqlalchemy_store.SqlAlchemyStore", kill)
        with pytest.raises(Killed):
            _ = open_store(root=tmp_path).tracker
    assert open_store(root=tmp_path).tracker.finished() == []


def test_write_waits_for_a_locked_database(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = open_store(root=tmp_path).tracker
    blocker = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(1.5, blocker.rollback)
    timer.start()
    with tracker.job({"job": 1}, "job", {}, {}):
        pass
    timer.join()
    blocker.close()
    assert capfd.readouterr() == ("", "")


def test_patience_outlasts_the_database_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def locked(times: int) -> int:
        calls.append(times)
        if len(calls) <= times:
            raise MlflowException("(sqlite3.OperationalError) database is locked")
        return times

    assert patiently(locked, 2) == 2
    assert len(calls) == 3
    monkeypatch.setattr(runs, "LOCKED_FOR", 0.0)
    with pytest.raises(MlflowException, match="locked"):
        patiently(locked, 10)


def test_waiting_is_announced(tmp_path: Path) -> None:
    heard: list[str] = []
    released = threading.Event()

    def hold() -> None:
        with Leases(FolderPlace(tmp_path)).held("lease", "first"):
            started.set()
            released.wait(30)

    started = threading.Event()
    thread = threading.Thread(target=hold)
    thread.start()
    started.wait(30)

    def hear(name: str) -> None:
        heard.append(name)
        released.set()

    with Leases(FolderPlace(tmp_path)).held("lease", "second", hear):
        assert heard == ["second"]
    thread.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    uri = f"http://127.0.0.1:{(port := free_port())}"
    command = f"server --host 127.0.0.1 --port {port} --workers 1 --backend-store-uri sqlite:///server.db"
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "mlflow",
                *command.split(),
                "--artifacts-destination",
                str(tmp_path / "far"),
            ],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(uri, process)
            yield uri
        finally:
            os.killpg(process.pid, 15)
            process.wait(120)


def _wait_for(uri: str, process: subprocess.Popen) -> None:
    for _ in range(720):
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=1):
                return
        except OSError:
            assert process.poll() is None
            time.sleep(0.25)
    raise TimeoutError(uri)


def test_a_server_shows_runs_while_fits_are_files_here(
    server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = open_server(server, root=tmp_path / "mlruns")

    def make(folder: Path) -> dict[str, float]:
        (folder / "weights").write_text("w")
        (folder / "loss.png").write_text("png")
        return {"loss": 1.0, "nan": float("nan")}

    page = tmp_path / "page"
    page.mkdir()
    for name in ("report.html", "kept.csv"):
        (page / name).write_text("")
    with store.tracker.job({"job": 1}, "job", {}, {"p": 1}) as job:
        first, reused = store.get_or_make({"a": 1}, "fit", {}, make, job.run_id)
        assert not reused
        assert store.get_or_make({"a": 1}, "fit", {}, make, job.run_id)[1]
        job.log({"mi": 1.0})
        job.log_artifacts(page)
        job.remove(["report.html", "none.png"])
    assert [file.name for file in (tmp_path / "far").rglob("kept.*")] == ["kept.csv"]
    assert not list((tmp_path / "far").rglob("report.html"))
    assert (first.folder / "weights").read_text() == "w"
    assert first.folder.is_relative_to(tmp_path / "mlruns" / "fits")
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()
    assert [file.name for file in (tmp_path / "far").rglob("*.png")] == ["loss.png"]
    found = store.tracker.find_job({"job": 1})
    assert found is not None
    assert (found.folder / "params.json").exists()
    fit = next(run for run in store.tracker.finished() if run["name"] == "fit")
    assert (fit["loss"], fit["folder"]) == (1.0, f"fits/{first.key[:2]}/{first.key}")

    client = MlflowClient(server)
    for name in ("weights", "recipe.json"):  # as earlier versions stored fits
        client.log_artifact(str(fit["run_id"]), str(first.folder / name))
    client.delete_tag(str(fit["run_id"]), "shows")
    elsewhere = open_server(server, root=tmp_path / "elsewhere")
    again, reused = elsewhere.get_or_make({"a": 1}, "fit", {}, never)
    assert reused
    assert (again.folder / "weights").read_text() == "w"
    assert again.metrics["loss"] == 1.0
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_a_server_that_wants_files_written_here_is_refused_unless_allowed(
    server: str, tmp_path: Path
) -> None:
    near = tmp_path / "near by"
    client = MlflowClient(server)
    client.create_experiment("near", artifact_location=near.as_uri())
    for artifacts in (None, tmp_path / "other", near / "deeper"):
        with pytest.raises(UserError, match=r"wants the artifacts of experiment near .*tracking\.artifacts="):
            _ = open_server(server, tmp_path / "mlruns", "near", artifacts).tracker
    assert not near.exists()
    for artifacts in (near, tmp_path):
        store = open_server(server, tmp_path / "mlruns", "near", artifacts)
        store.get_or_make({"a": str(artifacts)}, "fit", {}, lambda folder: {"loss": 1.0})
        assert store.find({"a": str(artifacts)}) is not None
    assert len(list(near.rglob("recipe.json"))) == 2

    store = open_server(server, root=tmp_path / "mlruns")
    assert store.tracker.finished() == []
    with sqlite3.connect(
        tmp_path / "server.db"
    ) as database:  # runs of the future: what their place is made of
        database.execute("UPDATE experiments SET artifact_location = ?", [(tmp_path / "prey").as_uri()])
    database.close()
    with pytest.raises(UserError, match="wants the artifacts of run"), store.tracker.job({}, "job", {}, {}):
        pass
    assert [run.info.status for run in store.tracker._runs.search("")] == ["FAILED"]
    assert not (tmp_path / "prey").exists()


def test_an_experiment_that_another_process_makes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where several processes use a server for the first time."""
    first = open_store(root=tmp_path, experiment="new").tracker
    answers = [None]
    real = MlflowClient.get_experiment_by_name

    def blind(client: MlflowClient, name: str) -> object:
        return answers.pop() if answers else real(client, name)

    monkeypatch.setattr(MlflowClient, "get_experiment_by_name", blind)
    second = open_store(root=tmp_path, experiment="new").tracker
    assert answers == []
    assert second._runs._experiment_id == first._runs._experiment_id


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "=0 must be a number, at least 1"), ("soon", "=soon must be a"), (1e9, "wait so long")],
)
def test_a_lease_lasts_a_second_to_a_day(tmp_path: Path, seconds: float, said: str) -> None:
    with pytest.raises(UserError, match=rf"tracking\.lease_seconds.*{said}"):
        open_store(root=tmp_path, lease_seconds=seconds)


def never(folder: Path) -> dict[str, float]:
    raise AssertionError(f"made in {folder}")
