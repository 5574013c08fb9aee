"""VOTables: their columns by name or ID, and what they ask of their reader, seen before astropy reads."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from galaxy_causal.dataset.tables.spelling import FLAGS, NULLS, POINT, WHOLE, odd_cells
from galaxy_causal.dataset.tables.which import Which
from galaxy_causal.files import check_memory
from galaxy_causal.types import UserError

ITEM = {"char": 4, "unicodeChar": 4, "short": 2, "int": 4, "float": 4, "boolean": 1, "unsignedByte": 1,
        "floatComplex": 8, "doubleComplex": 16}  # fmt: skip
"""Bytes of a value in memory; 8 for what is not listed."""
HEXADECIMAL = re.compile(rf"{WHOLE.pattern}|0x[0-9a-f]+", FLAGS)
NUMBERS = {"float": POINT, "double": POINT}
NUMBERS |= dict.fromkeys(("unsignedByte", "short", "int", "long"), HEXADECIMAL)
"""How numbers of each type may be written."""
FIRST_ROWS = 512
"""Rows for which astropy takes memory before it has read any."""


def read_votable(path: Path, wanted: Sequence[str], which: Which) -> tuple[list[str], Any]:
    """Names of the columns of a table, and the ``wanted`` ones as a Table, where it has them all.

    Columns go by their name, as TOPCAT shows it, or by their ID, tables by number (from 0), ID or name.
    """
    from astropy.io.votable import parse
    from astropy.table import Table

    odd = check_votable(path, wanted)
    tables = list(parse(str(path)).iter_tables())
    if not tables:
        raise UserError(f"{path} holds no table")
    titles = [f"{k} ({one.name or one.ID})" if one.name or one.ID else str(k) for k, one in enumerate(tables)]
    columns = [[text for f in one.fields for text in (f.name, f.ID) if text] for one in tables]
    place = which.one(
        path, titles, columns, wanted, lambda k, asked: asked in (str(k), tables[k].ID, tables[k].name)
    )
    for (at, name), cells in odd.items():
        if at == place:
            raise odd_cells(path, name, cells)
    fields, data = tables[place].fields, tables[place].to_table()
    found = Table()
    for name in wanted if set(wanted) <= set(columns[place]) else ():
        meant = {field.ID for field in fields if name in (field.name, field.ID)}
        if len(meant) > 1:
            raise UserError(
                f"{path} has several columns {name!r}; take one by its ID: {', '.join(sorted(meant))}"
            )
        found[name] = data[meant.pop()]
    return [field.name or field.ID for field in fields], found


def check_votable(path: Path, wanted: Sequence[str] = ()) -> dict[tuple[int, str], list[tuple[int, str]]]:
    """Refuse a VOTable whose rows lie elsewhere, or whose header claims more than memory holds.

    By the number of a table and the name of a wanted column of numbers come its cells that are none, with
    their rows: astropy takes them for missing, or ``1_0`` for 10.

    astropy opens the address that a STREAM names, a file of this machine or one of the net, and takes what
    it finds there for rows. Tags and attributes count in any case and with any prefix, also those that a
    document type declares, as the parser is the one of astropy. Addresses elsewhere (LINK) are never opened.
    """
    from astropy.utils.xml.iterparser import get_xml_iterator

    rows, row_size, cells = 0, 0, _Cells(wanted)
    with get_xml_iterator(str(path)) as elements:
        for starts, tag, attributes, place in elements:
            name = _local(tag)
            cells.see(name, attributes, starts=starts)
            if not starts:
                continue
            if name == "stream":
                _check_stream(path, attributes, place)
            elif name == "table":
                rows, row_size = int(attributes.get("nrows") or 0), 0
            elif name == "field":
                row_size += _cell_size(attributes)
                size = row_size * max(rows, FIRST_ROWS)
                check_memory(path, size, f"the table that its header claims, of {rows:,} rows,")
    return cells.odd


class _Cells:
    """The cells of wanted columns of numbers that are none, as elements of a VOTable come one by one."""

    def __init__(self, wanted: Sequence[str]) -> None:
        self.odd: dict[tuple[int, str], list[tuple[int, str]]] = {}
        self._wanted = set(wanted)
        self._table, self._row, self._cell = -1, -1, -1
        self._columns: list[tuple[str, re.Pattern[str]] | None] = []

    def see(self, name: str, given: Any, *, starts: bool) -> None:  # noqa: ANN401  (attributes, or the text)
        """The next element; at its end ``given`` is what stands in it."""
        if starts and name == "table":
            self._table, self._row, self._columns = self._table + 1, -1, []
        elif starts and name == "field":
            own = next((given[key] for key in ("name", "ID") if given.get(key) in self._wanted), None)
            kind = NUMBERS.get(given.get("datatype")) if given.get("arraysize") in (None, "1") else None
            self._columns.append((own, kind) if own and kind else None)
        elif starts and name == "tr":
            self._row, self._cell = self._row + 1, -1
        elif not starts and name == "td":
            self._cell += 1
            column, cell = self._columns[self._cell : self._cell + 1], given.strip()
            if column and column[0] and not column[0][1].fullmatch(cell) and cell.lower() not in NULLS:
                self.odd.setdefault((self._table, column[0][0]), []).append((self._row, cell))


def _check_stream(path: Path, attributes: Mapping[str, str], place: tuple[int, int]) -> None:
    address = next((value for key, value in attributes.items() if _local(key) == "href"), None)
    if address is not None:
        raise UserError(
            f"{path}, line {place[0]}: a STREAM has its rows not here but at {address!r}, which is not "
            "opened; write the rows into the VOTable, or give the file that holds them"
        )


def _cell_size(field: Mapping[str, str]) -> int:
    """Bytes that one cell of a FIELD takes in memory; an axis of any length (*) counts as one."""
    axes = re.findall(r"\d+", field.get("arraysize") or "")
    return ITEM.get(field.get("datatype") or "", 8) * math.prod(int(axis[:20]) for axis in axes)


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
