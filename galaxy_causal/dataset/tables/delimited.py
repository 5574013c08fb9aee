"""Text, in the dialects of spreadsheets, archives and people."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.alignment import ALIGNED, check_aligned
from galaxy_causal.dataset.tables.dialects import (
    BLANK,
    HEAD,
    RULED,
    Dialect,
    check_cells,
    delimiter_of_ecsv,
    dialect_of,
    layout_of,
    no_text,
    text_of,
)
from galaxy_causal.dataset.tables.ruled import check_drawn, unruled
from galaxy_causal.dataset.tables.spelling import COMMA, NULLS, POINT, WHOLE, is_spelled, may_be_odd
from galaxy_causal.files import opened
from galaxy_causal.types import Floats, UserError

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def read_text_table(path: Path, wanted: Sequence[str]) -> Any:  # noqa: ANN401  (a Table of astropy)
    """The table in a text: ECSV, IPAC, MRT, SExtractor's and fixed widths as they say, else as delimited.

    Of Markdown, and of what consoles print, bars part cells.

    In wanted columns of numbers ``NULLS`` are missing.

    Raises UserError for a text in another encoding than UTF-8 and UTF-16; see also ``check_aligned`` and
    ``read_delimited``.
    """
    try:
        with text_of(path) as lines:
            head = list(islice(lines, HEAD))
        check_drawn(head, path)
        layout = layout_of(head)
        if layout is None:
            return read_delimited(path, wanted)
        if layout in ALIGNED:
            with text_of(path) as lines:
                check_aligned(lines, path, layout)
        table = _self_described(path, layout, wanted)
    except UnicodeDecodeError as error:
        raise no_text(path, error) from error
    let_stand(path, table, wanted)
    if layout != "ascii.ecsv":
        _cleaned(table, wanted)
    if layout == RULED:
        _point(path, table, wanted)
    return table


def _self_described(path: Path, layout: str, wanted: Sequence[str], **options: Any) -> Any:  # noqa: ANN401
    """A text of a layout that describes itself, or is ruled, as astropy reads it."""
    from astropy.table import Table

    if layout == RULED:
        with text_of(path) as lines:
            rows = unruled(lines, path)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        table = Table.read(text.getvalue(), format="ascii.csv", guess=False, **options)
        _check_once(path, table, wanted, rows[0])
        return table
    with opened(path) as stream:
        text = stream.read().decode("utf-8-sig")
    return Table.read(text, format=layout, guess=False, **options)


def read_delimited(path: Path, wanted: Sequence[str]) -> Any:  # noqa: ANN401  (a Table of astropy)
    """The table in a text; lines that begin with # are comments, but for one that names the columns.

    Numbers may have decimal commas where cells are not parted by commas.

    Raises ValueError for lines with fewer cells than the first and for a quote without an end, and UserError
    for lines with more, for a wanted column whose name stands twice and for commas that may part thousands.
    """
    with text_of(path) as lines:
        dialect = dialect_of(lines)
    with text_of(path) as lines:
        check_cells(lines, path, dialect)
    table = _table(path, dialect)
    for own, name in zip(list(table.colnames), dialect.names, strict=False):
        if own != name == own.strip() and name not in table.colnames:
            table[own].name = name
    _check_once(path, table, wanted, dialect.names)
    let_stand(path, table, wanted)
    _cleaned(table, wanted)
    if dialect.delimiter != ",":
        _point(path, table, wanted)
    return table


def _check_once(path: Path, table: Any, wanted: Sequence[str], names: Sequence[str]) -> None:  # noqa: ANN401
    """Refuse a wanted column whose name stands twice among ``names``: astropy renames all but the first."""
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    place = {name: names.index(name) for name in wanted if name in names}
    if any(name in twice or table.colnames[at] != name for name, at in place.items()):
        raise UserError(
            f"{path} has several columns {', '.join(map(repr, twice))}; give each a name of its own"
        )


def _table(path: Path, dialect: Dialect, **options: Any) -> Any:  # noqa: ANN401
    """As astropy reads it."""
    from astropy.table import Table

    options |= {"guess": False, "delimiter": dialect.delimiter, "comment": "#"}
    # As ascii.csv several tabs would be one, so that cells after an empty one moved to the left.
    options["format"] = {BLANK: "ascii.basic", "\t": "ascii.tab"}.get(dialect.delimiter, "ascii.csv")
    with text_of(path) as lines:
        if dialect.commented or dialect.skipped or lines.encoding == "utf-16":
            quoted = ('"' + name.replace('"', '""') + '"' for name in dialect.names)
            head = [dialect.delimiter.join(quoted)] if dialect.commented else []
            return Table.read([*head, *islice(lines, dialect.skipped, None)], **options)
    return Table.read(path, encoding="utf-8-sig", **options)  # Excel marks the beginning


def let_stand(path: Path, table: Any, wanted: Sequence[str]) -> None:  # noqa: ANN401
    """Let wanted columns be texts of which astropy took cells for numbers that are spelled as none.

    So ``266_1``, of a plate and its fibre, is no 2661.
    """
    with text_of(path) as lines:
        if not may_be_odd(lines):
            return
    for name in (name for name in wanted if name in table.colnames and table[name].dtype.kind in "if"):
        written = cells(path, name)
        if written is not None and not all(map(is_spelled, np.unique(written))):
            table[name] = np.ma.array(written, mask=np.char.strip(written) == "")


def cells(path: Path, name: str) -> NDArray[np.str_] | None:
    """The cells of a column of a text as they are written; None of any other file."""
    from astropy.io import ascii as text

    read, _ = text.convert_numpy(str)
    as_written = {"converters": {name: [(read, text.core.AllType)]}}  # also of columns of a stated type
    try:
        with text_of(path) as lines:
            layout = layout_of(lines)
        if layout == "ascii.ecsv":
            with text_of(path) as lines:
                delimiter = delimiter_of_ecsv(lines)
            written = _table(path, Dialect(delimiter, ()), **as_written)
        elif layout is not None:
            written = _self_described(path, layout, [name], **as_written)
        else:
            with text_of(path) as lines:
                dialect = dialect_of(lines)
            written = _table(path, dialect, **as_written)
    except Exception:  # of a file of another kind
        return None
    return np.ma.filled(written[name].astype(str), "")


def _cleaned(table: Any, wanted: Sequence[str]) -> None:  # noqa: ANN401
    """Let wanted columns of numbers and ``NULLS`` be numbers, and texts have no blanks around them."""
    for name in wanted:
        if name not in table.colnames or table[name].dtype.kind != "U" or table[name].ndim > 1:
            continue
        given = np.ma.asarray(table[name])
        texts = np.char.strip(given.data)
        empty = np.ma.getmaskarray(given) | (texts == "")
        null = empty | np.isin(np.char.lower(texts), NULLS)
        number = _kind_of(texts[~null])
        if number is POINT:
            table[name] = _numbers(texts, null)
        elif number is COMMA:
            table[name] = np.ma.array(texts, mask=null)
        elif (texts != given.data).any():  # astropy leaves them between tabs
            table[name] = np.ma.array(texts, mask=empty)


def _kind_of(cells: NDArray[np.str_]) -> re.Pattern[str] | None:
    """Whether all cells are numbers with decimal points or none, or all with commas or none."""
    for number in (POINT, COMMA):
        if all(map(number.fullmatch, cells[:1])) and all(map(number.fullmatch, np.unique(cells))):
            return number
    return None


def _numbers(cells: NDArray[np.str_], mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401
    """Texts as numbers, whole ones if all are, where there are any."""
    whole = all(map(WHOLE.fullmatch, cells[~mask]))
    try:
        found: Any = np.where(mask, "0", cells).astype(np.int64 if whole else np.float64)
    except OverflowError:  # of longer ids
        found = cells
    return np.ma.array(found, mask=mask)


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
    return any("," in cell for cell in cells) and all(map(COMMA.fullmatch, cells))


def _has_fractions(values: Floats) -> bool:
    return bool((values[np.isfinite(values)] % 1 != 0).any())
