"""npy data, alone or as members of an npz file: whether what is there is as long as the header claims."""

from __future__ import annotations

import math
import os
import weakref
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.files.regular import check_memory
from galaxy_causal.types import UserError

Header = tuple[tuple[int, ...], bool, "np.dtype[Any]"]
"""Shape, whether the first axis varies fastest, and type."""


def read_header(stream: IO[bytes]) -> Header:
    """The header at this place of a stream; objects, which would need pickle, are refused."""
    version = np.lib.format.read_magic(stream)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        shape, fortran, dtype = reader(stream)
    except (SyntaxError, TokenError, TypeError, RecursionError) as error:  # of its text, which is Python
        raise ValueError(f"its header is damaged ({error})") from error
    if dtype.hasobject:
        raise ValueError("it holds Python objects, not numbers")
    return shape, fortran, dtype


def claimed(header: Header) -> int:
    """Bytes of the data that should follow a header."""
    shape, _, dtype = header
    if any(length < 0 for length in shape):
        raise ValueError(f"its header claims the shape {shape}")
    return math.prod(shape) * dtype.itemsize


def mapped(path: Path, offset: int = 0) -> Any:  # noqa: ANN401
    """The npy data at ``offset`` of a file as a memory map; ValueError for a file that is shorter."""
    start, (shape, fortran, dtype) = _located(path, offset)
    return np.memmap(path, dtype, "r", start, shape, order="F" if fortran else "C")


class RowsOnDisk:
    """An array of npy data in a file, of which rows are read when they are asked for; closed with the object.

    What was read of a memory map counts as the process's own memory, for which batch systems end processes;
    what is read here does not.

    Parameters
    ----------
    path, offset
        As of ``mapped``.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        start, (self.shape, fortran, self.dtype) = _located(path, offset)
        self.ndim, self._start, self._map = len(self.shape), start, None
        self._size = math.prod(self.shape[1:]) * self.dtype.itemsize
        if fortran or not hasattr(os, "preadv"):
            self._map = mapped(path, offset)
            return
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def take(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """These rows, (m, ...), in this order, a copy."""
        if self._map is not None:
            return np.array(self._map[rows])
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        first = np.flatnonzero(np.diff(rows, prepend=-2) != 1)  # of rows that lie side by side
        for start, stop in pairwise([*first.tolist(), len(rows)]):
            self._read(int(rows[start]), found[start:stop])
        return found

    def _read(self, row: int, into: NDArray[Any]) -> None:
        left, place = into.reshape(-1).view(np.uint8).data, self._start + row * self._size
        while left:
            count = os.preadv(self._file, [left], place)
            if not count:
                raise EOFError(f"it ends {len(left):,} bytes before row {row} does")
            left, place = left[count:], place + count


def _located(path: Path, offset: int) -> tuple[int, Header]:
    """Where the values of the npy data at ``offset`` begin, and their header."""
    with path.open("rb") as file:
        file.seek(offset)
        header = read_header(file)
        start = file.tell()
    if start + claimed(header) > path.stat().st_size:
        raise ValueError(f"its header claims {claimed(header):,} bytes of values, and it has less")
    return start, header


def check_member(path: Path, archive: zipfile.ZipFile, name: str) -> int:
    """The bytes of the values of a member, which must be as many as its header claims."""
    if name not in archive.namelist():
        there = ", ".join(n.removesuffix(".npy") for n in archive.namelist())
        raise UserError(f"{path} has no array {name.removesuffix('.npy')!r}; it has {there}")
    info = archive.getinfo(name)
    with archive.open(info) as stream:
        size = claimed(read_header(stream))
        held = info.file_size - stream.tell()
    if size != held:
        raise ValueError(f"the array {name.removesuffix('.npy')} claims {size:,} bytes, and has {held:,}")
    return size


def check_members(path: Path, archive: zipfile.ZipFile, names: Sequence[str]) -> None:
    """Refuse members of an npz file of other sizes than they claim, or too large for memory together."""
    check_memory(path, sum(check_member(path, archive, name) for name in names), "the arrays")
