"""Delimited text, in the dialects of spreadsheets and of people."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from galaxy_causal.types import UserError

DELIMITERS = (",", ";", "\t")
COMMA_NUMBER = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text is delimited, the names of its columns, and whether these stand in a comment (#)."""

    delimiter: str
    names: tuple[str, ...]
    commented: bool = False


def read_delimited(path: Path, wanted: Sequence[str]) -> Any:  # noqa: ANN401  (a Table of astropy)
    """The table in a text; lines that begin with # are comments, but for one that names the columns.

    Numbers may have decimal commas where cells are not parted by commas.

    Raises ValueError for lines with fewer cells than the first, and UserError for a wanted column whose name
    stands twice.
    """
    from astropy.table import Table

    with text_of(path) as lines:
        dialect = dialect_of(lines)
    with text_of(path) as lines:
        check_cells(lines, dialect.delimiter)
    twice = [name for name in dict.fromkeys(wanted) if dialect.names.count(name) > 1]
    if twice:
        raise UserError(
            f"{path} has several columns {', '.join(map(repr, twice))}; give each a name of its own"
        )
    options = {"format": "ascii.csv", "guess": False, "delimiter": dialect.delimiter, "comment": "#"}
    if dialect.commented:
        quoted = ('"' + name.replace('"', '""') + '"' for name in dialect.names)
        with text_of(path) as lines:
            table = Table.read([dialect.delimiter.join(quoted), *lines], **options)
    else:
        table = Table.read(path, encoding="utf-8-sig", **options)  # Excel marks the beginning
    if dialect.delimiter != ",":
        for name in set(wanted) & set(table.colnames):
            _point(table, name)
    return table


def _point(table: Any, name: str) -> None:  # noqa: ANN401
    """Let a column of a table whose cells are texts such as ``10,5``, all of them, hold numbers."""
    mask = np.ma.getmaskarray(np.ma.asarray(table[name]))
    cells = np.asarray(np.ma.getdata(table[name]))
    there = cells[~mask]
    if cells.dtype.kind == "U" and len(there) and all(map(COMMA_NUMBER.fullmatch, there)):
        numbers = np.full(len(cells), np.nan)
        numbers[~mask] = np.char.replace(there, ",", ".").astype(np.float64)
        table[name] = np.ma.array(numbers, mask=mask)


def dialect_of(lines: Iterable[str]) -> Dialect:
    """Commas, semicolons or tabs: what parts the first line, which names the columns, into most cells.

    Where its cells are numbers, the names may stand in the comment before it.

    >>> dialect_of(["# made by hand", "id;log mass"])
    Dialect(delimiter=';', names=('id', 'log mass'), commented=False)
    >>> dialect_of(["#id,mass", "1,10.5"])
    Dialect(delimiter=',', names=('id', 'mass'), commented=True)
    """
    comment, first = "", ""
    for line in lines:
        if line.startswith("#"):
            comment = line
        elif line.strip():
            first = line
            break
    delimiter = max(DELIMITERS, key=lambda one: len(_cells(first, one)))
    cells, named = _cells(first, delimiter), _cells(comment.lstrip("#"), delimiter)
    commented = len(cells) == len(named) and any(map(_is_number, cells)) and not any(map(_is_number, named))
    return Dialect(delimiter, named if commented else cells, commented)


def check_cells(lines: Iterable[str], delimiter: str = ",") -> None:
    """Refuse lines with fewer cells than the first, by their number; blank ones and comments (#) are none."""
    rows = csv.reader(lines, delimiter=delimiter)
    wanted, short = 0, []
    for row in rows:
        if (len(row) <= 1 and not "".join(row).strip()) or row[0].startswith("#"):
            continue
        wanted = wanted or len(row)
        if len(row) < wanted:
            short.append((rows.line_num, len(row)))
    if short:
        line, cells = short[0]
        also = f", as do {len(short) - 1} other lines" if len(short) > 1 else ""
        raise ValueError(
            f"line {line} has {cells} cells and the first {wanted}{also}; write an empty cell between commas"
        )


def text_of(path: Path) -> IO[str]:
    """A text in UTF-8, as it is or packed by gzip."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    file: IO[str] = opener(path, "rt", encoding="utf-8-sig", newline="")
    return file


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    row = next(csv.reader([line.strip("\r\n")], delimiter=delimiter, skipinitialspace=True), [])
    return tuple(cell.strip() for cell in row)


def _is_number(cell: str) -> bool:
    return bool(COMMA_NUMBER.fullmatch(cell.replace(".", ",", 1)))
