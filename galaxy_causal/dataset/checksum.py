"""Checksums of what a fit rests on."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import IMAGES, Catalogue, Column, Labels

BLOCK = 1 << 18
"""Values that are hashed at once."""


def catalogue_checksums(catalogue: Catalogue) -> dict[str, str]:
    """SHA-256 of all that a fit can rest on.

    Parameters
    ----------
    catalogue
        Its images, if any, have a checksum of their own.

    Returns
    -------
    dict
        ``catalogue``: ids, target and split together. ``shown``: classes, magnitudes and labels, what results
        are shown by, not what is learnt. ``target_error``, where there is one: the stated error of the target
        and its draws. And one for each column of a feature, by its text, such as ``photometry/g/error``; that
        of ``images/g`` stands for the images in all bands, and ``normalised_images/g`` adds that of the
        photometry that normalises.

    Notes
    -----
    Equal values, shapes and types give equal checksums, whatever file they came from.
    """
    sums = {"catalogue": checksum(catalogue.id, catalogue.target, catalogue.split)}
    shown = (catalogue.galaxy_class, catalogue.magnitude)
    words = np.array([catalogue.target_label, catalogue.magnitude_label, *catalogue.target_classes])
    sums["shown"] = checksum(words, *(values for values in shown if values is not None))
    stated = [values for values in (catalogue.target_error, catalogue.target_draws) if values is not None]
    if stated:
        sums["target_error"] = checksum(*stated)
    for modality, named in catalogue.features.items():
        for name, feature in named.items():
            sums[str(Column(modality, name))] = checksum(feature.value)
            if feature.error is not None:
                sums[str(Column(modality, name, "error"))] = checksum(feature.error)
            if feature.limit is not None:
                sums[str(Column(modality, name, "limit"))] = checksum(feature.limit)
    if catalogue.images is not None:
        pixels = catalogue.images.checksum
        for band in catalogue.images.bands:
            sums[str(Column(IMAGES[0], band))] = pixels
            normalising = sums.get(str(Column("photometry", band)))
            if normalising is not None:
                sums[str(Column(IMAGES[1], band))] = f"{pixels} {normalising}"
    return sums


def checksum(*arrays: NDArray[Any] | Labels) -> str:
    """SHA-256 of values as they are, but that numbers in single precision count as in double."""
    digest = hashlib.sha256()
    for array in arrays:
        dtype = np.dtype(np.float64) if array.dtype == np.float32 else array.dtype
        digest.update(f"{dtype.str}{array.shape}".encode())
        step = max(BLOCK // max(int(np.prod(array.shape[1:])), 1), 1)
        for start in range(0, len(array), step):
            part = np.ascontiguousarray(array[start : start + step], dtype=dtype)
            digest.update(part.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
