"""Fits in folders named by their recipe's key: there whole or not at all, and found by looking."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import fsspec

from galaxy_causal.fitting.code import versions
from galaxy_causal.fitting.folder import Made, about, damage, seal, stored, to_disk
from galaxy_causal.fitting.holder import Holder
from galaxy_causal.fitting.locks import OnWait, held, held_if_free
from galaxy_causal.fitting.recipe import recipe_key
from galaxy_causal.fitting.remote import RemoteFits
from galaxy_causal.fitting.tracker import Tracker
from galaxy_causal.types import Stored


class FitStore:
    """Fits, and whatever else is known by a recipe, in ``root/fits/<first two of the key>/<key>``.

    Parameters
    ----------
    root
        A folder, made if absent. Besides ``fits`` it holds ``locks``, ``partial`` (work in progress) and
        ``damaged`` (fits that were set aside). It can be moved, renamed, copied and merged with others.
    fits
        An address of fsspec, such as ``s3://bucket/fits``, where fits are kept too, for other machines;
        ``root/fits`` is then a copy of those that were used here. None: ``root/fits`` alone.
    opened
        Opens what shows fits and jobs to people, when it is first needed; fits are found and made without.
    """

    def __init__(
        self, root: str | Path, fits: str | None = None, opened: Callable[[], Tracker] = Tracker
    ) -> None:
        self.root = Path(root).expanduser().resolve()
        self.fits = fits
        self._opened = opened

    @classmethod
    def temporary(cls) -> FitStore:
        """One that is gone with its last user."""
        folder = tempfile.mkdtemp(prefix="galaxy_causal_")
        store = cls(folder)
        weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
        return store

    def untracked(self) -> FitStore:
        """The same fits, shown to nobody."""
        return FitStore(self.root, self.fits)

    @cached_property
    def tracker(self) -> Tracker:
        """What shows fits and jobs to people."""
        return self._opened()

    @cached_property
    def _remote(self) -> RemoteFits | None:
        return None if self.fits is None else RemoteFits(self.fits)

    def folder(self, key: str) -> Path:
        """Where the fit with this key lies on this machine, if it does."""
        return self.root / "fits" / key[:2] / key

    def checkpoints(self, key: str) -> str:
        """Where checkpoints of the fit with this key may lie while it is made: a folder, or an address."""
        place = self.root if self.fits is None else self.fits.rstrip("/")
        return f"{place}/checkpoints/{key}"

    def clear_checkpoints(self, key: str) -> None:
        """Remove the checkpoints of the fit with this key, if there are any."""
        fs, path = fsspec.url_to_fs(self.checkpoints(key))
        with suppress(FileNotFoundError):
            fs.rm(path, recursive=True)

    def is_held(self, key: str) -> Holder | None:
        """Who makes the fit with this key just now, if anybody does."""
        with held_if_free(self._lock(key)) as free:
            return None if free else Holder()

    def holds(self, key: str) -> bool:
        """Whether there is a fit with this key, here or at the address of the others, whole or damaged."""
        there = self.folder(key).is_dir() or (self._remote is not None and self._remote.marker(key))
        return bool(there)

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
        found = self._whole(key)
        if found is None:
            if not self._may_be_mended(key):
                return None
            with held(self._lock(key), key):
                found = self._mended(key)
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
            Hears the name, where another process of this machine makes this very fit and is waited for.
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
        """
        found = self.find(recipe, parent)
        if found is not None:
            return found, True
        key = recipe_key(recipe)
        with self._making(key, name, on_wait, blocking):
            found = self._mended(key)
            reused = found is not None
            if found is None:
                with self._empty(key) as folder:
                    started = time.time()
                    made = make(folder)
                    made = made if isinstance(made, Made) else Made(made)
                    self._keep(folder, recipe, made, {"name": name, "tags": dict(tags), "started": started})
                found = stored(self.folder(key), key)
            self.tracker.show(found, parent)
        return found, reused

    @contextmanager
    def _making(self, key: str, name: str, on_wait: OnWait | None, blocking: bool) -> Iterator[None]:
        """Whoever makes a fit is the only one of this machine; a lease between machines belongs here."""
        with held(self._lock(key), name, on_wait, blocking):
            yield

    def _lock(self, key: str) -> Path:
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"fit-{key}.lock"

    def _whole(self, key: str) -> Stored | None:
        """The fit if it is here, whole, and that of the others; its lock need not be held."""
        folder = self.folder(key)
        if not folder.is_dir() or (self._remote and not self._remote.has(key, folder)):
            return None
        return stored(folder, key) if damage(folder, key) is None else None

    def _may_be_mended(self, key: str) -> bool:
        return self.holds(key) or self.tracker.has_earlier(key)

    def _mended(self, key: str) -> Stored | None:
        """The fit, brought here or there or from an earlier layout; what is damaged is set aside.

        The lock must be held.
        """
        found, folder = self._whole(key), self.folder(key)
        if found is not None:
            return found
        if self._remote and (marker := self._remote.marker(key)):
            with self._empty(key) as partial:
                self._remote.download(key, marker, partial)
                wrong = damage(partial, key)
                if wrong is None:
                    shutil.rmtree(folder, ignore_errors=True)  # damaged, or other than that of the others
                    self._rename(partial, folder)
                    return stored(folder, key)
                self._set_aside(partial, key, f"{wrong} in {self._remote.set_aside(key)}")
        if folder.is_dir():
            wrong = damage(folder, key)
            if wrong is None:  # and not there, for an upload was cut short
                self._upload(key)
                return stored(folder, key)
            self._set_aside(folder, key, f"{wrong} in {folder}")
        return self._adopted(key)

    def _adopted(self, key: str) -> Stored | None:
        """The fit as an earlier version of the package stored it, brought into this layout."""
        with self._empty(key) as folder:
            found = self.tracker.earlier(key, folder)
            if found is None:
                return None
            recipe, made, told = found
            self._keep(folder, recipe, made, told)
        return stored(self.folder(key), key)

    def _keep(self, folder: Path, recipe: Mapping[Any, Any], made: Made, told: Mapping[str, object]) -> None:
        """Have a folder of work in progress be the fit of a recipe."""
        key = recipe_key(recipe)
        seal(folder, recipe, made, {"finished": time.time(), "versions": versions(), **told})
        self._rename(folder, self.folder(key))
        self._upload(key)
        self.clear_checkpoints(key)

    def _upload(self, key: str) -> None:
        if self._remote:
            self._remote.upload(self.folder(key), key)

    def _set_aside(self, folder: Path, key: str, wrong: str) -> None:
        """Keep a damaged fit where nobody finds it."""
        try:
            name = about(folder)["name"]
        except (OSError, ValueError, KeyError):  # damaged too
            name = f"fit {key}"
        place = self.root / "damaged" / f"{key}-{time.time_ns()}"
        self._rename(folder, place)
        print(  # noqa: T201
            f"warning: stored {name} is damaged: {wrong}; set aside as {place}, and made again",
            file=sys.stderr,
        )

    @staticmethod
    def _rename(folder: Path, to: Path) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(to)
        for parent in (to.parent, folder.parent):
            to_disk(parent)

    @contextmanager
    def _empty(self, key: str) -> Iterator[Path]:
        """An empty folder, removed in the end; what a killed process left there goes first."""
        folder = self.root / "partial" / key
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
