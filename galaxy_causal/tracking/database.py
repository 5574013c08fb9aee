"""The local database of runs: made once, checked at every opening, and moved along with its folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from galaxy_causal.fitting.leases import Leases
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


def address(root: Path) -> str:
    """The address of the local database."""
    return f"sqlite:///{root / 'mlflow.db'}"


def client_of(uri: str) -> MlflowClient:
    """What talks to a database or a server."""
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def local_client(root: Path, experiment: str, leases: Leases) -> MlflowClient:
    """What talks to the local database, which is made if absent; UserError for a damaged one."""
    database = root / "mlflow.db"
    # one process makes the tables; the others would trip over tables half made
    with leases.held("database", str(database)):
        half = root / "partial" / "mlflow.db"  # there while the tables are made: a kill leaves it
        if half.exists() or not database.exists():
            half.touch()
            database.unlink(missing_ok=True)
            _make_database(root, database)
            half.unlink()
        _check_database(database, root / "artifacts", experiment)
        return client_of(address(root))


def _make_database(root: Path, database: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    SqlAlchemyStore(f"sqlite:///{database}", (root / "artifacts").as_uri())  # type: ignore[no-untyped-call]


def _check_database(database: Path, artifacts: Path, experiment: str) -> None:
    """Open for writing, as MLflow would try ten times, with tracebacks, on a damaged file.

    Where the folder was moved or copied, addresses of artifacts follow: MLflow has no means for that.
    """
    try:
        with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            places = dict(connection.execute("SELECT name, artifact_location FROM experiments"))
            before = places.get(experiment) or places.get("Default", "").removesuffix("/0")
            if before.endswith("/artifacts") and before != artifacts.as_uri():
                for table, column in (("experiments", "artifact_location"), ("runs", "artifact_uri")):
                    connection.execute(
                        f"UPDATE {table} SET {column} = ?1 || substr({column}, length(?2) + 1) "
                        f"WHERE {column} = ?2 OR substr({column}, 1, length(?2) + 1) = ?2 || '/'",
                        (artifacts.as_uri(), before),
                    )
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise UserError(
            f"cannot use the database {database} ({error}). Restore it from a copy, or move it away "
            "to start afresh."
        ) from error
