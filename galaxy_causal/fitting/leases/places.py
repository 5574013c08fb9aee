"""Where leases lie: a folder, or wherever fsspec makes a file only where there is none."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from galaxy_causal.processes import mark
from galaxy_causal.types import UserError

EXCLUSIVE = frozenset(("abfs", "abfss", "az", "gcs", "gs", "memory", "s3", "s3a"))
"""Protocols of fsspec that know how to make a file only where there is none. Others look first and then
write, so that two processes may both believe that they made it."""


class LeasePlace(Protocol):
    """Where files of leases lie, named by paths with /."""

    name: str
    """As messages call it."""
    slowest: float
    """Seconds between two looks of who waits, in the end."""

    def create(self, path: str, content: bytes) -> bool:
        """Make a file, whole at once, unless there is one; whether it was made."""

    def read(self, path: str) -> bytes | None:
        """What a file holds now, None where there is none."""

    def numbers(self, folder: str) -> list[int]:
        """The names of files in a folder that are numbers, the least first."""

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""


class FolderPlace:
    """A folder, of this machine or shared by several; nothing rests on locks of files.

    Parameters
    ----------
    folder
        Made when it is needed.
    """

    slowest = 0.5

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def create(self, path: str, content: bytes) -> bool:
        """Make a file, whole at once, unless there is one; whether it was made."""
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        own = file.with_name(f".{mark()}-{uuid4().hex}")
        try:
            own.write_bytes(content)
            return _linked(own, file, content)
        finally:
            own.unlink(missing_ok=True)

    def read(self, path: str) -> bytes | None:
        """What a file holds now, None where there is none."""
        try:
            return (self._folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def numbers(self, folder: str) -> list[int]:
        """The names of files in a folder that are numbers, the least first."""
        try:
            return sorted(int(name) for name in os.listdir(self._folder / folder) if name.isdigit())
        except FileNotFoundError:
            return []

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""
        (self._folder / path).unlink(missing_ok=True)


def _linked(own: Path, file: Path, content: bytes) -> bool:
    """Have a file under its name too, unless there is one; whether it has it."""
    try:
        os.link(own, file)
    except FileExistsError:
        return own.stat().st_nlink > 1  # it was ours: a server that answers late is asked twice
    except OSError:
        return _made_alone(file, content)
    return True


def _made_alone(file: Path, content: bytes) -> bool:
    """Make a file where there can be no links."""
    try:
        with file.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        return False
    return True


class AddressPlace:
    """An address of fsspec. What goes wrong there raises whatever its package raises.

    Parameters
    ----------
    address
        Of a protocol that is `EXCLUSIVE`.
    """

    slowest = 2.0

    def __init__(self, address: str) -> None:
        self.name = address
        self._fs, path = fsspec.url_to_fs(address, use_listings_cache=False)
        self._path = str(path).rstrip("/")

    def create(self, path: str, content: bytes) -> bool:
        """Make a file, whole at once, unless there is one; whether it was made."""
        try:
            self._fs.pipe_file(f"{self._path}/{path}", content, mode="create")
        except FileExistsError:
            return False
        return True

    def read(self, path: str) -> bytes | None:
        """What a file holds now, None where there is none."""
        try:
            content: bytes = self._fs.cat_file(f"{self._path}/{path}")
        except FileNotFoundError:
            return None
        return content

    def numbers(self, folder: str) -> list[int]:
        """The names of files in a folder that are numbers, the least first."""
        self._fs.invalidate_cache()
        try:
            found = self._fs.ls(f"{self._path}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        names = (str(one).rpartition("/")[2] for one in found)
        return sorted(int(name) for name in names if name.isdigit())

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._path}/{path}")


def place_of(address: str) -> LeasePlace | None:
    """Where leases at an address lie, None where fsspec knows no way to make a file only where there is none.

    Parameters
    ----------
    address
        A folder, or an address of fsspec.

    Returns
    -------
    LeasePlace or None

    Raises
    ------
    UserError
        For several addresses in one, of which the first keeps copies: leases are never copies.
    """
    if "::" in address:
        raise UserError(f"{address} is several addresses in one; give the last of them alone")
    fs, path = fsspec.url_to_fs(address)
    if isinstance(fs, LocalFileSystem):
        return FolderPlace(Path(path))
    protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
    return AddressPlace(address) if protocols & EXCLUSIVE else None
