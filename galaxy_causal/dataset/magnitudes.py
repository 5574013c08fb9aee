"""Inverse hyperbolic sine magnitudes, defined for negative fluxes too."""

from __future__ import annotations

import numpy as np

from galaxy_causal.types import Floats

POGSON = 2.5 / np.log(10.0)
NANOMAGGY_ZERO_POINT = 22.5  # magnitude of one nanomaggy


def asinh_magnitude(flux: Floats, softening: float) -> Floats:
    """Magnitude of a flux in nanomaggies (Lupton, Gunn & Szalay 1999, AJ 118, 1406, eq. 3); NaN stays NaN.

    ``softening`` b is in nanomaggies; for flux >> b it is 22.5 - 2.5 log10(flux) to order (b / flux)^2.
    """
    magnitude: Floats = NANOMAGGY_ZERO_POINT - POGSON * (
        np.arcsinh(flux / (2 * softening)) + np.log(softening)
    )
    return magnitude


def asinh_flux(magnitude: Floats, softening: float) -> Floats:
    """Flux in nanomaggies of an asinh magnitude: the inverse of ``asinh_magnitude``."""
    flux: Floats = 2 * softening * np.sinh((NANOMAGGY_ZERO_POINT - magnitude) / POGSON - np.log(softening))
    return flux


def asinh_magnitude_error(flux: Floats, error: Floats, softening: float) -> Floats:
    """Error [mag] of ``asinh_magnitude`` for flux and error in nanomaggies: error times |dm/df|."""
    deviation: Floats = POGSON * error / np.sqrt(flux**2 + 4 * softening**2)
    return deviation
