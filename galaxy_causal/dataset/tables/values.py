"""A file's column as numbers with NaN for what is missing, and as texts and ids."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.delimited import cells
from galaxy_causal.dataset.tables.nulls import is_missing
from galaxy_causal.dataset.tables.pieces import FileColumn, labelled
from galaxy_causal.dataset.tables.spelling import POINT, is_number
from galaxy_causal.types import Floats, Labels, UserError, option

TRUE, FALSE = {"True", "TRUE", "true"}, {"False", "FALSE", "false"}


def numbers(
    path: Path, column: FileColumn, null_values: Sequence[float], flux: bool = False, single: bool = False
) -> Floats:
    """A copy of ``column`` as float64 (n,), NaN where it is missing.

    ``single``: as float32, where that holds every number of its type. Missing are masked values and what
    ``is_missing`` says. Raises UserError for text and for several numbers per galaxy.
    """
    column = column.flat()
    value = column.array
    if value.ndim != 1:
        one = f"choose one, as {column.name}[0]; all of them are one input under"
        raise UserError(
            f"{path}: column {column.name} holds {' x '.join(map(str, value.shape[1:]))} numbers per galaxy, "
            f"one is needed; {one} {option('dataset.columns.embedding')}"
        )
    value = flags(value)
    if value.dtype.kind not in "iufb":
        raise UserError(
            f"{path}: column {column.name} does not hold numbers but {_kind(value)}, such as "
            f"{_no_numbers(column)}; convert it, and leave missing cells empty"
        )
    single = single and np.can_cast(value.dtype, np.float32)
    found: NDArray[Any] = value.astype(np.float32 if single else np.float64)
    if column.missing.any():
        found[column.missing] = np.nan
        there = np.flatnonzero(~column.missing)
        found[there[is_missing(value[there], null_values, flux)]] = np.nan
    else:
        found[is_missing(value, null_values, flux)] = np.nan
    return found


def flags(value: NDArray[Any]) -> NDArray[Any]:
    """Texts that are all True or False, as pandas writes them into CSV, as such; others as they are."""
    names = set(np.unique(value).tolist()) - {""} if value.dtype.kind == "U" else set()
    return np.isin(value, [*TRUE]) if names and names <= TRUE | FALSE else value


def _kind(value: NDArray[Any]) -> str:
    """What values are, in words."""
    return "texts" if value.dtype.kind in "SUO" else str(value.dtype)


def _no_numbers(column: FileColumn) -> str:
    """The first cells that are no numbers, with their rows; where each is the text of one, the first."""
    cells = [(row, str(column.value[row])) for row in np.flatnonzero(~column.missing).tolist()]
    commas = sum("," in cell and is_number(cell) for _, cell in cells) > len(cells) / 2
    odd = (
        f"{cell!r} in row {row}"
        for row, cell in cells
        if not (is_number(cell) and "." not in cell if commas else POINT.fullmatch(cell.strip()))
    )
    return ", ".join(islice(odd, 3)) or ", ".join(f"{cell!r} in row {row}" for row, cell in cells[:3])


def texts(column: FileColumn) -> NDArray[np.str_] | Labels:
    """``column`` as text (n,), empty where the file has none; of few different ones as `Labels`."""
    column = column.flat()
    empty = column.missing.copy()
    if isinstance(column.value, Labels):
        return column.value.replaced(empty, "") if empty.any() else column.value
    if column.value.dtype.kind == "f":
        empty |= np.isnan(column.value)
    if column.value.dtype.kind == "O":
        empty |= np.array([v is None for v in column.value], dtype=bool)
    text = np.where(empty, "", column.value.astype(str))
    found = labelled(FileColumn(column.name, text, empty, ""))
    return found.value


def identifiers(path: Path, column: FileColumn) -> NDArray[np.str_] | NDArray[np.int64]:
    """``column`` as ids (n,): whole numbers or text. No id means missing; an empty cell is refused."""
    column = column.flat()
    if column.missing.any():
        rows = np.flatnonzero(column.missing)
        raise UserError(
            f"{path}: the id column {column.name} is empty in {len(rows)} rows (first {some_rows(rows)}); "
            f"fill it, or leave {option('dataset.columns.id')} out to use row numbers"
        )
    written = cells(path, column.name) if column.array.dtype.kind == "f" and path.is_file() else None
    return exact_ids(path, f"the id column {column.name}", column.array, written)


def exact_ids(
    path: Path, what: str, value: NDArray[Any], written: NDArray[np.str_] | None = None
) -> NDArray[np.str_] | NDArray[np.int64]:
    """Ids (n,) as int64 where they are whole numbers, of whatever type, else as text.

    Raises UserError, which names ``what`` of ``path``, for other floats: they match nothing with certainty.
    Where it is known how they are ``written``, those are named that are not as whole numbers.
    """
    kind = value.dtype.kind
    if kind == "f":
        beyond = 2.0 ** (np.finfo(value.dtype).nmant + 1)  # from here on some whole numbers are left out
        exact = np.isfinite(value) & (np.abs(value) < beyond)
        exact[exact] = value[exact] % 1 == 0
        if not exact.all():
            odd = np.flatnonzero(~exact)
            if written is not None and len(written) == len(value):
                odd = np.array([r for r in odd.tolist() if not written[r].lstrip("+-").isdecimal()] or odd)
            shown = value.tolist() if written is None else written.tolist()
            some = ", ".join(f"{shown[row]} in row {row}" for row in odd[:5])
            raise UserError(
                f"{path}: {what} holds floating-point numbers, of which {len(odd)} are no exact whole "
                f"numbers, such as {some}: a spreadsheet may have rounded them; write ids as integers or text"
            )
        return value.astype(np.int64)
    if kind == "i" or (kind == "u" and (value <= np.iinfo(np.int64).max).all()):
        return value.astype(np.int64)
    return value.astype(np.str_)


def describe_nulls(column: str, missing: NDArray[np.bool_]) -> str:
    """``column z: 3 rows (first 0, 5, 9)``."""
    rows = np.flatnonzero(missing)
    return f"column {column}: {len(rows)} of {len(missing)} rows (first {some_rows(rows)})"


def some_rows(rows: NDArray[np.int64]) -> str:
    """The first five row numbers."""
    return ", ".join(str(row) for row in rows[:5])
