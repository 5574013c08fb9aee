"""A file's column as numbers with NaN for what is missing, and the units of photometry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.delimited import cells
from galaxy_causal.dataset.tables.pieces import FileColumn, labelled
from galaxy_causal.types import Floats, Labels, UserError, option

LARGE = 9000.0
"""No magnitude, redshift or logarithm of a mass is as large."""
NINES = (99, 999, 9999, 99999, 999999, 9999999, 99.9, 99.99, 999.9, 999.99, 9999.9, 9999.99, 99999.9)
"""With either sign people write these where a value is missing."""
MAGNITUDE, NANOMAGGY = "magnitude", "nanomaggy"
FAINTEST = 60.0
"""Magnitudes lie between minus and plus this; even an asinh magnitude of sky stays below 35."""


BLOCK = 1 << 18
"""Values that are looked at together."""


def numbers(
    path: Path, column: FileColumn, null_values: Sequence[float], flux: bool = False, single: bool = False
) -> Floats:
    """A copy of ``column`` as float64 (n,), NaN where it is missing.

    ``single``: as float32, where that holds every number of its type. Missing are masked values and what
    ``is_missing`` says. Raises UserError for text and for several numbers per galaxy.
    """
    value = column.array
    if value.ndim != 1:
        raise UserError(
            f"{path}: column {column.name} holds {value.shape[1:]} numbers per galaxy, one is "
            "needed; write each to a column of its own"
        )
    if value.dtype.kind not in "iufb":
        raise UserError(
            f"{path}: column {column.name} does not hold numbers but {value.dtype}, such as "
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


def _no_numbers(column: FileColumn) -> str:
    """The first cells that are no numbers, with their rows; where each is the text of one, the first."""
    cells = [(row, str(column.value[row])) for row in np.flatnonzero(~column.missing).tolist()]
    odd = (f"{cell!r} in row {row}" for row, cell in cells if not _is_number(cell))
    return ", ".join(islice(odd, 3)) or ", ".join(f"{cell!r} in row {row}" for row, cell in cells[:3])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def texts(column: FileColumn) -> NDArray[np.str_] | Labels:
    """``column`` as text (n,), empty where the file has none; of few different ones as `Labels`."""
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
    if column.missing.any():
        rows = np.flatnonzero(column.missing)
        raise UserError(
            f"{path}: the id column {column.name} is empty in {len(rows)} rows (first {_rows(rows)}); fill "
            f"it, or leave {option('dataset.columns.id')} out to use row numbers"
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


def photometric_unit(path: Path, column: FileColumn, declared: str | None) -> str:
    """``magnitude`` or ``nanomaggy``: as the file says, else as declared. They must agree."""
    found = _known_unit(column.unit)
    if not column.unit and declared is None:
        raise UserError(
            f"{path} does not give the unit of column {column.name}; set "
            f"{option('dataset.photometry_unit')} to {MAGNITUDE} or {NANOMAGGY}"
        )
    if column.unit and found is None:
        raise UserError(
            f"{path}: column {column.name} is in {column.unit}; photometry must be in {MAGNITUDE} or "
            f"{NANOMAGGY}: convert it"
        )
    if found is not None and declared is not None and found != declared:
        raise UserError(
            f"{path}: column {column.name} is in {column.unit}, which contradicts "
            f"{option('dataset.photometry_unit', declared)}; set "
            f"{option('dataset.photometry_unit', None)} to use the file's units"
        )
    return found or str(declared)


def check_magnitudes(path: Path, column: str, value: Floats) -> None:
    """Refuse magnitudes that cannot be ones, such as fluxes; NaN passes."""
    odd = value[np.abs(value) > FAINTEST]
    if len(odd):
        raise UserError(
            f"{path}: column {column} holds {odd[0]:g}, which is no magnitude ({-FAINTEST:g} to "
            f"{FAINTEST:g}); if these are fluxes set {option('dataset.photometry_unit', NANOMAGGY)}, if it "
            f"means missing add it to {option('dataset.null_values')}"
        )


def check_errors(path: Path, column: str, error: Floats) -> None:
    """Refuse negative errors; NaN passes."""
    rows = np.flatnonzero(error < 0)
    if len(rows):
        raise UserError(
            f"{path}: the photometric error {column} is negative in {len(rows)} rows (first {_rows(rows)}, "
            f"such as {error[rows[0]]:g}); errors are positive: if it means missing add it to "
            f"{option('dataset.null_values')}"
        )


def describe_nulls(column: str, missing: NDArray[np.bool_]) -> str:
    """``column z: 3 rows (first 0, 5, 9)``."""
    rows = np.flatnonzero(missing)
    return f"column {column}: {len(rows)} of {len(missing)} rows (first {_rows(rows)})"


def _rows(rows: NDArray[np.int64]) -> str:
    return ", ".join(str(row) for row in rows[:5])


def _known_unit(unit: str) -> str | None:
    text = re.sub(r"[^a-z]", "", unit.lower())
    if text in ("nanomaggy", "nanomaggies", "nanomaggie", "nmgy"):
        return NANOMAGGY
    if re.fullmatch(r"(ab|vega|st|asinh)?mag(nitude)?s?(ab|vega|st)?", text):
        return MAGNITUDE
    return None


def is_nines(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values (of any shape) are among ``NINES``, in double precision or in single, with either sign."""
    size = np.abs(np.asarray(values, dtype=np.float64))
    found = np.zeros(size.shape, dtype=np.bool_)
    for code in NINES:
        found |= np.abs(size - code) <= 1e-7 * code
    return found


