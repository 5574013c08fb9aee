"""What a server says that refuses: here one of a few lines, for MLflow's own takes half a minute to start."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from galaxy_causal.tracking import open_server, open_store
from galaxy_causal.tracking.places import ServerArtifacts
from galaxy_causal.tracking.runs import patiently
from galaxy_causal.tracking.server import refusals
from galaxy_causal.types import UserError

NAMES = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


class Guard(BaseHTTPRequestHandler):
    """Lets everyone ask for its health, and nobody for more."""

    status = 401

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Authorization"))
        self.send_response(200 if self.path == "/health" else self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")

    do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with ThreadingHTTPServer(("127.0.0.1", 0), Guard) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def said(server: ThreadingHTTPServer, root: Path) -> str:
    with pytest.raises(UserError) as refused:
        _ = open_server(f"http://127.0.0.1:{server.server_port}", root=root / "mlruns").tracker
    return str(refused.value)


@pytest.mark.parametrize(
    ("credentials", "sent", "words"),
    [
        ({}, None, "asks who you are (401)"),
        ({NAMES[0]: "vera"}, None, "name or password alone is not sent"),
        ({NAMES[0]: "vera", NAMES[1]: "rubin"}, "Basic dmVyYTpydWJpbg==", "does not know the user vera"),
        ({NAMES[2]: "m31"}, "Bearer m31", "does not accept the token"),
    ],
)
def test_credentials_reach_the_server_and_a_refusal_is_told(
    guard: ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    credentials: dict[str, str],
    sent: str | None,
    words: str,
) -> None:
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    message = said(guard, tmp_path)
    assert set(guard.asked) == {sent}
    assert words in message
    assert "MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN)" in message
    assert "rubin" not in message


def test_credentials_of_a_file_are_used(guard: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = vera\nmlflow_tracking_password = rubin\n"
    )
    assert "does not know the user vera" in said(guard, tmp_path)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "does not permit that to those who give no name (403).*tracking.experiment="),
        (500, "does not answer any more (too many 500 error responses)"),
        (503, "does not answer any more (too many 503 error responses)"),
    ],
)
def test_other_refusals(
    guard: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    monkeypatch.setattr(Guard, "status", status)
    message = said(guard, tmp_path)
    assert all(part in message for part in words.split(".*"))


def test_an_address_with_a_password_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tracking\.uri=\.\.\.@127\.0\.0\.1:9 has a name or") as refused:
        open_server("http://vera:rubin@127.0.0.1:9", root=tmp_path)
    assert "rubin" not in str(refused.value)


@pytest.mark.usefixtures("guard")
@pytest.mark.parametrize("form", ["{}", "file://{}", "{}/../runs"])
def test_shared_fits_in_the_folder_of_ones_own_are_refused(form: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is tracking\.root: name another folder"):
        open_store(root=tmp_path / "runs", fits=form.format(tmp_path / "runs"))


def test_a_server_that_is_gone_in_the_middle_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # MLflow's own seven take four minutes
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(UserError, match=r"does not answer any more \(.*Connection refused\).*same command"):
        patiently(MlflowClient(f"http://127.0.0.1:{port}").get_run, "m31")


def test_artifacts_are_refused_in_the_same_words(guard: ThreadingHTTPServer, tmp_path: Path) -> None:
    uri = f"http://127.0.0.1:{guard.server_port}"
    artifacts = ServerArtifacts(MlflowClient(uri))
    with pytest.raises(UserError, match="asks who you are"):
        artifacts.place("m31")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="asks who you are"), refusals():
        get_artifact_repository(f"{uri}/files", tracking_uri=uri).log_artifact(str(tmp_path / "file"))


def test_other_errors_of_mlflow_pass(tmp_path: Path) -> None:
    tracker = open_store(root=tmp_path).tracker
    with pytest.raises(MlflowException, match="m31"):
        tracker._runs.get("m31")
