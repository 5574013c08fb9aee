"""Tables of Parquet: one file, or a folder of part files, as Spark, Dask and archives write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.pieces import BATCH, FileColumn, joined
from galaxy_causal.dataset.tables.vectors import arrow_lists, arrow_values, is_list
from galaxy_causal.files import check_memory, check_regular
from galaxy_causal.types import UserError

SUFFIXES = (".parquet", ".pq")
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def parts_of(folder: Path) -> list[Path]:
    """The Parquet files in and below a folder by their names; hidden ones and those of metadata (_) are none.

    >>> parts_of(Path("nowhere"))
    []
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(name.startswith(("_", ".")) for name in path.relative_to(folder).parts)
    ]


@dataclass(frozen=True)
class Part:
    """An open file of a table, how many rows it has, and what its folders (``field=12``) say of them all."""

    path: Path
    file: Any
    folders: dict[str, str]

    @property
    def rows(self) -> int:
        """How many."""
        return int(self.file.metadata.num_rows)

    @property
    def names(self) -> list[str]:
        """Of its columns, those of its folders last."""
        own = list(self.file.schema_arrow.names)
        return [*own, *(name for name in self.folders if name not in own)]

    def mask_of(self, name: str) -> str:
        """The column in which astropy writes which values of another one are masked; empty: there is none."""
        schema = self.file.schema_arrow
        mask = f"{name}.mask"
        of_astropy = b"table_meta_yaml" in (schema.metadata or {})
        return mask if of_astropy and mask in schema.names else ""

    def values(self, name: str) -> int:
        """How many single values a column of lists has."""
        groups = map(self.file.metadata.row_group, range(self.file.metadata.num_row_groups))
        chunks = (group.column(k) for group in groups for k in range(group.num_columns))
        return sum(int(c.num_values) for c in chunks if c.path_in_schema.split(".")[0] == name)

    def batches(self, name: str) -> Iterator[Any]:
        """Some rows of a column after others; one of none where there are none."""
        import pyarrow as pa

        if not self.rows:
            yield pa.array([], self.file.schema_arrow.field(name).type)
        for batch in self.file.iter_batches(BATCH, columns=[name]):
            yield batch.column(0)


