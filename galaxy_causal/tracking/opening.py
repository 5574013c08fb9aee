"""Opens the local database or a server, and says at once what stands in the way."""

from __future__ import annotations

import logging
import os
import shlex
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import fsspec

from galaxy_causal.files import existing
from galaxy_causal.fitting import FitStore
from galaxy_causal.fitting.leases import SECONDS, FolderPlace, Leases, LeaseSeconds
from galaxy_causal.fitting.remote import check_address
from galaxy_causal.processes import machine, sweep
from galaxy_causal.tracking.database import address, client_of, local_client
from galaxy_causal.tracking.places import Artifacts, LocalArtifacts, ServerArtifacts
from galaxy_causal.tracking.runs import Runs, patiently
from galaxy_causal.tracking.server import probe
from galaxy_causal.tracking.shown import experiment_tags, page_of
from galaxy_causal.tracking.system import watched
from galaxy_causal.tracking.tracker import MlflowTracker
from galaxy_causal.types import UserError, by_door, check_option, option

if TYPE_CHECKING:
    from mlflow.entities import Experiment
    from mlflow.tracking import MlflowClient

EXPERIMENT = "galaxy_causal"
PAGES = "http://127.0.0.1:5000"
"""Where ``mlflow ui`` shows its pages."""


def open_store(
    uri: str | None = None,
    root: str | Path = "mlruns",
    experiment: str = EXPERIMENT,
    artifacts: str | Path | None = None,
    fits: str | None = None,
    lease_seconds: LeaseSeconds = SECONDS,
    system_metrics: bool = False,
) -> FitStore:
    """Open a store of fits, made if absent, that are shown in MLflow.

    Parameters
    ----------
    uri
        Of an MLflow server that shows fits and jobs; None: the database ``root/mlflow.db``.
    root
        The folder of the fits. It can be moved, renamed and copied, database and all.
    experiment
        Of MLflow, in which runs are shown.
    artifacts
        Where a server has artifacts written into folders of this machine, the one that they may lie in.
    fits
        An address of fsspec where fits are kept too, as in `FitStore`.
    lease_seconds
        After how long without a sign of life [s] the fits and runs of a process of another machine are taken
        for left.
    system_metrics
        Whether runs of jobs hold what processors, memory, disk and GPUs do meanwhile, every half minute.

    Returns
    -------
    FitStore
        Its tracker is opened when it is first needed. Then runs whose process has died are marked KILLED.

    Raises
    ------
    UserError
        For a root that cannot be written, a server that does not answer, an address with a password, and one
        that is the root itself. When the tracker is opened: for a damaged or outdated database, a deleted
        experiment, and artifacts in another place.
    """
    folder = Path(root).expanduser().resolve()
    if fits is not None:
        check_address("tracking.fits", fits)
        _check_apart(fits, folder)
    if uri is not None:
        with mlflow_errors(uri):
            probe(uri)
    _check_writable(folder)
    for place in ("partial", "leases"):
        sweep(folder / place)
    check_option(option("tracking.lease_seconds"), lease_seconds, LeaseSeconds)
    allowed = None if artifacts is None else Path(artifacts).expanduser().absolute()
    alone = FitStore(folder, fits, lease_seconds=lease_seconds)
    return FitStore(
        folder,
        fits,
        partial(_tracker, uri, alone, experiment, allowed, lease_seconds, system_metrics),
        lease_seconds,
    )


def _check_apart(fits: str, root: Path) -> None:
    """Refuse shared fits in the very folder of this machine's own, whose copies would be each other's."""
    files, place = fsspec.url_to_fs(fits) if "://" not in fits or fits.startswith("file:") else (None, "")
    if files is not None and Path(place).resolve() == root:
        raise UserError(
            f"{option('tracking.fits')}={fits} is {option('tracking.root')}: name another folder, which "
            f"machines share, or leave it out: fits are in {root / 'fits'} anyway"
        )


def _tracker(
    uri: str | None, fits: FitStore, experiment: str, allowed: Path | None, seconds: float, system: bool
) -> MlflowTracker:
    root = fits.root
    with mlflow_errors(uri or str(root / "mlflow.db")):
        # of a database beside the fits nobody elsewhere knows; a server's runs may be of many machines
        leases = Leases(FolderPlace(root / "leases"), seconds) if uri is None else fits.leases
        client = local_client(root, experiment, leases) if uri is None else client_of(uri)
        kept = LocalArtifacts(root / "artifacts") if uri is None else ServerArtifacts(client, allowed)
        found = _experiment(client, experiment, kept, address(root) if uri is None else uri)
        _tell(client, found)
        ui = f"mlflow ui --workers 1 --backend-store-uri {address(root)}; open "
        look = (ui if uri is None else "") + page_of(uri or PAGES, found.experiment_id)
        runs = Runs(client, found.experiment_id, seconds, root / "leases" / f"seen-{machine()}.json")
        watching = partial(watched, uri=uri or address(root)) if system else None
        tracker = MlflowTracker(runs, kept, root, look, leases, watching)
        tracker.reap()
        fits.sweep()
    return tracker


