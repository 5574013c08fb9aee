"""Tables of the user's own, joined galaxy by galaxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.sdss_mgs.labels import Labels
from galaxy_causal.dataset.sdss_mgs.matching import by_id, by_position
from galaxy_causal.dataset.sdss_mgs.source import Source, columns_of, nulls_of
from galaxy_causal.dataset.tables.class_recipes import class_recipes
from galaxy_causal.dataset.tables.columns import Columns, Read, read_mapped
from galaxy_causal.dataset.tables.files import memory_columns, read_columns
from galaxy_causal.dataset.tables.ingredients import check_parts
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.remedies import null_values_remedy
from galaxy_causal.dataset.tables.strays import describe_strays
from galaxy_causal.dataset.tables.values import exact_ids, numbers
from galaxy_causal.dataset.tables.which import LackingColumnsError
from galaxy_causal.types import Floats, UserError, option

PLACE = ("path", "id", "ra", "dec", "where")
OF_CLASSES = ("class", "target")
SSFR = "ssfr"
CLASS = "class by specific star formation"


def joined(
    name: str, options: Mapping[str, Any], labels: Labels, radius: float, class_cuts: Sequence[float]
) -> Source:
    """Read a table and match it to the galaxies.

    Parameters
    ----------
    name
        Of the table, such as ``masses``.
    options
        As in ``defaults.TABLE``; ``path`` may be a table in memory.
    labels
        Of the galaxies.
    radius
        Of matches by position [arcsec].
    class_cuts
        Of the specific star-formation rate, see ``star_formation``.

    Returns
    -------
    Source
        Its columns are called ``<table>: <column>``, as several tables may call theirs alike.

    Raises
    ------
    UserError
        For files, columns and ids that cannot be used, and for a table that says neither how it is matched
        nor what of it is wanted.
    """
    where = option(f"dataset.tables.{name}")
    roles = {role: value for role, value in options.items() if role not in PLACE and value is not None}
    made = {role: roles.pop(role) for role in OF_CLASSES if isinstance(roles.get(role), Mapping)}
    recipes = class_recipes(made, None)[1]
    wanted = list(dict.fromkeys([*columns_of(roles), *(one for of in recipes for one in of.columns)]))
    if not wanted:
        raise UserError(f"{where} names no column to join; name one, or leave the table out")
    keys = [options["id"]] if options["id"] is not None else [options["ra"], options["dec"]]
    if None in keys:
        raise UserError(
            f"{where} does not say how it is matched: name its column of ids by id, or those of right "
            "ascension and declination [deg] by ra and dec"
        )
    asked = list(dict.fromkeys([*map(str, keys), *wanted]))
    found = _read(name, options["path"], asked, options["where"])
    found = replace(found, nulls=_nulls(name, found, roles.get("ssfr"), labels.null_values))
    row, used = _matched(where, found, list(map(str, keys)), options["where"], labels, radius)
    check_parts(found, wanted, used)
    columns = {column: found.column(column) for column in wanted}
    if "ssfr" in roles:
        columns[CLASS] = _classes(found, str(roles.pop("ssfr")), class_cuts, used)
        if "class" not in made:
            roles.setdefault("class", CLASS)
    of_recipes = (one for of in recipes for one in of.columns)
    used_names, before = [*columns_of(roles), *of_recipes], f"{name}: "
    named = {f"{before}{one}": _in_magnitudes(columns[one], one, roles) for one in used_names}
    consumed = frozenset([SSFR, *(one for own in found.sources for one in (own, f"{before}{own}"))])
    renamed = _renamed(roles, before) | {role: _renamed_recipe(of, before) for role, of in made.items()}
    return Source(name, row, renamed, named, found.file.name, consumed)


def _read(name: str, source: Any, wanted: Sequence[str], where: str | None) -> Columns:  # noqa: ANN401
    """Columns of a table, expressions of them, and those of its filter."""
    if isinstance(source, str | Path):
        file = Path(source).expanduser()
        return read_mapped(file, partial(_in_any_case, read=lambda n: read_columns(file, n)), wanted, where)
    file = Path(f"table {name}")
    read = partial(_in_any_case, read=lambda names: memory_columns(source, names, name))
    return read_mapped(file, read, wanted, where)


def _nulls(name: str, found: Columns, ssfr: object, null_values: NullValues) -> dict[str, tuple[float, ...]]:
    """Null values by the names of columns and by expressions; of the star-formation rate also by role."""
    of_rate = () if ssfr is None else (*found.names(str(ssfr)), str(ssfr))
    return {
        one: nulls_of(null_values, one, f"{name}: {one}", *([SSFR] if one in of_rate else []))
        for one in [*found.sources, *found.expressions]
    }


def _matched(
    option_of: str, found: Columns, keys: Sequence[str], where: str | None, labels: Labels, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The row of each galaxy (n,) among those that a filter keeps, and which rows (m,) are some galaxy's."""
    count = len(found.column(keys[0]).missing)
    kept = np.arange(count) if where is None else np.flatnonzero(found.kept(where)[0])
    if len(keys) == 1:
        ids = exact_ids(found.file, f"the id column {keys[0]}", found.column(keys[0]).array)
        row = _match_ids(option_of, labels, ids[kept])
    else:
        position = [numbers(found.file, found.column(key), ())[kept] for key in keys]
        row = _match_positions(option_of, labels, position, radius)
    if len(kept):
        row = np.where(row >= 0, kept[np.maximum(row, 0)], row)
    used = np.zeros(count, dtype=np.bool_)
    used[row[np.logical_and.reduce([row >= 0, *labels.outside.values()])]] = True
    return row, used


