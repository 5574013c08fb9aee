"""Images of galaxies as colour composites."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from galaxy_causal.plot.images import FLAGGED, WEIGHTS
from galaxy_causal.types import Floats

CHOICES = (("i", "r", "g"), ("z", "r", "g"), ("y", "i", "g"))
"""Bands as red, green and blue, of which the first that are all there are taken."""
SOFTENING = 8.0
CORE = 0.05
"""Of the median galaxy's brightest pixels, the linear stretch: a core that bright is nearly white."""
NOISE = 9.0
"""Deviations of the sky, of which the linear stretch is at least so many: it stays dark."""
BRIGHTEST = 99.5
"""Percentile of a stamp's pixels that is its core."""
LARGEST = 64
"""Pixels across a stamp, of which larger ones are averaged down to no more."""


def colour_bands(bands: Sequence[str]) -> tuple[str, ...]:
    """Which bands are red, green and blue.

    Parameters
    ----------
    bands
        That there are, from blue to red.

    Returns
    -------
    tuple of str
        i, r and g; or z, r, g; or y, i, g; else the last, the middle and the first of them. One band alone,
        for grey. Of two the redder is red and the bluer blue.

    Examples
    --------
    >>> colour_bands("ugriz"), colour_bands("grz"), colour_bands("JHK"), colour_bands("r")
    (('i', 'r', 'g'), ('z', 'r', 'g'), ('K', 'H', 'J'), ('r',))
    """
    for choice in CHOICES:
        if set(choice) <= set(bands):
            return choice
    if len(bands) < len("rgb"):
        return tuple(bands[::-1])
    return bands[-1], bands[len(bands) // 2], bands[0]


def in_words(bands: Sequence[str]) -> str:
    """How stamps are coloured, for a caption.

    Parameters
    ----------
    bands
        As of ``colour_bands``.

    Returns
    -------
    str

    Examples
    --------
    >>> in_words("ugriz"), in_words("r")
    ('i, r, g as red, green, blue', 'r in grey')
    """
    shown = colour_bands(bands)
    if len(shown) == 1:
        return f"{shown[0]} in grey"
    if len(shown) == len("rb"):
        return f"{shown[0]} as red, {shown[1]} as blue, their mean as green"
    return f"{', '.join(shown)} as red, green, blue"


def composites(images: NDArray[np.float32], bands: Sequence[str], unit: str = "") -> NDArray[np.uint8]:
    """Images in colour, all with one stretch, so that a brighter galaxy looks brighter.

    Parameters
    ----------
    images
        (m, bands, height, width), the first row at the bottom. NaN and infinite pixels are pink where a band
        that is shown lacks a value.
    bands
        Their names; see ``colour_bands`` for those that are shown.
    unit
        Of the pixels. In nanomaggies the bands are weighted so that a galaxy with g - r of 0.75 and r - i of
        0.35 is white; in other units so that the cores of these galaxies are white on average.

    Returns
    -------
    ndarray
        (m, height, width, 3); what is wider than 64 pixels is averaged down.

    Notes
    -----
    The sky, the median of the pixels along the rim of each image, is black. The stretch is an asinh, linear
    up to a twentieth of the median galaxy's core, and no shorter than nine deviations of the sky.

    References
    ----------
    Lupton et al. 2004, PASP 116, 133.
    """
    names = colour_bands(bands)
    channels = _binned(images[:, [list(bands).index(name) for name in names]].astype(np.float64))
    if not len(channels):
        return np.zeros((0, 0, 0, 3), dtype=np.uint8)
    bad = np.asarray(~np.isfinite(channels).all(axis=1))
    rim, deviation = _sky(channels)
    channels = np.nan_to_num(channels - rim[:, :, None, None], posinf=0.0, neginf=0.0)
    weight = _weights(channels, names, unit)
    channels, deviation = channels * weight[:, None, None], deviation * weight
    if len(names) != len("rgb"):
        mean = channels.mean(axis=1, keepdims=True)
        channels = np.concatenate([channels[:, :1], mean, channels[:, -1:]], axis=1)
    core = np.percentile(channels.mean(axis=1), BRIGHTEST, axis=(1, 2))
    least = NOISE * float(np.sqrt(np.sum(deviation**2))) / len(names)
    stretch = max(CORE * float(np.median(core)), least, float(np.finfo(np.float32).tiny))
    return np.stack([_coloured(channels[k], bad[k], stretch) for k in range(len(channels))])


def _coloured(channels: Floats, bad: NDArray[np.bool_], stretch: float) -> NDArray[np.uint8]:
    from astropy.visualization import make_lupton_rgb

    with np.errstate(divide="ignore", invalid="ignore"):  # where the sum is zero, which becomes black
        found: NDArray[np.uint8] = make_lupton_rgb(*channels, stretch=stretch, Q=SOFTENING)
    found[bad] = np.round(255 * np.array(to_rgb(FLAGGED))).astype(np.uint8)
    return found


def _binned(channels: Floats) -> Floats:
    """Images of at most ``LARGEST`` pixels across, by means of squares; what is left over is cut off."""
    factor = -(-max(channels.shape[2:]) // LARGEST)
    height, width = (side // factor for side in channels.shape[2:])
    cut = channels[:, :, : height * factor, : width * factor]
    binned: Floats = cut.reshape(*cut.shape[:2], height, factor, width, factor).mean(axis=(3, 5))
    return binned


def _sky(channels: Floats) -> tuple[Floats, Floats]:
    """Level of the sky of each image and band (m, c), and its deviation in each band (c,)."""
    rim = np.concatenate(
        [channels[:, :, 0], channels[:, :, -1], channels[:, :, :, 0], channels[:, :, :, -1]], axis=2
    )
    rim = np.where(np.isfinite(rim), rim, np.nan)
    rim[np.isnan(rim).all(axis=2)] = 0.0
    level = np.nanmedian(rim, axis=2)
    spread = np.nanmedian(np.abs(rim - level[:, :, None]), axis=2)
    return level, 1.4826 * np.median(spread, axis=0)


def _weights(channels: Floats, names: Sequence[str], unit: str) -> Floats:
    """Factors of the bands, (c,)."""
    if unit == "nanomaggy" and set(names) <= set(WEIGHTS):
        return np.array([WEIGHTS[name] for name in names])
    core = np.median(np.percentile(channels, BRIGHTEST, axis=(2, 3)), axis=0)
    return np.where(core > 0, core.max() / np.where(core > 0, core, 1.0), 1.0)
