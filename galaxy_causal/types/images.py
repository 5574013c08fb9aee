"""Images of galaxies, which are read when they are needed, and where galaxies are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ImageReader = Callable[[NDArray[np.int64]], NDArray[np.float32]]


@dataclass(frozen=True)
class Images:
    """Cutouts of galaxies, read when they are asked for.

    Parameters
    ----------
    bands
        Names of the channels.
    shape
        Height and width [pixels].
    pixel_scale
        Of square pixels [arcsec].
    unit
        Of a pixel.
    read
        Takes row numbers (m,) of the catalogue and gives float32 (m, bands, height, width); it can be
        pickled, for other processes to read.
    checksum
        Stands for all pixels in all bands, so that a fit on them can be told from a fit on others.
    missing
        (n, bands): how many pixels of each galaxy are read as NaN or infinite; None where nobody has counted
        them.
    """

    bands: tuple[str, ...]
    shape: tuple[int, int]
    pixel_scale: float
    unit: str
    read: ImageReader
    checksum: str
    missing: NDArray[np.int64] | None = None

    def take(self, rows: NDArray[np.int64]) -> Images:
        """The images of some galaxies.

        Parameters
        ----------
        rows
            Their row numbers (m,), in the order that is wanted.

        Returns
        -------
        Images
            Unread. As with ``choose``, no closure is made: they travel to another process where ``read``
            does.
        """
        missing = None if self.missing is None else self.missing[rows]
        return replace(self, read=partial(_read_rows, self.read, rows), missing=missing)

    def choose(
        self, names: tuple[str, ...], channel: NDArray[np.int64], flux: NDArray[np.float32] | None = None
    ) -> Images:
        """Some bands, under new names.

        Parameters
        ----------
        names
            Of the c channels of the result.
        channel
            Numbers of their bands, (c,).
        flux
            What the pixels of each galaxy are divided by, (n, c), in ``unit``; None: nothing.

        Returns
        -------
        Images
            Unread; missing pixels are not counted anew.
        """
        read = partial(_read_channels, self.read, channel, flux)
        return replace(self, bands=names, read=read, missing=None)


def _read_rows(read: ImageReader, rows: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.float32]:
    return read(rows[wanted])


@dataclass(frozen=True, repr=False)
class Positions:
    """Where galaxies lie.

    Parameters
    ----------
    id
        (n,), whole numbers or texts.
    ra, dec
        (n,), right ascension and declination [deg, ICRS].
    """

    id: NDArray[np.str_] | NDArray[np.int64]
    ra: Floats
    dec: Floats

    def __repr__(self) -> str:
        """How many there are."""
        return f"<Positions of {len(self.id):,} galaxies>"


def _read_channels(
    read: ImageReader, channel: NDArray[np.int64], flux: NDArray[np.float32] | None, wanted: NDArray[np.int64]
) -> NDArray[np.float32]:
    pixels = read(wanted)
    if not np.array_equal(channel, np.arange(pixels.shape[1])):
        pixels = pixels[:, channel]
    return pixels if flux is None else pixels / flux[wanted][:, :, None, None]
