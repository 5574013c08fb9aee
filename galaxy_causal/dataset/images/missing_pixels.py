"""Pixels that hold no number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import IMAGES, Catalogue, Images, Input, UserError

CHUNK = 512  # galaxies whose images are held at once


def missing_pixels(images: Images, count: int) -> NDArray[np.int64]:
    """Pixels that are NaN or infinite, of each of ``count`` galaxies in each band: (count, bands).

    As ``images`` have them counted, else from one pass over all.
    """
    if images.missing is not None:
        return images.missing
    missing = np.zeros((count, len(images.bands)), dtype=np.int64)
    for start in range(0, count, CHUNK):
        rows = np.arange(start, min(start + CHUNK, count))
        pixels = images.read(rows)
        # A sum is finite only if all its terms are: the count itself is needed for few galaxies.
        with np.errstate(over="ignore", invalid="ignore"):
            suspect = np.flatnonzero(~np.isfinite(pixels.sum(axis=(1, 2, 3))))
        missing[rows[suspect]] = (~np.isfinite(pixels[suspect])).sum(axis=(2, 3))
    return missing


def check_pixels(catalogue: Catalogue, missing: NDArray[np.int64], items: Sequence[Input]) -> None:
    """Refuse images among ``items`` with missing pixels; ``missing`` is of ``missing_pixels``.

    Raises UserError for the first band that has any: a network cannot take NaN, and a zero in its place
    would be a claim about the sky.
    """
    if catalogue.images is None:
        return
    size = catalogue.images.shape[0] * catalogue.images.shape[1]
    for band in dict.fromkeys(item.name for item in items if item.modality in IMAGES):
        lost = missing[:, catalogue.images.bands.index(band)]
        rows = np.flatnonzero(lost)
        if len(rows):
            examples = ", ".join(str(i) for i in catalogue.id[rows[:5]])
            raise UserError(
                f"dataset {catalogue.name}: {len(rows)} of {len(lost)} images in band {band} have missing "
                f"pixels (NaN), {int(np.sum(lost == size))} of them nothing else (ids {examples}"
                f"{', ...' if len(rows) > 5 else ''}); leave such galaxies out of the dataset, or choose "
                "other bands"
            )
