"""Where runs have their artifacts: what a server says of that is checked before it is followed."""

from __future__ import annotations

import os.path
import re
import shutil
import weakref
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from galaxy_causal.processes import lasting_folder, mark
from galaxy_causal.tracking.server import refusals
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from mlflow.store.artifact.artifact_repo import ArtifactRepository
    from mlflow.tracking import MlflowClient

ELSEWHERE = (
    "mlflow-artifacts", "http", "https", "s3", "r2", "b2", "gs", "wasbs", "abfss", "hdfs", "viewfs", "ftp",
    "sftp",
)  # fmt: skip
"""Schemes of addresses under which MLflow writes to another service, not into folders of this machine."""


UPLOADING = ".artifact.uploading."
"""How the names of files begin that are being written, MLflow's as ours; it shows them to nobody."""


class LocalArtifacts:
    """In folders beside the database, whatever that says: ``root/<run>/artifacts``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, run_id: str) -> str:
        """Where people find those of a run."""
        return str(self.fetch(run_id))

    def fetch(self, run_id: str) -> Path:
        """A folder with those of a run."""
        if re.fullmatch(r"\w+", run_id) is None:
            raise UserError(f"the database beside {self.root} has a run {run_id!r}: that is no name of a run")
        return self.root / run_id / "artifacts"

    def put(self, run_id: str, folder: Path) -> None:
        """Store a folder's files, replacing those of the same names."""
        shutil.copytree(folder, self.fetch(run_id), copy_function=_whole, dirs_exist_ok=True)

    def remove(self, run_id: str, names: Collection[str]) -> None:
        """Remove files of these names, where there are any."""
        for name in names:
            (self.fetch(run_id) / name).unlink(missing_ok=True)

    def tidy(self, run_id: str) -> None:
        """Remove what processes left of files of a run that nobody writes to now."""
        _tidy(self.fetch(run_id))


class ServerArtifacts:
    """Of a server: with other services, and on this machine in the ``allowed`` folder, if any."""

    def __init__(self, client: MlflowClient, allowed: Path | None = None) -> None:
        self._client = client
        self._allowed = allowed

    def place(self, run_id: str) -> str:
        """The address of those of a run; UserError for one where nothing may be written."""
        with refusals():
            uri = str(self._client.get_run(run_id).info.artifact_uri)
        self.check(f"run {run_id}", uri)
        return url2pathname(uri.removeprefix("file://")) if uri.startswith("file://") else uri

    def fetch(self, run_id: str) -> Path:
        """A folder with a copy of those of a run, gone with this object."""
        folder = str(lasting_folder())
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        with refusals():
            return Path(self._repository(run_id).download_artifacts("", folder))  # type: ignore[no-untyped-call]

    def put(self, run_id: str, folder: Path) -> None:
        """Store a folder's files, replacing those of the same names."""
        with refusals():
            self._repository(run_id).log_artifacts(str(folder))  # type: ignore[no-untyped-call]

    def remove(self, run_id: str, names: Collection[str]) -> None:
        """Remove files of these names, where there are any; UserError where the server does not let it."""
        with refusals():
            repository = self._repository(run_id)
            there = {one.path for one in repository.list_artifacts()}
            for name in there & set(names):
                repository.delete_artifacts(name)  # type: ignore[no-untyped-call]

    def tidy(self, run_id: str) -> None:
        """Remove what processes left of files of a run that nobody writes to now, if on this machine."""
        with refusals():
            folder = local_folder(str(self._client.get_run(run_id).info.artifact_uri))
        if folder is not None and self._allowed is not None and folder.is_relative_to(self._allowed):
            _tidy(folder)

    def _repository(self, run_id: str) -> ArtifactRepository:
        """What reads and writes at the very address that was checked; a client asks for it anew."""
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        return get_artifact_repository(self.place(run_id), tracking_uri=self._client.tracking_uri)

    def check(self, what: str, uri: str) -> None:
        """Refuse an address of artifacts that would be written on this machine."""
        if urlsplit(uri).scheme.lower() in ELSEWHERE:
            return
        folder = local_folder(uri)
        if folder is not None and self._allowed is not None and folder.is_relative_to(self._allowed):
            return
        allowed = "" if self._allowed is None else f", which is not in tracking.artifacts={self._allowed}"
        raise UserError(
            f"the server {self._client.tracking_uri} wants the artifacts of {what} written to "
            f"{uri or 'no place'} on this machine{allowed}. If that is your own folder, allow it by "
            "tracking.artifacts=<folder>; else let the server keep them itself (`mlflow server "
            "--artifacts-destination <folder>`), in a new experiment (tracking.experiment=<name>)."
        )


def _whole(source: str, to: str) -> None:
    """Copy a file: it has its name once it is whole."""
    part = Path(to).with_name(f"{UPLOADING}{mark()}.{Path(to).name}")
    try:
        shutil.copy2(source, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _tidy(folder: Path) -> None:
    for file in folder.rglob(f"{UPLOADING}*"):
        file.unlink(missing_ok=True)


Artifacts = LocalArtifacts | ServerArtifacts


def local_folder(uri: str) -> Path | None:
    """The folder that MLflow would use for this address, absolute; None where it names none, or climbs."""
    parts = urlsplit(uri)
    if parts.scheme.lower() not in ("", "file") or not parts.path:
        return None
    path = url2pathname(uri if not parts.scheme else parts.path)
    return None if os.path.pardir in Path(path).parts else Path(os.path.abspath(path))
