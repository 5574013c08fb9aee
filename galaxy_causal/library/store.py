"""Where a question's fits and runs are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from galaxy_causal.fitting import FitStore
from galaxy_causal.fitting.leases import SECONDS, LeaseSeconds
from galaxy_causal.tracking import open_store
from galaxy_causal.types import checked


@checked()
@dataclass(frozen=True)
class Store:
    """A store that others share: a folder of this machine, and where fits and runs are for all.

    Parameters
    ----------
    folder
        Where what was found is kept here; made if absent.
    fits
        An address of fsspec where fits are kept too, such as ``s3://bucket/fits``: what is there is not
        trained again, by nobody.
    server
        Of MLflow, which shows fits and runs, such as ``http://host:5000``; None: a database in the folder.
    lease_seconds
        After how long without a sign of life [s] what another machine was at is taken over.

    Examples
    --------
    >>> Store("mlruns", fits="s3://galaxies/fits", server="http://host:5000")
    Store(folder='mlruns', fits='s3://galaxies/fits', server='http://host:5000', lease_seconds=180.0)
    """

    folder: str | Path = "mlruns"
    fits: str | None = None
    server: str | None = None
    lease_seconds: LeaseSeconds = SECONDS


Place: TypeAlias = str | Path | Store
"""A folder, or a store that is shared."""


def opening(place: Place | None) -> Callable[[], FitStore]:
    """What opens a store; one that is gone afterwards for None."""
    if place is None:
        return FitStore.temporary
    one = place if isinstance(place, Store) else Store(place)
    return partial(open_store, one.server, one.folder, fits=one.fits, lease_seconds=one.lease_seconds)
