"""A HATS catalogue: its properties, and the partitions of which it is made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from galaxy_causal.dataset.hats.place import Place, unreachable
from galaxy_causal.dataset.hats.region import FINEST, Region
from galaxy_causal.types import UserError

PROPERTIES = ("hats.properties", "properties")
COLLECTION = "collection.properties"
OTHERS = ("margin", "index", "association", "map")
"""Kinds of catalogues whose partitions hold other rows than the objects in their pixels."""
PARTITION = re.compile(r"Norder=(\d+)/(?:Dir=\d+/)?Npix=(\d+)(\.[\w.]+|/.*)?$")
FOLDER_SIZE = 10_000
"""Pixels whose files are in one folder Dir=."""


@dataclass(frozen=True, order=True)
class Partition:
    """The rows in one pixel of HEALPix, nested, and where they lie below the folder ``dataset``."""

    start: int
    order: int
    pixel: int
    path: str

    @classmethod
    def of(cls, order: int, pixel: int, path: str) -> Partition:
        """In the order of the sky: ``start`` is the first of its finest pixels."""
        return cls(pixel << 2 * (FINEST - order), order, pixel, path)


@dataclass(frozen=True)
class Hats:
    """A catalogue in the layout of HATS (IVOA Note), opened where it is.

    Parameters
    ----------
    place
        The folder with ``hats.properties`` or ``properties``.
    properties
        What stands in it.
    """

    place: Place
    properties: dict[str, str]

    @property
    def name(self) -> str:
        """As its makers call it."""
        return self.properties.get("obs_collection") or self.place.path.rpartition("/")[2]

    @property
    def position(self) -> tuple[str, str]:
        """The columns of right ascension and declination [deg]."""
        return self.properties.get("hats_col_ra", "ra"), self.properties.get("hats_col_dec", "dec")

    @property
    def index(self) -> str:
        """The column that holds the finest pixel of each row; it may not be there."""
        whole = self.properties.get("hats_col_healpix_order", str(FINEST)) == str(FINEST)
        return self.properties.get("hats_col_healpix", "_healpix_29") if whole else ""

    @cached_property
    def partitions(self) -> tuple[Partition, ...]:
        """All of them, as ``partition_info.csv`` lists them, else ``dataset/_metadata``, else the folder."""
        found = self._listed() or self._of_metadata() or self._of_folder()
        if not found:
            raise UserError(
                f"{self.place.address} lists no partition, and has none in dataset/Norder=*/Dir=*/Npix=*; "
                "copy the whole catalogue"
            )
        return tuple(sorted(found))

    def chosen(self, region: Region) -> list[Partition]:
        """Those that may have rows in a region, in the order of the sky."""
        order, pixel = (np.array([getattr(p, name) for p in self.partitions]) for name in ("order", "pixel"))
        touched = region.touched(order, pixel)
        return [p for p, one in zip(self.partitions, touched, strict=True) if one]

    @cached_property
    def schema(self) -> Any:  # noqa: ANN401  (of pyarrow)
        """Names and types of the columns, by the first partition."""
        return self.opened(self.partitions[0]).schema

    def opened(self, partition: Partition) -> Any:  # noqa: ANN401  (of pyarrow)
        """A partition's data set of pyarrow, of which nothing is read yet but its schema."""
        import pyarrow.dataset as ds

        checks = ds.ParquetFragmentScanOptions(page_checksum_verification=True)
        form = ds.ParquetFileFormat(default_fragment_scan_options=checks)
        where = self.place.within(f"dataset/{partition.path}")
        try:
            return ds.dataset(where.path, format=form, filesystem=where.arrow())
        except FileNotFoundError as error:
            raise UserError(
                f"{where.address} is listed as a partition, and is not there; copy the catalogue again, or "
                "the partition that lacks"
            ) from error
        except Exception as error:  # of pyarrow, or of whatever package reaches there
            raise unreachable(where.address, error) from error

    def _listed(self) -> list[Partition]:
        text = self.place.text("partition_info.csv")
        if text is None:
            return []
        rows = list(csv.DictReader(io.StringIO(text)))
        if rows and not {"Norder", "Npix"} <= set(rows[0]):
            raise UserError(
                f"{self.place.address}/partition_info.csv has the columns {', '.join(rows[0])}, and needs "
                "Norder and Npix; copy it again"
            )
        suffix = self.properties.get("hats_npix_suffix", ".parquet").rstrip("/")
        return [self._partition(int(row["Norder"]), int(row["Npix"]), suffix) for row in rows]

    def _partition(self, order: int, pixel: int, suffix: str) -> Partition:
        folder = pixel // FOLDER_SIZE * FOLDER_SIZE
        return Partition.of(order, pixel, f"Norder={order}/Dir={folder}/Npix={pixel}{suffix}")

    def _of_metadata(self) -> list[Partition]:
        import pyarrow.parquet as pq

        where = self.place.within("dataset/_metadata")
        try:
            metadata = pq.read_metadata(where.path, filesystem=where.arrow())
        except FileNotFoundError:
            return []
        except Exception as error:  # of pyarrow, or of whatever package reaches there
            raise unreachable(where.address, error) from error
        groups = map(metadata.row_group, range(metadata.num_row_groups))
        return _partitions([group.column(0).file_path for group in groups])

    def _of_folder(self) -> list[Partition]:
        return _partitions(self.place.found("dataset"))


def _partitions(paths: Sequence[str]) -> list[Partition]:
    """The partitions whose files these are; files in one folder Npix= are one."""
    found = {}
    for path in paths:
        match = PARTITION.search(path)
        if match:
            order, pixel, rest = int(match[1]), int(match[2]), match[3] or ""
            whole = path.removesuffix(rest) if rest.startswith("/") else path
            found[order, pixel] = Partition.of(order, pixel, whole)
    return list(found.values())


def opened(place: Place) -> Hats:
    """The catalogue in a folder, or the main one of a collection.

    Parameters
    ----------
    place
        The folder.

    Returns
    -------
    Hats

    Raises
    ------
    UserError
        For a folder that is no catalogue of rows on the sky, such as one of margins.
    """
    for name in PROPERTIES:
        text = place.text(name)
        if text is not None:
            properties = _properties(text)
            kind = properties.get("dataproduct_type", "object")
            if kind in OTHERS:
                raise UserError(
                    f"{place.address}/{name}: the catalogue is of dataproduct_type {kind}, which does not "
                    "hold objects by their pixels; give the catalogue to which it belongs"
                )
            return Hats(place, properties)
    text = place.text(COLLECTION)
    main = _properties(text).get("hats_primary_table_url") if text is not None else None
    if main:
        return opened(place.within(main.strip("/")))
    raise UserError(
        f"{place.address} has no {' or '.join(PROPERTIES)}, and so is no HATS catalogue; give the folder in "
        "which it stands, beside dataset/"
    )


def _properties(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