def read_parquet(path: Path, wanted: Sequence[str]) -> tuple[list[str], dict[str, FileColumn]]:
    """Names of the columns of a file, or of all files of a folder one after the other, and those wanted.

    Columns have the same names in every file of a folder; what its folders are called is a column too.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = parts_of(path) if path.is_dir() else [path]
    parts = []
    try:
        for one in paths:
            check_regular(one, "a folder of Parquet files holds files and folders alone")
            file = pq.ParquetFile(one.absolute(), page_checksum_verification=True)
            parts.append(Part(one, file, _folders(one.relative_to(path).parts[:-1] if one != path else ())))
        names = parts[0].names
        if not set(wanted) <= set(names):
            return names, {}
        for part in parts:
            _check_parts(part.path, part.file.metadata, wanted)
            lacking = [name for name in wanted if name not in part.names]
            if lacking:
                raise UserError(
                    f"{part.path} has no column {', '.join(map(repr, lacking))}, which {parts[0].path.name} "
                    "has; all files of the folder need the same columns"
                )
        check_memory(path, 8 * len(wanted) * sum(part.rows for part in parts), "the table")
        return names, {name: _column(path, name, parts) for name in wanted}
    finally:
        for part in parts:
            part.file.close()
        pa.default_memory_pool().release_unused()  # else vectors are held twice more


def _column(path: Path, name: str, parts: Sequence[Part]) -> FileColumn:
    if name not in parts[0].file.schema_arrow.names:
        return _of_folders(name, parts)
    found = _written(path, name, parts)
    if not any(part.mask_of(name) for part in parts):
        return found
    masks = [_mask(path, name, part) for part in parts]
    of_each = found.missing.shape[1:]
    whole = [mask.reshape(len(mask), *([1] * len(of_each))) if mask.ndim == 1 else mask for mask in masks]
    mask = np.concatenate([np.broadcast_to(one, (len(one), *of_each)) for one in whole])
    return replace(found, missing=found.missing | mask)


def _mask(path: Path, name: str, part: Part) -> NDArray[np.bool_]:
    """Where the values of a part of a column are masked."""
    mask = part.mask_of(name)
    if not mask:
        return np.zeros(part.rows, dtype=np.bool_)
    return np.asarray(_written(path, mask, [part]).array, dtype=np.bool_)


def _written(path: Path, name: str, parts: Sequence[Part]) -> FileColumn:
    """A column as it is in the files, whatever a mask beside it says."""
    import pyarrow as pa

    field = parts[0].file.schema_arrow.field(name)
    unit = _unit(field, parts[0].file.schema_arrow.metadata or {})
    batches = chain.from_iterable(part.batches(name) for part in parts)
    if is_list(field.type):
        values = sum(part.values(name) for part in parts)
        check_memory(
            path, 16 * values, f"the {values:,} numbers of the vectors {name}, held twice while read,"
        )
        try:
            lists = list(batches)
        except pa.ArrowInvalid as error:
            if "Expected all lists to be of size" not in str(error):
                raise
            raise UserError(
                f"{path}: column {name} has rows without a vector among vectors of a fixed length, which "
                "pyarrow cannot read; fill them with NaN, or write the column as lists of any length"
            ) from error
        return replace(arrow_lists(str(path), name, lists), unit=unit)
    columns = (FileColumn(name, *arrow_values(batch), unit) for batch in batches)
    return joined(name, columns, sum(part.rows for part in parts))


def _unit(field: Any, of_table: Mapping[bytes, bytes]) -> str:  # noqa: ANN401  (of pyarrow)
    """Of a column, as its own metadata say, else as astropy writes it into those of the table."""
    own = str((field.metadata or {}).get(b"unit", b"").decode())
    if own or b"table_meta_yaml" not in of_table:
        return own
    from astropy.table.meta import get_header_from_yaml

    try:
        header = get_header_from_yaml(of_table[b"table_meta_yaml"].decode().splitlines())
    except Exception:
        return ""
    units = {column["name"]: column.get("unit") for column in header.get("datatype", ())}
    units |= _units_of(header.get("meta", {}).get("__serialized_columns__", {}))
    return "" if units.get(field.name) is None else str(units[field.name])


def _units_of(serialized: Mapping[str, Any]) -> dict[str, object]:
    """Units of quantities that astropy keeps in pieces, by the columns that hold their numbers."""
    found: dict[str, object] = {}
    for one in serialized.values():
        if isinstance(one, Mapping) and one.get("unit") is not None:
            value = one.get("value", {})
            name = value.get("name") or value.get("data", {}).get("name")
            found |= {name: one["unit"]} if name else {}
    return found


def _folders(names: Sequence[str]) -> dict[str, str]:
    """``field=12`` as a column and the value of it in a whole folder."""
    pairs = (name.partition("=") for name in names if "=" in name)
    return {unquote(column): unquote(value) for column, _, value in pairs}


def _of_folders(name: str, parts: Sequence[Part]) -> FileColumn:
    """A column that is the same for all rows of a file: whole numbers where all are, else texts."""
    values = [part.folders[name] for part in parts]
    given = [value for value in values if value != NO_VALUE]
    whole = all(re.fullmatch(r"0|-?[1-9]\d{0,17}", value) for value in given)
    nothing = "0" if whole else ""
    each = np.array([nothing if value == NO_VALUE else value for value in values])
    rows = [part.rows for part in parts]
    missing = np.repeat([value == NO_VALUE for value in values], rows)
    return FileColumn(name, np.repeat(each.astype(np.int64) if whole else each, rows), missing, "")


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
