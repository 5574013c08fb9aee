"""The layout of Zhang et al. (2025): a catalogue and images in two npz files, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.cache import cache_folder
from galaxy_causal.dataset.images.file import band_names
from galaxy_causal.dataset.images.join import Joining, join, null_values_of_pixels
from galaxy_causal.dataset.images.members import npz_file
from galaxy_causal.dataset.split import NONE, WIDTH
from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.dataset.tables.table import LABEL, read_table
from galaxy_causal.types import SPLITS, Catalogue, UserError


def npz(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object] | None = None,
    *,
    bands: str | Sequence[str] = "ugriz",
    pixel_scale: float = 0.396,
    unit: str = "nanomaggy",
    null_pixels: Sequence[float] | None = (-9999.0,),
    fill: str = "error",
    max_flagged: float | None = None,
    cache: str | None = None,
    null_values: Sequence[float] = (),
    nulls: str = "error",
    target_label: str = LABEL,
    name: str | None = None,
) -> Catalogue:
    """Galaxies in the folder ``path``: ``catalog.npz`` and ``images.npz``.

    The catalogue holds arrays (n,), named as ``columns`` says (see ``table``; magnitudes and mag errors),
    and the row numbers of each split, ``id_train``, ``id_validation`` and ``id_test``, which count where
    ``split`` is None; galaxies in none are left out and counted. A galaxy's id is its row number. The
    images hold ``img_<band>`` (n, height, width) for each of ``bands``, row by row as the catalogue, on
    pixels of ``pixel_scale`` arcsec in ``unit``; they are memory-mapped (see ``npz_file``), and without
    ``bands`` are not read at all. Flagged pixels, ``null_pixels``, ``fill``,
    ``max_flagged`` and ``cache`` are as in ``cutouts``. Nothing is ever unpickled.

    Raises UserError for files, members, lengths and splits that cannot be used.
    """
    nothing = null_values_of_pixels("dataset.null_pixels", null_pixels)
    how = Joining(fill, max_flagged, "error", nothing, cache_folder(cache))
    how.check()
    if path is None:
        raise UserError("dataset.path is not set; give the folder that holds catalog.npz and images.npz")
    if isinstance(pixel_scale, bool) or not pixel_scale > 0:
        raise UserError(f"dataset.pixel_scale={pixel_scale}: give the size of a pixel in arcsec")
    if columns.get("id") is not None:
        raise UserError(f"dataset.columns.id={columns['id']}: the ids of this layout are row numbers")
    folder = Path(str(path)).expanduser()
    galaxies = read_table(
        str(folder / "catalog.npz"),
        columns,
        photometry_unit="magnitude",
        softening=0.1,  # for fluxes only, and these are magnitudes
        null_values=null_values,
        nulls=nulls,
        target_label=target_label,
        name=name,
    )
    if split is None:
        given = _published_split(folder / "catalog.npz", len(galaxies.listed))
        galaxies = replace(galaxies, given=given[galaxies.catalogue.id.astype(np.int64)])
    named = band_names(bands) if bands else ()
    if named:
        file = npz_file(folder / "images.npz", [f"img_{b}" for b in named], named, how.cache)
        file.description = replace(file.description, pixel_scale=float(pixel_scale), unit=unit)
        galaxies = join(galaxies, file, how)
    return galaxies.finish(split or {})


def _published_split(file: Path, count: int) -> NDArray[np.str_]:
    """The split of each row (count,) from the row numbers that the catalogue lists."""
    split = np.full(count, NONE, dtype=WIDTH)
    for name in SPLITS:
        member = f"id_{name}"
        rows = read_columns(file, [member])[member].value
        odd = rows if rows.dtype.kind not in "iu" else rows[(rows < 0) | (rows >= count)]
        if len(odd):
            raise UserError(f"{file}: {member} holds {odd[0]}; it must hold row numbers, 0 to {count - 1}")
        unique, counts = np.unique(rows.astype(np.int64), return_counts=True)
        if (counts > 1).any():
            raise UserError(
                f"{file}: {member} names row {unique[counts > 1][0]} more than once; a galaxy may stand once"
            )
        taken = unique[split[unique] != NONE]
        if len(taken):
            raise UserError(
                f"{file}: the splits overlap: {len(taken)} rows of {member} are in the {split[taken[0]]} "
                f"split too, such as {taken[0]}; take them out of one"
            )
        split[unique] = name
    return split
