"""Columns of the labels or of a joined table, and the one table that is made of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.types import UserError, option

NAMED = ("photometry", "photometry_error", "photometry_limit", "morphology", "other")
SINGLE = ("target", "class", "redshift", "ebv", "group")
OF_TARGET = ("target_error", "target_draws", "target_limit")


@dataclass(frozen=True)
class Source:
    """Columns of a table, with the row that each galaxy of the cube has in it.

    Parameters
    ----------
    name
        What it is called.
    row
        Of each galaxy (n,), below zero where it has none of its own.
    roles
        As in ``tables.table``, of the names in ``columns``.
    columns
        Of all the table's rows.
    file
        Its name.
    consumed
        Names by which ``null_values`` may call what was read, but is not among the ``columns``.
    """

    name: str
    row: NDArray[np.int64]
    roles: Mapping[str, Any]
    columns: Mapping[str, FileColumn]
    file: str
    consumed: frozenset[str] = frozenset()


def columns_of(roles: Mapping[str, Any]) -> list[str]:
    """Every column that roles name, once."""
    found: list[str] = []
    for value in roles.values():
        if isinstance(value, Mapping):
            found += columns_of(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            found += map(str, value)
        elif value is not None:
            found.append(str(value))
    return list(dict.fromkeys(found))


def merged_roles(sources: Sequence[Source]) -> dict[str, Any]:
    """Roles of the columns of all sources.

    Raises UserError where two have the same, and where none has a target.
    """
    found: dict[str, Any] = {}
    for role in SINGLE:
        of = [source for source in sources if source.roles.get(role) is not None]
        if len(of) > 1:
            raise UserError(
                f"both {of[0].name} and {of[1].name} have a column for {role}; leave one out "
                f"({option('dataset.tables')}, {option('dataset.labels')})"
            )
        for source in of:
            found[role] = source.roles[role]
            found |= {r: source.roles.get(r) for r in OF_TARGET if role == "target"}
    if "target" not in found:
        raise UserError(
            f"no target: give the table of masses by {option('dataset.tables.masses.path', 'FILE')}, such as "
            f"galSpecExtra of SDSS, or name a column of the labels by {option('dataset.labels.target')}"
        )
    for role in NAMED:
        named = [(source, source.roles.get(role) or {}) for source in sources]
        both = {name for _, one in named for name in one if sum(name in other for _, other in named) > 1}
        if both:
            names = ", ".join(source.name for source, one in named if set(one) & both)
            raise UserError(f"{names} each have a {role} {', '.join(sorted(both))}; leave all but one out")
        found[role] = {name: column for _, one in named for name, column in one.items()}
    return found


def one_table(sources: Sequence[Source], galaxies: NDArray[np.int64]) -> dict[str, Any]:
    """The columns of all sources, a row for each of these galaxies; of astropy, masked where values lack."""
    from astropy.table import Column, MaskedColumn

    table: dict[str, Any] = {}
    for source in sources:
        rows = source.row[galaxies]
        for name, column in source.columns.items():
            value, missing = np.asarray(column.value[rows]), column.missing[rows]
            unit = column.unit or None
            masked = bool(missing.any())
            table[name] = MaskedColumn(value, mask=missing, unit=unit) if masked else Column(value, unit=unit)
    return table


def nulls_of(null_values: NullValues, *names: str) -> tuple[float, ...]:
    """The null values of a column, or of what is worked out, by any of its ``names``."""
    if not isinstance(null_values, Mapping):
        return tuple(null_values or ())
    return tuple(value for name in dict.fromkeys(names) for value in null_values.get(name, ()))


def joined_nulls(null_values: NullValues, sources: Sequence[Source]) -> NullValues:
    """Null values by the names that columns have in the one table; roles stay as they are."""
    if not isinstance(null_values, Mapping):
        return null_values
    columns = [(name, source) for source in sources for name in source.columns]
    consumed = frozenset[str]().union(*(source.consumed for source in sources))
    found: dict[str, Sequence[float]] = {}
    for key, values in null_values.items():
        called = [name for name, source in columns if key in (name, name.removeprefix(f"{source.name}: "))]
        for name in called or ([] if key in consumed else [key]):
            found[name] = values
    return found
