"""Runs that another store has, read from a copy of its database and brought into one's own."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from galaxy_causal.files import sha256_of
from galaxy_causal.fitting import Held, Made
from galaxy_causal.fitting.elsewhere import Brought, DamagedFitError, FitElsewhere
from galaxy_causal.fitting.folder import CHECKSUMS, seal
from galaxy_causal.fitting.leases import SECONDS, FolderPlace, Leases
from galaxy_causal.fitting.recipe import KEY_LENGTH
from galaxy_causal.tracking.database import client_of
from galaxy_causal.tracking.opening import mlflow_errors
from galaxy_causal.tracking.places import LocalArtifacts
from galaxy_causal.tracking.pulse import BEAT, OWNER
from galaxy_causal.tracking.runs import Runs, values
from galaxy_causal.tracking.shown import NOTE
from galaxy_causal.tracking.tracker import ADOPTED, FINISHED, FIT, JOB, SHOWS, SWEEP, MlflowTracker
from galaxy_causal.types import Stored, UserError, option

if TYPE_CHECKING:
    from mlflow.entities import Run

PARENT = "mlflow.parentRunId"
NOT_TAKEN = (OWNER, BEAT, "host", "locks", "params_changed")
"""Tags that tell of who wrote to a run there."""
ENDINGS = ("", "-journal", "-wal")
"""Of the files of SQLite's that make up a database; its fourth, ``-shm``, is made anew from them."""
TRIES = 3
"""How often files are copied that change meanwhile."""


class RunsElsewhere:
    """The runs of another store: of jobs, and of fits of an earlier layout, which hold their files.

    Parameters
    ----------
    tracker
        What shows them, read from a copy of the database there.
    """

    def __init__(self, tracker: MlflowTracker) -> None:
        self._tracker = tracker
        self._fits = _of(FIT, tracker)

    def jobs(self) -> list[Run]:
        """Finished runs of jobs, oldest first."""
        return _of(JOB, self._tracker)

    def unfinished(self) -> int:
        """Runs of jobs that have not come to their end."""
        return len(self._tracker._runs.search(f"tags.{JOB} LIKE '%' and attributes.status != 'FINISHED'"))

    def parents(self) -> dict[str, str]:
        """By the key of a fit, the run of the job under which it is shown."""
        return {run.data.tags[FIT]: run.data.tags[PARENT] for run in self._fits if PARENT in run.data.tags}

    def fits(self) -> Iterator[FitElsewhere]:
        """Fits of an earlier layout that were not brought into the present one."""
        for run in self._fits:
            if not {SHOWS, ADOPTED} & set(run.data.tags):
                yield FitElsewhere(run.data.tags[FIT], partial(self._fetch, run))

    def _fetch(self, run: Run, folder: Path) -> None:
        key = run.data.tags[FIT]
        found = self._tracker.earlier_in(run, key, folder, shutil.copy2)
        if isinstance(found, str):
            raise DamagedFitError(f"fit {key} ({run.info.run_name}): {found}")
        recipe, made, told = found
        seal(folder, recipe, made, told)

    def artifacts(self, run: Run) -> Path:
        """A folder with those of a run."""
        return self._tracker._artifacts.fetch(run.info.run_id)


def _of(kind: str, tracker: MlflowTracker, key: str = "%") -> list[Run]:
    """Finished runs of jobs or of fits, of all or of one; what has no key of ours is none."""
    found = tracker._runs.search(f"tags.{kind} LIKE '{key}' and {FINISHED}")
    return [run for run in found if re.fullmatch(rf"[0-9a-f]{{{KEY_LENGTH}}}", run.data.tags[kind])]


@contextmanager
def runs_elsewhere(root: Path, experiment: str, work: Path) -> Iterator[RunsElsewhere]:
    """The runs of another store on this machine, into which nothing is written.

    Parameters
    ----------
    root
        Its folder, with a database.
    experiment
        Of MLflow.
    work
        A folder for a copy of its database.

    Yields
    ------
    RunsElsewhere
        What was found.

    Raises
    ------
    UserError
        For a database that cannot be read, or of a later version, and where it has other experiments alone.
    """
    database = root / "mlflow.db"
    copy = work / "mlflow.db"
    _copy(database, copy)
    with mlflow_errors(str(database)):
        _upgrade(copy, database)
        client = client_of(f"sqlite:///{copy}")
        found = client.get_experiment_by_name(experiment)
        if found is None:
            names = sorted(one.name for one in client.search_experiments() if one.name != "Default")
            raise UserError(
                f"{root} has no experiment {experiment}, but {', '.join(names) or 'none'}; choose one with "
                f"{option('tracking.experiment')}=<name>, or bring its fits alone from {root / 'fits'}"
            )
        runs = Runs(client, found.experiment_id, SECONDS, work / "seen.json")
        leases = Leases(FolderPlace(work / "leases"), SECONDS)
        yield RunsElsewhere(MlflowTracker(runs, LocalArtifacts(root / "artifacts"), root, "", leases))


