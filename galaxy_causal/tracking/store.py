"""Find a run or make it: fits shared between jobs and processes, and one run for each job."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galaxy_causal.tracking.damage import CHECKSUMS, RECIPE, checksums, damage, sha256
from galaxy_causal.tracking.holding import OnWait, held, held_if_free, stoppable
from galaxy_causal.tracking.recipe import canonical, recipe_key
from galaxy_causal.tracking.runs import Point, Runs
from galaxy_causal.types import StoredRun

if TYPE_CHECKING:
    from mlflow.entities import Run

FIT, JOB = "fit_key", "job_key"
SEALED, DAMAGED = "checksums", "damaged"
"""Tags: the SHA-256 of a fit's list of checksums, and what was found wrong with its files."""


@dataclass(frozen=True)
class Made:
    """What making a fit gives besides files: metrics, and curves as (step, value) pairs."""

    metrics: Mapping[str, float]
    history: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)

    def points(self) -> Iterator[Point]:
        """All as (name, step, value); a metric without a curve stands at step 0."""
        for name, curve in self.history.items():
            yield from ((name, step, value) for step, value in curve)
        for name, value in self.metrics.items():
            yield name, max((step for step, _ in self.history.get(name, ())), default=-1) + 1, value


class JobRun:
    """A job's run while the job runs. MLflow keeps what is logged, whether or not the job finishes."""

    def __init__(self, runs: Runs, run_id: str) -> None:
        self.run_id = run_id
        self._runs = runs

    def log(self, metrics: Mapping[str, float]) -> None:
        """Log metrics; a value that stands there already is not logged twice."""
        self._runs.metrics(self.run_id, Made(metrics).points())

    def log_artifacts(self, folder: Path) -> None:
        """Store a folder's files, figures or others, replacing those of the same names."""
        self._runs.folder(self.run_id, folder)

    @property
    def place(self) -> str:
        """Where people find the artifacts: a folder, or a server's address."""
        return self._runs.place(self.run_id)

    def tag(self, name: str, value: str) -> None:
        """Set a tag; raises ``UserError`` where MLflow would cut it."""
        self._runs.tag(self.run_id, {name: value})


