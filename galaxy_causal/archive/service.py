"""What every kind of service has in common: slices, questions, answers, and a check of little."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.client import Client
from galaxy_causal.archive.recipe import Column, Recipe
from galaxy_causal.archive.slices import Slice, slices_of
from galaxy_causal.types import UserError, option

TEN = 10
"""Rows that a check asks for."""


class Found(NamedTuple):
    """Of a column or file: what is expected, what came, and what is odd about it."""

    name: str
    expected: str
    value: str
    odd: str


class Service(ABC):
    """Answers a recipe's questions, slice by slice.

    Parameters
    ----------
    recipe
        What is asked.
    client
        Which asks.
    address
        Where the service is.
    """

    can_cut = False
    """Whether a slice that is too large can be cut in two."""
    knows_seconds = False
    """Whether the recipe's estimate of seconds is for it."""

    def __init__(self, recipe: Recipe, client: Client, address: str) -> None:
        self.recipe = recipe
        self.client = client
        self.address = address

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the recipe."""
        return self.recipe.own_columns

    @abstractmethod
    def slices(self, between: Sequence[float] | None) -> list[Slice]:
        """All slices, in order; of a part where that is given."""

    @abstractmethod
    def query(self, one: Slice | None) -> str:
        """What is asked for a slice, as people read it; None: with places for its ends."""

    @abstractmethod
    def ask(self, one: Slice, folder: Path) -> Arrow:
        """The rows of a slice; ``folder`` holds what is fetched meanwhile. Raises TimedOutError."""

    @abstractmethod
    def check(self, between: Sequence[float] | None) -> list[Found]:
        """Ask for little of a part, and tell how the answer compares with what the recipe expects."""

    def size(self) -> float | None:
        """Bytes that there are to fetch and keep; None where nobody knows."""
        expected = self.recipe.own_expected
        return None if expected.rows is None else 2 * expected.rows * expected.bytes_a_row

    def is_narrow(self, one: Slice) -> bool:
        """Whether a slice cannot be cut any more."""
        how = self.recipe.own_slices
        return not self.can_cut or how is None or one.high - one.low <= how.narrowest


class QueryService(Service):
    """Services that take a query."""

    can_cut = True
    knows_seconds = True

    def slices(self, between: Sequence[float] | None) -> list[Slice]:
        """By the column that the recipe names."""
        how = self.recipe.own_slices
        return [] if how is None else slices_of(how.edges, between)

    def query(self, one: Slice | None, most: int | None = None) -> str:
        """SELECT ... FROM ... WHERE ... in one line, of ``most`` rows."""
        recipe, how = self.recipe, self.recipe.own_slices
        chosen = ",".join(map(_selected, self.columns))
        column = "" if how is None else how.column
        low, high = ("{low}", "{high}") if one is None else (f"{one.low!r}", f"{one.high!r}")
        where = f"{recipe.where} AND " if recipe.where else ""
        top = f"TOP {most} " if most else ""
        text = (
            f"SELECT {top}{chosen} FROM {recipe.tables} WHERE {where}{column} >= {low} AND {column} < {high}"
        )
        return " ".join(text.split())

    @abstractmethod
    def sample(self, one: Slice) -> Arrow:
        """Ten rows of a slice."""

    def check(self, between: Sequence[float] | None) -> list[Found]:
        """Of each column: a value of the slice in the middle."""
        slices = self.slices(between)
        middle = slices[len(slices) // 2]
        table = self.sample(middle)
        if not table.num_rows:
            column = "" if self.recipe.own_slices is None else self.recipe.own_slices.column
            return [Found("rows", f"{TEN} of {column} {middle.told}", "none", "no row came")]
        return compared(table, self.columns)


def compared(table: Arrow, columns: Sequence[Column]) -> list[Found]:
    """A value of each column, and which have none."""
    found = []
    for column in columns:
        values = [value for value in table[column.name].to_pylist() if value is not None]
        odd = "" if values else "no value in any row"
        found.append(Found(column.name, column.kind, str(values[0]) if values else "", odd))
    return found


def no_part(between: Sequence[float] | None, service: str) -> None:
    """Refuse a part of slices that cannot be cut."""
    if between is not None:
        raise UserError(f"{option('acquire.between')} is for queries; a recipe of {service} takes no part")


def _selected(column: Column) -> str:
    """A column of a query; its name is said where it is not that of its source."""
    own = column.source.rpartition(".")[2]
    return column.source if own == column.name else f"{column.source} AS {column.name}"
