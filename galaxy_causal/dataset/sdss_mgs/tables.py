"""Tables of the user's own, joined galaxy by galaxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.sdss_mgs.labels import Labels
from galaxy_causal.dataset.sdss_mgs.matching import by_id, by_position
from galaxy_causal.dataset.sdss_mgs.source import Source, columns_of
from galaxy_causal.dataset.tables.columns import Read
from galaxy_causal.dataset.tables.files import memory_columns, read_columns
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.remedies import null_values_remedy
from galaxy_causal.dataset.tables.strays import describe_strays
from galaxy_causal.dataset.tables.values import exact_ids, numbers
from galaxy_causal.dataset.tables.which import LackingColumnsError
from galaxy_causal.types import Floats, UserError, option

PLACE = ("path", "id", "ra", "dec")
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
    wanted = columns_of(roles)
    if not wanted:
        raise UserError(f"{where} names no column to join; name one, or leave the table out")
    keys = [options["id"]] if options["id"] is not None else [options["ra"], options["dec"]]
    if None in keys:
        raise UserError(
            f"{where} does not say how it is matched: name its column of ids by id, or those of right "
            "ascension and declination [deg] by ra and dec"
        )
    file, raw = _read(name, options["path"], list(dict.fromkeys([*map(str, keys), *wanted])))
    if len(keys) == 1:
        ids = exact_ids(file, f"the id column {keys[0]}", raw[str(keys[0])].array)
        row = _match_ids(where, labels, ids)
    else:
        row = _match_positions(where, labels, [numbers(file, raw[str(key)], ()) for key in keys], radius)
    columns = {column: raw[column] for column in wanted}
    if "ssfr" in roles:
        ssfr = raw[str(roles.pop("ssfr"))]
        columns[CLASS] = _classes(file, ssfr, class_cuts, labels.null_values)
        roles.setdefault("class", CLASS)
    used = columns_of(roles)
    named = {f"{name}: {column}": _in_magnitudes(columns[column], column, roles) for column in used}
    return Source(name, row, _renamed(roles, f"{name}: "), named, file.name)


def _read(name: str, source: Any, wanted: Sequence[str]) -> tuple[Path, dict[str, FileColumn]]:  # noqa: ANN401
    if isinstance(source, str | Path):
        file = Path(source).expanduser()
        return file, _in_any_case(wanted, lambda names: read_columns(file, names))
    return Path(f"table {name}"), _in_any_case(wanted, lambda names: memory_columns(source, names, name))


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


def _classes(file: Path, ssfr: FileColumn, cuts: Sequence[float], nulls: NullValues) -> FileColumn:
    """Refuses strays, for -99 would be passive."""
    values = numbers(file, ssfr, () if isinstance(nulls, Mapping) else nulls or ())
    words, found = describe_strays(values)
    if found:
        raise UserError(
            f"{file}: the specific star-formation rate (column {ssfr.name}) is {words}, far from all other "
            f"values: a value for missing? Set {null_values_remedy(found)}, or correct them"
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


def star_formation(ssfr: Floats, cuts: Sequence[float]) -> NDArray[np.str_]:
    """Classes (n,) of log10 specific star-formation rates [1/yr]; of NaN ``unclassified``."""
    names = np.select([ssfr < cuts[0], ssfr > cuts[1]], ["passive", "star_forming"], "other")
    return np.where(np.isnan(ssfr), "unclassified", names)
