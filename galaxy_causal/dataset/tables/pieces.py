"""Columns put together from pieces of a file, so that no more of it is held than they."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Labels

BATCH = 1 << 17
"""Rows of a Parquet file that are read at once."""
MOST = 100
"""Different texts up to which a column holds each once."""


@dataclass(frozen=True)
class FileColumn:
    """A file's column: values of any kind (n,), where the file has none (n,), and its unit.

    Texts of few different ones are `Labels`. Of vectors values and what is ``missing`` are (n, d), of arrays
    (n, c, d); ``element`` gives one number of each.
    """

    name: str
    value: NDArray[Any] | Labels
    missing: NDArray[np.bool_]
    unit: str

    def emptied(self) -> FileColumn:
        """Without its values."""
        return replace(self, value=np.empty(0), missing=np.empty(0, dtype=np.bool_))

    def flat(self) -> FileColumn:
        """Values (n, 1), as people write single ones too, as (n,)."""
        if not isinstance(self.value, np.ndarray) or self.value.shape[1:] != (1,):
            return self
        return replace(self, value=self.value[:, 0], missing=self.missing.reshape(-1))

    @property
    def array(self) -> NDArray[Any]:
        """The values as an array."""
        return np.asarray(self.value)

    def element(self, place: int) -> FileColumn:
        """One of the d numbers of each vector, from 0 on, as the column (n,) called ``NAME[place]``.

        IndexError where there is none at this place.
        """
        value, missing = self.array[:, place].copy(), self.missing[:, place].copy()
        return FileColumn(f"{self.name}[{place}]", value, missing, self.unit)


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
        if self.done == 0 and part.missing.ndim > 1:
            self.missing = np.zeros((self.count, *part.missing.shape[1:]), dtype=np.bool_)
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


def trimmed(column: FileColumn) -> FileColumn:
    """The column without blanks around its texts, which FITS and CSV have not either."""
    value = column.value
    if isinstance(value, Labels):
        names = [name.strip() for name in value.names]
        if names == list(value.names):
            return column
        return replace(column, value=value.renamed(str.strip, max(map(len, names), default=1)))
    if value.dtype.kind == "U":
        return replace(column, value=np.char.strip(value))
    if value.dtype.kind == "O" and value.ndim == 1:
        cells = [cell.strip() if isinstance(cell, str) else cell for cell in value.tolist()]
        whole = np.empty(len(cells), dtype=object)
        whole[:] = cells
        return replace(column, value=whole)
    return column


def of_astropy(name: str, column: Any) -> FileColumn:  # noqa: ANN401  (a column of astropy, of any class)
    """One column of an astropy table; quantities and masked columns included."""
    unit = "" if getattr(column, "unit", None) is None else str(column.unit)
    value: Any = getattr(column, "value", column)
    mask: NDArray[np.bool_] = np.ma.getmaskarray(np.ma.asarray(value))
    return FileColumn(name, native(np.asarray(np.ma.getdata(value))), mask, unit)


def native(value: NDArray[Any]) -> NDArray[Any]:
    """Text instead of bytes, and numbers in the byte order of this machine."""
    if value.dtype.kind == "S":
        return np.char.decode(value, "utf-8")
    return value if value.dtype.isnative else value.astype(value.dtype.newbyteorder("="))
