"""Columns put together from pieces of a file, so that no more of it is held than they."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Labels

WHOLE = 1 << 26
"""Bytes of a FITS file up to which its table is read as one."""
PIECE = 1 << 25
"""Bytes of a FITS table that are read at once."""
BATCH = 1 << 17
"""Rows of a Parquet file that are read at once."""
MOST = 100
"""Different texts up to which a column holds each once."""


@dataclass(frozen=True)
class FileColumn:
    """A file's column: values of any kind (n,), where the file has none (n,), and its unit.

    Texts of few different ones are `Labels`.
    """

    name: str
    value: NDArray[Any] | Labels
    missing: NDArray[np.bool_]
    unit: str

    def emptied(self) -> FileColumn:
        """Without its values."""
        return replace(self, value=np.empty(0), missing=np.empty(0, dtype=np.bool_))

    @property
    def array(self) -> NDArray[Any]:
        """The values as an array."""
        return np.asarray(self.value)


def joined(name: str, parts: Iterator[FileColumn], count: int) -> FileColumn:
    """One column of ``count`` rows from its parts in order, which are let go one by one."""
    growing = Growing(count)
    unit = ""
    for part in parts:
        growing.add(part)
        unit = part.unit
    return growing.column(name, unit)


class Growing:
    """A column of ``count`` rows to which parts are added."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.missing = np.zeros(count, dtype=np.bool_)
        self.done = 0
        self.filled: NDArray[Any] | None = None  # numbers, all of one type
        self.codes = np.zeros(0, dtype=np.int8)
        self.names: dict[str, int] = {}
        self.width = 1
        self.parts: list[NDArray[Any]] = []  # of anything else

    def add(self, part: FileColumn) -> None:
        """The next rows."""
        value, here = part.array, slice(self.done, self.done + len(part.missing))
        self.missing[here] = part.missing
        fits = self.filled is not None and self.filled.dtype == value.dtype and value.ndim == 1
        if self.done == 0 and value.ndim == 1 and value.dtype.kind in "iufb":
            self.filled, fits = np.empty(self.count, dtype=value.dtype), True
        if fits and self.filled is not None:
            self.filled[here] = value
        elif value.dtype.kind == "U" and value.ndim == 1 and self.filled is None and not self.parts:
            self._add_texts(value, here)
        else:
            self._whole(here.start)
            self.parts.append(value)
        self.done = here.stop

    def _add_texts(self, value: NDArray[np.str_], here: slice) -> None:
        if not len(self.codes):
            self.codes = np.zeros(self.count, dtype=np.int8)
        found, at = np.unique(value, return_inverse=True)
        names = dict(self.names)
        for name in found.tolist():
            names.setdefault(name, len(names))
        if len(names) > MOST:
            self._whole(here.start)
            self.parts.append(value)
            return
        self.names, self.width = names, max(self.width, value.dtype.itemsize // 4)
        self.codes[here] = np.array([names[name] for name in found.tolist()], dtype=np.int8)[at]

    def _whole(self, stop: int) -> None:
        """What there is up to a row as one part like any other."""
        if self.filled is not None:
            self.parts, self.filled = [self.filled[:stop]], None
        elif len(self.codes):
            self.parts = [np.asarray(Labels(tuple(self.names), self.codes[:stop], self.width))]
            self.codes, self.names = np.zeros(0, dtype=np.int8), {}

    def column(self, name: str, unit: str) -> FileColumn:
        """The whole column."""
        value: NDArray[Any] | Labels
        if self.parts:
            value = np.concatenate(self.parts)
            self.parts = []
        elif self.filled is not None:
            value = self.filled
        else:
            value = Labels(tuple(self.names), self.codes, self.width)
        return FileColumn(name, value, self.missing, unit)


def labelled(column: FileColumn) -> FileColumn:
    """The column, as `Labels` where it holds texts of which there are few different ones."""
    if not isinstance(column.value, np.ndarray) or column.value.dtype.kind != "U" or column.value.ndim != 1:
        return column
    size = len(column.value)
    parts = (slice(s, s + BATCH) for s in range(0, size, BATCH))
    pieces = (FileColumn(column.name, column.value[p], column.missing[p], column.unit) for p in parts)
    return joined(column.name, pieces, size) if size else column


@dataclass(frozen=True)
class FitsTable:
    """The first table of a FITS file whose rows lie side by side: where, and how they are described."""

    path: Path
    header: Any
    start: int
    width: int
    count: int

    def pieces(self) -> Iterator[bytes]:
        """Small FITS files, each with some of the rows."""
        from astropy.io import fits

        rows = max(PIECE // self.width, 1)
        stream = io.BytesIO()
        fits.PrimaryHDU().writeto(stream)
        with self.path.open("rb") as file:
            file.seek(self.start)
            for first in range(0, self.count, rows):
                header = self.header.copy()
                header["NAXIS2"] = min(rows, self.count - first)
                data = file.read(self.width * header["NAXIS2"])
                yield stream.getvalue() + header.tostring().encode("ascii") + data + bytes(-len(data) % 2880)


def fits_table(path: Path) -> FitsTable | None:
    """The table of a large FITS file, None where it is small, has cells elsewhere, or is not whole."""
    from astropy.io import fits

    if path.stat().st_size <= WHOLE or path.suffix.lower() == ".gz":
        return None
    with fits.open(path, memmap=True) as hdus:
        kinds = fits.BinTableHDU | fits.TableHDU | fits.GroupsHDU
        hdu = next((one for one in hdus if isinstance(one, kinds)), None)
        if not isinstance(hdu, fits.BinTableHDU) or hdu.header.get("PCOUNT", 0):
            return None
        start, header = hdu.fileinfo()["datLoc"], hdu.header.copy()
    width, count = int(header["NAXIS1"]), int(header["NAXIS2"])
    if not width or not count or start + width * count > path.stat().st_size:
        return None
    return FitsTable(path, header, start, width, count)
