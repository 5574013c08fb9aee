"""What a server or a database says of where artifacts lie is followed to few places only."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from galaxy_causal.tracking import Store, open_store
from galaxy_causal.tracking.places import ELSEWHERE, LocalPlaces, ServerPlaces, local_folder
from galaxy_causal.types import UserError

REFUSED = (
    "file:///data/prey",
    "file:///data/mine/../prey",
    "file:///data/mine/%2e%2e/prey",
    "file:///data/minelike",
    "file:relative/folder",
    "FILE:///data/prey",
    "file://localhost/data/prey",
    "/data/prey",
    "./mine",
    "",
    "dbfs:/data/mine",
    "plugin:///data/mine",
)


@pytest.mark.parametrize("uri", REFUSED)
@pytest.mark.parametrize("allowed", [None, Path("/data/mine")])
def test_a_server_may_not_have_files_written_anywhere_here(uri: str, allowed: Path | None) -> None:
    places = ServerPlaces("http://host:5000", allowed)
    with pytest.raises(UserError, match=r"run 1 written to .*tracking\.artifacts=<folder>"):
        places.check_run("1", uri)
    with pytest.raises(UserError, match=r"experiment e written to"):
        places.check_experiment("e", uri)


@pytest.mark.parametrize(
    "uri", [f"{scheme}://host/folder" for scheme in ELSEWHERE] + ["mlflow-artifacts:/1/2"]
)
def test_a_server_may_use_other_services(uri: str) -> None:
    ServerPlaces("http://host:5000").check_run("1", uri)


@pytest.mark.parametrize(
    "uri", ["file:///data/mine/1/a", "/data/mine/1/a", "file:///data/m%69ne", "/data//mine/1"]
)
def test_a_server_may_use_the_folder_that_is_allowed(uri: str) -> None:
    ServerPlaces("http://host:5000", Path("/data/mine")).check_run("1", uri)


def test_the_folder_is_the_one_that_mlflow_would_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    monkeypatch.chdir(tmp_path)
    for uri in ("file:///data/with%20space", "/data/mine", "mine/1", "file://localhost/data/mine"):
        assert local_folder(uri) == Path(LocalArtifactRepository(uri).artifact_dir).absolute()


@pytest.fixture
def places(tmp_path: Path) -> LocalPlaces:
    return LocalPlaces(tmp_path / "my runs" / "artifacts")


def test_a_local_run_has_a_folder_of_its_own(places: LocalPlaces) -> None:
    own = places.artifacts / "ab12" / "artifacts"
    places.check_run("ab12", own.as_uri())
    for other in (places.artifacts, places.artifacts / "cd34" / "artifacts", own / ".." / ".."):
        with pytest.raises(UserError, match=r"changed by other means.*tracking\.root="):
            places.check_run("ab12", other.as_uri())
    for run_id in ("..", "../ab12", "ab12/../cd34"):
        with pytest.raises(UserError, match="changed by other means"):
            places.check_run(run_id, (places.artifacts / run_id / "artifacts").as_uri())


def make(folder: Path) -> dict[str, float]:
    (folder / "weights").write_text("w")
    return {"loss": 1.0}


def fail(folder: Path) -> dict[str, float]:
    raise ZeroDivisionError(str(folder))


def test_a_row_of_the_database_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    store = open_store(root=tmp_path / "mlruns")
    store.get_or_make({"a": 1}, "fit", {}, make)
    with pytest.raises(ZeroDivisionError):
        store.get_or_make({"a": 2}, "fit", {}, fail)
    prey = tmp_path / "prey"
    shutil.copytree(tmp_path / "mlruns" / "artifacts", prey)
    before = sorted(prey.rglob("*"))
    with closing(sqlite3.connect(tmp_path / "mlruns" / "mlflow.db")) as database, database:
        database.execute("UPDATE runs SET artifact_uri = ?", [prey.as_uri()])
    for recipe in ({"a": 1}, {"a": 2}):
        with pytest.raises(UserError, match=r"keeps its artifacts in file:.*prey, not in"):
            store.get_or_make(recipe, "fit", {}, make)
    assert sorted(prey.rglob("*")) == before


def test_a_tag_makes_no_lock_elsewhere(tmp_path: Path) -> None:
    store: Store = open_store(root=tmp_path / "mlruns")
    number, owner = store._runs._experiment_id, store._runs._owner
    store._runs._client.create_run(number, tags={**owner, "fit_key": "x/../../../prey"})
    assert store.reap() == 0
    assert not (tmp_path / "prey.lock").exists()
