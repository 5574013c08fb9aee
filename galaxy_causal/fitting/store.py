"""Fits in folders named by their recipe's key: there whole or not at all, and found by looking."""

from __future__ import annotations

import shutil
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import fsspec

from galaxy_causal.fitting.code import versions
from galaxy_causal.fitting.folder import Made, damage, seal, stored
from galaxy_causal.fitting.leases import SECONDS, FolderPlace, Holder, Lease, Leases, OnWait
from galaxy_causal.fitting.recipe import recipe_key
from galaxy_causal.fitting.remote import RemoteFits
from galaxy_causal.fitting.shelf import Shelf
from galaxy_causal.fitting.tracker import Tracker
from galaxy_causal.processes import lasting_folder
from galaxy_causal.types import Stored, UserError, option


class FitStore:
    """Fits, and whatever else is known by a recipe, in ``root/fits/<first two of the key>/<key>``.

    Parameters
    ----------
    root
        A folder, made if absent. Besides ``fits`` it holds ``leases``, ``partial`` (work in progress),
        ``checkpoints``, ``sweeps`` and ``damaged`` (fits that were set aside). It can be moved, renamed,
        copied and merged with others.
    fits
        An address of fsspec, such as ``s3://bucket/fits``, where fits are kept too, for other machines;
        ``root/fits`` is then a copy of those that were used here. None: ``root/fits`` alone.
    opened
        Opens what shows fits and jobs to people, when it is first needed; fits are found and made without.
    lease_seconds
        After how long without a sign of life of the process that makes a fit another may make it, where
        nothing else tells that it has ended.
    """

    def __init__(
        self,
        root: str | Path,
        fits: str | None = None,
        opened: Callable[[], Tracker] = Tracker,
        lease_seconds: float = SECONDS,
    ) -> None:
        self.root = Path(root).expanduser().resolve()
        self.fits = fits
        self._opened = opened
        self._seconds = lease_seconds
        self._shelf = Shelf(self.root)
        self._here = Leases(FolderPlace(self.root / "leases"), lease_seconds)

    @classmethod
    def temporary(cls) -> FitStore:
        """One that is gone with its last user."""
        folder = lasting_folder()
        store = cls(folder)
        weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
        return store

    def untracked(self) -> FitStore:
        """The same fits, shown to nobody."""
        return FitStore(self.root, self.fits, lease_seconds=self._seconds)

    @cached_property
    def tracker(self) -> Tracker:
        """What shows fits and jobs to people."""
        return self._opened()

    @cached_property
    def _remote(self) -> RemoteFits | None:
        return None if self.fits is None else RemoteFits(self.fits)

    @cached_property
    def leases(self) -> Leases:
        """By which all who share these fits keep out of one another's way."""
        if self._remote is None:
            return self._here
        place = self._remote.leases
        if place is None:
            _warn_of(str(self.fits))
            return self._here
        return Leases(place, self._seconds)

    def folder(self, key: str) -> Path:
        """Where the fit with this key lies on this machine, if it does."""
        return self._shelf.folder(key)

    def checkpoints(self, key: str) -> str:
        """Where checkpoints of the fit with this key may lie while it is made: a folder, or an address."""
        place = self.root if self.fits is None else self.fits.rstrip("/")
        return f"{place}/checkpoints/{key}"

    def clear_checkpoints(self, key: str) -> None:
        """Remove the checkpoints of the fit with this key, if there are any."""
        with suppress(Exception):  # of whatever package reaches there: they cost room, and nothing else
            fs, path = fsspec.url_to_fs(self.checkpoints(key))
            fs.rm(path, recursive=True)

    def sweep(self) -> None:
        """Remove work in progress whose process has ended, or has lost its lease."""
        for folder, key, token in self._shelf.partial():
            with suppress(UserError):  # a place that cannot be reached: another time
                copies = key.startswith("copy-")
                holder = self._here.holder(key) if copies else self.leases.holder(_lease_of(key))
                if holder is None or holder.token not in ("", token):
                    shutil.rmtree(folder, ignore_errors=True)

    def is_held(self, key: str) -> Holder | None:
        """Who makes the fit with this key just now, if anybody does."""
        return self.leases.holder(_lease_of(key))

    def holds(self, key: str) -> bool:
        """Whether there is a fit with this key, here or at the address of the others, whole or damaged."""
        there = self.folder(key).is_dir() or (self._remote is not None and self._remote.marker(key))
        return bool(there)

    def shared(self) -> set[str]:
        """The keys of all fits at the address of the others; UserError where it cannot be reached."""
        return set() if self._remote is None else set(self._remote.found())

    def find(self, recipe: Mapping[Any, Any], parent: str | None = None) -> Stored | None:
        """The fit of a recipe, if there is one whose files are as they were stored.

        Parameters
        ----------
        recipe
            All that the fit depends on; see ``recipe_key``.
        parent
            The run of the job that asks, under which the tracker shows the fit if it does not yet.

        Returns
        -------
        Stored or None
            A damaged fit is named on the standard error, set aside in ``root/damaged``, and not found again.
        """
        key = recipe_key(recipe)
        found = self._whole(key) or self._brought(key)
        if found is None:
            if not self._may_be_mended(key):
                return None
            with self.leases.held(_lease_of(key), key) as lease:
                found = self._mended(key, lease)
        if found is not None:
            self.tracker.show(found, parent)
        return found

    def get_or_make(
        self,
        recipe: Mapping[Any, Any],
        name: str,
        tags: Mapping[str, str],
        make: Callable[[Path], Made | Mapping[str, float]],
        parent: str | None = None,
        *,
        on_wait: OnWait | None = None,
        blocking: bool = True,
    ) -> tuple[Stored, bool]:
        """The fit of a recipe, found or made.

        Parameters
        ----------
        recipe
            All that the fit depends on; see ``recipe_key``.
        name, tags
            What people know it by.
        make
            Fills an empty folder, and returns metrics. Where it raises nothing is kept.
        parent
            The run of the job that asks.
        on_wait
            Hears the name, where another process makes this very fit and is waited for.
        blocking
            Whether to wait for that process.

        Returns
        -------
        Stored
            The fit: its key, folder and metrics.
        bool
            Whether it was there already.

        Raises
        ------
        Held
            Where another process makes it, and is not waited for.
        LeaseLost
            Where this process could not show for too long that it is at it: others may be then.
        """
        key = recipe_key(recipe)
        found = self._whole(key) or self._brought(key)
        if found is not None:
            self.tracker.show(found, parent)
            return found, True
        with self.leases.held(_lease_of(key), name, on_wait, blocking) as lease:
            found = self._mended(key, lease)
            reused = found is not None
            if reused:
                self.clear_checkpoints(key)  # of whoever was killed before it did
            if found is None:
                with self._shelf.empty(key, lease) as folder:
                    started = time.time()
                    made = make(folder)
                    made = made if isinstance(made, Made) else Made(made)
                    told = {"name": name, "tags": dict(tags), "started": started}
                    self._keep(folder, recipe, made, told, lease)
                found = stored(self.folder(key), key)
            self.tracker.show(found, parent)
        return found, reused

    def take(self, key: str, fetch: Callable[[Path], None]) -> bool:
        """Have the fit with a key that somebody else has.

        Parameters
        ----------
        key
            Of its recipe.
        fetch
            Fills an empty folder with all files of the fit, whole; where it raises nothing is kept.

        Returns
        -------
        bool
            False where it was here, whole, and nothing was fetched. One here that is damaged is set aside.

        Raises
        ------
        Held
            Where another process makes it.
        """
        if self._whole(key) is not None:
            return False
        with self.leases.held(_lease_of(key), key, blocking=False) as lease:
            if self._mended(key, lease) is not None:
                return False
            with self._shelf.empty(key, lease) as folder:
                fetch(folder)
                lease.fence()
                self._shelf.put(folder, self.folder(key))
            self._upload(key, lease)
            self.clear_checkpoints(key)
        return True

    def _whole(self, key: str) -> Stored | None:
        """The fit if it is here, whole, and that of the others; its lease need not be held."""
        folder = self.folder(key)
        if not folder.is_dir() or (self._remote and not self._remote.has(key, folder)):
            return None
        return stored(folder, key) if damage(folder, key) is None else None

    def _brought(self, key: str, lease: Lease | None = None) -> Stored | None:
        """The fit as the others have it, brought here; its lease need not be held.

        With its lease held, what is damaged there is set aside.
        """
        if self._remote is None or self._remote.marker(key) is None:
            return None
        with (
            self._here.held(f"copy-{key}", key) as copying,  # one process of a machine brings it
            self._shelf.empty(f"copy-{key}", copying) as partial,
        ):
            found, marker = self._whole(key), self._remote.marker(key)
            if found is not None or marker is None:  # brought, or set aside, meanwhile
                return found
            self._remote.download(key, marker, partial)
            wrong = damage(partial, key)
            if wrong is None:
                copying.fence()
                self._shelf.replace(partial, self.folder(key))
                return stored(self.folder(key), key)
            if lease is not None:
                lease.fence()
                self._shelf.set_aside(partial, key, f"{wrong} in {self._remote.set_aside(key)}")
        return None

    def _may_be_mended(self, key: str) -> bool:
        return self.holds(key) or self.tracker.has_earlier(key)

    def _mended(self, key: str, lease: Lease) -> Stored | None:
        """The fit, brought here or there or from an earlier layout; what is damaged is set aside."""
        found = self._whole(key) or self._brought(key, lease)
        if found is not None:
            return found
        folder = self.folder(key)
        if folder.is_dir():
            wrong = damage(folder, key)
            if wrong is None:  # and not there, for an upload was cut short
                self._upload(key, lease)
                return stored(folder, key)
            lease.fence()
            self._shelf.set_aside(folder, key, f"{wrong} in {folder}")
        return self._adopted(key, lease)

    def _adopted(self, key: str, lease: Lease) -> Stored | None:
        """The fit as an earlier version of the package stored it, brought into this layout."""
        with self._shelf.empty(key, lease) as folder:
            found = self.tracker.earlier(key, folder)
            if found is None:
                return None
            recipe, made, told = found
            self._keep(folder, recipe, made, told, lease)
        return stored(self.folder(key), key)

    def _keep(
        self,
        folder: Path,
        recipe: Mapping[Any, Any],
        made: Made,
        told: Mapping[str, object],
        lease: Lease,
    ) -> None:
        """Have a folder of work in progress be the fit of a recipe."""
        key = recipe_key(recipe)
        seal(folder, recipe, made, {"finished": time.time(), "versions": versions(), **told})
        lease.fence()
        self._shelf.put(folder, self.folder(key))
        self._upload(key, lease)
        self.clear_checkpoints(key)

    def _upload(self, key: str, lease: Lease) -> None:
        if self._remote:
            self._remote.upload(self.folder(key), key, lease)


def _lease_of(key: str) -> str:
    """The name of the lease of a fit."""
    return f"fit-{key}"


@cache
def _warn_of(fits: str) -> None:
    """Say once that at an address two machines may do the same work."""
    print(  # noqa: T201
        f"warning: fits in {option('tracking.fits')}={fits} are shared, but machines cannot see there which "
        "of them makes which: two may make the same one",
        file=sys.stderr,
    )
