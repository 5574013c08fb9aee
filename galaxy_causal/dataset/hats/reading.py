"""The rows of a HATS catalogue in a part of the sky, partition by partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.hats.partitions import Hats, Partition, opened
from galaxy_causal.dataset.hats.place import place_of, unreachable
from galaxy_causal.dataset.hats.region import Cone, PixelList, Region, region_of
from galaxy_causal.files.names import check_names

MARGIN = 1e-6
"""Degrees by which declinations are cut more widely before separations are: positions in single precision."""


def open_hats(
    place: str | Path,
    columns: Sequence[str] | None = None,
    cone: Mapping[str, float] | None = None,
    pixels: Sequence[object] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """The rows of a HATS catalogue in a part of the sky, read lazily.

    Parameters
    ----------
    place
        The folder of the catalogue, or of a collection; a path or an address of fsspec.
    columns
        Names of those to read; None: all.
    cone
        {ra, dec, radius} [deg]: the rows at most the radius from the centre.
    pixels
        Of HEALPix, nested, as ``order/pixel`` or pairs: the rows in any of them, whatever the order of
        the catalogue's own.
    storage_options
        What the file system of fsspec takes, such as {anon: true} of S3.

    Returns
    -------
    iterator of pyarrow.Table
        One for each partition that may have such rows, in the order of the sky; some may be empty. A
        partition is read when it is asked for, and of it no more than the columns.

    Raises
    ------
    UserError
        At once for a place, region or column that is none; for a partition that lacks or is damaged when
        it is asked for.
    """
    region = region_of(cone, pixels)
    catalogue = opened(place_of(place, storage_options))
    if columns is not None:
        check_names(catalogue.place.address, columns, catalogue.schema.names)
    return (rows_of(catalogue, partition, columns, region) for partition in catalogue.chosen(region))


def rows_of(catalogue: Hats, partition: Partition, columns: Sequence[str] | None, region: Region) -> Any:  # noqa: ANN401
    """The rows of a partition in a region, a table of pyarrow.

    Parameters
    ----------
    catalogue, partition
        Which.
    columns
        Names of those to read; None: all.
    region
        Batches of rows are cut by it as they are read.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    UserError
        For a partition that lacks, is damaged, or has no such column.
    """
    import pyarrow as pa

    data = catalogue.opened(partition)
    where = f"{catalogue.place.address}/dataset/{partition.path}"
    asked = list(dict.fromkeys(data.schema.names if columns is None else columns))
    whole = region.covered(partition.order, partition.pixel)
    needed = [] if whole else _needed(catalogue, region, data.schema.names)
    check_names(where, [*asked, *needed], data.schema.names)
    wanted = list(dict.fromkeys([*asked, *needed]))
    schema = pa.schema([data.schema.field(name) for name in asked])
    kept = []
    try:
        scanner = data.scanner(columns=wanted, filter=None if whole else _strip(region, needed))
        for batch in scanner.to_batches():
            inside = batch if whole else batch.filter(pa.array(_inside(region, batch, needed)))
            if inside.num_rows:
                kept.append(inside.select(asked))
    except Exception as error:  # of pyarrow, or of whatever package reaches there
        raise unreachable(where, error) from error
    return pa.Table.from_batches(kept, schema)


def _needed(catalogue: Hats, region: Region, names: Sequence[str]) -> list[str]:
    """The columns that say whether a row lies in the region."""
    if isinstance(region, PixelList) and catalogue.index in names:
        return [catalogue.index]
    return list(catalogue.position)


def _strip(region: Region, needed: Sequence[str]) -> Any:  # noqa: ANN401  (of pyarrow)
    """Declinations that may lie in a cone, by which pyarrow leaves groups of rows unread."""
    import pyarrow.dataset as ds

    if not isinstance(region, Cone):
        return None
    dec = ds.field(needed[1])
    low, high = region.dec - region.radius - MARGIN, region.dec + region.radius + MARGIN
    return (dec >= low) & (dec <= high)


def _inside(region: Region, batch: Any, needed: Sequence[str]) -> NDArray[np.bool_]:  # noqa: ANN401
    values = [batch.column(name).to_numpy(zero_copy_only=False) for name in needed]
    if len(values) == 1 and isinstance(region, PixelList):
        return region.holds_finest(values[0].astype(np.int64))
    ra, dec = (value.astype(np.float64) for value in values)
    there = np.isfinite(ra) & np.isfinite(dec)
    inside = np.zeros(len(ra), dtype=bool)
    inside[there] = region.holds(ra[there], dec[there])
    return inside