def _copy(database: Path, copy: Path) -> None:
    """Copy a database as it is at one instant; somebody may write to it, or nobody can."""
    try:
        try:
            _back_up(database, copy)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            _copy_files(database, copy)  # what was cut short there is to be undone, and nothing written there
    except (sqlite3.Error, OSError) as error:
        raise UserError(
            f"cannot read the database {database} ({error}); bring the fits alone from "
            f"{database.parent / 'fits'}"
        ) from error


def _back_up(database: Path, copy: Path) -> None:
    address = f"file:{quote(str(database))}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=60)) as theirs,
        closing(sqlite3.connect(copy)) as ours,
    ):
        theirs.backup(ours)


def _copy_files(database: Path, copy: Path) -> None:
    """The same of one that may be in the middle of a change: SQLite undoes or ends that in the copy."""
    for _ in range(TRIES):
        before = _states(database)
        for ending in ENDINGS:
            there, here = Path(f"{database}{ending}"), Path(f"{copy}{ending}")
            here.unlink(missing_ok=True)
            if ending in before:
                shutil.copyfile(there, here)
        if _states(database) == before:
            break
    else:
        raise sqlite3.OperationalError("it is being written to; try again")
    with closing(sqlite3.connect(copy)) as ours:
        (said,) = ours.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def _states(database: Path) -> dict[str, tuple[int, int]]:
    """By the endings of a database's files that there are, their sizes and times."""
    files = {ending: Path(f"{database}{ending}") for ending in ENDINGS}
    states = {ending: file.stat() for ending, file in files.items() if file.exists()}
    return {ending: (state.st_size, state.st_mtime_ns) for ending, state in states.items()}


def _upgrade(copy: Path, database: Path) -> None:
    """Have a copy of a database in the layout of this MLflow."""
    from alembic.util import CommandError
    from mlflow.store.db.utils import _get_latest_schema_revision, _get_schema_version, _upgrade_db
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{copy}")
    try:
        if _get_schema_version(engine) != _get_latest_schema_revision():  # type: ignore[no-untyped-call]
            _upgrade_db(engine)  # type: ignore[no-untyped-call]
    except CommandError as error:
        raise UserError(
            f"the database {database} is of a later version of MLflow ({error}); bring its runs with that "
            f"version, or the fits alone from {database.parent / 'fits'}"
        ) from error
    finally:
        engine.dispose()


class RunsHome:
    """Brings runs of another store into one's own.

    Parameters
    ----------
    tracker
        Of one's own store.
    source
        The other one's.
    """

    def __init__(self, tracker: MlflowTracker, source: RunsElsewhere) -> None:
        self._tracker = tracker
        self._source = source
        self._here = {run.data.tags[JOB]: run.info.run_id for run in _of(JOB, tracker)}
        self._ids: dict[str, str] = {}

    def bring(self, run: Run) -> Brought:
        """Bring the run of a job, unless one of the same job is finished here.

        It goes on in a run of the same job that was not finished here, or was half brought.
        """
        key = run.data.tags[JOB]
        if key not in self._here:
            try:
                with self._tracker._leases.held(f"job-{key}", run.info.run_name, blocking=False):
                    there = _of(JOB, self._tracker, key)
                    if not there:
                        self._ids[run.info.run_id] = self._here[key] = self._brought(run, key)
                        return Brought("brought")
                    self._here[key] = there[0].info.run_id
            except Held as error:
                return Brought("left", str(error))
        self._ids[run.info.run_id] = self._here[key]
        return Brought("here")

    def _brought(self, run: Run, key: str) -> str:
        runs, artifacts, data = self._tracker._runs, self._tracker._artifacts, run.data
        own = {name: value for name, value in data.tags.items() if not name.startswith("mlflow.")}
        tags = {name: value for name, value in own.items() if name not in NOT_TAKEN}
        run_id = runs.begin(JOB, key, run.info.run_name, tags, run.info.start_time / 1000)
        with self._tracker._ending(run_id, run.info.end_time / 1000):
            artifacts.tidy(run_id)
            runs.params(run_id, data.params)
            runs.metrics(run_id, Made(values(run)))
            if NOTE in data.tags:
                runs.tag(run_id, {NOTE: data.tags[NOTE].replace(run.info.run_id, run_id)})
            runs.used_as(run_id, run)
            folder = self._source.artifacts(run)
            if folder.is_dir():
                artifacts.put(run_id, folder)
        if tags.get("job") == SWEEP:
            members = self._tracker.members(tags.get("sweep", ""))
            self._tracker.adopt(run_id, [member.run_id for member in members])
        return run_id

    def show(self, fits: Mapping[str, Path], advance: Callable[[int], None]) -> None:
        """Show fits that are here, by their keys, under the runs that their jobs have here."""
        parents = self._source.parents()
        shown = {
            (run.data.tags[FIT], seal)
            for run in _of(FIT, self._tracker)
            for seal in (run.data.tags.get(SHOWS), run.data.tags.get(ADOPTED))
        }
        for key, folder in fits.items():
            if (key, sha256_of(folder / CHECKSUMS)) not in shown:
                parent = self._ids.get(parents.get(key, ""))
                self._tracker.show(Stored(key, folder, {}), parent)
            advance(1)
