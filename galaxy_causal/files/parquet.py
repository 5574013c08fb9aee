"""Columns in Parquet files, written some rows at a time, with what they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1 << 20
"""Of a group of rows, as pyarrow's own."""
TABLE = b"table_meta_yaml"
"""Under what astropy keeps units and descriptions of a table's columns in Parquet."""


class Note(NamedTuple):
    """What a column is: its unit, as astropy writes it or empty, and in words."""

    unit: str
    description: str


def write_columns(path: Path, columns: Mapping[str, Any], notes: Mapping[str, Note] | None = None) -> None:
    """Write columns of one length.

    Parameters
    ----------
    path
        Of the file, which is overwritten.
    columns
        Arrays (n,) or `Labels` by name. Texts of `Labels` are made row group by row group.
    notes
        Of columns by name. Each is kept as ``unit`` and ``description`` of the field's metadata, and as
        astropy keeps them: ``Table.read`` gives them back.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = len(next(iter(columns.values())))
    first = pa.table({name: values[:0] for name, values in columns.items()})
    schema = _described(first.schema, columns, notes) if notes else first.schema
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, max(count, 1), ROWS):
            part = {name: values[start : start + ROWS] for name, values in columns.items()}
            writer.write_table(pa.table(part, schema=schema))


def notes_of(path: Path) -> dict[str, Note]:
    """What the columns of a file are.

    Parameters
    ----------
    path
        Of a file that ``write_columns`` wrote.

    Returns
    -------
    dict of str to Note
        Of columns that have notes; none in a file of an earlier version.
    """
    import pyarrow.parquet as pq

    found = {}
    for field in pq.read_schema(path):
        kept = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        if "description" in kept:
            found[field.name] = Note(kept.get("unit", ""), kept["description"])
    return found


def _described(schema: pa.Schema, columns: Mapping[str, Any], notes: Mapping[str, Note]) -> pa.Schema:
    """The schema with notes in the metadata of its fields, and as astropy has them in its own."""
    import pyarrow as pa
    from astropy.table import Column, Table
    from astropy.table.meta import get_yaml_from_table

    fields, kept, lengths = [], Table(), {}
    for field in schema:
        unit, description = notes.get(field.name, Note("", ""))
        fields.append(field.with_metadata({"unit": unit, "description": description}))
        dtype = np.dtype(columns[field.name].dtype)
        kept[field.name] = Column([], dtype=dtype, unit=unit or None, description=description or None)
        if dtype.kind == "U":
            lengths[f"table::len::{field.name}".encode()] = str(dtype.itemsize // 4).encode()
    words = "\n".join(get_yaml_from_table(kept)).encode()
    return pa.schema(fields, metadata={**(schema.metadata or {}), **lengths, TABLE: words})
