"""Columns of FITS, CSV, ECSV, Parquet, VOTable and npz files, and of tables in memory."""

from __future__ import annotations

import difflib
import io
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.delimited import read_delimited
from galaxy_causal.dataset.tables.pieces import (
    BATCH,
    FileColumn,
    FitsTable,
    Growing,
    fits_table,
    joined,
    labelled,
)
from galaxy_causal.dataset.tables.votable import check_votable
from galaxy_causal.files import check_memory, check_regular, check_unpacked, opened, read_to_end
from galaxy_causal.files.npy import check_members
from galaxy_causal.types import UserError, option

FORMATS = {
    ".fits": "fits",
    ".fit": "fits",
    ".csv": "ascii.csv",
    ".tsv": "ascii.csv",
    ".ecsv": "ascii.ecsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".npz": "npz",
}


MixinColumn = Any
"""A column of an astropy table, of any class."""


def read_columns(path: Path, wanted: Sequence[str]) -> dict[str, FileColumn]:
    """The ``wanted`` columns of a file, whose suffix gives its format; ``.gz`` may follow in all but Parquet
    and npz.

    Of several tables in a file the first is read. Raises UserError for a file that is not there, of
    unknown suffix, damaged or cut short, with rows elsewhere or more than memory holds, and for columns
    that it lacks, naming those it has with similar names first.
    """
    remedy = f"give the path of a table (a relative one starts at {Path.cwd()})"
    check_regular(path, remedy, option("dataset.path", path))
    suffix = path.with_suffix("").suffix if path.suffix.lower() == ".gz" else path.suffix
    form = FORMATS.get(suffix.lower())
    if form is None:
        raise UserError(f"{path}: unknown kind of table {suffix!r}; use one of {', '.join(FORMATS)}")
    try:
        if form in ("parquet", "npz"):
            names, columns = (_parquet if form == "parquet" else _npz)(path, wanted)
        else:
            names, columns = _astropy(path, form, wanted)
    except UserError:
        raise
    except Exception as error:  # the libraries raise a dozen kinds for a damaged file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{path} cannot be read as {form.removeprefix('ascii.')}: {reason}. Is it complete? Copy or "
            "write it again"
        ) from error
    _check_lacking(str(path), wanted, names)
    return columns


def _check_lacking(what: str, wanted: Sequence[str], names: Sequence[str]) -> None:
    lacking = [name for name in wanted if name not in names]
    if lacking:
        raise UserError(f"{what} has no column {', '.join(map(repr, lacking))}; {_there(lacking, names)}")


def _there(lacking: Sequence[str], names: Sequence[str]) -> str:
    """The columns that are there, similar names first, at most 40."""
    lower = {name.lower(): name for name in names}
    close = [lower[c] for n in lacking for c in difflib.get_close_matches(n.lower(), lower, n=3)]
    shown = list(dict.fromkeys([*close, *names]))
    hint = f"did you mean {', '.join(dict.fromkeys(close))}? " if close else ""
    return f"{hint}it has: {', '.join(shown[:40])}{f' and {len(shown) - 40} more' if len(shown) > 40 else ''}"


