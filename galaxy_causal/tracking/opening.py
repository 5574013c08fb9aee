"""Opens the local database or a server, and says at once what stands in the way."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import sqlite3
import tempfile
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galaxy_causal.tracking.holding import held
from galaxy_causal.tracking.places import LocalPlaces, Places, ServerPlaces
from galaxy_causal.tracking.runs import Runs, patiently
from galaxy_causal.tracking.store import Store
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from mlflow.entities import Experiment
    from mlflow.tracking import MlflowClient

PROBE_TIMEOUT = 5.0  # seconds


def open_store(
    uri: str | None = None,
    root: str | Path = "mlruns",
    experiment: str = "galaxy_causal",
    artifacts: str | Path | None = None,
) -> Store:
    """Open the store of runs, made if absent; runs that died on this machine are marked KILLED.

    Without ``uri`` it is ``root/mlflow.db`` with ``root/artifacts``; with one it is the MLflow
    server there, and ``root`` holds only locks and work in progress; where that server has artifacts
    written into folders of this machine, ``artifacts`` is the one that they may lie in. Raises
    ``UserError``, before anything is written, for a ``root`` that cannot be written, a server that does
    not answer, a damaged or outdated database, one that was moved, a deleted experiment, and artifacts
    in another place.
    """
    folder = Path(root).expanduser().resolve()
    if uri is not None:
        _probe(uri)
    _check_writable(folder)
    with _mlflow_errors(uri or str(folder / "mlflow.db")):
        client = _client(uri) if uri is not None else _local_client(folder)
        places = LocalPlaces(folder / "artifacts") if uri is None else _places(uri, artifacts)
        with held(folder / "locks" / "open.lock", "open"):
            found = _experiment(client, experiment, places, _database(folder) if uri is None else uri)
        places.check_experiment(experiment, str(found.artifact_location))
        runs = Runs(client, found.experiment_id, folder / "locks", places)
        store = Store(runs, folder, local=uri is None)
        store.reap()
    return store


def open_server(
    uri: str | None = None,
    root: str | Path = "mlruns",
    experiment: str = "galaxy_causal",
    artifacts: str | Path | None = None,
) -> Store:
    """``open_store`` for a server, whose address must be given."""
    if not uri:
        raise UserError(
            "tracking=server needs the server's address: tracking.uri=http://host:5000. "
            "Without a server use tracking=local."
        )
    return open_store(uri, root, experiment, artifacts)


def _probe(uri: str) -> None:
    """Ask once: MLflow itself would retry for minutes before saying that nobody is there."""
    if not uri.startswith(("http://", "https://")):
        raise UserError(f"tracking.uri={uri} is no server; give http://host:port, or tracking=local")
    remedy = "Check tracking.uri and that `mlflow server` runs there, or use tracking=local."
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=PROBE_TIMEOUT):
            return
    except urllib.error.HTTPError as error:
        error.close()
        # A server that asks who we are is there; MLflow sends the credentials later.
        if error.code not in (401, 403):
            raise UserError(f"{uri} answers {error.code}, not as an MLflow server. {remedy}") from error
    except (OSError, ValueError) as error:
        raise UserError(f"no MLflow server answers at {uri} ({error}). {remedy}") from error


def check_place(root: str | Path) -> None:
    """Refuse at once, making nothing, a ``root`` for runs that could not be made or written."""
    place = Path(root).expanduser().resolve()
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"x")
    except OSError as error:
        raise _unwritable(place, error) from error


def _unwritable(root: Path, error: OSError) -> UserError:
    return UserError(
        f"cannot write runs to {root} ({error.strerror}: {error.filename or root}). Make it writable, "
        "or choose another folder with tracking.root=<folder>."
    )


def _check_writable(root: Path) -> None:
    """Try to write, for permissions alone do not tell (root, read-only mounts, full disks)."""
    if set(str(root)) & set("?#%"):  # they mean something else in a database's address
        raise UserError(f"the path {root} has one of ? # %; choose another with tracking.root=<folder>")
    try:
        for folder in (root, root / "locks", root / "artifacts", root / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x")
        if (root / "mlflow.db").exists():
            with (root / "mlflow.db").open("r+b"):
                pass
    except OSError as error:
        raise _unwritable(root, error) from error


@contextmanager
def _mlflow_errors(place: str) -> Iterator[None]:
    """Import MLflow without telemetry and chatter, and turn its errors into ours."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with warnings.catch_warnings():
        # raised by MLflow's own models against new SQLAlchemy, at import; nothing to mend here
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        from mlflow.exceptions import MlflowException
        from mlflow.store.tracking import sqlalchemy_store  # noqa: F401 - warns when first imported

    logger = logging.getLogger("mlflow.store.db.utils")
    if _is_news not in logger.filters:
        logger.addFilter(_is_news)
    try:
        yield
    except MlflowException as error:
        raise UserError(f"MLflow cannot use {place}: {error.message}") from error


def _is_news(record: logging.LogRecord) -> bool:
    """Not that tables are being created, nor what comes as an error too: a lock, for which ``patiently``
    waits, and a full disk, of which the command line tells."""
    known = ("database is locked", "database or disk is full", "disk I/O error")
    return record.levelno > logging.INFO and not any(one in record.getMessage() for one in known)


def _client(uri: str) -> MlflowClient:
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _local_client(root: Path) -> MlflowClient:
    database = root / "mlflow.db"
    # one process makes the tables; the others would trip over tables half made
    with held(root / "locks" / "database.lock", "database"):
        if not database.exists():
            _make_database(root, database)
        _check_database(database)
        return _client(_database(root))


def _make_database(root: Path, database: Path) -> None:
    """Make it aside and rename it, so that a kill half-way leaves no half-made database."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    aside = root / "partial" / "database"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    new = aside / "mlflow.db"
    store: Any = SqlAlchemyStore(f"sqlite:///{new}", (root / "artifacts").as_uri())  # type: ignore[no-untyped-call]
    store.engine.dispose()
    store._engine_map.pop(store.db_uri, None)  # its connections would reach the file under its old name
    new.rename(database)
    shutil.rmtree(aside)


def _check_database(database: Path) -> None:
    """Open for writing, as MLflow would try ten times, with tracebacks, on a damaged file."""
    try:
        with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM experiments")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise UserError(
            f"cannot use the database {database} ({error}). Restore it from a copy, or move it away "
            "to start afresh."
        ) from error


def _database(root: Path) -> str:
    """The address of the local database."""
    return f"sqlite:///{root / 'mlflow.db'}"


def _places(uri: str, artifacts: str | Path | None) -> ServerPlaces:
    return ServerPlaces(uri, None if artifacts is None else Path(artifacts).expanduser().absolute())


def _experiment(client: MlflowClient, name: str, places: Places, address: str) -> Experiment:
    found = patiently(client.get_experiment_by_name, name)
    if found is None:
        location = places.artifacts.as_uri() if isinstance(places, LocalPlaces) else None
        number = patiently(client.create_experiment, name, artifact_location=location)
        found = patiently(client.get_experiment, number)
    if found.lifecycle_stage != "active":
        raise UserError(
            f"experiment {name} was deleted. Restore it with `{_environment(address)} mlflow experiments "
            f"restore -x {found.experiment_id}`, or choose another with tracking.experiment=<name>."
        )
    return found


def _environment(address: str) -> str:
    """What tells MLflow's commands which store is meant, as a shell takes it."""
    return f"MLFLOW_TRACKING_URI={shlex.quote(address)}"
