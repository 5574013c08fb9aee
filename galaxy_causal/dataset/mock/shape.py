"""Axis ratios by weighted second moments, with the weight and the point-spread function removed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.mock.images import transfers
from galaxy_causal.dataset.mock.telescope import FRAME, PIXEL
from galaxy_causal.types import Floats

WIDTHS = np.geomspace(0.7, 7.0, 10)
"""Standard deviations of the round Gaussian weights [arcsec]."""
LEAST, MOST = 0.05, 1.0
"""Bounds of a measured axis ratio, those of SDSS's own fits."""


@lru_cache(maxsize=1)
def moment_weights() -> NDArray[np.float32]:
    """Weights for flux, xx, yy and xy in each of ``WIDTHS``: (FRAME^2, 4 x widths)."""
    along = (np.arange(FRAME) - (FRAME - 1) / 2) * PIXEL
    x, y = (a.ravel() for a in np.meshgrid(along, along))
    products = np.stack([np.ones_like(x), x * x, y * y, x * y], axis=1)
    gauss = np.exp(-(x**2 + y**2)[:, None] / (2 * WIDTHS**2))
    weights: NDArray[np.float32] = (gauss[:, :, None] * products[:, None]).reshape(len(x), -1).astype("f4")
    return weights


def moments(images: NDArray[np.float32]) -> Floats:
    """Weighted sums (n, bands, widths, 4) of frames (n, bands, FRAME, FRAME)."""
    flat = images.reshape(-1, FRAME * FRAME)
    return (flat @ moment_weights()).reshape(*images.shape[:2], len(WIDTHS), 4).astype(float)


@lru_cache(maxsize=1)
def seeing_moments() -> Floats:
    """Variance [arcsec^2] of the point-spread function with the weight removed: (seeing nodes, 5, widths)."""
    import scipy.fft

    images = scipy.fft.irfft2(transfers(), s=(FRAME, FRAME)).astype(np.float32)
    sums = moments(images)
    variance = (sums[..., 1] + sums[..., 2]) / (2 * sums[..., 0])
    return _unweighted(variance, WIDTHS)


def axis_ratios(sums: Floats, size: Floats, seeing: NDArray[np.int64]) -> Floats:
    """Axis ratios (n, 5) from the sums of ``moments`` (n, 5, widths, 4).

    The weight is the one closest to ``size`` (n,), the half-light radius in r [arcsec]. With round weights of
    variance s^2 a Gaussian galaxy of variance c has the moment 1 / (1 / c + 1 / s^2), which is inverted
    along both axes; then the variance of the point-spread function (of the node ``seeing`` (n,)) is taken
    off. Where noise leaves nothing the ratio is 0.05, the bound; NaN where the weighted flux is not positive
    or the size is NaN.
    """
    known = np.isfinite(size)
    step = np.log(WIDTHS[1] / WIDTHS[0])
    place = np.rint(np.log(np.where(known, size, 1.0) / WIDTHS[0]) / step)
    chosen = np.minimum(np.maximum(place, 0), len(WIDTHS) - 1).astype(np.int64)
    flux, xx, yy, xy = np.moveaxis(sums[np.arange(len(size)), :, chosen], -1, 0)
    measured = known[:, None] & (flux > 0)
    scale = np.where(measured, flux, 1.0)
    mean, half = (xx + yy) / (2 * scale), np.hypot((xx - yy) / 2, xy) / scale
    point = seeing_moments()[seeing, :, chosen]
    weight = WIDTHS[chosen][:, None]
    major, minor = (_unweighted(m, weight) - point for m in (mean + half, mean - half))
    with np.errstate(divide="ignore", invalid="ignore"):
        square = np.where((minor > 0) & (major > 0), minor / major, 0.0)
    ratio = np.minimum(np.maximum(np.sqrt(square), LEAST), MOST)
    return np.where(measured, ratio, np.nan)


def _unweighted(variance: Floats, width: Floats) -> Floats:
    """Variance without the weight; infinite where the image is as wide as the weight or wider."""
    with np.errstate(divide="ignore"):
        inverse = 1 / np.where(variance > 0, variance, np.nan) - 1 / width**2
        unweighted = np.where(inverse > 0, 1 / inverse, np.inf)
    result: Floats = np.where(variance > 0, unweighted, 0.0)
    return result
