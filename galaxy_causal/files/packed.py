"""Files as they are, or packed by gzip or bzip2."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from galaxy_causal.files.memory import WORTH_ASKING, check_memory, free_memory
from galaxy_causal.files.regular import check_regular

MAGIC: dict[bytes, Callable[..., IO[Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""How packed files begin, whatever their suffix."""
BLOCK = 1 << 22  # bytes read at a time


def opened(path: Path) -> IO[Any]:
    """A regular file, or what is packed in it, to be read as bytes. Raises UserError for anything else."""
    check_regular(path, "give a file, or take it away")
    opener = _opener(path) or open
    stream: IO[Any] = opener(path, "rb")
    return stream


def read_to_end(stream: IO[Any]) -> None:
    """Read what is left, so that the checksum at the end of a packed file is compared."""
    while stream.read(BLOCK):
        pass


def check_unpacked(path: Path) -> None:
    """Refuse a packed file of which the content does not fit in memory; it is unpacked block by block.

    Files that are not packed pass, and small ones of gzip, which makes nothing smaller than by 1032.
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
