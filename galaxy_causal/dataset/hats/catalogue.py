"""Galaxies of a HATS catalogue in a part of the sky."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from galaxy_causal.dataset.hats.columns import collected
from galaxy_causal.dataset.hats.partitions import Hats, opened
from galaxy_causal.dataset.hats.place import place_of
from galaxy_causal.dataset.hats.reading import rows_of
from galaxy_causal.dataset.hats.region import Everywhere, Region, region_of
from galaxy_causal.dataset.tables.class_recipes import class_recipes, sources
from galaxy_causal.dataset.tables.columns import read_mapped
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.photometry import Extinction, PhotometryUnit
from galaxy_causal.dataset.tables.pieces import FileColumn
from galaxy_causal.dataset.tables.table import Nulls, TargetOption, unsplit
from galaxy_causal.dataset.tables.which import LackingColumnsError
from galaxy_causal.files import check_memory, counted
from galaxy_causal.files.names import check_names
from galaxy_causal.types import Catalogue, Positive, UserError, checked, option


@checked("dataset")
def hats(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object],
    cone: Mapping[str, object] | None = None,
    pixels: Sequence[object] | None = None,
    *,
    storage_options: Mapping[str, object] | None = None,
    photometry_unit: PhotometryUnit = None,
    softening: Positive = 0.1,
    extinction: Extinction = None,
    null_values: NullValues = (),
    nulls: Nulls = "error",
    where: str | None = None,
    target_label: str | None = None,
    target_kind: TargetOption = None,
    name: str | None = None,
) -> Catalogue:
    """Galaxies of a catalogue in the layout of HATS, in a part of the sky.

    Parameters
    ----------
    path
        The folder of the catalogue or of a collection, or an address of fsspec such as ``s3://`` or
        ``https://``.
    columns, split, photometry_unit, softening, extinction, null_values, nulls, where, target_label
        As in ``table``.
    target_kind, name
        As in ``table``; the name is by default the catalogue's own.
    cone, pixels
        As in ``open_hats``; of neither the whole catalogue.
    storage_options
        What the file system of fsspec takes, such as {anon: true} of S3.

    Returns
    -------
    Catalogue
        Partitions are read one after the other; memory holds the columns that are asked for, and one
        partition of them.

    Raises
    ------
    UserError
        For places, regions, columns and values that cannot be used.

    Notes
    -----
    Ids are the rows' numbers in the region, in the order of the sky, unless ``columns.id`` names a column.

    References
    ----------
    The HATS format: an IVOA Note of 2025.
    """
    found = rows_in_region(path, columns, cone, pixels, storage_options, where)
    galaxies = unsplit(
        found.rows, columns, photometry_unit=photometry_unit, softening=softening, extinction=extinction,
        null_values=null_values, nulls=nulls, where=where, target_label=target_label,
        target_kind=target_kind, name=name or found.name, ordered=True,
    )  # fmt: skip
    provenance = {**galaxies.catalogue.provenance, **found.provenance}
    return replace(galaxies, catalogue=replace(galaxies.catalogue, provenance=provenance)).finish(split)


@dataclass(frozen=True)
class RegionRows:
    """The rows of a catalogue in a region, a table of astropy, with its name and what is said of them."""

    rows: Any
    name: str
    provenance: Mapping[str, str]


def rows_in_region(
    path: str | Path | None,
    columns: Mapping[str, object],
    cone: object,
    pixels: object,
    storage_options: Mapping[str, Any] | None,
    where: str | None = None,
) -> RegionRows:
    """The mapped columns of all rows in the region, and those of expressions; options as of ``hats``."""
    if path is None:
        such = option("dataset.path", "catalogue")
        raise UserError(
            f"{option('dataset.path')} is not set; give the folder of a HATS catalogue, such as {such}"
        )
    region = region_of(cone, pixels)
    plain, recipes = class_recipes(columns, None)
    wanted = sources(list(_names(plain)), recipes)
    if not wanted:
        raise UserError(f"{option('dataset.columns')} names no column; name those that are to be read")
    catalogue = opened(place_of(path, storage_options))
    provenance = {"file": catalogue.name, "format": "HATS", "region": region.words}
    return RegionRows(_table(catalogue, _plain(catalogue, wanted, where), region), catalogue.name, provenance)


def _plain(catalogue: Hats, wanted: Sequence[str], where: str | None) -> list[str]:
    """The columns of the catalogue that names and expressions are made of."""
    address, there = catalogue.place.address, catalogue.schema.names

    def read(names: Sequence[str]) -> dict[str, FileColumn]:
        try:
            check_names(address, names, there)
        except UserError as error:
            raise LackingColumnsError(str(error), there) from None
        return {}

    found = read_mapped(Path(address), read, wanted, where)
    texts = [*wanted, *(() if where is None else (where,))]
    return list(dict.fromkeys(name for text in texts for name in found.names(text)))


def _names(columns: Mapping[str, object]) -> Iterator[str]:
    """Every column that a mapping of roles names."""
    for value in columns.values():
        if isinstance(value, Mapping):
            yield from _names({str(role): one for role, one in value.items()})
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from map(str, value)
        elif value is not None:
            yield str(value)


def _table(catalogue: Hats, wanted: Sequence[str], region: Region) -> Any:  # noqa: ANN401  (of astropy)
    """The wanted columns of all rows in the region."""
    where = catalogue.place.address
    partitions, count = catalogue.chosen(region), catalogue.properties.get("hats_nrows", "")
    if isinstance(region, Everywhere) and count.isascii() and count.isdecimal():
        size = 8 * len(wanted) * int(count)
        check_memory(Path(where), size, f"{len(wanted)} columns of all {int(count):,} rows")
    shown = counted(partitions, f"reading partitions of {catalogue.name}")
    found = collected((rows_of(catalogue, one, wanted, region) for one in shown), wanted, where)
    if not len(found):
        raise UserError(
            f"{where} has no row in {region.words}; {len(partitions)} of its {len(catalogue.partitions)} "
            f"partitions reach there: give another {option('dataset.cone')} or {option('dataset.pixels')}"
        )
    return found
