"""Petrosian fluxes, by which images are normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galaxy_causal.dataset.magnitudes import NANOMAGGY_ZERO_POINT, asinh_flux
from galaxy_causal.types import Catalogue, Floats, UserError, option

NANOMAGGY = "nanomaggy"
FLOOR = {"u": 2.0}
"""Percentile to which fluxes of a band are raised (Zhang et al. 2025, arXiv:2509.23901)."""
OTHER_FLOOR = 0.1


def petrosian_divisors(catalogue: Catalogue, bands: Sequence[str]) -> tuple[Floats, dict[str, int]]:
    """Fluxes (n, bands) in nanomaggies that images are divided by, and how many were clipped in each band.

    They are those of the catalogue's photometry: fluxes as they are, asinh magnitudes turned back into the
    fluxes that they were made of, other magnitudes m as 10^(-0.4 (m - 22.5)). Each band is then clipped to a
    percentile (2 in u, 0.1 in the others) and the maximum of its training galaxies, as published.

    Raises UserError for a missing magnitude or flux, for a percentile that is zero or negative (no galaxy
    may be divided by it), for photometry that is neither magnitudes nor nanomaggies, and for images in
    another unit than nanomaggies.
    """
    images = catalogue.images
    if images is not None and images.unit != NANOMAGGY:
        raise UserError(
            f"normalised_images: dataset {catalogue.name} has images in {images.unit or 'no unit'}, but "
            f"Petrosian fluxes are in {NANOMAGGY}; convert the images, or choose images in place of "
            "normalised_images"
        )
    train = catalogue.split == "train"
    divisors, clipped = [], {}
    for band in bands:
        flux = _flux(catalogue, band)
        percentile = FLOOR.get(band, OTHER_FLOOR)
        low, high = np.percentile(flux[train], percentile), flux[train].max()
        if low <= 0:
            bad = np.flatnonzero(flux <= 0)
            raise UserError(
                f"normalised_images/{band}: {len(bad)} of {len(flux)} galaxies of dataset {catalogue.name} "
                f"have a Petrosian flux of zero or less, such as id {catalogue.id[bad[0]]}, and so is the "
                f"{percentile:g} percentile of the training galaxies ({low:.4g}), to which smaller fluxes "
                "are raised; leave such galaxies out, or choose images in place of normalised_images"
            )
        divisors.append(np.clip(flux, low, high))
        clipped[band] = int(np.sum((flux < low) | (flux > high)))
    return np.stack(divisors, axis=1), clipped


def _flux(catalogue: Catalogue, band: str) -> Floats:
    feature = catalogue.features["photometry"][band]
    if feature.unit not in ("mag", NANOMAGGY):
        raise UserError(
            f"normalised_images/{band}: photometry/{band} of dataset {catalogue.name} is in "
            f"{feature.unit or 'no unit'}; magnitudes (mag) or fluxes ({NANOMAGGY}) are needed"
        )
    flux = feature.value.astype(np.float64)
    if feature.softening is not None:
        flux = asinh_flux(flux, feature.softening)
    elif feature.unit == "mag":
        flux = 10 ** (-0.4 * (flux - NANOMAGGY_ZERO_POINT))
    bad = np.flatnonzero(~np.isfinite(flux))
    if len(bad):
        raise UserError(
            f"normalised_images/{band}: photometry/{band} is missing for {len(bad)} of {len(flux)} galaxies "
            f"of dataset {catalogue.name}, such as id {catalogue.id[bad[0]]}; set "
            f"{option('dataset.nulls', 'drop')} to leave them out, or choose images in place of "
            "normalised_images"
        )
    return flux
