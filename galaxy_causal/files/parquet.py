"""Columns in Parquet files, written some rows at a time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROWS = 1 << 20
"""Of a group of rows, as pyarrow's own."""


def write_columns(path: Path, columns: Mapping[str, Any]) -> None:
    """Write columns of one length.

    Parameters
    ----------
    path
        Of the file, which is overwritten.
    columns
        Arrays (n,) or `Labels` by name. Texts of `Labels` are made row group by row group.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = len(next(iter(columns.values())))
    first = pa.table({name: values[:0] for name, values in columns.items()})
    with pq.ParquetWriter(path, first.schema) as writer:
        for start in range(0, max(count, 1), ROWS):
            part = {name: values[start : start + ROWS] for name, values in columns.items()}
            writer.write_table(pa.table(part, schema=first.schema))
