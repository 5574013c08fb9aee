"""Reading and writing MLflow runs by id, patiently and within MLflow's limits."""

from __future__ import annotations

import json
import math
import random
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.request import url2pathname

from galaxy_causal.tracking.code import versions
from galaxy_causal.tracking.places import Places
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.store.artifact.artifact_repo import ArtifactRepository
    from mlflow.tracking import MlflowClient

P = ParamSpec("P")
T = TypeVar("T")
Point = tuple[str, int, float]

METRICS_PER_BATCH = 1000
ENTRIES_PER_BATCH = 100  # params or tags
LOCKED_FOR = 120.0  # seconds


def patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call; where SQLite is locked by another process, again for up to two minutes."""
    from mlflow.exceptions import MlflowException

    until = time.monotonic() + LOCKED_FOR
    while True:
        try:
            return call(*args, **kwargs)
        except MlflowException as error:
            if "database is locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0.05, 0.5))


class Runs:
    """The runs of one experiment, and which of them this machine's locks speak for.

    Each run carries the tags ``host`` and ``locks`` of whoever last wrote to it, and its ``versions``.
    A lock found free tells that a run is dead only where the run's writer would have held that very lock.
    """

    def __init__(self, client: MlflowClient, experiment_id: str, locks: Path, places: Places) -> None:
        self._client = client
        self._places = places
        self._experiment_id = experiment_id
        self._owner = {"host": socket.gethostname(), "locks": str(locks), **versions()}
        self._last = 0

    def search(self, condition: str) -> list[Run]:
        """Runs that satisfy an MLflow filter, oldest first; deleted ones are left out."""
        found: list[Run] = []
        token: str | None = None
        while True:
            page = patiently(
                self._client.search_runs,
                [self._experiment_id],
                condition,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            )
            found.extend(page)
            token = page.token
            if not token:
                return found

    def get(self, run_id: str) -> Run:
        """The run as stored now."""
        return patiently(self._client.get_run, run_id)

    def is_ours(self, run: Run) -> bool:
        """Whether our locks tell if the run is alive."""
        return all(run.data.tags.get(name) == value for name, value in self._owner.items())

    def begin(self, kind: str, key: str, name: str, tags: Mapping[str, str]) -> str:
        """Set the run with ``tags[kind] == key`` to RUNNING, or create it; call with its lock held.

        A RUNNING run of another machine may be alive, so it is left alone and a new one is made.
        """
        tags = {**tags, **self._owner, kind: key}
        for run in self.search(f"tags.{kind} = '{key}'"):
            if run.info.status != "RUNNING" or self.is_ours(run):
                run_id: str = run.info.run_id
                self._places.check_run(run_id, str(run.info.artifact_uri))
                patiently(self._client.update_run, run_id, status="RUNNING", name=name)
                self.tag(run_id, tags)
                return run_id
        check_tags(tags)
        run = patiently(self._client.create_run, self._experiment_id, tags=tags, run_name=name)
        run_id = str(run.info.run_id)
        try:
            self._places.check_run(run_id, str(run.info.artifact_uri))
        except UserError:
            self.end(run_id, "FAILED")
            raise
        return run_id

    def end(self, run_id: str, status: str) -> None:
        """Write the run's end: FINISHED, FAILED or KILLED."""
        patiently(self._client.set_terminated, run_id, status=status)

    def tag(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set tags; raises ``UserError`` for one that MLflow would cut."""
        from mlflow.entities import RunTag

        check_tags(tags)
        entries = [RunTag(name, value) for name, value in tags.items()]
        for batch in _batches(entries, ENTRIES_PER_BATCH):
            patiently(self._client.log_batch, run_id, tags=batch)

    def params(self, run_id: str, params: Mapping[str, object]) -> None:
        """Log parameters, and all of them in full in ``params.json``.

        MLflow cuts long values and lets none change, so a long one points to the file, and the
        names of those that changed since the run was first opened are in the tag ``params_changed``.
        """
        from mlflow.entities import Param
        from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

        known = self.get(run_id).data.params
        text = {name: str(value) for name, value in params.items()}
        shown = {
            _allowed(name): value
            if len(value) <= MAX_PARAM_VAL_LENGTH
            else f"{len(value)} characters, see params.json"
            for name, value in text.items()
        }
        entries = [Param(name, value) for name, value in shown.items() if name not in known]
        for batch in _batches(entries, ENTRIES_PER_BATCH):
            patiently(self._client.log_batch, run_id, params=batch)
        changed = sorted(name for name, value in shown.items() if known.get(name, value) != value)
        if changed or "params_changed" in self.get(run_id).data.tags:
            self.tag(
                run_id, {"params_changed": f"{', '.join(changed)} (see params.json)" if changed else "none"}
            )
        self.text(run_id, json.dumps(text, indent=2, sort_keys=True), "params.json")

    def metrics(self, run_id: str, points: Iterable[Point]) -> None:
        """Log (name, step, value); points that the run has already are not logged again."""
        from mlflow.entities import Metric

        points = [(_allowed(name), step, value) for name, step, value in points]
        known = self._points(run_id, {name for name, _, _ in points})
        # MLflow shows as the latest the one with the later time: never give two the same
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        fresh = [
            Metric(name, float(value), self._last, step)
            for name, step, value in points
            if (name, step, repr(_stored(value))) not in known
        ]
        for batch in _batches(fresh, METRICS_PER_BATCH):
            patiently(self._client.log_batch, run_id, metrics=batch)

    def _points(self, run_id: str, names: set[str]) -> set[tuple[str, int, str]]:
        """What stands at each (name, step) now; repr, for NaN equals nothing."""
        latest: dict[tuple[str, int], tuple[int, float]] = {}
        for name in names & set(self.get(run_id).data.metrics):
            for point in patiently(self._client.get_metric_history, run_id, name):
                place = (name, point.step)
                latest[place] = max(latest.get(place, (-1, 0.0)), (point.timestamp, point.value))
        return {(name, step, repr(_stored(value))) for (name, step), (_, value) in latest.items()}

    def values(self, run_id: str) -> dict[str, float]:
        """The latest value of each metric, infinities restored."""
        return {name: _stored(value) for name, value in self.get(run_id).data.metrics.items()}

    def folder(self, run_id: str, folder: Path) -> None:
        """Store a folder's files as artifacts, replacing those of the same names."""
        patiently(self._artifacts(run_id).log_artifacts, str(folder))

    def text(self, run_id: str, text: str, name: str) -> None:
        """Store a text as an artifact."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            patiently(self._artifacts(run_id).log_artifact, str(file))

    def has(self, run_id: str, name: str) -> bool:
        """Whether an artifact of that name is there."""
        return any(item.path == name for item in patiently(self._artifacts(run_id).list_artifacts))

    def place(self, run_id: str) -> str:
        """Where the artifacts lie: a folder's path where it is local, else MLflow's address."""
        uri = self._checked(run_id)
        return url2pathname(uri.removeprefix("file://")) if uri.startswith("file://") else uri

    def fetch(self, run_id: str, into: Path | None) -> Path:
        """A folder with the artifacts: MLflow's own where none is given, which is local, else a copy."""
        if into is None:
            return Path(self.place(run_id))
        download = self._artifacts(run_id).download_artifacts
        return Path(download("", str(into)))  # type: ignore[no-untyped-call]

    def _checked(self, run_id: str) -> str:
        """The address of the artifacts; UserError for one where nothing may be written."""
        uri = str(self.get(run_id).info.artifact_uri)
        self._places.check_run(run_id, uri)
        return uri

    def _artifacts(self, run_id: str) -> ArtifactRepository:
        """What reads and writes artifacts at the very address that was checked; a client asks for it anew."""
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        return get_artifact_repository(self._checked(run_id), tracking_uri=self._client.tracking_uri)


def _allowed(name: str) -> str:
    """A name of a parameter or metric with _ for what MLflow allows in none, such as brackets and commas."""
    return re.sub(r"[^\w\-. :/]", "_", name)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise ``UserError`` for a value that MLflow would cut in silence."""
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

    for name, value in tags.items():
        if len(value) > MAX_TAG_VAL_LENGTH:
            raise UserError(
                f"the tag {name} has {len(value)} characters, MLflow keeps {MAX_TAG_VAL_LENGTH}: "
                "store it as an artifact"
            )


def _stored(value: float) -> float:
    """MLflow's databases hold an infinity as the largest float; take one for the other."""
    return math.copysign(math.inf, value) if abs(value) >= sys.float_info.max else float(value)


def _batches(entries: Sequence[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(entries), size):
        yield list(entries[start : start + size])
