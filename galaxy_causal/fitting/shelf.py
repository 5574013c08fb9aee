"""Folders of fits on this machine: in progress, there, and set aside."""

from __future__ import annotations

import errno
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from galaxy_causal.files import to_disk
from galaxy_causal.fitting.folder import about
from galaxy_causal.fitting.leases import Lease
from galaxy_causal.fitting.recipe import KEY_LENGTH
from galaxy_causal.processes import mark

_UNDER_WAY = re.compile(rf"((?:copy-)?[0-9a-f]{{{KEY_LENGTH}}})-([0-9a-f]{{12}})(?:-p\d+-.*)?(?:-before)?")
"""A folder of `Shelf.empty`: the name that it was asked for, the lease's token, and whose it is."""


class Shelf:
    """Folders of fits below a root; whoever changes one holds its lease.

    Parameters
    ----------
    root
        Holds ``fits``, ``partial`` (work in progress) and ``damaged`` (fits that were set aside).
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, key: str) -> Path:
        """Where the fit with this key lies, if it does."""
        return self._root / "fits" / key[:2] / key

    @contextmanager
    def empty(self, key: str, lease: Lease) -> Iterator[Path]:
        """An empty folder, removed in the end; what a killed process left there goes first.

        Nobody else works on this key, for the lease is held: whose folders lie there has ended, or lost it.
        """
        partial = self._root / "partial"
        for left in (partial / key, *partial.glob(f"{key}-*")):
            shutil.rmtree(left, ignore_errors=True)
        folder = partial / f"{key}-{lease.token}-{mark()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def partial(self) -> Iterator[tuple[Path, str, str]]:
        """Folders of work in progress: each with its key, and the token of the lease that it is under.

        What others keep beside them has other names, and stays.
        """
        for folder in list((self._root / "partial").glob("*-*")):
            found = _UNDER_WAY.fullmatch(folder.name)
            if found:
                yield folder, found[1], found[2]

    def put(self, folder: Path, to: Path) -> None:
        """Have a folder its lasting name; where another process was faster, its own stays."""
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(to)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        for parent in (to.parent, folder.parent):
            to_disk(parent)

    def replace(self, folder: Path, to: Path) -> None:
        """The same where a folder may be there that is damaged, or other than that of the others."""
        before = folder.with_name(f"{folder.name}-before")
        with suppress(FileNotFoundError):
            to.rename(before)
        self.put(folder, to)
        shutil.rmtree(before, ignore_errors=True)

    def set_aside(self, folder: Path, key: str, wrong: str) -> None:
        """Keep a damaged fit where nobody finds it."""
        try:
            name = about(folder)["name"]
        except (OSError, ValueError, KeyError, TypeError):  # damaged too
            name = f"fit {key}"
        place = self._root / "damaged" / f"{key}-{time.time_ns()}"
        self.put(folder, place)
        print(  # noqa: T201
            f"warning: stored {name} is damaged: {wrong}; set aside as {place}, and made again",
            file=sys.stderr,
        )
