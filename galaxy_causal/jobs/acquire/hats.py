"""A catalogue in the layout of HATS as what is acquired: a slice is a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from galaxy_causal.archive import Client, Partitions, PassingError, Recipe
from galaxy_causal.dataset.hats.partitions import Hats, Partition, opened
from galaxy_causal.dataset.hats.place import NotReachedError, place_of
from galaxy_causal.dataset.hats.reading import rows_of
from galaxy_causal.dataset.hats.region import Region, region_of
from galaxy_causal.files.names import check_names
from galaxy_causal.jobs.acquire.options import AcquireOptions
from galaxy_causal.types import UserError, option

OURS = {
    "dataset.path": "acquire.address",
    "dataset.cone": "acquire.cone",
    "dataset.pixels": "acquire.pixels",
    "dataset.storage_options": "acquire.storage_options",
}


@dataclass(frozen=True)
class HatsPartitions:
    """Partitions of a catalogue that may have rows in a region, and the columns that are wanted of them."""

    catalogue: Hats
    partitions: Sequence[Partition]
    columns: Sequence[str]
    region: Region

    @property
    def names(self) -> Sequence[str]:
        """Their paths below ``dataset``."""
        return [one.path for one in self.partitions]

    def rows(self, number: int) -> Any:  # noqa: ANN401  (of pyarrow)
        """A table of pyarrow; PassingError where it may be there at another time."""
        with passing():
            return rows_of(self.catalogue, self.partitions[number], self.columns, self.region)


def hats_service(recipe: Recipe, client: Client, address: str, options: AcquireOptions) -> Partitions:
    """What reads a catalogue's partitions.

    Parameters
    ----------
    recipe
        With columns, or without any: then the options name them, and their kinds are the catalogue's own.
    client
        Which keeps the rate.
    address
        A folder, or an address of fsspec.
    options
        They choose columns and region.
    """

    def service() -> Partitions:
        with passing():
            return _service(recipe, client, address, options)

    with _ours():
        found = client.retried(address, service)
    client.heard()
    return found


def _service(recipe: Recipe, client: Client, address: str, options: AcquireOptions) -> Partitions:
    catalogue = opened(place_of(address, options.storage_options))
    if not recipe.columns:
        recipe = replace(recipe, columns=_columns(catalogue, options.columns))
    region = region_of(options.cone, options.pixels)
    wanted = [column.source for column in recipe.own_columns]
    check_names(catalogue.place.address, wanted, catalogue.schema.names)
    chosen = catalogue.chosen(region)
    if not chosen:
        raise UserError(f"{address} has no partition in {region.words}; choose another part of the sky")
    there = HatsPartitions(catalogue, chosen, wanted, region)
    return Partitions(recipe, client, address, there, {"cone": options.cone, "pixels": options.pixels})


@contextmanager
def passing() -> Iterator[None]:
    """Faults of the way to a place, as those after which a question is asked again."""
    try:
        yield
    except NotReachedError as error:
        raise PassingError(error.words) from error


@contextmanager
def _ours() -> Iterator[None]:
    """Options of ``dataset=hats``, in what it refuses, as those of this job."""
    try:
        yield
    except UserError as error:
        text = str(error)
        for name, own in OURS.items():
            text = text.replace(option(name), option(own))
        raise UserError(text) from error


def _columns(catalogue: Hats, chosen: Sequence[str] | Mapping[str, str] | None) -> dict[str, object]:
    """The columns that are wanted, each of the kind that it has there."""
    names = catalogue.schema.names
    if chosen is None:
        raise UserError(f"{option('acquire.columns')} must name some of its columns, {', '.join(names)}")
    named = dict(chosen) if isinstance(chosen, Mapping) else {name: name for name in chosen}
    check_names(catalogue.place.address, list(named.values()), names)
    return {name: {"source": own, "kind": _kind(catalogue, own)} for name, own in named.items()}


def _kind(catalogue: Hats, name: str) -> str:
    import pyarrow as pa

    kind = catalogue.schema.field(name).type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return "integer"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text"
    raise UserError(
        f"{catalogue.place.address}: the column {name} is of type {kind}, which a catalogue of numbers and "
        f"texts cannot hold; leave it out of {option('acquire.columns')}"
    )
