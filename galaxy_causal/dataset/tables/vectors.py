"""Columns with several numbers for each galaxy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.types import UserError

Part = tuple[NDArray[Any], NDArray[np.bool_]]
"""Values, and where there are none."""


def stacked(file: str, column: FileColumn) -> FileColumn:
    """A column whose cells are lists or arrays as an array (n, d, ...); any other as it is.

    A cell without a list is missing as a whole. Raises UserError, which names the ``file``, for lists of
    several lengths.
    """
    cells = column.value
    if not isinstance(cells, np.ndarray) or cells.dtype.kind != "O" or cells.ndim != 1:
        return column
    there = [row for row in np.flatnonzero(~column.missing).tolist() if _is_list(cells[row])]
    if not there or any(not _is_list(cells[r]) and cells[r] is not None for r in range(len(cells))):
        return column
    lists = [np.ma.asarray(cells[row]) for row in there]
    check_lengths(file, column.name, [part.shape for part in lists], there)
    whole = np.ma.stack(lists)
    missing = np.ones((len(cells), *whole.shape[1:]), dtype=np.bool_)
    missing[there] = np.ma.getmaskarray(whole)
    value = np.zeros(missing.shape, dtype=whole.dtype)
    value[there] = whole.data
    return replace(column, value=value, missing=missing)


def check_lengths(file: str, name: str, shapes: list[tuple[int, ...]], rows: list[int]) -> None:
    """Refuse vectors of several lengths, by the first ``rows`` that differ."""
    other = next((place for place, shape in enumerate(shapes) if shape != shapes[0]), None)
    if other is not None:
        first, second = (" x ".join(map(str, shapes[place])) for place in (0, other))
        raise UserError(
            f"{file}: column {name} holds {first} values in row {rows[0]} and {second} in row "
            f"{rows[other]}; all rows need as many: fill the short ones, or name another column"
        )


def is_list(kind: Any) -> bool:  # noqa: ANN401  (a type of pyarrow)
    """Whether values of this type are lists."""
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def arrow_lists(file: str, name: str, batches: list[Any]) -> FileColumn:
    """A column of lists of pyarrow's, of any lengths in ``batches``, all of them equal, as (n, d)."""
    import pyarrow.compute as pc

    lengths = np.concatenate([pc.list_value_length(part).to_numpy(zero_copy_only=False) for part in batches])
    there = np.flatnonzero(np.isfinite(lengths.astype(np.float64)))
    check_lengths(file, name, [(int(length),) for length in lengths[there]], there.tolist())
    size = int(lengths[there[0]]) if len(there) else 1
    parts = [part.flatten() for part in batches]  # which leaves the rows without a list out
    values = [arrow_values(part) for part in parts]
    missing = np.ones((len(lengths), size), dtype=np.bool_)
    missing[there] = np.concatenate([empty for _, empty in values]).reshape(-1, size)
    found = np.concatenate([value for value, _ in values]).reshape(-1, size)
    value = np.zeros(missing.shape, dtype=found.dtype)
    value[there] = found
    return FileColumn(name, value, missing, "")


def arrow_values(values: Any) -> Part:  # noqa: ANN401  (an array of pyarrow)
    """An array of pyarrow's as numpy's, and which of its values are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = values.is_null().to_numpy(zero_copy_only=False)
    if missing.any() and (pa.types.is_integer(values.type) or pa.types.is_boolean(values.type)):
        # As numpy has no null among its integers, they would become floats, which are too short for ids.
        values = pc.fill_null(values, pa.scalar(0).cast(values.type))
    elif pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    found = values.to_numpy(zero_copy_only=False)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        found = np.where(missing, "", found).astype(np.str_)
    return found, missing


def _is_list(cell: object) -> bool:
    return isinstance(cell, list | tuple) or (isinstance(cell, np.ndarray) and cell.ndim > 0)
