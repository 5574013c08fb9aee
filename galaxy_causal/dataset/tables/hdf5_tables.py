"""Tables of HDF5 files: groups of data sets of one length, compound data sets, and what pandas writes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.pieces import FileColumn, labelled, native, of_astropy
from galaxy_causal.dataset.tables.which import Which
from galaxy_causal.files import check_memory, check_stored_within, hdf5_object, open_hdf5
from galaxy_causal.files.chunks import check_stored
from galaxy_causal.types import UserError

DEEPEST = 8
"""Groups within groups that are looked into."""
FILLS = ("_FillValue", "missing_value", "fill_value")
"""Attributes that state values for nothing, of netCDF and of others."""
SERIALIZED = ".__table_column_meta__"
"""What astropy calls the description of a table that it writes."""


@dataclass(frozen=True)
class Hdf5Table:
    """A table of a file: where, and its columns, each as a function that reads it."""

    name: str
    columns: Mapping[str, Callable[[], FileColumn]]


def read_hdf5(path: Path, wanted: Sequence[str], which: Which) -> tuple[list[str], dict[str, FileColumn]]:
    """Names of the columns of a table of an HDF5 file, and those ``wanted``, where it has them all.

    A table is a group of data sets, a compound data set, or a numeric frame that pandas wrote, and goes by
    its name in the file. Links are not followed.
    """
    with open_hdf5(path) as file:
        tables = list(_tables(path, file, "", 0))
        if not tables:
            raise UserError(f"{path} holds no table: no group of data sets, and no compound data set")
        names, columns = [table.name or "/" for table in tables], [list(table.columns) for table in tables]
        place = which.one(
            path, names, columns, wanted, lambda k, name: names[k].strip("/") == name.strip("/")
        )
        table = tables[place]
        if not set(wanted) <= set(table.columns):
            return list(table.columns), {}
        found = {name: table.columns[name]() for name in wanted}
    lengths = {name: len(column.missing) for name, column in found.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise UserError(f"{path}: the data sets have different lengths, {shown}; a table has one")
    return list(table.columns), {name: labelled(column) for name, column in found.items()}


def _tables(path: Path, file: Any, name: str, depth: int) -> Iterator[Hdf5Table]:  # noqa: ANN401
    """All tables at and below a group, found without reading values."""
    group = hdf5_object(file, name) if name else file
    inside = {own: hdf5_object(file, f"{name}/{own}") for own in group if _is_within(group, own)}
    sets = {own: item for own, item in inside.items() if hasattr(item, "shape")}
    compound = {own: item for own, item in sets.items() if item.dtype.names and len(item.shape) == 1}
    if "axis0" in sets and "block0_values" in sets:
        yield Hdf5Table(name, _of_pandas(path, sets))
    elif plain := {own: i for own, i in sets.items() if own not in compound and len(i.shape) > 0}:
        plain = {own: item for own, item in plain.items() if not own.endswith(SERIALIZED)}
        if plain:
            yield Hdf5Table(name, {own: _reader(path, own, item) for own, item in plain.items()})
    for own, item in compound.items():
        place = f"{name}/{own}"
        if f"{own}{SERIALIZED}" in sets:
            yield Hdf5Table(place, _of_astropy(path, item))
        else:
            columns = {field: _field(path, item, field) for field in item.dtype.names}
            yield Hdf5Table(place, columns)
    if depth < DEEPEST:
        for own, item in inside.items():
            if own not in sets and item is not None:
                yield from _tables(path, file, f"{name}/{own}", depth + 1)


def _is_within(group: Any, name: str) -> bool:  # noqa: ANN401
    """Whether it lies in this group: links are other names of what is elsewhere."""
    from h5py import HardLink

    return isinstance(group.get(name, getlink=True), HardLink)


def _reader(path: Path, name: str, item: Any) -> Callable[[], FileColumn]:  # noqa: ANN401
    def read() -> FileColumn:
        check_stored_within(path, item)
        check_memory(path, item.dtype.itemsize * int(np.prod(item.shape)), f"the data set {item.name}")
        if item.shape[0] > 1 and item.dtype.kind in "iufb":
            fill = _chosen_fill(item)
            check_stored(path, item, None, () if fill is None else (fill,))
        _check_plain(path, item)
        return _filled(_column(name, np.asarray(item[()]), _unit(item.attrs)), item)

    return read


def _check_plain(path: Path, item: Any) -> None:  # noqa: ANN401
    """Refuse packed numbers of netCDF, which stand for others."""
    neutral = {"scale_factor": 1, "add_offset": 0}
    packed = [name for name, value in neutral.items() if np.any(item.attrs.get(name, value) != value)]
    if packed:
        raise UserError(
            f"{path}: the data set {item.name} is packed ({', '.join(packed)} of netCDF), which is not "
            "undone here; write its values themselves, as xarray reads them"
        )


def _filled(column: FileColumn, item: Any, field: str | None = None) -> FileColumn:  # noqa: ANN401
    """With the values that stand for nothing as missing: those of attributes, and of rows never written.

    Of a compound data set those of the ``field``, or the one value of them all. A fill of zero that no
    attribute states is that of most files, and a value.
    """
    missing, value = column.missing, column.array
    if value.dtype.kind not in "iuf":
        return column
    stated = [item.attrs[name] for name in FILLS if name in item.attrs]
    fill = _chosen_fill(item, field)
    for one in stated if fill is None else [*stated, fill]:
        nothing = np.asarray(_of_field(one, field))
        if nothing.dtype.kind in "iuf":
            missing = missing | np.isin(value, nothing)
            if value.dtype.kind == "f":
                with np.errstate(over="ignore"):
                    missing |= np.isin(value, nothing.astype(value.dtype))
    return replace(column, missing=missing)


def _chosen_fill(item: Any, field: str | None = None) -> Any:  # noqa: ANN401  (a number, or None)
    """What stands in rows that were never written, where whoever made a data set chose it, and not zero."""
    from h5py import h5d

    if item.id.get_create_plist().fill_value_defined() != h5d.FILL_VALUE_USER_DEFINED:
        return None
    fill = _of_field(item.fillvalue, field)
    return fill if np.any(fill) else None


def _of_field(value: Any, field: str | None) -> Any:  # noqa: ANN401
    """The part of a value, of a compound or any other type, that a field has."""
    names = np.asarray(value).dtype.names
    return value if names is None else value[field] if field in names else ()


def _field(path: Path, item: Any, name: str) -> Callable[[], FileColumn]:  # noqa: ANN401
    def read() -> FileColumn:
        check_memory(path, item.dtype.itemsize * item.shape[0], f"the data set {item.name}")
        _check_plain(path, item)
        check_stored_within(path, item)
        if item.shape[0] > 1 and _chosen_fill(item, name) is None:
            check_stored(path, item, None, ())
        return _filled(_column(name, np.asarray(item[name]), ""), item, name)

    return read


def _of_astropy(path: Path, item: Any) -> dict[str, Callable[[], FileColumn]]:  # noqa: ANN401
    """Columns with the units and masks that astropy keeps beside a table that it writes."""
    from astropy.table import Table

    check_memory(path, item.dtype.itemsize * item.shape[0], f"the data set {item.name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(item.file, path=item.name, format="hdf5")

    def reader(name: str) -> Callable[[], FileColumn]:
        return lambda: of_astropy(name, table[name])

    return {name: reader(name) for name in table.colnames}


def _of_pandas(path: Path, sets: Mapping[str, Any]) -> dict[str, Callable[[], FileColumn]]:
    """The columns of numbers of a frame, which pandas keeps in blocks (n, d) of one type."""
    found: dict[str, Callable[[], FileColumn]] = {}

    def reader(name: str, values: Any, place: int) -> Callable[[], FileColumn]:  # noqa: ANN401
        def read() -> FileColumn:
            check_memory(path, values.dtype.itemsize * values.shape[0], f"the column {name}")
            return _column(name, np.asarray(values[:, place]), "")

        return read

    for own, values in sets.items():
        items = sets.get(own.replace("_values", "_items"))
        if not own.endswith("_values") or items is None or len(values.shape) != 2:
            continue  # texts are pickled, and not read
        for place, name in enumerate(native(_text(np.asarray(items[()]))).tolist()):
            found[str(name)] = reader(str(name), values, place)
    return found


def _column(name: str, values: NDArray[Any], unit: str) -> FileColumn:
    found = native(_text(values))
    return FileColumn(name, found, np.zeros(found.shape, dtype=np.bool_), unit)


def _text(values: NDArray[Any]) -> NDArray[Any]:
    """Texts of any length as numpy's."""
    if values.dtype.kind != "O":
        return values
    cells = [cell.decode() if isinstance(cell, bytes) else str(cell) for cell in values.ravel().tolist()]
    return np.array(cells, dtype=np.str_).reshape(values.shape)


def _unit(attributes: Mapping[str, Any]) -> str:
    unit = next((attributes[name] for name in ("unit", "units") if name in attributes), "")
    return unit.decode() if isinstance(unit, bytes) else str(unit)
