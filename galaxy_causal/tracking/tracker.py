"""Fits and jobs as runs in MLflow."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galaxy_causal.files import sha256_of
from galaxy_causal.fitting import JobRun, Made, Tracker, recipe_key
from galaxy_causal.fitting.folder import ABOUT, CHECKSUMS, METRICS, RECIPE, about, damage, numbers
from galaxy_causal.fitting.leases import Leases, OnWait
from galaxy_causal.fitting.tracker import Earlier, Galaxies, MemberRun
from galaxy_causal.processes import temporary_folder
from galaxy_causal.processes.stopping import stoppable
from galaxy_causal.tracking.places import Artifacts
from galaxy_causal.tracking.pulse import BEAT, OWNER, Pulse
from galaxy_causal.tracking.runs import Runs, values
from galaxy_causal.tracking.shown import NOTE, galaxies_of, note
from galaxy_causal.types import Stored, amount

if TYPE_CHECKING:
    from mlflow.entities import Run

FIT, JOB = "fit_key", "job_key"
SHOWS, FOLDER, DAMAGED = "shows", "folder", "damaged"
"""Tags of a fit's run: the SHA-256 of its list of checksums, where its files lie beside the database, and why
it is not that of the fit any more."""
LISTED, ADOPTED = "checksums", "adopted"
"""Tags of a run of an earlier layout, which held the files of a fit itself: that it had a list of checksums,
and what it ``SHOWS`` since its fit was brought into the present layout."""
SWEEP = "sweep"
"""The job of the run above the members of a sweep."""
FIGURES = (".png", ".pdf")
Watching = Callable[[str], AbstractContextManager[None]]
"""Given the id of a run, has it hold what the machine does meanwhile."""
FINISHED = "attributes.status = 'FINISHED'"


class MlflowJobRun(JobRun):
    """A job's run while the job runs. MLflow keeps what is logged, whether or not the job finishes."""

    def __init__(self, runs: Runs, artifacts: Artifacts, run_id: str, pulse: Pulse) -> None:
        self.run_id = run_id
        self._runs = runs
        self._artifacts = artifacts
        self._pulse = pulse

    @property
    def place(self) -> str:
        """Where people find the artifacts: a folder, or a server's address."""
        return self._artifacts.place(self.run_id)

    def log(self, metrics: Mapping[str, float]) -> None:
        """Log metrics; a value that stands there already is not logged twice."""
        self._pulse.check()
        self._runs.metrics(self.run_id, Made(metrics))

    def log_artifacts(self, folder: Path) -> None:
        """Store a folder's files, figures or others, replacing those of the same names."""
        self._pulse.check()
        self._artifacts.put(self.run_id, folder)

    def remove(self, names: Collection[str]) -> None:
        """Remove artifacts of these names, where there are any."""
        self._pulse.check()
        self._artifacts.remove(self.run_id, names)

    def tag(self, name: str, value: str) -> None:
        """Set a tag; raises ``UserError`` where MLflow would cut it."""
        self._runs.tag(self.run_id, {name: value})

    def describe(self, text: str, page: str = "") -> None:
        """Say in Markdown what was found; ``page`` is the artifact that shows it."""
        self.tag(NOTE, note(text, self._runs.experiment_id, self.run_id, page))

    def used(self, galaxies: Galaxies) -> None:
        """Say of which galaxies it was made."""
        self._runs.used(self.run_id, galaxies)


