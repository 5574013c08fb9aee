"""Whether a path is a file at all, what is packed in it, and whether that fits in memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psutil

from galaxy_causal.types import UserError

OTHERS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISSOCK, "is a socket"),
)
WORTH_ASKING = 1 << 26
"""Bytes below which the memory is not asked for: that takes longer than to read them."""
MAGIC: dict[bytes, Callable[..., IO[Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""How packed files begin, whatever their suffix."""
BLOCK = 1 << 22  # bytes read at a time


def check_regular(path: Path, remedy: str, named: str | None = None) -> None:
    """Refuse a path that is no regular file, or no link to one.

    Parameters
    ----------
    path
        What should be a file.
    remedy
        What the message says to do.
    named
        What it calls the path; None: the path itself.

    Raises
    ------
    UserError
        It says what the path is: a pipe, for one, would be waited for, and a device may have no end.
    """
    what = irregular(path)
    if what is not None:
        raise UserError(f"{named or path} {what}; {remedy}")


def irregular(path: Path) -> str | None:
    """What a path is that is no regular file, such as ``is a pipe``; None for a file."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "is a link to what does not exist" if path.is_symlink() else "does not exist"
    except (OSError, ValueError) as error:  # no permission, links in a circle, a name with a null byte
        return f"cannot be reached ({error.strerror if isinstance(error, OSError) else error})"
    if stat.S_ISREG(mode):
        return None
    return next((what for is_it, what in OTHERS if is_it(mode)), "is no regular file")


def read_text(path: Path, remedy: str, named: str | None = None) -> str:
    """The text of a file in UTF-8, with or without a mark of the beginning.

    Parameters
    ----------
    path
        ``~`` is the home folder.
    remedy, named
        As of ``check_regular``.

    Returns
    -------
    str
        All of it.

    Raises
    ------
    UserError
        For what is no file, cannot be read, is no text, or is more than the memory that is free.
    """
    path = Path(os.path.expanduser(path))
    check_regular(path, remedy, named)
    check_memory(path, 2 * path.stat().st_size, "its text")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{named or path} is no text in UTF-8 ({error}); {remedy}") from error
    except OSError as error:
        raise UserError(f"{named or path} cannot be read ({error.strerror}); {remedy}") from error


def check_memory(path: Path, size: int, what: str) -> None:
    """Refuse to read what does not fit in memory.

    Parameters
    ----------
    path
        Of the file, for the message.
    size
        Of what is read from it [bytes].
    what
        Which that is, in words.

    Raises
    ------
    UserError
        Where more is read than is free; under 64 MiB the memory is not asked for.
    """
    if size < WORTH_ASKING:
        return
    free = free_memory()
    if size > free:
        raise UserError(
            f"{path}: {what} would take {_gb(size)}, and {_gb(free)} of memory are free. Is the "
            "file what it should be? If so, split it, or use a machine with more memory"
        )


def free_memory() -> int:
    """Bytes that can be taken without swapping."""
    return int(psutil.virtual_memory().available)


def _gb(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"


def opened(path: Path) -> IO[Any]:
    """Open a file, or what is packed in it.

    Parameters
    ----------
    path
        Of a plain file, or one of gzip, bzip2 or xz, told by how it begins.

    Returns
    -------
    file object
        To be read as bytes.

    Raises
    ------
    UserError
        For what is no regular file.
    """
    check_regular(path, "give a file, or take it away")
    opener = _opener(path) or open
    stream: IO[Any] = opener(path, "rb")
    return stream


def read_to_end(stream: IO[Any]) -> None:
    """Read what is left, so that the checksum at the end of a packed file is compared.

    Parameters
    ----------
    stream
        As ``opened`` gives it.

    Raises
    ------
    OSError, EOFError, lzma.LZMAError
        By the standard library, for a file that is damaged or cut short.
    """
    while stream.read(BLOCK):
        pass


def check_unpacked(path: Path) -> None:
    """Refuse a packed file of which the content does not fit in memory; it is unpacked block by block.

    Parameters
    ----------
    path
        Files that are not packed pass, and small ones of gzip, which makes nothing smaller than by 1032.

    Raises
    ------
    UserError
        Once more was unpacked than memory is free.
    """
    opener = _opener(path)
    if opener is None or (opener is gzip.open and 1032 * path.stat().st_size < WORTH_ASKING):
        return
    most, size = free_memory(), 0
    with opener(path, "rb") as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > most:
                check_memory(path, size, "what is packed in it, so far as it was unpacked,")


def _opener(path: Path) -> Callable[..., IO[Any]] | None:
    with path.open("rb") as file:
        start = file.read(max(map(len, MAGIC)))
    return next((opener for magic, opener in MAGIC.items() if start.startswith(magic)), None)
