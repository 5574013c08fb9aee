"""What is asked of a survey, in a YAML file: of which service, which columns, in which slices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from galaxy_causal.types import Count, Positive, UserError, checked, group_of

Service = Literal["skyserver", "tap", "files", "hats"]
Kind = Literal["number", "integer", "id", "text"]
ARROW = {"number": "float64", "integer": "int64", "id": "int64", "text": "string"}


@checked("column")
@dataclass(frozen=True)
class Column:
    """A column of the catalogue.

    Parameters
    ----------
    name
        In the catalogue.
    source
        What it is at the service: an expression of its query, or a column of its files.
    kind
        ``number``, ``integer``, ``id`` (an integer) or ``text``.
    missing
        Values that mean missing.
    above
        Values at and below this one mean missing.
    """

    name: str
    source: str
    kind: Kind = "number"
    missing: Sequence[float] = ()
    above: float | None = None

    def arrow(self) -> Any:  # noqa: ANN401  (pyarrow has no types)
        """Its type in pyarrow."""
        import pyarrow as pa

        return pa.type_for_alias(ARROW[self.kind])


@checked("limits")
@dataclass(frozen=True)
class Limits:
    """What a service allows: ``rows`` of an answer, ``seconds`` of a query, ``queries_a_minute``."""

    rows: Count | None = None
    seconds: Positive = 600
    queries_a_minute: Positive = 60


@checked("expected")
@dataclass(frozen=True)
class Expected:
    """What is told before anything starts; estimates, which nothing depends on but the check of the disk.

    Parameters
    ----------
    rows
        Of the whole catalogue.
    bytes_a_row
        In Parquet.
    seconds
        Of a query, from the least to the most.
    """

    rows: Count | None = None
    bytes_a_row: Positive = 300
    seconds: Sequence[float] = (5, 120)


@checked("repeats")
@dataclass(frozen=True)
class Repeat:
    """Of rows with the ``same`` value, that with the ``least`` other ones is kept, in the order of these."""

    same: str
    least: Sequence[str] = ()


@checked("slices")
@dataclass(frozen=True)
class Slicing:
    """How a query is cut.

    Parameters
    ----------
    column
        Of the query, such as ``s.z``: a slice holds values from its lower edge up to, without, its upper one.
    edges
        Where slices begin; each part is ``[from, to, step]``.
    narrowest
        A slice that is no wider is not cut in two.
    """

    column: str
    edges: Sequence[Sequence[float]]
    narrowest: Positive = 1e-6


@checked("recipe")
@dataclass(frozen=True)
class Recipe:
    """What is asked, of which service, and what it is to become.

    Parameters
    ----------
    name
        Of the recipe.
    title, release, documents
        For people: what it is, of which release, and where the service is described.
    service
        Which kind.
    address
        Where it is.
    columns
        By their names in the catalogue: what they are at the service, or a mapping of `Column`'s options.
    tables, where
        Of a query: what follows FROM and WHERE.
    slices
        How it is cut.
    files
        Names of files beneath ``address``, or mappings with ``name`` and ``sha256``.
    limits, expected, repeats
        As the classes say.
    dataset
        Options of ``dataset=table`` with which the catalogue is read, without ``path``.
    try_it
        Further options of a first command, such as ``bands.x1.photometry=ugriz``.
    frames
        Address of a survey frame, with places for ``{rerun}``, ``{run}``, ``{camcol}``, ``{field}`` and
        ``{band}``; the catalogue then has the columns of that name.
    """

    name: str
    title: str
    service: Service
    address: str | None
    columns: Mapping[str, object]
    release: str = ""
    documents: str = ""
    tables: str = ""
    where: str = ""
    slices: Mapping[str, object] | None = None
    files: Sequence[object] = ()
    limits: Mapping[str, object] = field(default_factory=dict)
    expected: Mapping[str, object] = field(default_factory=dict)
    repeats: Sequence[object] = ()
    dataset: Mapping[str, object] = field(default_factory=dict)
    try_it: Sequence[str] = ()
    frames: str | None = None

    @cached_property
    def own_columns(self) -> tuple[Column, ...]:
        """The columns."""
        return tuple(_column(name, given) for name, given in self.columns.items())

    @cached_property
    def own_limits(self) -> Limits:
        """The limits."""
        return group_of(Limits, "limits", self.limits)

    @cached_property
    def own_expected(self) -> Expected:
        """The estimates."""
        return group_of(Expected, "expected", self.expected)

    @cached_property
    def own_repeats(self) -> tuple[Repeat, ...]:
        """The rules for rows that repeat others."""
        found = tuple(group_of(Repeat, "repeats", given) for given in self.repeats)
        names = set(self.columns)
        unknown = [n for one in found for n in (one.same, *one.least) if n not in names]
        if unknown:
            raise UserError(
                f"recipe {self.name}: repeats names {', '.join(unknown)}, which is no column of it"
            )
        return found

    @cached_property
    def own_slices(self) -> Slicing | None:
        """How its query is cut."""
        return None if self.slices is None else group_of(Slicing, "slices", self.slices)

    def digest(self) -> str:
        """SHA-256 of all that the answers depend on; not of where they are asked for, nor of words."""
        asked = {
            "service": self.service,
            "release": self.release,
            "columns": [
                [c.name, " ".join(c.source.split()), c.kind, list(c.missing), c.above]
                for c in self.own_columns
            ],
            "tables": " ".join(self.tables.split()),
            "where": " ".join(self.where.split()),
            "files": list(self.files),
            "repeats": [[one.same, list(one.least)] for one in self.own_repeats],
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _column(name: str, given: object) -> Column:
    if isinstance(given, Mapping):
        return group_of(Column, f"columns.{name}", {"name": name, "source": name, **given})
    return Column(name, name if given is None else str(given))