def is_missing(values: NDArray[Any], null_values: Sequence[float], flux: bool = False) -> NDArray[np.bool_]:
    """Which numbers (n,) of a column, of any type, stand for none.

    NaN, infinities and ``null_values``, compared in the precision of the column; of a ``flux`` all that is
    -9000 and less; of others the ``NINES`` from 9999, as -9999 and 99999, unless other values surround them
    (see ``_surrounded``). If most of a column is 9000 and more in size they are numbers like others inside
    the range of the rest.
    """
    missing, codes = (np.zeros(len(values), dtype=np.bool_) for _ in range(2))
    for start in range(0, len(values), BLOCK):
        here = slice(start, start + BLOCK)
        number = values[here].astype(np.float64)
        missing[here] = _is_none(values[here], number, null_values)
        if flux:
            missing[here] |= number <= -LARGE
        elif (large := np.abs(number) >= LARGE).any():
            codes[here] = ~missing[here] & large & is_nines(number)
    if not codes.any():
        return missing
    number = values.astype(np.float64)
    rest = number[~missing & ~codes]
    if len(rest):
        if holds_large(rest):
            codes &= (number < rest.min()) | (number > rest.max())
        codes &= ~np.isin(
            number, [code for code in np.unique(number[codes]) if _surrounded(number, code, rest)]
        )
    return missing | codes


def _is_none(values: NDArray[Any], number: Floats, null_values: Sequence[float]) -> NDArray[np.bool_]:
    """Which values, of any type and as numbers in double precision, are not finite or among null values."""
    nulls = np.asarray(null_values, dtype=np.float64)
    none: NDArray[np.bool_] = ~np.isfinite(number) | np.isin(number, nulls)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            none |= np.isin(values, nulls.astype(values.dtype))
    return none


def _surrounded(number: Floats, code: float, rest: Floats) -> bool:
    """Whether values of the ``rest`` stand within a tenth of a code on both sides, as often as it does."""
    near = np.abs(rest - code) <= 0.1 * np.abs(code)
    sides = (near & (rest < code)).any() and (near & (rest > code)).any()
    return bool(sides and near.sum() >= (number == code).sum())


def holds_large(values: Floats) -> bool:
    """Whether more than half of the values (n,), NaN left out, are 9000 and more in size."""
    there = np.abs(values[np.isfinite(values)])
    return bool(np.mean(there >= LARGE) > 0.5) if len(there) else False