def _in_any_case(wanted: Sequence[str], read: Read) -> dict[str, FileColumn]:
    """Columns by the names that are wanted: a file has LGM_TOT_P50, its query lgm_tot_p50."""
    try:
        return read(wanted)
    except LackingColumnsError as error:
        alike = {name: [own for own in error.names if own.lower() == name.lower()] for name in wanted}
        found = {name: own[0] for name, own in alike.items() if len(own) == 1}
        if len(found) < len(wanted) or len(set(found.values())) < len(found):
            raise
    columns = read(list(found.values()))
    return {name: replace(columns[own], name=name) for name, own in found.items()}


def _match_ids(where: str, labels: Labels, ids: NDArray[Any]) -> NDArray[np.int64]:
    if labels.ids is None:
        raise UserError(
            f"{where} is matched by ids, and {option('dataset.labels.id')} names none; name the labels' "
            "column, or match the table by position: ra and dec in place of id"
        )
    return by_id(labels.ids, ids)


def _match_positions(where: str, labels: Labels, position: list[Floats], radius: float) -> NDArray[np.int64]:
    if labels.position is None:
        raise UserError(
            f"{where} is matched by position, and {option('dataset.labels.ra')} or dec names none; name the "
            "labels' columns, or match the table by id"
        )
    for degrees, low, high in zip(position, (-360, -90), (360, 90), strict=True):
        odd = degrees[(degrees < low) | (degrees > high)]
        if len(odd):
            raise UserError(
                f"{where}: a position is {odd[0]:g}, which is outside {low} to {high} degrees; name the "
                "columns of right ascension and declination in degrees"
            )
    return by_position(labels.position, (position[0], position[1]), radius)


def _classes(found: Columns, ssfr: str, cuts: Sequence[float], used: NDArray[np.bool_]) -> FileColumn:
    """Refuses strays, for -99 would be passive."""
    values = found.numbers(ssfr)
    words, odd = describe_strays(np.where(used, values, np.nan))
    if odd:
        raise UserError(
            f"{found.file}: the specific star-formation rate (column {ssfr}) is {words}, far from all other "
            f"values: a value for missing? Set {null_values_remedy(odd, SSFR)}, or correct them"
        )
    names = star_formation(values, cuts)
    return FileColumn(CLASS, names, np.zeros(len(names), dtype=bool), "")


def _in_magnitudes(column: FileColumn, name: str, roles: Mapping[str, Any]) -> FileColumn:
    """Photometry of which the file gives no unit is in magnitudes."""
    photometry = [*(roles.get("photometry") or {}).values(), *(roles.get("photometry_error") or {}).values()]
    return replace(column, unit="mag") if name in photometry and not column.unit else column


def _renamed(roles: Mapping[str, Any], before: str) -> dict[str, Any]:
    """Roles, of which every column has these words before its name; those of nothing are left out."""
    found: dict[str, Any] = {}
    for role, value in roles.items():
        if isinstance(value, Mapping):
            found[role] = _renamed(value, before)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            found[role] = [f"{before}{column}" for column in value]
        elif value is not None:
            found[role] = f"{before}{value}"
    return found


def _renamed_recipe(given: Mapping[str, Any], before: str) -> dict[str, Any]:
    """A recipe of classes, of which every column has these words before its name."""
    found = dict(given)
    if found.get("column") is not None:
        found["column"] = f"{before}{found['column']}"
    of = found.get("one_hot")
    if of is not None:
        pairs = of.items() if isinstance(of, Mapping) else zip(of, of, strict=True)
        found["one_hot"] = {str(name): f"{before}{column}" for name, column in pairs}
    return found


def star_formation(ssfr: Floats, cuts: Sequence[float]) -> NDArray[np.str_]:
    """Classes (n,) of log10 specific star-formation rates [1/yr]; of NaN ``unclassified``."""
    names = np.select([ssfr < cuts[0], ssfr > cuts[1]], ["passive", "star_forming"], "other")
    return np.where(np.isnan(ssfr), "unclassified", names)
