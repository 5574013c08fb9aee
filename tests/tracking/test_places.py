"""What a server says of where artifacts lie is followed to few places only."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from galaxy_causal.tracking.places import ELSEWHERE, LocalArtifacts, ServerArtifacts, local_folder
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


def server(uri: str, allowed: Path | None = None) -> ServerArtifacts:
    """A server whose runs all have their artifacts at this address."""
    run = SimpleNamespace(info=SimpleNamespace(artifact_uri=uri))
    client = SimpleNamespace(get_run=lambda _: run, tracking_uri="http://host:5000")
    return ServerArtifacts(client, allowed)


@pytest.mark.parametrize("uri", REFUSED)
@pytest.mark.parametrize("allowed", [None, Path("/data/mine")])
def test_a_server_may_not_have_files_written_anywhere_here(uri: str, allowed: Path | None) -> None:
    with pytest.raises(UserError, match=r"http://host.*run 1 written to .*tracking\.artifacts=<folder>"):
        server(uri, allowed).place("1")


@pytest.mark.parametrize(
    "uri", [f"{scheme}://host/folder" for scheme in ELSEWHERE] + ["mlflow-artifacts:/1/2"]
)
def test_a_server_may_use_other_services(uri: str) -> None:
    assert server(uri).place("1") == uri


@pytest.mark.parametrize(
    "uri", ["file:///data/mine/1/a", "/data/mine/1/a", "file:///data/m%69ne", "/data//mine/1"]
)
def test_a_server_may_use_the_folder_that_is_allowed(uri: str) -> None:
    assert server(uri, Path("/data/mine")).place("1").startswith("/data/")


def test_the_folder_is_the_one_that_mlflow_would_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    monkeypatch.chdir(tmp_path)
    for uri in ("file:///data/with%20space", "/data/mine", "mine/1", "file://localhost/data/mine"):
        assert local_folder(uri) == Path(LocalArtifactRepository(uri).artifact_dir).absolute()


@pytest.mark.parametrize("run_id", ["..", "../ab12", "ab12/../cd34", ""])
def test_a_local_run_has_a_folder_of_its_own(tmp_path: Path, run_id: str) -> None:
    assert LocalArtifacts(tmp_path).place("ab12") == str(tmp_path / "ab12" / "artifacts")
    with pytest.raises(UserError, match="no name of a run"):
        LocalArtifacts(tmp_path).place(run_id)


def test_files_are_removed_where_there_are_any(tmp_path: Path) -> None:
    given, kept = tmp_path / "given", LocalArtifacts(tmp_path / "artifacts")
    given.mkdir()
    for name in ("report.html", "table.csv"):
        (given / name).write_text("")
    kept.put("run", given)
    kept.remove("run", ["report.html", "none.png"])
    assert [file.name for file in kept.fetch("run").iterdir()] == ["table.csv"]
    kept.remove("other", ["report.html"])


def test_files_have_their_names_once_they_are_whole_and_strays_are_removed(tmp_path, monkeypatch):
    given, kept = tmp_path / "given", LocalArtifacts(tmp_path / "artifacts")
    (given / "deep").mkdir(parents=True)
    (given / "deep" / "table.csv").write_text("new")
    kept.put("run", given)

    def killed(source, to):
        Path(to).write_text("half")
        raise KeyboardInterrupt

    (given / "deep" / "table.csv").write_text("newer")
    monkeypatch.setattr(shutil, "copy2", killed)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # nor does whoever is killed tidy up
    with pytest.raises(KeyboardInterrupt):
        kept.put("run", given)
    monkeypatch.undo()
    folder = tmp_path / "artifacts" / "run" / "artifacts" / "deep"
    assert (folder / "table.csv").read_text() == "new"
    assert len(list(folder.iterdir())) == 2
    kept.tidy("run")
    assert [file.name for file in folder.iterdir()] == ["table.csv"]
    kept.tidy("none")
