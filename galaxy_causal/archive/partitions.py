"""Catalogues that are read partition by partition, such as those in the layout of HATS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from galaxy_causal.archive.answers import Arrow
from galaxy_causal.archive.client import Client
from galaxy_causal.archive.recipe import Recipe
from galaxy_causal.archive.service import Found, Service, compared, no_part
from galaxy_causal.archive.slices import Slice
from galaxy_causal.archive.tables import named
from galaxy_causal.types import UserError


class Partitioned(Protocol):
    """A catalogue, opened."""

    @property
    def names(self) -> Sequence[str]:
        """Of its partitions that may have rows in the part that is asked for."""

    def rows(self, number: int) -> Arrow:
        """The rows of a partition that lie in that part."""


class Partitions(Service):
    """A slice is a partition.

    Parameters
    ----------
    recipe, client, address
        As of `Service`.
    catalogue
        What is read.
    region
        Which part, for people.
    """

    def __init__(
        self,
        recipe: Recipe,
        client: Client,
        address: str,
        catalogue: Partitioned,
        region: Mapping[str, object],
    ) -> None:
        super().__init__(recipe, client, address)
        self._catalogue = catalogue
        self._region = region

    def slices(self, between: Sequence[float] | None) -> list[Slice]:
        """A partition each."""
        no_part(between, "hats")
        return [Slice(float(k), float(k + 1)) for k in range(len(self._catalogue.names))]

    def query(self, one: Slice | None) -> str:
        """Where it is, which part and which columns."""
        part = "".join(f" {key}={value}" for key, value in self._region.items() if value is not None)
        place = (
            self.address if one is None else f"{self.address}/dataset/{self._catalogue.names[int(one.low)]}"
        )
        return f"{place} columns={','.join(c.source for c in self.columns)}{part}"

    def ask(self, one: Slice, folder: Path) -> Arrow:
        """The rows of one partition."""
        return self._rows(int(one.low))

    def _rows(self, number: int) -> Arrow:
        def ask() -> Arrow:
            self.client.wait_turn()
            found = self._catalogue.rows(number)
            self.client.heard()
            return found

        return named(self.client.retried(self._catalogue.names[number], ask), self.columns, self.address)

    def check(self, between: Sequence[float] | None) -> list[Found]:
        """Of each column a value of the first partition that has any row."""
        no_part(between, "hats")
        for number in range(len(self._catalogue.names)):
            table = self._rows(number)
            if table.num_rows:
                return compared(table, self.columns)
        raise UserError(f"{self.address} has no row there")
