"""Images of galaxies on one sheet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from galaxy_causal.plot.style import blank, readable, styled

COLUMNS, ROW = 6, 1.31  # height of a row in inches, its title included
FLAGGED = "#CC79A7"
"""Colour of pixels without a value in some of the three bands shown."""
Q, STRETCH = 8.0, 0.3
"""Softening and linear stretch [nanomaggy per pixel] of the colours (Lupton et al. 2004, PASP 116, 133)."""
WEIGHTS = {"i": 1.0, "r": 1.38, "g": 2.75}
"""Factors that make a galaxy with r - i = 0.35 and g - r = 0.75 white."""


def contact_sheet(
    images: NDArray[np.float32],
    bands: Sequence[str],
    labels: Sequence[str],
    pixel_scale: float,
    stretch: float = STRETCH,
) -> Figure:
    """Images side by side, in colours of three bands.

    Parameters
    ----------
    images
        (m, bands, height, width), the first row on top. Where a shown band is NaN the pixel has a colour of
        its own.
    bands
        Their names. Red, green and blue are i, r and g where they are there, else the last, middle and first.
    labels
        Of each image.
    pixel_scale
        Of a pixel [arcsec].
    stretch
        In the unit of the images; zero is black, and the bands are weighted by ``WEIGHTS``.

    Returns
    -------
    Figure

    References
    ----------
    Lupton et al. 2004, PASP 116, 133.
    """
    shown = ("i", "r", "g") if set("gri") <= set(bands) else _spread(bands)
    channels = [list(bands).index(band) for band in shown]
    weights = np.array([WEIGHTS.get(band, 1.0) for band in shown], dtype=np.float32)[:, None, None]
    rows = -(-len(images) // COLUMNS)
    with styled():
        figure = blank(0.4 + rows * ROW)
        axes = figure.subplots(rows, min(COLUMNS, max(len(images), 1)), squeeze=False)
        for place, axis in enumerate(axes.flat):
            axis.set_axis_off()
            if place < len(images):
                colours = _colours(weights * images[place, channels], stretch)
                axis.imshow(colours, origin="lower", interpolation="nearest")
                axis.set_title(readable(labels[place]), fontsize=7.5, pad=2)
        size = images.shape[-1] * pixel_scale
        text = f"{', '.join(shown)} as red, green, blue; {size:.1f} arcsec wide"
        if np.isnan(images[:, channels]).any():
            text += "; pink: no value"
        figure.suptitle(text, x=0.012, horizontalalignment="left", fontsize=11)
    return figure


def _colours(channels: NDArray[np.float32], stretch: float) -> NDArray[np.float64]:
    from astropy.visualization import make_lupton_rgb

    bad = np.isnan(channels).any(axis=0)
    red, green, blue = np.where(bad, 0, channels)
    with np.errstate(divide="ignore", invalid="ignore"):  # where the sum is zero, which becomes black
        colours: NDArray[np.float64] = make_lupton_rgb(red, green, blue, stretch=stretch, Q=Q) / 255.0
    colours[bad] = to_rgb(FLAGGED)
    return colours


def _spread(bands: Sequence[str]) -> tuple[str, str, str]:
    return bands[-1], bands[len(bands) // 2], bands[0]
