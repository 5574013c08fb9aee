"""Fits and runs of another store, brought into one's own without doubles."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field
from rich.console import Console

from galaxy_causal.fitting import FitStore
from galaxy_causal.fitting.elsewhere import Brought, FitElsewhere, bring, fits_at
from galaxy_causal.fitting.remote import RemoteFits, check_address
from galaxy_causal.jobs.merge.result import Merged
from galaxy_causal.jobs.progress import counting
from galaxy_causal.processes import mark
from galaxy_causal.tracking.elsewhere import RunsElsewhere, RunsHome, runs_elsewhere
from galaxy_causal.tracking.tracker import MlflowTracker
from galaxy_causal.types import UserError, option

Source = Annotated[
    str | None, Field(description="the folder of a store, or an address of fits as s3://bucket/fits")
]
REMEDY = "or copy it where it can be"


def merge(console: Console, store: FitStore, source: Source, experiment: str) -> Merged:
    """Bring fits and runs of another store into one's own.

    Parameters
    ----------
    console
        Where to show progress.
    store
        One's own.
    source
        The other one: its folder, or a folder or address of fits alone. Nothing is written there.
    experiment
        Of MLflow, whose runs are brought.

    Returns
    -------
    Merged
        What became of each fit and run. What is here already, whole or finished, stays as it is.

    Raises
    ------
    UserError
        For a source that there is not, that is the store itself, or that cannot be read.

    Notes
    -----
    Ended in the middle, it goes on when it is called again.
    """
    if source is None:
        raise UserError("job=merge needs the store to bring from: from=<folder>, or from=s3://bucket/fits")
    check_address(option("from"), source)
    root = _root(source, store.root)
    place = source if root is None else str(root / "fits")
    there = RemoteFits(place, option("from"), REMEDY)
    with _work(store.root) as work:
        if root is not None and (root / "mlflow.db").exists():
            with runs_elsewhere(root, experiment, work) as runs:
                return _with_runs(console, store, source, there, runs)
    fits = dict(_brought(console, store, fits_at(there)))
    if root is None and not fits:
        raise UserError(f"{option('from')}={source} holds no fits")
    return Merged(source, fits, {}, alone=root is not None)


def _with_runs(
    console: Console, store: FitStore, source: str, there: RemoteFits, runs: RunsElsewhere
) -> Merged:
    """The same of a store that has runs, too: fits first, for runs rest on them."""
    whole = {fit.key: fit for fit in (*runs.fits(), *fits_at(there))}
    fits = dict(_brought(console, store, list(whole.values())))
    home = RunsHome(_tracker(store), runs)
    jobs = runs.jobs()
    brought: dict[str, Brought] = {}
    with counting(console, "runs", len(jobs)) as count:
        for run in jobs:
            brought[run.info.run_id] = home.bring(run)
            count.advance(1)
    shown = {key: store.folder(key) for key, one in fits.items() if one.state in ("brought", "here")}
    with counting(console, "showing fits", len(shown)) as count:
        home.show(shown, count.advance)
    return Merged(source, fits, brought, runs.unfinished())


def _tracker(store: FitStore) -> MlflowTracker:
    tracker = store.tracker
    if not isinstance(tracker, MlflowTracker):
        raise TypeError("a store that shows nothing takes fits alone")
    return tracker


def _brought(
    console: Console, store: FitStore, fits: Iterable[FitElsewhere]
) -> Iterator[tuple[str, Brought]]:
    fits = list(fits)
    with counting(console, "fits", len(fits)) as count:
        for fit in fits:
            yield fit.key, bring(store, fit)
            count.advance(1)


def _root(source: str, home: Path) -> Path | None:
    """The folder of a whole store; None for one of fits alone, or an address."""
    if "://" in source:
        if source.startswith(("http://", "https://")):
            raise UserError(
                f"{option('from')}={source} is a server: bring from the folder of the store that it shows"
            )
        return None
    folder = Path(source).expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"{option('from')}={source}: there is no such folder; give that of a store")
    _check_readable(folder, source)
    if folder in (home, home / "fits"):
        raise UserError(f"{option('from')}={source} is {option('tracking.root')} itself: give another store")
    if (folder / "fits").is_dir() or (folder / "mlflow.db").exists():
        return folder
    if any(re.fullmatch("[0-9a-f]{2}", one.name) for one in folder.iterdir()):
        return None
    raise UserError(f"{option('from')}={source} is no store: it has neither fits nor mlflow.db")


def _check_readable(folder: Path, source: str) -> None:
    try:
        os.listdir(folder)
    except OSError as error:
        raise UserError(f"{option('from')}={source} cannot be read ({error.strerror}); {REMEDY}") from error


@contextmanager
def _work(root: Path) -> Iterator[Path]:
    """A folder for what is needed meanwhile, gone afterwards, or swept where this process is killed."""
    folder = Path(tempfile.mkdtemp(prefix=f"merge-{mark()}-", dir=root / "partial"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
