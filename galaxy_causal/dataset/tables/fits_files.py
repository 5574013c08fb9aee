"""Tables of FITS files: which of several, read some rows at a time where they are many, and their nulls."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.pieces import FileColumn, Growing, labelled, of_astropy
from galaxy_causal.dataset.tables.vectors import stacked
from galaxy_causal.dataset.tables.which import Which
from galaxy_causal.files import opened
from galaxy_causal.types import UserError

WHOLE = 1 << 26
"""Bytes of a FITS file up to which its table is read as one."""
PIECE = 1 << 25
"""Bytes of a FITS table that are read at once."""
HDUs = Any


@dataclass(frozen=True)
class FitsTable:
    """A table of a FITS file whose rows lie side by side: where, and how they are described."""

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


def read_fits(path: Path, wanted: Sequence[str], which: Which) -> tuple[list[str], dict[str, FileColumn]]:
    """Names of the columns of a table, and those ``wanted``, where it has them all.

    Tables go by the number and by the name of their HDU.
    """
    with _open(path) as hdus:  # which is not read from again, as this settles what its columns are
        _check_sums(hdus)
    with _open(path) as hdus:
        place = _place(path, hdus, wanted, which)
        names = _names(hdus[place])
        if not set(wanted) <= set(names):
            return names, {}
        _check_plain(path, hdus[place], place)
        large = large_table(path, hdus[place])
        if large is None:
            found = _columns(hdus[place], wanted)
            return names, {name: labelled(stacked(str(path), column)) for name, column in found.items()}
    return names, _in_pieces(large, wanted)


@contextmanager
def _open(path: Path) -> Iterator[HDUs]:
    """The HDUs of a file, packed or not; only one that is not packed is mapped into memory."""
    from astropy.io import fits

    with opened(path) as stream:
        plain = isinstance(stream, io.BufferedReader) and path.suffix.lower() != ".gz"
        with fits.open(path if plain else stream, memmap=plain) as hdus:
            yield hdus


def _check_sums(hdus: HDUs) -> None:
    """Refuse tables of which DATASUM is not that of their values."""
    for place in _tables(hdus):
        hdu = hdus[place]
        if str(hdu.header.get("DATASUM", "")).strip() and not hdu.verify_datasum():
            raise ValueError(
                f"the values of the table in extension {place} are not those that its DATASUM was made of"
            )


def _tables(hdus: HDUs) -> list[int]:
    from astropy.io import fits

    tables = fits.BinTableHDU | fits.TableHDU | fits.GroupsHDU
    return [
        place for place, hdu in enumerate(hdus) if isinstance(hdu, tables) and not hdu.header.get("ZIMAGE")
    ]


def _place(path: Path, hdus: HDUs, wanted: Sequence[str], which: Which) -> int:
    """The number of the HDU with the table that is meant."""
    tables = _tables(hdus)
    if not tables:
        raise ValueError(f"it holds {len(hdus)} HDUs, and none of them is a table")
    names = [f"HDU {place}{_named(hdus[place])}" for place in tables]

    def is_named(place: int, asked: str) -> bool:
        return asked == str(tables[place]) or asked.lower() == (hdus[tables[place]].name or "").lower()

    return tables[which.one(path, names, [_names(hdus[place]) for place in tables], wanted, is_named)]


def _named(hdu: Any) -> str:  # noqa: ANN401
    return f" ({hdu.name})" if hdu.name else ""


def _names(hdu: Any) -> list[str]:  # noqa: ANN401
    header = hdu.header
    if header.get("GROUPS"):
        return list(hdu.columns.names)
    return [str(header.get(f"TTYPE{k}", f"col{k}")).strip() for k in range(1, header.get("TFIELDS", 0) + 1)]


def _check_plain(path: Path, hdu: Any, place: int) -> None:  # noqa: ANN401
    """Refuse a table whose columns are compressed, as fpack writes it: astropy would give their bytes."""
    if hdu.header.get("ZTABLE"):
        raise UserError(
            f"{path}: the columns of the table in HDU {place} are compressed (by fpack); unpack it: "
            f"funpack {path.name}"
        )


def _columns(hdu: Any, wanted: Sequence[str]) -> dict[str, FileColumn]:  # noqa: ANN401
    """Columns of a table. A TNULL is a value of the file, before it is scaled (FITS 4.0, 7.3.2)."""
    from astropy.table import Table

    header, nulls = hdu.header, {}
    for k, name in enumerate(_names(hdu), 1):
        scaled = header.get(f"TSCAL{k}", 1) != 1 or header.get(f"TZERO{k}", 0) != 0
        if scaled and isinstance(header.get(f"TNULL{k}"), int):
            nulls[name] = header.pop(f"TNULL{k}")
    data = Table.read(hdu, format="fits")
    found = {
        name: of_astropy(name, data[name] if name in data.colnames else hdu.data[name]) for name in wanted
    }
    for name in set(nulls) & set(wanted):
        raw: NDArray[Any] = hdu.data.view(np.ndarray)[name]
        if raw.shape == found[name].missing.shape:
            found[name] = replace(found[name], missing=found[name].missing | (raw == nulls[name]))
    return found


def _in_pieces(table: FitsTable, wanted: Sequence[str]) -> dict[str, FileColumn]:
    """As ``_columns``, some rows at a time."""
    from astropy.io import fits

    growing, units = {name: Growing(table.count) for name in wanted}, dict[str, str]()
    for piece in table.pieces():
        with fits.open(io.BytesIO(piece)) as hdus:
            parts = _columns(hdus[1], wanted)
        for name, part in parts.items():
            units[name] = part.unit
            growing[name].add(part)
    return {name: column.column(name, units[name]) for name, column in growing.items()}


def large_table(path: Path, hdu: Any) -> FitsTable | None:  # noqa: ANN401
    """The table of a large FITS file; None if it is small, packed, has cells elsewhere, or is not whole."""
    from astropy.io import fits

    with path.open("rb") as file:
        packed = not file.read(6).startswith(b"SIMPLE")
    if path.stat().st_size <= WHOLE or packed:
        return None
    if not isinstance(hdu, fits.BinTableHDU) or hdu.header.get("PCOUNT", 0):
        return None
    start, header = hdu.fileinfo()["datLoc"], hdu.header.copy()
    width, count = int(header["NAXIS1"]), int(header["NAXIS2"])
    if not width or not count or start + width * count > path.stat().st_size:
        return None
    return FitsTable(path, header, start, width, count)
