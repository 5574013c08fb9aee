"""What SDSS and WISE do to light: point-spread functions, pixels, noise and depths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.magnitudes import POGSON
from galaxy_causal.types import Floats

OPTICAL = tuple("ugriz")
INFRARED = ("W1", "W2", "W3")
PIXEL = 0.396
"""Side of a pixel of the SDSS camera [arcsec]."""
CUTOUT, FRAME = 64, 128
"""Pixels along a side of the images that are kept, and of those on which galaxies are measured."""
WAVELENGTH = np.array([3546.0, 4670.0, 6156.0, 7472.0, 8917.0])  # effective, by kcorrect's responses
SEEING_SLOPE = -0.3
"""Width of the point-spread function against wavelength (Xin et al. 2018, AJ 156, 222)."""
SEEING_NODES = np.geomspace(0.85, 2.45, 16)
"""Widths (FWHM) in r [arcsec] to which a galaxy's seeing is rounded, 7% apart."""
SKY_NOISE = np.array([0.0437, 0.0166, 0.0295, 0.0402, 0.1741])
"""Sky and read noise [nanomaggies per pixel]: medians of 319 places on SDSS DR17 corrected frames, ugriz."""
ELECTRONS = np.array([166.0, 933.0, 959.0, 812.0, 128.0])
"""Electrons per nanomaggy, ugriz: gain over nanomaggies per count of SDSS frame 4510-4-30."""
SOFTENING = np.array([0.14, 0.09, 0.12, 0.18, 0.74])
"""Softening of asinh magnitudes in nanomaggies (Stoughton et al. 2002, AJ 123, 485, table 21)."""
ZERO_REDDENING_ERROR = 0.16
"""Relative error of E(B-V) maps (Schlegel, Finkbeiner & Davis 1998, ApJ 500, 525)."""
REDSHIFT_ERROR = 30.0 / 299_792.458
"""30 km/s (Strauss et al. 2002, AJ 124, 1810)."""
VEGA_TO_AB = np.array([2.699, 3.339, 5.174])
"""AB minus Vega magnitudes of W1, W2, W3 (Jarrett et al. 2011, ApJ 735, 112)."""
WISE_DEPTH = np.array([0.054, 0.071, 0.73]) * 1e-3 / 3.631e-6 / 5
"""One sigma of point sources [nanomaggies], from 5 sigma in mJy (AllWISE Explanatory Supplement, I.1)."""
WISE_FLOOR = np.array([0.02, 0.02, 0.03])
"""Relative errors that no depth removes: of profiles and calibration (chosen)."""
FAINT = 2.0
"""Signal to noise below which WISE gives a 95% upper limit in place of a magnitude."""


def seeing_node(seeing: Floats) -> NDArray[np.int64]:
    """The nearest of ``SEEING_NODES`` in the logarithm, the first or last for a seeing beyond them."""
    step = np.log(SEEING_NODES[1] / SEEING_NODES[0])
    place = np.rint(np.log(seeing / SEEING_NODES[0]) / step).astype(np.int64)
    node: NDArray[np.int64] = np.clip(place, 0, len(SEEING_NODES) - 1)
    return node


def width(node: int, band: int) -> float:
    """FWHM [arcsec] of the point-spread function in an optical band."""
    return float(SEEING_NODES[node] * (WAVELENGTH[band] / WAVELENGTH[2]) ** SEEING_SLOPE)


def observe_images(rng: np.random.Generator, clean: NDArray[np.float32], depth: float) -> NDArray[np.float32]:
    """Images (n, 5, side, side) in nanomaggies per pixel with the noise of photons, sky and read-out.

    Gaussian, with variance sky^2 + flux / electrons; a pixel has some hundred electrons of sky at least
    (40 in u), where counts are close to Gaussian. ``depth`` multiplies the exposure time.
    """
    noise = rng.standard_normal(clean.shape, dtype=np.float32)
    noise *= np.sqrt(pixel_variance(clean, depth))
    noise += clean
    return noise


def pixel_variance(clean: NDArray[np.float32], depth: float) -> NDArray[np.float32]:
    """Variance [nanomaggies^2] of pixels (n, 5, side, side); light below zero adds none."""
    electrons = (1 / (ELECTRONS * depth)).astype(np.float32)[:, None, None]
    sky = (SKY_NOISE**2 / depth).astype(np.float32)[:, None, None]
    variance: NDArray[np.float32] = np.maximum(clean, 0) * electrons + sky
    return variance


def model_flux(
    clean: NDArray[np.float32], seen: NDArray[np.float32], flux: Floats, depth: float
) -> tuple[Floats, Floats]:
    """Fluxes (5,) and errors [nanomaggies] by fits of a galaxy's own profile to its images (5, side, side).

    ``clean`` are the images without noise, of total ``flux`` (5,). Weighted least squares in which the
    amplitude alone is free: no measurement on these images has less noise. Surveys come close to it with
    profiles that they fit first (SDSS model magnitudes: Stoughton et al. 2002, AJ 123, 485, section 4.4.5).
    """
    weighted = clean / pixel_variance(clean, depth)
    norm = np.einsum("bij,bij->b", weighted, clean, dtype=float)
    amplitude = np.einsum("bij,bij->b", weighted, seen, dtype=float) / norm
    return amplitude * flux, flux / np.sqrt(norm)


def observe_infrared(rng: np.random.Generator, flux: Floats, depth: float) -> dict[str, Floats]:
    """``W1``, ``W2``, ``W3`` [Vega mag], errors of the first two, and ``W3_limit`` from true fluxes (n, 3).

    Fluxes [nanomaggies] with the noise of AllWISE. Where the signal is less than twice the noise the
    value is the limit flux + 2 sigma, with flux at least zero, as WISE catalogues give it (W3_limit is 1
    there); WISE has no error then, so W3 has none at all. W1 and W2 are that faint in no SDSS galaxy;
    should it happen, their error is that of the limit.
    """
    sigma = np.sqrt(WISE_DEPTH**2 / depth + (WISE_FLOOR * flux) ** 2)
    seen = flux + sigma * rng.standard_normal(flux.shape)
    limited = seen < FAINT * sigma
    value = np.where(limited, np.maximum(seen, 0) + FAINT * sigma, seen)
    magnitude = 22.5 - 2.5 * np.log10(value) - VEGA_TO_AB
    error = POGSON * sigma / value
    columns = {band: magnitude[:, k] for k, band in enumerate(INFRARED)}
    columns |= {f"{band}_error": error[:, k] for k, band in enumerate(INFRARED[:2])}
    columns["W3_limit"] = limited[:, 2].astype(float)
    return columns


def observe_scalars(rng: np.random.Generator, node: Mapping[str, Floats]) -> dict[str, Floats]:
    """The measured redshift and E(B-V) [mag]; the latter is a map's, with a relative error."""
    n = len(node["redshift"])
    return {
        "redshift": node["redshift"] + (1 + node["redshift"]) * REDSHIFT_ERROR * rng.standard_normal(n),
        "ebv": node["galactic_ebv"] * np.exp(ZERO_REDDENING_ERROR * rng.standard_normal(n)),
    }
