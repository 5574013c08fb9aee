"""Fits that another store has, to be brought into one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from galaxy_causal.fitting.folder import about, damage
from galaxy_causal.fitting.leases import Held
from galaxy_causal.fitting.remote import RemoteFits
from galaxy_causal.fitting.store import FitStore
from galaxy_causal.types import UserError


class DamagedFitError(UserError):
    """What a store has of a fit is not what was stored."""


class UnfinishedFitError(UserError):
    """A fit is not there yet as a whole."""


@dataclass(frozen=True)
class FitElsewhere:
    """A fit that another store has.

    Parameters
    ----------
    key
        Of its recipe.
    fetch
        Fills an empty folder with its files; DamagedFitError where they are not what was stored.
    """

    key: str
    fetch: Callable[[Path], None]


@dataclass(frozen=True)
class Brought:
    """What became of something that was to be brought from another store.

    Parameters
    ----------
    state
        ``here`` already; ``damaged`` there; ``left``, for another process is at it, here or there.
    told
        Of the latter two, what is to be told.
    """

    state: Literal["brought", "here", "damaged", "left"]
    told: str = ""


def bring(store: FitStore, fit: FitElsewhere) -> Brought:
    """Bring a fit into a store, unless it is there, whole.

    Parameters
    ----------
    store
        Where to.
    fit
        What another store has.

    Returns
    -------
    Brought
        What became of it.
    """
    try:
        return Brought("brought" if store.take(fit.key, fit.fetch) else "here")
    except DamagedFitError as error:
        return Brought("damaged", str(error))
    except (Held, UnfinishedFitError) as error:
        return Brought("left", str(error))


def fits_at(place: RemoteFits) -> Iterator[FitElsewhere]:
    """The fits in a folder or at an address of fits, whole or not."""
    for key in place.found():
        yield FitElsewhere(key, partial(_fetch, place, key))


def _fetch(place: RemoteFits, key: str, folder: Path) -> None:
    marker = place.marker(key)
    if marker is None and not place.appears_whole:
        raise UnfinishedFitError(f"fit {key}: it is being sent there, or that was cut short")
    if marker is None:
        raise DamagedFitError(f"fit {key}: it has no list of checksums")
    place.download(key, marker, folder)
    wrong = damage(folder, key)
    if wrong is not None:
        raise DamagedFitError(f"{_name(folder, key)}: {wrong}")


def _name(folder: Path, key: str) -> str:
    try:
        return f"fit {key} ({about(folder)['name']})"
    except (OSError, ValueError, KeyError, TypeError):  # damaged too
        return f"fit {key}"
