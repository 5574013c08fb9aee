"""Pixels: in single precision, flagged, filled and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import IMAGES, Catalogue, Images, Input, UserError

if TYPE_CHECKING:
    from torch import Tensor

Pixels = NDArray[np.float32]
ONE_THREAD = 32_000
"""Numbers that PyTorch copies in the thread that asks: its grain is 32,768."""
CHUNK = 512  # galaxies whose images are held at once


def single_precision(pixels: NDArray[Any], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """A copy as float32, into ``out`` where it is given; same shape, same values.

    Half precision goes through PyTorch, which widens it with the processor's own instruction; NumPy does so
    in software, at less than half the speed. It does so in pieces that PyTorch copies in one thread: its
    threads do not survive a fork, and a process that waits for them waits forever.
    """
    copy = np.empty(pixels.shape, dtype=np.float32) if out is None else out
    if pixels.dtype != np.float16:
        copy[...] = pixels
        return copy
    import torch  # a second to import, and other precisions do without

    writable = pixels if pixels.flags.writeable else pixels.copy()  # PyTorch warns of anything else
    both = copy, np.asarray(writable)
    if all(array.flags.c_contiguous for array in both):
        both = copy.reshape(-1), both[1].reshape(-1)  # fewer pieces
    _copy(*map(torch.from_numpy, both))
    return copy


def _copy(out: Tensor, values: Tensor) -> None:
    if values.numel() <= ONE_THREAD:
        out.copy_(values)
    elif len(values) == 1:
        _copy(out[0], values[0])
    else:
        step = max(ONE_THREAD * len(values) // values.numel(), 1)
        for start in range(0, len(values), step):
            some = slice(start, start + step)
            _copy(out[some], values[some])


def flag(pixels: Pixels, masked: NDArray[np.bool_] | None, null_pixels: Sequence[float]) -> None:
    """Set to NaN, in place, the pixels that are not finite, masked, or equal to one of ``null_pixels``."""
    bad = ~np.isfinite(pixels)
    if masked is not None:
        bad |= masked
    for null in null_pixels:
        bad |= pixels == np.float32(null)
    pixels[bad] = np.nan


def filled(pixels: Pixels, fill: str) -> Pixels:
    """Pixels (m, bands, height, width) with flagged ones (NaN) as ``fill`` says: see ``cutouts``."""
    if fill == "nan":
        return pixels
    if fill == "zero":
        return np.where(np.isnan(pixels), np.float32(0), pixels)
    return np.where(np.isnan(pixels), np.nanmedian(pixels, axis=(2, 3), keepdims=True), pixels)


def missing_pixels(images: Images, count: int) -> NDArray[np.int64]:
    """Pixels that are NaN or infinite.

    Parameters
    ----------
    images
        Of which they may be counted already; else they are read once.
    count
        How many galaxies there are.

    Returns
    -------
    numpy.ndarray
        Of each galaxy in each band, int64 (count, bands).
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
    """Refuse images with missing pixels: a network cannot take NaN, and zero would be a claim about the sky.

    Parameters
    ----------
    catalogue
        With the images.
    missing
        (n, bands), of ``missing_pixels``.
    items
        Inputs, of which bands of images are looked at.

    Raises
    ------
    UserError
        For the first band that has any.
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
