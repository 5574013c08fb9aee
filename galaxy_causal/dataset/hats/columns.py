"""Columns of numpy from tables of pyarrow that come one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import UserError


def collected(tables: Iterable[Any], columns: Sequence[str], what: str) -> Any:  # noqa: ANN401  (of astropy)
    """The columns of all tables together.

    Parameters
    ----------
    tables
        Of pyarrow; each is let go before the next is asked for.
    columns
        Their names.
    what
        Has them, for messages.

    Returns
    -------
    astropy.table.Table
        Masked where the tables have no value, with the units that they give.

    Raises
    ------
    UserError
        For columns that hold neither numbers nor texts.
    """
    from astropy.table import Column, MaskedColumn, Table

    values: dict[str, list[NDArray[Any]]] = {name: [] for name in columns}
    empty: dict[str, list[NDArray[np.bool_]]] = {name: [] for name in columns}
    units: dict[str, str] = {}
    for table in tables:
        for name in columns:
            field = table.schema.field(name)
            units.setdefault(name, (field.metadata or {}).get(b"unit", b"").decode())
            value, missing = _part(table.column(name), name, what)
            values[name].append(value)
            empty[name].append(missing)
    found = Table()
    for name in columns:
        mask, value = _joined(empty.pop(name)), _joined(values.pop(name))
        unit = units.get(name) or None
        found[name] = (
            MaskedColumn(value, mask=mask, unit=unit) if bool(mask.any()) else Column(value, unit=unit)
        )
    return found


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0)


def _part(column: Any, name: str, what: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:  # noqa: ANN401
    """Values (n,), zero or empty where there is none, and where that is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    text = any(is_it(kind) for is_it in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))
    number = any(
        is_it(kind)
        for is_it in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    )
    if not text and not number:
        raise UserError(
            f"{what}: column {name} holds {kind}, and needs one number or text a row; name another, or write "
            "it to a column of its own"
        )
    missing: NDArray[np.bool_] = column.is_null().to_numpy()
    if text:
        return np.where(missing, "", column.cast(pa.string()).to_numpy()).astype(np.str_), missing
    if missing.any():  # numpy has no null among its integers, and floats are too short for ids
        column = pc.fill_null(column, pa.scalar(0).cast(column.type))
    return np.asarray(column.to_numpy()), missing
