"""Names and units of the catalogue's and the truth's columns."""

from __future__ import annotations

from galaxy_causal.dataset.mock.graph import PHYSICS, STRUCTURE
from galaxy_causal.dataset.mock.telescope import INFRARED, OPTICAL

MORPHOLOGY = {
    f"{name}_{band}": unit
    for name, unit in (("Sersic_n", ""), ("expAB", ""), ("petroR50", "arcsec"), ("petroR90", "arcsec"))
    for band in OPTICAL
}
"""The 20 numbers of morphology, with their units."""
MODEL = {band: f"model_{band}" for band in OPTICAL}
"""Columns of model magnitudes by band; their errors end in ``_error``."""
CATALOGUE = (
    *OPTICAL, *(f"{band}_error" for band in OPTICAL),
    *MODEL.values(), *(f"{column}_error" for column in MODEL.values()),
    *INFRARED, "W1_error", "W2_error", "W3_limit",
    *MORPHOLOGY, "petrosian_radius", "redshift", "ebv",
)  # fmt: skip
"""What is measured, errors included."""
TRUE_FLUXES = (
    *(f"flux_{band}" for band in (*OPTICAL, *INFRARED)),
    *(f"flux_bulge_{band}" for band in OPTICAL),
)
"""Nanomaggies before Galactic reddening: of the whole galaxy, and of what is drawn as its bulge."""
TRUTH = (*PHYSICS, *STRUCTURE, "bulge_mass_fraction", *TRUE_FLUXES)
"""The nodes of the model."""
QUERIES = {
    "log_sfr": "log10 Msun/yr",
    "log_ssfr": "log10 1/yr",
    "environment": "log10 (1 + overdensity)",
    "metallicity": "log10 Z/Zsun",
    "bulge_fraction": "",
    "cos_inclination": "",
    "apparent_cos_inclination": "",
    "attenuation": "mag in r",
    "position_angle": "radian",
    "seeing": "arcsec in r",
    "W3_limit": "1: W3 is an upper limit",
}
"""True values, and the flag of W3, offered as ``other`` features: what an analysis may ask about."""
