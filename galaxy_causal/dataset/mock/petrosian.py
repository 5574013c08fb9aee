"""Petrosian fluxes and radii measured on images, as SDSS defines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.mock.telescope import ELECTRONS, FRAME, PIXEL, SKY_NOISE
from galaxy_causal.types import Floats

STEPS = 4  # nodes from a radius to 1.25 times it
RADII = 0.25 * 1.25 ** (np.arange(83) / STEPS)
"""Radii of apertures [arcsec], 5.7% apart, the last within the frame."""
RATIO, EXTENT = 0.2, 2.0
"""Petrosian ratio, and aperture in Petrosian radii (Blanton et al. 2001; Strauss et al. 2002)."""
FINE = 24
"""A pixel's overlap with an aperture is found on 24 x 24 points."""
SMALLEST = 1.0
"""Below this radius [arcsec] the ratio is not looked at: the point-spread function alone reigns."""


@dataclass(frozen=True)
class Petrosian:
    """Radius (n,) [arcsec], NaN where there is none in the frame; flux, its error [nanomaggies], R50 and R90
    [arcsec], each (n, 5), NaN where the radius is or where the flux is not positive."""

    radius: Floats
    flux: Floats
    error: Floats
    r50: Floats
    r90: Floats


@lru_cache(maxsize=1)
def aperture_weights() -> NDArray[np.float32]:
    """Share of each pixel within each of ``RADII``: (FRAME^2, radii).

    Sums are scaled to the exact areas, from which the points alone are off by up to 1% in the smallest.
    """
    half = FRAME // 2
    fine = (np.arange(half * FINE) + 0.5) / FINE
    blocks = (np.hypot(fine, fine[:, None]) * PIXEL).reshape(half, FINE, half, FINE).swapaxes(1, 2)
    place = np.searchsorted(RADII, blocks.reshape(half**2, FINE**2))
    counts = np.zeros((half**2, len(RADII) + 1))
    for column in place.T:
        counts[np.arange(half**2), column] += 1
    quarter = np.cumsum(counts[:, :-1], axis=1) / FINE**2
    quarter *= np.pi * RADII**2 / (4 * quarter.sum(axis=0) * PIXEL**2)
    corner = quarter.reshape(half, half, len(RADII))
    side = np.concatenate([corner[::-1], corner])
    return np.concatenate([side[:, ::-1], side], axis=1).reshape(FRAME**2, len(RADII)).astype(np.float32)


def growth_curves(images: NDArray[np.float32]) -> Floats:
    """Flux within each of ``RADII``: (n, 5, radii) from frames (n, 5, FRAME, FRAME)."""
    flat = images.reshape(-1, FRAME * FRAME)
    return (flat @ aperture_weights()).reshape(*images.shape[:2], len(RADII)).astype(float)


def petrosian(growth: Floats, depth: float) -> Petrosian:
    """Petrosian quantities from growth curves (n, 5, radii); bands share the radius measured in r.

    The radius is the first at which the mean surface brightness between 0.8 and 1.25 times it falls to
    0.2 of the mean within. The error is that of sky and photons in the aperture.
    """
    radius = petrosian_radius(growth[:, 2])
    found = np.isfinite(radius)
    aperture = EXTENT * np.where(found, radius, 1.0)
    flux = np.stack([at_radius(growth[:, b], aperture) for b in range(growth.shape[1])], axis=1)
    pixels = np.pi * (aperture / PIXEL) ** 2
    variance = (pixels[:, None] * SKY_NOISE**2 + np.maximum(flux, 0) / ELECTRONS) / depth
    half, most = (
        np.stack([enclosing(growth[:, b], f * flux[:, b]) for b in range(growth.shape[1])], axis=1)
        for f in (0.5, 0.9)
    )
    nothing = np.where(found, 0.0, np.nan)[:, None]
    return Petrosian(radius, flux + nothing, np.sqrt(variance) + nothing, half + nothing, most + nothing)


def petrosian_radius(growth: Floats) -> Floats:
    """First radius [arcsec] of Petrosian ratio 0.2 in one band (n, radii); NaN where none is in the frame.

    Twice the radius must lie within the frame, too.
    """
    inner, outer = growth[:, : -2 * STEPS], growth[:, 2 * STEPS :]
    radii = RADII[STEPS:-STEPS]
    local = (outer - inner) / (1.25**2 - 0.8**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = local / growth[:, STEPS:-STEPS]
    below = (ratio < RATIO) & (radii > SMALLEST)
    first = np.argmax(below, axis=1)
    rows = np.arange(len(growth))
    there = below[rows, first] & (first > 0)
    last, now = ratio[rows, first - 1], ratio[rows, first]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # where it is not there
        share = np.where(last > RATIO, (last - RATIO) / (last - now), 1.0)
        radius = radii[first - 1] * (radii[first] / radii[first - 1]) ** share
    return np.where(there & (EXTENT * radius <= RADII[-1]), radius, np.nan)


def at_radius(growth: Floats, radius: Floats) -> Floats:
    """Flux (n,) within a radius [arcsec] (n,), linear in the area between nodes; (n, radii) given."""
    place = np.searchsorted(RADII, radius).clip(1, len(RADII) - 1)
    rows = np.arange(len(radius))
    low, high = RADII[place - 1] ** 2, RADII[place] ** 2
    share = (radius**2 - low) / (high - low)
    flux: Floats = (1 - share) * growth[rows, place - 1] + share * growth[rows, place]
    return flux


def enclosing(growth: Floats, flux: Floats) -> Floats:
    """First radius [arcsec] within which there is this flux; NaN where it is not positive or not reached."""
    reached = growth >= flux[:, None]
    place = np.argmax(reached, axis=1)
    rows = np.arange(len(flux))
    found = reached[rows, place] & (flux > 0)
    inner = np.where(place > 0, growth[rows, place - 1], 0.0)
    low = np.where(place > 0, RADII[place - 1], 0.0)
    share = (flux - inner) / np.where(found, growth[rows, place] - inner, 1.0)
    square = low**2 + share * (RADII[place] ** 2 - low**2)
    return np.sqrt(np.where(found, square, np.nan))


def ring_variances(growth: Floats, depth: float) -> Floats:
    """Variance [nanomaggies^2] of the flux between successive ``RADII``: (n, 5, radii - 1)."""
    pixels = np.pi * np.diff(RADII**2) / PIXEL**2
    light = np.maximum(np.diff(growth, axis=-1), 0) / ELECTRONS[:, None]
    variance: Floats = (pixels * (SKY_NOISE**2)[:, None] + light) / depth
    return variance


def columns(measured: Petrosian, bands: tuple[str, ...]) -> Mapping[str, Floats]:
    """The catalogue's columns of radii by name, ``petroR50_u`` and so on."""
    named = {f"petroR50_{band}": measured.r50[:, b] for b, band in enumerate(bands)}
    return named | {f"petroR90_{band}": measured.r90[:, b] for b, band in enumerate(bands)}
