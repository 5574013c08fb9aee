"""Images joined to the galaxies of a table by their ids, with what is flagged in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import Unsplit, check_ids
from galaxy_causal.dataset.ids import comparable, repeated, some
from galaxy_causal.dataset.images.file import ImageFile, Rows
from galaxy_causal.dataset.images.pixels import Pixels, filled, flag
from galaxy_causal.dataset.images.scan import Scan, scan
from galaxy_causal.types import Feature, Images, UserError, check_option, option

Fill = Literal["error", "zero", "median", "nan"]
Share = Annotated[float, Ge(0), Lt(1)]
Unmatched = Literal["error", "drop"]
FLAGGED = "flagged_fraction"
NO_IMAGE, NO_ROW = "no image", "images without a row of the table"


@dataclass(frozen=True)
class FilledImages:
    """``Images.read``: row numbers of the catalogue to pixels, flagged ones filled as was chosen."""

    file: ImageFile
    rows: Rows
    touched: NDArray[np.bool_]
    null_pixels: tuple[float, ...]
    fill: str

    def __call__(self, wanted: NDArray[np.int64]) -> Pixels:
        """Pixels float32 (m, bands, height, width) of these galaxies, in this order."""
        rows = self.rows[wanted]
        pixels = self.file.read(rows)
        which = np.flatnonzero(self.touched[wanted])
        if len(which):
            some = pixels[which]
            flag(some, self.file.masked(rows[which]), self.null_pixels)
            pixels[which] = filled(some, self.fill)
        return pixels


@dataclass(frozen=True)
class Joining:
    """How images are joined: what flagged pixels become, how many are too many, what has no partner."""

    fill: Fill = "error"
    max_flagged: float | None = None
    unmatched: Unmatched = "error"
    null_pixels: tuple[float, ...] = ()
    cache: Path = Path()


def null_values_of_pixels(name: str, value: Any) -> tuple[float, ...]:  # noqa: ANN401
    """The values of a pixel that hold no number, as the option of this name gives them."""
    check_option(option(name), value, Sequence[float] | None)
    return tuple(float(v) for v in value or ())


def join(galaxies: Unsplit, file: ImageFile, how: Joining) -> Unsplit:
    """The galaxies with their images and the feature ``other/flagged_fraction``.

    The fraction is that of the band which has most flagged pixels; galaxies above ``how.max_flagged`` are
    left out and counted. Raises UserError for ids that stand more than once, for galaxies without an image
    and images without a galaxy (unless ``unmatched="drop"``, which leaves them out and counts them), and,
    before anything is trained, for flagged pixels without a ``fill`` and for bands without any good pixel.
    """
    check_ids(galaxies.catalogue)  # else a duplicate would show as an image without its row
    where = _positions(galaxies, file)
    galaxies = _matched(galaxies, file, where, how)
    where = where[where >= 0]
    found = scan(file, where, how.null_pixels, how.cache)
    shape = file.description.shape
    fraction = found.flagged.max(axis=1, initial=0) / (shape[2] * shape[3])
    if how.max_flagged is not None:
        good = fraction <= how.max_flagged
        galaxies = galaxies.keep(good, f"more than {how.max_flagged:g} of a band's pixels flagged")
        where, fraction = where[good], fraction[good]
        found = Scan(found.flagged[good], found.digest[good])
    _check_flagged(galaxies, file, fraction, how.fill)
    images = _images(file, where, found, how)
    other = {**galaxies.catalogue.features.get("other", {}), FLAGGED: Feature(fraction, "")}
    features = {**galaxies.catalogue.features, "other": other}
    provenance = {**galaxies.catalogue.provenance, "images": file.path.name, "images_sha256": images.checksum}
    catalogue = replace(galaxies.catalogue, images=images, features=features, provenance=provenance)
    return replace(galaxies, catalogue=catalogue)


def _images(file: ImageFile, where: Rows, found: Scan, how: Joining) -> Images:
    said = file.description
    if said.bands is None or said.pixel_scale is None or said.unit is None:
        raise TypeError("the description of the images must be complete by now")
    meaning = f"{said.bands} {said.shape[1:]} {said.pixel_scale!r} {said.unit} {how.fill}"
    checksum = hashlib.sha256(meaning.encode() + found.digest.tobytes()).hexdigest()
    touched = np.asarray(found.flagged.any(axis=1))
    reader = FilledImages(file, where, touched, tuple(how.null_pixels), how.fill)
    left = found.flagged if how.fill == "nan" else np.zeros_like(found.flagged)
    missing = left.astype(np.int64)
    return Images(said.bands, said.shape[2:], said.pixel_scale, said.unit, reader, checksum, missing)


def _positions(galaxies: Unsplit, file: ImageFile) -> Rows:
    """The row of the file for each galaxy (n,), -1 where it has none."""
    ids, mine = file.description.ids, galaxies.catalogue.id
    if ids is None:
        # Without ids the images stand in the order of the table, whose ids must be its row numbers.
        if not np.array_equal(galaxies.listed, np.arange(len(galaxies.listed))):
            columns = file.description.columns
            inside = f" or the name of one of its arrays, {', '.join(sorted(columns))}," if columns else ""
            raise UserError(
                f"{file.path} has no ids, and the table has; give {option('dataset.images.ids')}=<file of "
                f"ids>,{inside} or set {option('dataset.columns.id', None)} where image and row stand at the "
                "same place"
            )
        rows = mine.astype(np.int64)
        return np.where(rows < file.description.shape[0], rows, -1)
    mine, ids = comparable(mine, ids)
    for several, what in ((repeated(ids), "stand for several images"), (repeated(mine), "are several rows")):
        if len(several):
            raise UserError(
                f"{file.path}: {len(several)} ids {what}, such as {some(several)}; each galaxy needs one"
            )
    order = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids[order], mine), max(len(ids) - 1, 0))
    return np.where(ids[order][place] == mine, order[place], -1) if len(ids) else np.full(len(mine), -1)


def _matched(galaxies: Unsplit, file: ImageFile, where: Rows, how: Joining) -> Unsplit:
    alone, ids = galaxies.catalogue.id[where < 0], file.description.ids
    extra: Sequence[object] | NDArray[np.generic]
    if ids is None:
        extra = range(len(galaxies.listed), file.description.shape[0])  # as many as the file claims
    else:
        images, listed = comparable(ids, galaxies.listed)
        extra = ids[~np.isin(images, listed)]
    if how.unmatched == "error" and (len(alone) or len(extra)):
        lines = [f"{len(a)} {what} (ids {some(a)})" for a, what in
                 ((alone, "rows of the table have no image"), (extra, "images have no row of the table"))
                 if len(a)]  # fmt: skip
        drop = option("dataset.unmatched", "drop")
        remedy = f"Check the ids, or set {drop} to leave those without a partner out"
        if ids is None:
            remedy = "Images go row by row with the table: give as many of both, in one order"
        raise UserError(
            f"{file.path}: {' and '.join(lines)}; of {len(where)} galaxies and {file.description.shape[0]} "
            f"images {int((where >= 0).sum())} match. {remedy}"
        )
    galaxies = galaxies.keep(where >= 0, NO_IMAGE)
    if not len(extra):
        return galaxies
    dropped = {**galaxies.catalogue.dropped, NO_ROW: len(extra)}
    return replace(galaxies, catalogue=replace(galaxies.catalogue, dropped=dropped))


def _check_flagged(galaxies: Unsplit, file: ImageFile, fraction: NDArray[np.float64], fill: str) -> None:
    ids = galaxies.catalogue.id
    empty = ids[fraction == 1]
    if len(empty):
        raise UserError(
            f"{file.path}: {len(empty)} galaxies have a band without any good pixel (ids {some(empty)}); "
            f"set {option('dataset.max_flagged', 0.5)}, or another share below 1, to leave such galaxies out"
        )
    touched = ids[fraction > 0]
    if fill == "error" and len(touched):
        raise UserError(
            f"{file.path}: {len(touched)} of {len(ids)} galaxies have flagged pixels (NaN, infinite, masked "
            f"or one of null_pixels), in a band up to {fraction.max():.1%} (ids {some(touched)}); set "
            f"{option('dataset.max_flagged', 0)} to leave these galaxies out, or say by "
            f"{option('dataset.fill', 'median')} (of the good pixels of image and band) or zero what a "
            "network gets in their place"
        )