def _parquet(path: Path, wanted: Sequence[str]) -> tuple[list[str], dict[str, FileColumn]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        schema = file.schema_arrow
        if not set(wanted) <= set(schema.names):
            return list(schema.names), {}
        _check_parts(path, file.metadata, wanted)
        check_memory(path, 8 * len(wanted) * file.metadata.num_rows, "the table")
        columns = {}
        for name in wanted:
            unit = (schema.field(name).metadata or {}).get(b"unit", b"").decode()
            batches = (batch.column(0) for batch in file.iter_batches(BATCH, columns=[name]))
            # Without rows there is no batch, yet a column has its type.
            none = [] if file.metadata.num_rows else [pa.array([], schema.field(name).type)]
            parts = (_arrow_part(name, batch, unit) for batch in chain(none, batches))
            columns[name] = joined(name, parts, file.metadata.num_rows)
    return list(schema.names), columns


def _arrow_part(name: str, values: Any, unit: str) -> FileColumn:  # noqa: ANN401  (an array of pyarrow)
    """Some rows of a column of pyarrow's."""
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
    return FileColumn(name, found, missing, unit)


def _check_parts(path: Path, metadata: Any, wanted: Sequence[str]) -> None:  # noqa: ANN401  (of pyarrow)
    """Refuse columns whose values lie in other files, as in _metadata of a folder of Parquet files.

    pyarrow would read this file at the places where they lie in the others.
    """
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for part in map(group.column, range(group.num_columns)):
            if part.file_path and part.path_in_schema.split(".")[0] in wanted:
                raise UserError(
                    f"{path}: the values of {part.path_in_schema!r} lie in another file, {part.file_path!r}; "
                    "give that file, or write the table into one"
                )


def _npz(path: Path, wanted: Sequence[str]) -> tuple[list[str], dict[str, FileColumn]]:
    """Each array of the file is a column; only those wanted are read, and so need equal lengths."""
    with np.load(path, allow_pickle=False) as file:
        if not set(wanted) <= set(file.files):
            return list(file.files), {}
        check_members(
            path, file.zip, [name if name in file.zip.NameToInfo else f"{name}.npy" for name in wanted]
        )
        arrays = {name: np.asarray(file[name]) for name in wanted}
        names = list(file.files)
    lengths = {name: array.shape[:1] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1 or () in lengths.values():
        raise ValueError(f"the arrays have different lengths: {lengths}")
    return names, {
        name: labelled(FileColumn(name, _native(array), np.zeros(len(array), dtype=bool), ""))
        for name, array in arrays.items()
    }


def _astropy(path: Path, form: str, wanted: Sequence[str]) -> tuple[list[str], dict[str, FileColumn]]:
    from astropy.table import Table

    check_unpacked(path)
    with warnings.catch_warnings():
        # Units and headers that are not up to the standard are common and harmless; a cut file is neither,
        # yet astropy only warns of it.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*truncated.*")
        if path.suffix.lower() == ".gz":
            with opened(path) as stream:
                read_to_end(stream)
        if form == "votable":
            check_votable(path)
        elif form == "fits":
            _check_sums(path)
            large = fits_table(path)
            if large is not None:
                return _fits_pieces(large, wanted)
        if form == "ascii.csv" and not _is_ecsv(path):
            data = read_delimited(path, wanted)
        else:
            data = Table.read(path, format="ascii.ecsv" if form == "ascii.csv" else form)
    there = set(wanted) <= set(data.colnames)
    columns = {name: labelled(_column(name, data[name])) for name in wanted} if there else {}
    return list(data.colnames), columns


def _fits_pieces(table: FitsTable, wanted: Sequence[str]) -> tuple[list[str], dict[str, FileColumn]]:
    """As ``_astropy``, some rows at a time."""
    from astropy.table import Table

    growing, units, names = {name: Growing(table.count) for name in wanted}, dict[str, str](), list[str]()
    for piece in table.pieces():
        data = Table.read(io.BytesIO(piece), format="fits")
        names = list(data.colnames)
        if not set(wanted) <= set(names):
            return names, {}
        for name, column in growing.items():
            part = _column(name, data[name])
            units[name] = part.unit
            column.add(part)
    return names, {name: column.column(name, units[name]) for name, column in growing.items()}


def _is_ecsv(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(7) == b"# %ECSV"


def _check_sums(path: Path) -> None:
    """Refuse tables of a FITS file whose DATASUM is not that of their values."""
    from astropy.io import fits

    with fits.open(path) as hdus:
        for place, hdu in enumerate(hdus):
            if not isinstance(hdu, fits.BinTableHDU | fits.TableHDU):
                continue
            if str(hdu.header.get("DATASUM", "")).strip() and not hdu.verify_datasum():
                raise ValueError(
                    f"the values of the table in extension {place} are not those that its DATASUM was made of"
                )


def memory_columns(table: object, wanted: Sequence[str], name: str) -> dict[str, FileColumn]:
    """The ``wanted`` columns of a table of astropy or pandas, or of a mapping of names to arrays.

    Texts are as wide as the longest, as in a file. Raises UserError for what is no table, and for columns
    that it lacks.
    """
    from astropy.table import Table

    data: Any = table
    try:
        if not isinstance(table, Table):
            data = Table.from_pandas(table) if hasattr(table, "isnull") else Table(dict(data), copy=False)
    except (TypeError, ValueError) as error:
        raise UserError(f"{name}: {error}; give columns of one length, by their names") from error
    _check_lacking(name, wanted, data.colnames)
    columns = {column: _column(column, data[column]) for column in wanted}
    return {column: labelled(replace(found, value=_narrow(found.array))) for column, found in columns.items()}


def _narrow(value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype.kind != "U":
        return value
    return value.astype(f"<U{max(int(np.char.str_len(value).max(initial=0)), 1)}", copy=False)


def _column(name: str, column: MixinColumn) -> FileColumn:
    """One column of an astropy table; quantities and masked columns included."""
    unit = "" if getattr(column, "unit", None) is None else str(column.unit)
    value: Any = getattr(column, "value", column)
    mask: NDArray[np.bool_] = np.ma.getmaskarray(np.ma.asarray(value))
    plain = _native(np.asarray(np.ma.getdata(value)))
    if mask.ndim > 1:
        mask = np.asarray(mask.reshape(len(mask), -1).any(axis=1))
    return FileColumn(name, plain, mask, unit)


def _native(value: NDArray[Any]) -> NDArray[Any]:
    """Text instead of bytes, and numbers in the byte order of this machine."""
    if value.dtype.kind == "S":
        return np.char.decode(value, "utf-8")
    return value if value.dtype.isnative else value.astype(value.dtype.newbyteorder("="))
