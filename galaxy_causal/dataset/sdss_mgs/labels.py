"""What the labels of the cube say of its galaxies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.sdss_mgs.file import MgsFile
from galaxy_causal.dataset.sdss_mgs.source import Source, columns_of, nulls_of
from galaxy_causal.dataset.tables.columns import Columns, read_mapped
from galaxy_causal.dataset.tables.ingredients import check_parts
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.values import exact_ids, numbers
from galaxy_causal.dataset.tables.which import LackingColumnsError
from galaxy_causal.types import Floats, UserError, by_door, check_option, option

NOTHING = partial(by_door, "null", "None")
"""How the door in use spells that there is no value."""
SINGLE = ("target", "redshift", "ebv", "group")
NAMED = ("photometry", "photometry_error", "morphology", "other")
Bound = float | None


@dataclass(frozen=True)
class Labels:
    """The labels, of which columns are read when they are asked for.

    Parameters
    ----------
    file
        That has them.
    roles
        Names of their columns.
    null_values
        As in ``table``.
    cuts
        Lowest and highest values of columns of them.
    where
        A filter of them, as in ``table``.
    """

    file: MgsFile
    roles: Mapping[str, Any]
    null_values: NullValues
    cuts: Mapping[str, object] | None = None
    where: str | None = None

    @cached_property
    def ids(self) -> NDArray[Any] | None:
        """By which tables are matched, (n,)."""
        name = self.roles["id"]
        if name is None:
            return None
        remedy = f"set {option('dataset.labels.id')} to one, or match tables by position (ra and dec)"
        found = self._column(str(name), remedy)
        return exact_ids(self.file.path, f"the labels' column {name}", found.array)

    @cached_property
    def position(self) -> tuple[Floats, Floats] | None:
        """Right ascension and declination [deg], (n,) each."""
        names = self.roles["ra"], self.roles["dec"]
        if None in names:
            return None
        remedy = f"set {option('dataset.labels.ra')} and dec to two of them, or match tables by id"
        ra, dec = (self._numbers(str(name), remedy) for name in names)
        return ra, dec

    def source(self) -> Source:
        """What is read of them, of all galaxies."""
        roles = {role: self.roles[role] for role in (*SINGLE, *NAMED) if self.roles[role] is not None}
        remedy = (
            f"name yours in {option('dataset.labels')}, or {by_door('null', 'None')} for what there is not"
        )
        wanted, rows = columns_of(roles), np.ones(len(self.file), dtype=np.bool_)
        found = self._columns(wanted, remedy)
        check_parts(found, wanted, np.logical_and.reduce([rows, *self.outside.values()]))
        columns = {name: found.column(name) for name in wanted}
        extinction = self.roles["extinction"] or {}
        for band, name in (roles.get("photometry") or {}).items():
            columns[str(name)] = self._magnitude(str(name), str(band), extinction.get(band))
        for name in map(str, (roles.get("photometry_error") or {}).values()):
            columns[name] = replace(columns[name], unit="mag")
        read = [*found.sources, *extinction.values(), *(self.cuts or {})]
        read += self._filtered().names(self.where) if self.where is not None else []
        return Source(
            "labels", np.arange(len(rows)), roles, columns, self.file.path.name, frozenset(map(str, read))
        )

    @cached_property
    def outside(self) -> dict[str, NDArray[np.bool_]]:
        """Which galaxies (n,) are good, for each cut and for the filter; those without a value are not."""
        found = {}
        if self.where is not None:
            kept, there = self._filtered().kept(self.where)
            found = {f"null in a column of {self.where}": there, f"not {self.where}": kept}
        for column, bounds in (self.cuts or {}).items():
            low, high = _bounds(str(column), bounds)
            value = self._numbers(str(column), f"cut one of them by {option('dataset.cuts')}")
            good = ~np.isnan(value)
            good &= True if low is None else value >= low
            good &= True if high is None else value <= high
            words = [f"{sign} {end:g}" for sign, end in ((">=", low), ("<=", high)) if end is not None]
            found[f"not {column} {' and '.join(words)}"] = good
        return found

    def _filtered(self) -> Columns:
        """The columns of the filter, of which -9999 and the like are numbers."""
        return self._columns([], f"name some of them in {option('dataset.where')}", self.where)

    def _column(self, name: str, remedy: str) -> FileColumn:
        value = self.file.column(name, remedy)
        if value.dtype.kind == "S":
            value = np.char.decode(value, "utf-8")
        native = value if value.dtype.isnative else value.astype(value.dtype.newbyteorder("="))
        return FileColumn(name, native, np.zeros(len(native), dtype=bool), "")

    def _columns(self, wanted: Sequence[str], remedy: str, where: str | None = None) -> Columns:
        """Columns and expressions of them."""

        def read(names: Sequence[str]) -> dict[str, FileColumn]:
            try:
                return {name: self._column(name, remedy) for name in names}
            except UserError as error:
                raise LackingColumnsError(str(error), self.file.names) from None

        found = read_mapped(self.file.path, read, wanted, where)
        named = where is None or isinstance(self.null_values, Mapping)
        nulls = {name: nulls_of(self.null_values, name) for name in found.sources if named}
        return replace(found, nulls=nulls)

    def _numbers(self, name: str, remedy: str, *roles: str) -> Floats:
        """A column as float64, NaN where it is missing, of which null values may also go by ``roles``."""
        nulls = nulls_of(self.null_values, name, *roles)
        return numbers(self.file.path, self._column(name, remedy), nulls)

    def _magnitude(self, name: str, band: str, extinction: object) -> FileColumn:
        """A magnitude as it was observed: with the extinction of which it was corrected."""
        remedy = f"name yours in {option('dataset.labels.photometry')}"
        value = self._numbers(name, remedy, "photometry", f"photometry/{band}")
        if extinction is not None:
            remedy = (
                f"name yours in {option('dataset.labels.extinction')}, or set that to {NOTHING()}: "
                "magnitudes are then taken as the labels have them, corrected for extinction"
            )
            value = value + self._numbers(str(extinction), remedy)
        return FileColumn(name, value, np.isnan(value), "mag")


def _bounds(column: str, given: object) -> tuple[Bound, Bound]:
    where = option(f"dataset.cuts.{column}")
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        raise UserError(
            f"{where}={given}: give the lowest and the highest value, such as [0.02, 0.4], and "
            f"{NOTHING()} for no bound"
        )
    for end in given:
        check_option(where, end, float | None)
    low, high = (None if end is None else float(end) for end in given)
    if low is None and high is None:
        raise UserError(f"{where} has no bound; give one, or leave it out")
    return low, high