class MlflowTracker(Tracker):
    """Shows fits and jobs as runs of one experiment; ``open_store`` makes it.

    A run of a fit is a view: the fit does not need it, and it is written anew where it is missing. Leases are
    taken in one order, a job's, then a fit's, then a view's: so nothing waits in a circle, unless the making
    of a fit itself asks for fits.
    """

    def __init__(
        self,
        runs: Runs,
        artifacts: Artifacts,
        root: Path,
        look: str,
        leases: Leases,
        watching: Watching | None = None,
    ) -> None:
        self._runs = runs
        self._artifacts = artifacts
        self._root = root
        self._look = look
        self._leases = leases
        self._watching = watching or (lambda run_id: nullcontext())
        self._shown: set[tuple[str, str]] = set()

    @property
    def look(self) -> str:
        """How people look at the runs."""
        return self._look

    def show(self, fit: Stored, parent: str | None = None) -> None:
        """Have a run of this very fit, with its metrics, curves and figures; under the run of a job."""
        seal = sha256_of(fit.folder / CHECKSUMS)
        if (fit.key, seal) in self._shown:
            return
        if not self._is_shown(fit.key, seal):
            with self._leases.held(f"view-{fit.key}", fit.key):
                if not self._is_shown(fit.key, seal):
                    self._add(fit, seal, parent)
                    self._keep_one(fit.key, seal)
        self._shown.add((fit.key, seal))

    def _of(self, key: str) -> list[Any]:
        return self._runs.search(f"tags.{FIT} = '{key}' and {FINISHED}")

    def _is_shown(self, key: str, seal: str) -> bool:
        return any(seal in (run.data.tags.get(SHOWS), run.data.tags.get(ADOPTED)) for run in self._of(key))

    def _add(self, fit: Stored, seal: str, parent: str | None) -> None:
        tags = {FIT: fit.key, FOLDER: fit.folder.relative_to(self._root).as_posix()}
        for run in self._of(fit.key):
            if not {SHOWS, ADOPTED} & set(run.data.tags):
                self._runs.tag(run.info.run_id, tags | {ADOPTED: seal})
                return
            self._retire(run.info.run_id, fit.key, "its files were set aside, or made again")
        tags |= {SHOWS: seal} | ({"mlflow.parentRunId": parent} if parent else {})
        told, found = about(fit.folder), numbers(fit.folder)
        tags |= {NOTE: _described(told["tags"], found["metrics"])}
        run_id = self._runs.create(_run_name(told), told["versions"] | told["tags"] | tags, told["started"])
        with self._ending(run_id, told["finished"]), temporary_folder() as folder:
            self._runs.metrics(run_id, Made(found["metrics"], found["history"]))
            recipe = json.loads((fit.folder / RECIPE).read_text(encoding="utf-8"))
            used = galaxies_of(recipe, told["tags"], _count(fit.folder))
            if used is not None:
                self._runs.used(run_id, used)
            (folder / "fit").mkdir()
            for file in fit.folder.iterdir():
                if file.suffix in FIGURES:
                    shutil.copy(file, folder)
                elif file.name in (RECIPE, METRICS, ABOUT):
                    shutil.copy(file, folder / "fit")
            self._artifacts.put(run_id, folder)

    def _keep_one(self, key: str, seal: str) -> None:
        """Of runs that stores with other leases made of the same fit at the same time, all keep the same."""
        same = [run for run in self._of(key) if run.data.tags.get(SHOWS) == seal]
        same.sort(key=lambda run: (run.info.start_time, run.info.run_id))
        for run in same[1:]:
            self._runs.delete(run.info.run_id)

    def _retire(self, run_id: str, key: str, wrong: str) -> None:
        """Let a run be that of the fit no more."""
        self._runs.tag(run_id, {FIT: f"{DAMAGED}-{key}", DAMAGED: wrong})

    def has_earlier(self, key: str) -> bool:
        """Whether there is a run that may hold a fit of an earlier layout."""
        return any(SHOWS not in run.data.tags for run in self._of(key))

    def earlier(self, key: str, folder: Path) -> Earlier | None:
        """Bring the files of a fit whose run holds them, as earlier versions had it, into an empty folder.

        On this machine they are linked, and so use no more of the disk; those that were stored without a
        list of checksums are copied, so that what harms one leaves the other.
        """
        for run in self._of(key):
            if SHOWS in run.data.tags:
                continue
            found, run_id = self.earlier_in(run, key, folder, _link), run.info.run_id
            if not isinstance(found, str):
                return found
            self._retire(run_id, key, found)
            print(  # noqa: T201
                f"warning: stored {run.info.run_name} is damaged: {found} in "
                f"{self._artifacts.place(run_id)}; set aside as run {run_id}, and made again",
                file=sys.stderr,
            )
        return None

    def earlier_in(
        self, run: Run, key: str, folder: Path, copy: Callable[[str, str], object]
    ) -> Earlier | str:
        """Bring the files of a fit that a run of an earlier layout holds, or say what is wrong with them."""
        source, unlisted = self._artifacts.fetch(run.info.run_id), LISTED not in run.data.tags
        wrong = damage(source, key, unlisted)
        if wrong is not None:
            return wrong
        shutil.copytree(source, folder, copy_function=shutil.copy2 if unlisted else copy, dirs_exist_ok=True)
        for name in (RECIPE, CHECKSUMS):
            (folder / name).unlink(missing_ok=True)
        recipe = json.loads((source / RECIPE).read_text(encoding="utf-8"))
        return recipe, self._runs.made(run), _told(run)

    def find_job(self, recipe: Mapping[Any, Any]) -> Stored | None:
        """The finished run of the job with this recipe, if there is one."""
        key = recipe_key(recipe)
        for run in self._runs.search(f"tags.{JOB} = '{key}' and {FINISHED}"):
            return Stored(key, self._artifacts.fetch(run.info.run_id), values(run))
        return None

    def job_of(self, run_id: str) -> tuple[str, Stored] | None:
        """Which job a finished run is of, and its files; None where there is no such run."""
        for run in (
            one for one in self._runs.search(FINISHED) if one.info.run_id == run_id and JOB in one.data.tags
        ):
            key = run.data.tags[JOB]
            return run.data.tags["job"], Stored(key, self._artifacts.fetch(run_id), values(run))
        return None

    def add(self, key: str, folder: Path) -> str:
        """Add files to what is shown of a fit; where people find them, or nothing where it is not shown."""
        for run in self._of(key):
            self._artifacts.put(run.info.run_id, folder)
            return self._artifacts.place(run.info.run_id)
        return ""

    def members(self, sweep: str) -> list[MemberRun]:
        """Finished runs of the members of a sweep, oldest first."""
        found = self._runs.search(f"tags.sweep = '{sweep}' and {FINISHED}")
        return [
            MemberRun(
                run.info.run_id,
                _pair(run.data.tags) or str(run.info.run_name),
                run.data.tags["job"],
                run.data.params,
                Stored(run.data.tags[JOB], self._artifacts.fetch(run.info.run_id), values(run)),
            )
            for run in found
            if JOB in run.data.tags and run.data.tags.get("job") != SWEEP
        ]

    def adopt(self, parent: str, runs: Sequence[str]) -> None:
        """Have a run stand above others."""
        for run_id in runs:
            self._runs.tag(run_id, {"mlflow.parentRunId": parent})

    def finished(self) -> list[dict[str, object]]:
        """Every finished run, the newest first: run_id, name, its own tags, its metrics."""
        return [
            {
                "run_id": run.info.run_id,
                "name": run.info.run_name,
                **{
                    key: value
                    for key, value in run.data.tags.items()
                    if not key.startswith("mlflow.") and key not in (OWNER, BEAT)
                },
                **run.data.metrics,
            }
            for run in sorted(self._runs.search(FINISHED), key=lambda run: -int(run.info.start_time))
        ]

    def has_finished(self, tags: Mapping[str, str]) -> bool:
        """Whether there is a finished run with these tags."""
        return any(tags.items() <= run.data.tags.items() for run in self._runs.search(FINISHED))

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
        with self._leases.held(f"job-{key}", name, on_wait):
            run_id = self._runs.begin(JOB, key, name, tags)
            with self._ending(run_id) as pulse, temporary_folder() as folder:
                self._artifacts.tidy(run_id)
                text = {name: str(value) for name, value in params.items()}
                self._runs.params(run_id, text)
                (folder / "params.json").write_text(json.dumps(text, indent=2, sort_keys=True))
                self._artifacts.put(run_id, folder)
                with self._watching(run_id):
                    yield MlflowJobRun(self._runs, self._artifacts, run_id, pulse)

    def reap(self) -> int:
        """Mark as KILLED the RUNNING runs whose process is gone, and count them.

        Of one of this machine that is seen at once; any other is seen not to show a sign of life, from one
        opening of this store to a later one.
        """
        count = 0
        for run in self._runs.dead():
            again = self._runs.get(run.info.run_id)  # it may have ended since, or go on in another process
            same = again.info.status == "RUNNING" and again.data.tags == run.data.tags
            if same and {FIT, JOB} & set(run.data.tags):
                self._artifacts.tidy(run.info.run_id)
                self._runs.end(run.info.run_id, "KILLED")
                count += 1
        return count

    @contextmanager
    def _ending(self, run_id: str, finished: float | None = None) -> Iterator[Pulse]:
        pulse = Pulse(self._runs, run_id, self._runs.owner)
        try:
            with stoppable(), pulse.beating():
                yield pulse
            pulse.check()
        except BaseException as error:
            try:
                if not pulse.lost:
                    self._runs.end(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
            except Exception as second:
                # the first error is the one to hear of; the next opening marks the run KILLED
                error.add_note(f"and the end of run {run_id} could not be written: {second}")
            raise
        self._runs.end(run_id, "FINISHED", finished)


def _pair(tags: Mapping[str, str]) -> str:
    """The two inputs of a decomposition."""
    return f"{tags['x1']} | {tags['x2']}" if {"x1", "x2"} <= set(tags) else ""


def _run_name(told: Mapping[str, Any]) -> str:
    """What the run of a fit is called: with its estimator, so that a list tells runs apart."""
    estimator = told["tags"].get("estimator")
    return f"{told['name']} · {estimator}" if estimator else str(told["name"])


def _described(tags: Mapping[str, str], metrics: Mapping[str, float]) -> str:
    """What the run of a fit says of itself."""
    if "mi" not in metrics or "inputs" not in tags:
        return "A fit. Its files lie in the folder that its tag `folder` names."
    by = " and ".join(tags[name] for name in ("estimator", "network") if tags.get(name, "none") != "none")
    told = amount(metrics["mi"], metrics.get("mi_err", metrics.get("mi_folds_err", math.nan)))
    return f"{tags['inputs']} tell {told} nats of the target of {tags['dataset']}, by {by}."


def _count(folder: Path) -> int:
    """Galaxies of a fit."""
    import pyarrow.parquet as pq

    file = folder / "galaxies.parquet"
    return int(pq.read_metadata(file).num_rows) if file.exists() else 0


def _told(run: Any) -> dict[str, object]:  # noqa: ANN401  (a run of MLflow, which is not imported here)
    """What ``about.json`` tells of a fit that a run held."""
    own = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    made_by = {key: own.pop(key) for key in ("galaxy_causal", "torch", "commit") if key in own}
    tags = {
        key: value
        for key, value in own.items()
        if key not in (FIT, LISTED, ADOPTED, FOLDER, "host", "locks", OWNER, BEAT)
    }
    times = {"started": run.info.start_time / 1000, "finished": run.info.end_time / 1000}
    return {"name": run.info.run_name, "tags": tags, "versions": made_by, **times}


def _link(source: str, to: str) -> None:
    """A hard link, or a copy where there can be none."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copy2(source, to)