def _tell(client: MlflowClient, experiment: Experiment) -> None:
    """Have an experiment open on its runs, and say what they are."""
    for name, value in experiment_tags(experiment.tags).items():
        with suppress(UserError):  # a server that lets nobody do so shows runs all the same
            patiently(client.set_experiment_tag, experiment.experiment_id, name, value)


def open_server(
    uri: str | None = None,
    root: str | Path = "mlruns",
    experiment: str = EXPERIMENT,
    artifacts: str | Path | None = None,
    fits: str | None = None,
    lease_seconds: LeaseSeconds = SECONDS,
    system_metrics: bool = False,
) -> FitStore:
    """Open a store whose fits and jobs a server shows.

    Parameters
    ----------
    uri
        Of the server; it must be given.
    root, experiment, artifacts, fits, lease_seconds, system_metrics
        As of `open_store`.

    Returns
    -------
    FitStore
        As of `open_store`.

    Raises
    ------
    UserError
        As of `open_store`, and without an address.
    """
    if not uri:
        raise UserError(
            "tracking=server needs the server's address: tracking.uri=http://host:5000. "
            "Without a server use tracking=local."
        )
    return open_store(uri, root, experiment, artifacts, fits, lease_seconds, system_metrics)


def check_place(root: str | Path) -> None:
    """Refuse at once a folder for runs that could not be made or written; nothing is made.

    Parameters
    ----------
    root
        The folder, or what it is to be.

    Raises
    ------
    UserError
        Where it, or the nearest folder above it that there is, cannot be written.
    """
    place = Path(root).expanduser().resolve()
    there = existing(place)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"x")
    except OSError as error:
        raise _unwritable(place, error) from error


def _unwritable(root: Path, error: OSError) -> UserError:
    return UserError(
        f"cannot write runs to {root} ({error.strerror}: {error.filename or root}). Make it writable, "
        f"or choose another folder with {option('tracking.root')}=<folder>."
    )


def _check_writable(root: Path) -> None:
    """Try to write, for permissions alone do not tell (root, read-only mounts, full disks)."""
    if set(str(root)) & set("?#%"):  # they mean something else in a database's address
        raise UserError(
            f"the path {root} has one of ? # %; choose another with {option('tracking.root')}=<folder>"
        )
    try:
        for folder in (root, root / "leases", root / "fits", root / "artifacts", root / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"x")
        if (root / "mlflow.db").exists():
            with (root / "mlflow.db").open("r+b"):
                pass
    except OSError as error:
        raise _unwritable(root, error) from error


@contextmanager
def mlflow_errors(place: str) -> Iterator[None]:
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


def _experiment(client: MlflowClient, name: str, kept: Artifacts, address: str) -> Experiment:
    found = patiently(client.get_experiment_by_name, name)
    if found is None:
        location = kept.root.as_uri() if isinstance(kept, LocalArtifacts) else None
        found = _made_experiment(client, name, location)
    if found.lifecycle_stage != "active":
        raise UserError(
            f"experiment {name} was deleted. Restore it with `{_environment(address)} mlflow experiments "
            f"restore -x {found.experiment_id}`, or choose another with "
            f"{by_door('tracking.experiment=<name>', 'store=<folder>')}."
        )
    place = str(found.artifact_location)
    if isinstance(kept, ServerArtifacts):
        kept.check(f"experiment {name}", place)
    elif place != kept.root.as_uri():
        raise UserError(
            f"experiment {name} keeps its artifacts in {place}, not in {kept.root}, for it was made by other "
            f"means. Choose another with {by_door('tracking.experiment=<name>', 'store=<folder>')}."
        )
    return found


def _made_experiment(client: MlflowClient, name: str, location: str | None) -> Experiment:
    """The experiment of a name that there was not, made here or by another process meanwhile."""
    from mlflow.exceptions import MlflowException

    try:
        number = patiently(client.create_experiment, name, artifact_location=location)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        found = patiently(client.get_experiment_by_name, name)
        if found is None:
            raise
        return found
    return patiently(client.get_experiment, number)


def _environment(address: str) -> str:
    """What tells MLflow's commands which store is meant, as a shell takes it."""
    return f"MLFLOW_TRACKING_URI={shlex.quote(address)}"
