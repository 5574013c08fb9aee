"""Columns of files and of tables, as a recipe names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.faults import ChangedError
from galaxy_causal.archive.recipe import Column
from galaxy_causal.files import open_hdf5
from galaxy_causal.types import UserError

ROWS = 100_000
"""Read at a time from rows that hold far more than is wanted."""


def read_columns(path: Path, columns: Sequence[Column]) -> Arrow:
    """Columns of a file of HDF5, FITS or Parquet.

    Parameters
    ----------
    path
        Of the file, whose suffix tells its kind.
    columns
        Which are wanted.

    Returns
    -------
    pyarrow.Table
        Of these columns.

    Raises
    ------
    ChangedError
        For columns that it lacks.
    UserError
        For a file that cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix in (".h5", ".hdf5"):
            return _arrow(_of_hdf5(path, columns), columns, path.name)
        if path.suffix == ".parquet":
            there = _check_there(path.name, pq.read_schema(path).names, columns)
            return named(pq.read_table(path, columns=list(there.values())), columns, path.name)
        from astropy.io import fits

        with fits.open(path) as hdus:
            data = next(hdu for hdu in hdus if getattr(hdu, "columns", None) is not None).data
            _check_there(path.name, data.names, columns)
            return _arrow({c.name: np.asarray(data[c.source]) for c in columns}, columns, path.name)
    except (OSError, ValueError, KeyError, StopIteration, pa.ArrowException) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(
            f"{path} cannot be read ({' '.join(str(error).split())[:200]}); remove it, and run again"
        ) from error


def _of_hdf5(path: Path, columns: Sequence[Column]) -> dict[str, NDArray[Any]]:
    """Of one table of compound rows, as astropy writes it, or of an array for each column."""
    import h5py

    with open_hdf5(path) as file:
        compound = [one for one in file.values() if isinstance(one, h5py.Dataset) and one.dtype.names]
        if not compound:
            there = _check_there(path.name, list(file), columns)
            return {name: file[own][:] for name, own in there.items()}
        rows = compound[0]
        there = _check_there(path.name, rows.dtype.names, columns)
        wanted = rows.fields(list(there.values()))
        parts = [wanted[start : start + ROWS] for start in range(0, max(len(rows), 1), ROWS)]
        return {name: np.concatenate([part[own] for part in parts]) for name, own in there.items()}


def named(table: Any, columns: Sequence[Column], place: str) -> Arrow:  # noqa: ANN401
    """Columns of a table of pyarrow or astropy under their names in the catalogue, of their kinds."""
    names = list(getattr(table, "colnames", None) or table.column_names)
    there = _check_there(place, names, columns)
    return _arrow({name: table[own] for name, own in there.items()}, columns, place)


def _check_there(place: str, names: Sequence[str], columns: Sequence[Column]) -> dict[str, str]:
    """How a file spells each column, in whatever case; refuses those that it lacks."""
    there = {name.lower(): name for name in names}
    lacking = [c.source for c in columns if c.source.lower() not in there]
    if lacking:
        raise ChangedError(f"{place} lacks {', '.join(lacking)}; it has {', '.join(map(str, names))}")
    return {c.name: there[c.source.lower()] for c in columns}


def _arrow(values: dict[str, Any], columns: Sequence[Column], place: str) -> Arrow:
    import pyarrow as pa

    return pa.table({c.name: _typed(values[c.name], c, place) for c in columns})


def _typed(value: Any, column: Column, place: str) -> Any:  # noqa: ANN401
    """Values as an array of the column's kind; masked ones are null."""
    import pyarrow as pa

    try:
        if isinstance(value, pa.ChunkedArray | pa.Array):
            return value.cast(column.arrow())
        mask = np.ma.getmaskarray(value) if np.ma.isMaskedArray(value) else None
        plain = np.ma.getdata(value)
        if plain.dtype.kind in "SO":
            plain = np.array([v.decode() if isinstance(v, bytes) else str(v) for v in plain])
        if plain.dtype.byteorder == ">":
            plain = plain.astype(plain.dtype.newbyteorder("="))
        return pa.array(plain, mask=mask).cast(column.arrow())
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise UserError(
            f"{place}: {column.source} holds no values of kind {column.kind} "
            f"({' '.join(str(error).split())[:160]})"
        ) from error