class Store:
    """The runs of one experiment; ``open_store`` makes it.

    Locks are taken in one order, a job's and then a fit's, and whoever holds a fit's waits for no
    other: so nothing waits in a circle, unless ``make`` itself asks for fits.
    """

    def __init__(self, runs: Runs, root: Path, local: bool) -> None:
        self.root = root
        self._runs = runs
        self._local = local

    @property
    def look(self) -> str:
        """How people look at the runs."""
        database = f"sqlite:///{self.root / 'mlflow.db'}"
        return f"mlflow ui --workers 1 --backend-store-uri {database}" if self._local else "on the server"

    def find(self, recipe: Mapping[Any, Any]) -> StoredRun | None:
        """The finished run of ``recipe``, if there is one whose files are as they were stored.

        A damaged one is named on the standard error and set aside: kept, with the tag ``damaged``, and not
        found again.
        """
        return self._finished(recipe_key(recipe))

    def find_job(self, recipe: Mapping[Any, Any]) -> StoredRun | None:
        """The finished run of the job with this recipe, if there is one."""
        condition = f"tags.{JOB} = '{recipe_key(recipe)}' and attributes.status = 'FINISHED'"
        for run in self._runs.search(condition):
            return self._stored(run.info.run_id)
        return None

    def finished(self) -> list[dict[str, object]]:
        """Every finished run, the newest first: run_id, name, its own tags, its metrics."""
        found = self._runs.search("attributes.status = 'FINISHED'")
        return [
            {
                "run_id": run.info.run_id,
                "name": run.info.run_name,
                **{key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")},
                **run.data.metrics,
            }
            for run in sorted(found, key=lambda run: -int(run.info.start_time))
        ]

    def has_finished(self, tags: Mapping[str, str]) -> bool:
        """Whether there is a finished run with these tags."""
        finished = self._runs.search("attributes.status = 'FINISHED'")
        return any(tags.items() <= run.data.tags.items() for run in finished)

    def get_or_make(
        self,
        recipe: Mapping[Any, Any],
        name: str,
        tags: Mapping[str, str],
        make: Callable[[Path], Made | Mapping[str, float]],
        parent_run_id: str | None = None,
        *,
        on_wait: OnWait | None = None,
    ) -> tuple[StoredRun, bool]:
        """The finished run of ``recipe``, and whether it was there already.

        Otherwise ``make(folder)`` fills an empty folder, whose files become the run's artifacts,
        and returns metrics (NaN and infinities are kept). One process makes, the others wait, after
        ``on_wait(name)``. The run ends FINISHED only with everything stored; where ``make`` raises
        it ends FAILED (KILLED on Ctrl-C or SIGTERM), and the next call goes on in the same run.
        """
        found = self.find(recipe)
        if found is not None:
            return found, True
        key = recipe_key(recipe)
        with held(self._lock(FIT, key), name, on_wait):
            found = self._finished(key)
            if found is not None:
                return found, True
            parent = {} if parent_run_id is None else {"mlflow.parentRunId": parent_run_id}
            run_id = self._runs.begin(FIT, key, name, {**tags, **parent})
            folder = self.root / "partial" / key
            with self._ending(run_id), _empty(folder):
                self._remove_artifacts(run_id)
                made = make(folder)
                made = made if isinstance(made, Made) else Made(made)
                self._runs.metrics(run_id, made.points())
                for own in (RECIPE, CHECKSUMS):
                    (folder / own).unlink(missing_ok=True)
                (folder / CHECKSUMS).write_text(checksums(folder))
                self._runs.folder(run_id, folder)
                self._runs.tag(run_id, {SEALED: sha256(folder / CHECKSUMS)})
                self._runs.text(run_id, canonical(recipe), RECIPE)  # last: tells that all is there
            return self._stored(run_id), False

    @contextmanager
    def job(
        self,
        recipe: Mapping[Any, Any],
        name: str,
        tags: Mapping[str, str],
        params: Mapping[str, object],
        *,
        on_wait: OnWait | None = None,
    ) -> Iterator[JobRun]:
        """The run of the job with this recipe: a new one, or again the one it had.

        One process runs a job at a time; another that runs the same one waits. The run ends
        FINISHED, FAILED on an exception, or KILLED on Ctrl-C or SIGTERM.
        """
        key = recipe_key(recipe)
        with held(self._lock(JOB, key), name, on_wait):
            run_id = self._runs.begin(JOB, key, name, tags)
            with self._ending(run_id):
                self._runs.params(run_id, params)
                yield JobRun(self._runs, run_id)

    def reap(self) -> int:
        """Mark as KILLED the RUNNING runs that died on this machine, and count them.

        A run's lock is taken before the run is opened and held until it ends, so a run whose lock is
        free is dead. Runs of other machines, or under another ``root``, are left alone.
        """
        count = 0
        for run in self._runs.search("attributes.status = 'RUNNING'"):
            kind = next((kind for kind in (FIT, JOB) if kind in run.data.tags), None)
            if kind is None or not self._runs.is_ours(run) or not _is_name(run.data.tags[kind]):
                continue
            with held_if_free(self._lock(kind, run.data.tags[kind])) as free:
                # it may have ended since the search
                if free and self._runs.get(run.info.run_id).info.status == "RUNNING":
                    self._runs.end(run.info.run_id, "KILLED")
                    count += 1
        return count

    def _lock(self, kind: str, key: str) -> Path:
        return self.root / "locks" / f"{kind.removesuffix('_key')}-{key}.lock"

    def _finished(self, key: str) -> StoredRun | None:
        condition = f"tags.{FIT} = '{key}' and attributes.status = 'FINISHED'"
        for run in self._runs.search(condition):
            run_id, wrong = run.info.run_id, f"{RECIPE} is missing"
            if self._runs.has(run_id, RECIPE):
                stored = self._stored(run_id)
                found = damage(stored.artifacts, key, run.data.tags.get(SEALED))
                if found is None:
                    return stored
                wrong = found
            self._set_aside(run, key, wrong)
        return None

    def _set_aside(self, run: Run, key: str, wrong: str) -> None:
        """Let nobody find the run again, nor go on in it; several may do so at once."""
        run_id = run.info.run_id
        self._runs.tag(run_id, {FIT: f"{DAMAGED}-{key}", DAMAGED: wrong})
        print(  # noqa: T201
            f"warning: stored {run.info.run_name} is damaged: {wrong} in {self._runs.place(run_id)}; "
            f"set aside as run {run_id}, and made again",
            file=sys.stderr,
        )

    def _stored(self, run_id: str) -> StoredRun:
        folder = None
        if not self._local:
            folder = Path(tempfile.mkdtemp(prefix="galaxy_causal_"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return StoredRun(run_id, self._runs.fetch(run_id, folder), self._runs.values(run_id))

    def _remove_artifacts(self, run_id: str) -> None:
        """Of an earlier attempt; a server's are overwritten instead, for it may forbid removal."""
        if self._local:
            shutil.rmtree(self._runs.place(run_id), ignore_errors=True)

    @contextmanager
    def _ending(self, run_id: str) -> Iterator[None]:
        try:
            with stoppable():
                yield
        except BaseException as error:
            try:
                self._runs.end(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
            except Exception as second:
                # the first error is the one to hear of; the next opening marks the run KILLED
                error.add_note(f"and the end of run {run_id} could not be written: {second}")
            raise
        self._runs.end(run_id, "FINISHED")


@contextmanager
def _empty(folder: Path) -> Iterator[None]:
    """An empty folder, removed in the end; what a killed process left there goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_name(key: str) -> bool:
    """Whether a key may be part of a file's name: those of ours are; tags can be anybody's."""
    return re.fullmatch(r"[\w-]+", key) is not None
