"""The layout of Zhang et al. (2025): a catalogue and images in two npz files, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import ArrayFile, Description, Opened, band_names, reading
from galaxy_causal.dataset.images.join import Fill, Joining, Share, join, null_values_of_pixels
from galaxy_causal.dataset.images.members import places, verify
from galaxy_causal.dataset.images.scan import cache_folder
from galaxy_causal.dataset.split import NONE, WIDTH
from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.table import LABEL, Nulls, TargetOption, unsplit
from galaxy_causal.files.npy import mapped
from galaxy_causal.types import SPLITS, Catalogue, Positive, UserError, checked, option


@checked("dataset")
def npz(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object] | None = None,
    *,
    bands: str | Sequence[str] | None = "ugriz",
    pixel_scale: Positive = 0.396,
    unit: str = "nanomaggy",
    null_pixels: Sequence[float] | None = (-9999.0,),
    fill: Fill = "error",
    max_flagged: Share | None = None,
    cache: str | None = None,
    null_values: NullValues = None,
    nulls: Nulls = "error",
    target_label: str | None = None,
    target_kind: TargetOption = None,
    name: str | None = None,
) -> Catalogue:
    """Galaxies in a folder with ``catalog.npz`` and ``images.npz``, as Zhang et al. (2025) lay them out.

    Parameters
    ----------
    path
        The folder. The catalogue holds arrays (n,); a galaxy's id is its row number.
    columns, null_values, nulls, target_label, target_kind, name
        As in ``table``; photometry in magnitudes, with errors in mag. A target whose column begins with
        ``lgm`` is called a log10 mass unless it is given another label or kind.
    split
        None: the row numbers that the catalogue lists as ``id_train``, ``id_validation`` and ``id_test``;
        galaxies in none are left out and counted. Else as in ``assign_splits``.
    bands
        The images hold ``img_<band>`` (n, height, width) for each, row by row as the catalogue; they are
        memory-mapped (see ``npz_file``). Without bands they are not read at all.
    pixel_scale
        [arcsec]
    unit
        Of a pixel.
    null_pixels, fill, max_flagged, cache
        As in ``cutouts``.

    Returns
    -------
    Catalogue
        Nothing in the files is ever unpickled.

    Raises
    ------
    UserError
        For files, members, lengths and splits that cannot be used.
    """
    nothing = null_values_of_pixels("dataset.null_pixels", null_pixels)
    how = Joining(fill, max_flagged, "error", nothing, cache_folder(cache))
    if path is None:
        raise UserError(
            f"{option('dataset.path')} is not set; give the folder that holds catalog.npz and images.npz"
        )
    if columns.get("id") is not None:
        raise UserError(
            f"{option('dataset.columns.id', columns['id'])}: the ids of this layout are row numbers"
        )
    folder = Path(str(path)).expanduser()
    if target_label is None and target_kind is None and str(columns.get("target")).startswith("lgm"):
        target_label = LABEL
    options: dict[str, Any] = {
        "null_values": null_values,
        "nulls": nulls,
        "target_label": target_label,
        "target_kind": target_kind,
    }
    galaxies = unsplit(
        str(folder / "catalog.npz"), columns, photometry_unit="magnitude", name=name, **options
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
    split = np.full(count, NONE, dtype=f"<U{WIDTH}")
    for name in SPLITS:
        member = f"id_{name}"
        rows = read_columns(file, [member])[member].array
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


def npz_file(path: Path, members: Sequence[str], bands: tuple[str, ...], cache: Path) -> ArrayFile:
    """Images in one array (n, height, width) for each band.

    An array that the zip file stores without compression is memory-mapped where it lies; a compressed one
    in its copy in ``cache`` (see ``places``). The zip file's checksums are verified, on the way of the copy,
    else by ``ArrayFile.verify``.
    """
    found = places(path, members, cache)
    with reading(path):
        arrays = [Opened(partial(mapped, file, offset)) for file, offset in found]
        shapes = [a.get().shape for a in arrays]
        kinds = {a.get().dtype.kind for a in arrays}
    if len(set(shapes)) > 1 or len(shapes[0]) != 3 or not kinds <= set("iufb"):
        shown = ", ".join(f"{m} {s}" for m, s in zip(members, shapes, strict=True))
        raise UserError(
            f"{path}: images have the shapes {shown}; every band needs numbers of the same shape (galaxies, "
            "height, width)"
        )
    count, height, width = shapes[0]
    description = Description((count, len(bands), height, width), bands=bands)
    plain = [member for member, (file, _) in zip(members, found, strict=True) if file == path]
    return ArrayFile(path, arrays, description, verify=partial(verify, path, plain))
