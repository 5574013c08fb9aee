"""Files as they lie on the disk: that they are there, where, and by which checksum."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def to_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, before more is done.

    Parameters
    ----------
    path
        Of the file or folder.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content.

    Parameters
    ----------
    path
        Of the file.

    Returns
    -------
    str
        In hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def existing(place: Path) -> Path:
    """A place, or the nearest folder above it that is there.

    Parameters
    ----------
    place
        A file or folder, or what is to be one.

    Returns
    -------
    pathlib.Path
        An absolute path.

    Examples
    --------
    >>> existing(Path("/no/such/folder"))
    PosixPath('/')
    """
    place = place.absolute()
    return next(one for one in (place, *place.parents) if one.exists())
