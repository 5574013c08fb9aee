"""Columns of FITS, Parquet, HDF5, VOTable and npz files and of texts, and of tables in memory."""

from __future__ import annotations

import difflib
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.delimited import let_stand, read_text_table
from galaxy_causal.dataset.tables.fits_files import read_fits
from galaxy_causal.dataset.tables.hdf5_tables import read_hdf5
from galaxy_causal.dataset.tables.parquet_files import parts_of, read_parquet
from galaxy_causal.dataset.tables.pieces import FileColumn, labelled, native, of_astropy, trimmed
from galaxy_causal.dataset.tables.vectors import stacked
from galaxy_causal.dataset.tables.votable import read_votable
from galaxy_causal.dataset.tables.which import LackingColumnsError, Which
from galaxy_causal.files import check_regular, check_unpacked, opened, read_to_end, sha256_of
from galaxy_causal.files.npy import check_members
from galaxy_causal.types import UserError, option

FORMATS = {
    ".fits": "fits",
    ".fit": "fits",
    ".fts": "fits",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "text",
    ".dat": "text",
    ".asc": "text",
    ".ascii": "text",
    ".tab": "text",
    ".tbl": "text",
    ".cat": "text",
    ".mrt": "text",
    ".ecsv": "ecsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".hdf": "hdf5",
    ".vot": "votable",
    ".votable": "votable",
    ".xml": "votable",
    ".npz": "npz",
}
PACKED = (".gz", ".bz2", ".xz", ".fz")
UNPACKED = ("parquet", "hdf5", "npz")
"""Of these any place is read at once, so that they cannot be packed."""
TABLES = ("fits", "hdf5", "votable")
"""What may hold several tables."""
Read = tuple[list[str], dict[str, FileColumn]]
"""The names of all columns of a table, and those that were wanted; none of them, where it has not all."""


def read_columns(
    path: Path, wanted: Sequence[str], hdu: int | str | None = None, asked: str = "dataset.hdu"
) -> dict[str, FileColumn]:
    """The ``wanted`` columns of a file, whose suffix gives its format, or of a folder of Parquet files.

    ``.gz``, ``.bz2`` or ``.xz`` may follow in all but Parquet, HDF5 and npz, and ``.fz`` after ``.fits``.
    ``hdu``, which the option ``asked`` gives, is the number or name of a table of FITS, HDF5 and VOTable
    files; by default the one with all these columns.

    Raises UserError for a file that is not there, of unknown suffix, damaged or cut short, with rows
    elsewhere or more than memory holds, where several tables have the columns, and for columns that it lacks,
    naming those it has with similar names first.
    """
    form = _form(path)
    if hdu is not None and form not in TABLES:
        raise UserError(f"{option(asked, hdu)}: {path} holds one table; leave it out")
    try:
        names, columns = _read(path, form, wanted, Which(hdu, asked))
    except UserError:
        raise
    except Exception as error:  # the libraries raise a dozen kinds for a damaged file
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{path} cannot be read as {form}: {reason}. Is it complete? Copy or write it again"
        ) from error
    _check_lacking(str(path), wanted, names)
    return {name: trimmed(column) for name, column in columns.items()}


def _form(path: Path) -> str:
    """The format of a file, which must be there."""
    if path.is_dir() and parts_of(path):
        return "parquet"
    remedy = f"give the path of a table (a relative one starts at {Path.cwd()})"
    check_regular(path, remedy, option("dataset.path", path))
    packed = path.suffix.lower() in PACKED
    suffix = path.with_suffix("").suffix if packed else path.suffix
    form = FORMATS.get(suffix.lower())
    if form is None:
        raise UserError(
            f"{path}: unknown kind of table {suffix!r}; use one of {', '.join(FORMATS)}, or a folder of "
            "Parquet files"
        )
    if packed and (form in UNPACKED or (path.suffix.lower() == ".fz" and form != "fits")):
        raise UserError(f"{path}: a {form} file cannot be read while it is packed; unpack it")
    return form


def _read(path: Path, form: str, wanted: Sequence[str], which: Which) -> Read:
    if form in UNPACKED:
        if form == "hdf5":
            return read_hdf5(path, wanted, which)
        return read_parquet(path, wanted) if form == "parquet" else _npz(path, wanted)
    check_unpacked(path)
    with warnings.catch_warnings():
        # Units and headers that are not up to the standard are common and harmless; a cut file is neither,
        # yet astropy only warns of it.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*truncated.*")
        if path.suffix.lower() in PACKED:
            with opened(path) as stream:
                read_to_end(stream)
        if form == "fits":
            return read_fits(path, wanted, which)
        return _astropy(path, form, wanted, which)


def _astropy(path: Path, form: str, wanted: Sequence[str], which: Which) -> Read:
    from astropy.table import Table

    if form == "votable":
        names, data = read_votable(path, wanted, which)
    elif form == "ecsv":
        data = Table.read(path, format="ascii.ecsv")
        let_stand(path, data, wanted)
        names = data.colnames
    else:
        data = read_text_table(path, wanted)
        names = data.colnames
    there = set(wanted) <= set(data.colnames)
    columns = {name: labelled(stacked(str(path), of_astropy(name, data[name]))) for name in wanted if there}
    return list(names) if not there else list(wanted), columns


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, or of the names and files of a folder of Parquet files."""
    if path.is_dir():
        sums = (f"{part.relative_to(path)} {digest_of(part)}" for part in parts_of(path))
        return hashlib.sha256("\n".join(sums).encode()).hexdigest()
    return sha256_of(path)


def _check_lacking(what: str, wanted: Sequence[str], names: Sequence[str]) -> None:
    lacking = [name for name in wanted if name not in names]
    if lacking:
        words = f"{what} has no column {', '.join(map(repr, lacking))}; {_there(lacking, names)}"
        raise LackingColumnsError(words, names)


def _there(lacking: Sequence[str], names: Sequence[str]) -> str:
    """The columns that are there, similar names first, at most 40."""
    lower = {name.lower(): name for name in names}
    close = [lower[c] for n in lacking for c in difflib.get_close_matches(n.lower(), lower, n=3)]
    shown = list(dict.fromkeys([*close, *names]))
    hint = f"did you mean {', '.join(dict.fromkeys(close))}? " if close else ""
    return f"{hint}it has: {', '.join(shown[:40])}{f' and {len(shown) - 40} more' if len(shown) > 40 else ''}"


def _npz(path: Path, wanted: Sequence[str]) -> Read:
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
        name: labelled(FileColumn(name, native(array), np.zeros(array.shape, dtype=bool), ""))
        for name, array in arrays.items()
    }


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
    except AttributeError as error:  # so astropy answers a frame of pandas with two columns of one name
        names = list(getattr(table, "columns", ()))
        twice = [repr(one) for one in dict.fromkeys(names) if names.count(one) > 1]
        if not twice:
            raise
        raise UserError(
            f"{name} has several columns {', '.join(twice)}; give each a name of its own"
        ) from error
    _check_lacking(name, wanted, data.colnames)
    columns = {column: stacked(name, of_astropy(column, data[column])) for column in wanted}
    return {
        column: trimmed(labelled(replace(found, value=_narrow(found.array))))
        for column, found in columns.items()
    }


def _narrow(value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype.kind != "U":
        return value
    return value.astype(f"<U{max(int(np.char.str_len(value).max(initial=0)), 1)}", copy=False)
