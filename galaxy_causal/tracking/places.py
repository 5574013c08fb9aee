"""Where artifacts may be written: what a database or a server says is checked before it is followed."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from galaxy_causal.types import UserError

ELSEWHERE = (
    "mlflow-artifacts", "http", "https", "s3", "r2", "b2", "gs", "wasbs", "abfss", "hdfs", "viewfs", "ftp",
    "sftp",
)  # fmt: skip
"""Schemes of addresses under which MLflow writes to another service, not into folders of this machine."""


@dataclass(frozen=True)
class LocalPlaces:
    """Of a store in a folder: every run has its own folder in ``artifacts``."""

    artifacts: Path

    def check_experiment(self, name: str, uri: str) -> None:
        """Refuse an experiment whose artifacts lie elsewhere."""
        if uri != self.artifacts.as_uri():
            raise UserError(
                f"experiment {name} in {self.artifacts.parent} keeps its artifacts in {uri}: "
                "the folder was moved or copied. Move it back, or start afresh with "
                "tracking.root=<new folder>."
            )

    def check_run(self, run_id: str, uri: str) -> None:
        """Refuse a run whose artifacts lie elsewhere, be it in those of another run."""
        own = self.artifacts / run_id / "artifacts"
        if len(Path(run_id).parts) != 1 or run_id == os.path.pardir or local_folder(uri) != own:
            raise UserError(
                f"run {run_id} in {self.artifacts.parent / 'mlflow.db'} keeps its artifacts in {uri}, not in "
                f"{own}: the database was changed by other means. Restore it from a copy, or start afresh "
                "with tracking.root=<new folder>."
            )


@dataclass(frozen=True)
class ServerPlaces:
    """Of a server: other services, and of this machine what lies in the ``allowed`` folder, if any."""

    server: str
    allowed: Path | None = None

    def check_experiment(self, name: str, uri: str) -> None:
        """Refuse an experiment whose artifacts would be written on this machine."""
        self._check(f"experiment {name}", uri)

    def check_run(self, run_id: str, uri: str) -> None:
        """Refuse a run whose artifacts would be written on this machine."""
        self._check(f"run {run_id}", uri)

    def _check(self, what: str, uri: str) -> None:
        if urlsplit(uri).scheme.lower() in ELSEWHERE:
            return
        folder = local_folder(uri)
        if folder is not None and self.allowed is not None and folder.is_relative_to(self.allowed):
            return
        allowed = "" if self.allowed is None else f", which is not in tracking.artifacts={self.allowed}"
        raise UserError(
            f"the server {self.server} wants the artifacts of {what} written to {uri or 'no place'} on this "
            f"machine{allowed}. If that is your own folder, allow it by tracking.artifacts=<folder>; else "
            "let the server keep them itself (`mlflow server --artifacts-destination <folder>`), in a new "
            "experiment (tracking.experiment=<name>)."
        )


Places = LocalPlaces | ServerPlaces


def local_folder(uri: str) -> Path | None:
    """The folder that MLflow would use for this address, absolute; None where it names none, or climbs."""
    parts = urlsplit(uri)
    if parts.scheme.lower() not in ("", "file") or not parts.path:
        return None
    path = url2pathname(uri if not parts.scheme else parts.path)
    return None if os.path.pardir in Path(path).parts else Path(os.path.abspath(path))
