"""Delimited text, in the dialects of spreadsheets and of people."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError

DELIMITERS = (",", ";", "\t")
COMMA_NUMBER = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?|[+-]?(nan|inf)", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Dialect:
    """How a text is delimited, the names of its columns, and whether these stand in a comment (#)."""

    delimiter: str
    names: tuple[str, ...]
    commented: bool = False


def read_delimited(path: Path, wanted: Sequence[str]) -> Any:  # noqa: ANN401  (a Table of astropy)
    """The table in a text; lines that begin with # are comments, but for one that names the columns.

    Numbers may have decimal commas where cells are not parted by commas.

    Raises ValueError for lines with fewer cells than the first and for a quote without an end, and UserError
    for a wanted column whose name stands twice and for commas that may part thousands.
    """
    from astropy.table import Table

    with text_of(path) as lines:
        dialect = dialect_of(lines)
    with text_of(path) as lines:
        check_cells(lines, dialect.delimiter)
    options = {"format": "ascii.csv", "guess": False, "delimiter": dialect.delimiter, "comment": "#"}
    if dialect.commented:
        quoted = ('"' + name.replace('"', '""') + '"' for name in dialect.names)
        with text_of(path) as lines:
            table = Table.read([dialect.delimiter.join(quoted), *lines], **options)
    else:
        table = Table.read(path, encoding="utf-8-sig", **options)  # Excel marks the beginning
    place = {name: dialect.names.index(name) for name in wanted if name in dialect.names}
    twice = [name for name in dict.fromkeys(dialect.names) if dialect.names.count(name) > 1]
    if any(name in twice or table.colnames[at] != name for name, at in place.items()):  # astropy renames them
        raise UserError(
            f"{path} has several columns {', '.join(map(repr, twice))}; give each a name of its own"
        )
    if dialect.delimiter != ",":
        _point(path, table, wanted)
    return table


def _point(path: Path, table: Any, wanted: Sequence[str]) -> None:  # noqa: ANN401
    """Let wanted columns of a table whose cells are texts such as ``10,5``, all of them, hold numbers."""
    cells = {name: np.ma.asarray(table[name]).compressed() for name in table.colnames}
    commas = {name: own for name, own in cells.items() if own.dtype.kind == "U" and _has_commas(own)}
    asked = [name for name in commas if name in wanted]
    if not asked:
        return
    several = [cell for own in commas.values() for cell in own if "," in cell or len(cell.lstrip("+-")) > 3]
    points = [name for name, own in cells.items() if own.dtype.kind == "f" and _has_fractions(own)]
    if points or all(map(THOUSANDS.fullmatch, several)):
        why = f"column {points[0]!r} has decimal points" if points else "all could part thousands"
        raise UserError(
            f"{path}: column {asked[0]!r} holds commas, as in {commas[asked[0]][0]}, and {why}: write all "
            "numbers with decimal points, and nothing between thousands"
        )
    for name in asked:
        mask = np.ma.getmaskarray(np.ma.asarray(table[name]))
        numbers = np.full(len(mask), np.nan)
        numbers[~mask] = np.char.replace(commas[name], ",", ".").astype(np.float64)
        table[name] = np.ma.array(numbers, mask=mask)


def _has_commas(cells: NDArray[np.str_]) -> bool:
    return any("," in cell for cell in cells) and all(map(COMMA_NUMBER.fullmatch, cells))


def _has_fractions(values: Floats) -> bool:
    return bool((values[np.isfinite(values)] % 1 != 0).any())


def dialect_of(lines: Iterable[str]) -> Dialect:
    """Commas, semicolons or tabs: what stands most often between the names of columns, outside quotes.

    Where the cells of the first line are numbers, the names may stand in the comment before it, in as many.

    >>> dialect_of(["# made by hand", "id;log mass"])
    Dialect(delimiter=';', names=('id', 'log mass'), commented=False)
    >>> dialect_of(["#id;mass", "1;10,5"])
    Dialect(delimiter=';', names=('id', 'mass'), commented=True)
    """
    comment, first = "", ""
    for line in lines:
        if line.startswith("#"):
            comment = line
        elif line.strip():
            first = line
            break
    found = []
    for delimiter in DELIMITERS:
        cells, named = _cells(first, delimiter), _cells(comment.lstrip("#"), delimiter)
        alike = len(cells) == len(named) and any(map(_is_number, cells)) and not any(map(_is_number, named))
        count = re.sub('"[^"]*"', "", first).count(delimiter)
        found.append((alike and len(named) > 1, count, Dialect(delimiter, named if alike else cells, alike)))
    return max(found, key=itemgetter(0, 1))[-1]


def check_cells(lines: Iterable[str], delimiter: str = ",") -> None:
    """Refuse lines with fewer cells than the first, by their number; blank ones and comments (#) are none."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)  # which refuses a quote without an end
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
