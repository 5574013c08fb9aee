"""The structural causal model: every node of ``graph`` is one equation below, in causal order.

Masses are log10 in solar masses (Chabrier 2003), rates in solar masses per year, radii in arcsec along the
major axis. Where a number has no citation it is ours, 'chosen' so that the mock resembles SDSS galaxies.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit, logit

from galaxy_causal.dataset.mock.cosmology import age_of_universe, kiloparsec_per_arcsec, uniform_in_volume
from galaxy_causal.dataset.mock.graph import DEPENDENT
from galaxy_causal.types import Floats

Node = dict[str, Floats]
MASS_NODES = np.linspace(6.0, 13.0, 7001)
STAR_FORMING_ABOVE, PASSIVE_BELOW = -10.8, -11.2
"""Classes by log10 of the specific star-formation rate [1/yr], about the green valley (chosen)."""


def draw_galaxies(
    rng: np.random.Generator, n: int, redshift: tuple[float, float], log_mass: tuple[float, float],
    morphology: str,
) -> Node:  # fmt: skip
    """``n`` galaxies of a volume, before any flux limit: every node (n,) by name."""
    node: Node = {}
    node["redshift"] = uniform_in_volume(rng.random(n), *redshift)
    node["log_mass"] = mass_function(rng.random(n), *log_mass)
    node["environment"] = rng.normal(0.0, 0.5, n)  # log10(1 + overdensity), chosen
    node["quenched"] = (rng.random(n) < quenched_fraction(node["log_mass"], node["environment"])).astype(
        float
    )
    node["log_ssfr"] = specific_rate(node, rng.normal(size=n))
    node["metallicity"] = metallicity(node["log_mass"]) + rng.normal(0.0, 0.15, n)
    node["history"] = rng.normal(0.0, 0.2, n)  # log10 of how bursty the last Gyr was, chosen
    node["cos_inclination"] = rng.random(n)
    node["dust_scatter"] = rng.normal(size=n)
    node["attenuation"] = attenuation(node)
    node["pah_scatter"] = rng.normal(size=n)
    # lognormal, with the median and width that the 10,000 SDSS galaxies of dataset=sdss have
    node["galactic_ebv"] = np.exp(rng.normal(np.log(0.0258), 0.65, n))
    # quartiles 1.30, 1.43 and 1.58 arcsec in r (SDSS Data Release 7, "Seeing and sky brightness")
    node["seeing"] = np.exp(rng.normal(np.log(1.43), 0.145, n))
    node["position_angle"] = rng.uniform(0.0, np.pi, n)
    # ellipticals are oblate with axis ratios of 0.41 to 0.76, faint to bright (Padilla & Strauss 2008)
    node["bulge_flattening"] = rng.uniform(0.4, 0.8, n)
    node |= structure(rng, node) if morphology == DEPENDENT else independent_structure(rng, node)
    return node


def mass_function(uniform: Floats, low: float, high: float) -> Floats:
    """Double Schechter function of galaxies at z < 0.06 (Baldry et al. 2012, MNRAS 421, 621, eq. 6)."""
    x = 10 ** (MASS_NODES - 10.66)
    density = np.exp(-x) * (3.96 * x ** (1 - 0.35) + 0.79 * x ** (1 - 1.47))
    steps = (density[1:] + density[:-1]) / 2 * np.diff(MASS_NODES)
    cumulative = np.concatenate([[0.0], np.cumsum(steps)])
    first, last = np.interp([low, high], MASS_NODES, cumulative)
    mass: Floats = np.interp(first + (last - first) * uniform, cumulative, MASS_NODES)
    return mass


def quenched_fraction(log_mass: Floats, environment: Floats) -> Floats:
    """Separable quenching by mass and by overdensity (Peng et al. 2010, ApJ 721, 193, SDSS).

    Their mass scale, 10^10.56, is that of red galaxies, among which are dusty star-forming ones; here it is
    10^10.80 (chosen).
    """
    by_mass = (10 ** (log_mass - 10.80)) ** 0.80
    by_density = (10 ** (environment - 1.84)) ** 0.60
    fraction: Floats = 1 - np.exp(-by_mass - by_density)
    return fraction


def main_sequence(log_mass: Floats, redshift: Floats) -> Floats:
    """log10 star-formation rate (Speagle et al. 2014, ApJS 214, 15, eq. 28), t the age of the Universe."""
    t = age_of_universe(redshift)
    rate: Floats = (0.84 - 0.026 * t) * log_mass - (6.51 - 0.11 * t)
    return rate


def specific_rate(node: Mapping[str, Floats], normal: Floats) -> Floats:
    """log10 of the specific rate: the main sequence with 0.2 dex (Speagle et al. 2014), or quenched.

    Quenched galaxies scatter by 0.4 dex about 10^-11.6 per year (chosen).
    """
    forming = main_sequence(node["log_mass"], node["redshift"]) - node["log_mass"] + 0.2 * normal
    return np.where(node["quenched"] > 0, -11.6 + 0.4 * normal, forming)


def metallicity(log_mass: Floats) -> Floats:
    """Median log10 Z/Zsun of stars (Gallazzi et al. 2005, MNRAS 362, 41, table 2); scatter is chosen."""
    mass = [8.91, 9.31, 9.72, 9.91, 10.11, 10.31, 10.51, 10.72, 10.91, 11.11, 11.51, 11.91]
    median = [-0.60, -0.65, -0.52, -0.41, -0.23, -0.11, -0.01, 0.04, 0.07, 0.10, 0.13, 0.15]
    return np.interp(log_mass, mass, median)


def attenuation(node: Mapping[str, Floats]) -> Floats:
    """Face-on attenuation in r [mag] beyond what the templates hold already.

    The attenuation of H alpha against mass, scattered by 0.28 mag (Garn & Best 2010, MNRAS 409, 421, eq.
    5, constant outside 10^8.66 to 10^11.96), times 0.44 from gas to stars (Calzetti et al. 2000); a
    further 0.6 for what is in the templates, and the root of the rate over that of the main sequence, are
    chosen. Never negative: a galaxy scattered below zero has none.
    """
    x = np.minimum(np.maximum(node["log_mass"], 8.66), 11.96) - 10.0
    h_alpha = 0.91 + 0.77 * x + 0.11 * x**2 - 0.09 * x**3 + 0.28 * node["dust_scatter"]
    return 0.44 * 0.6 * np.maximum(h_alpha, 0.0) * np.sqrt(relative_rate(node))


def relative_rate(node: Mapping[str, Floats]) -> Floats:
    """The star-formation rate over that of the main sequence at this mass and redshift."""
    expected = main_sequence(node["log_mass"], node["redshift"]) - node["log_mass"]
    rate: Floats = 10 ** (node["log_ssfr"] - expected)
    return rate


def structure(rng: np.random.Generator, node: Mapping[str, Floats]) -> Node:
    """What an image shows of a galaxy, as its mass and star formation have it."""
    n, mass = len(node["log_mass"]), node["log_mass"]
    scale = kiloparsec_per_arcsec(node["redshift"])
    made: Node = {"bulge_fraction": bulge_fraction(node, rng.normal(size=n))}
    made["bulge_mass_fraction"] = made["bulge_fraction"]
    bulge_mass = mass + np.log10(made["bulge_fraction"])
    made["bulge_sersic_index"] = sersic_index(0.42 + 0.25 * (bulge_mass - 10), rng.normal(0.0, 0.1, n))
    made["disk_sersic_index"] = sersic_index(
        0.0, rng.normal(0.0, 0.06, n)
    )  # exponential (Freeman 1970), chosen scatter
    late, early = late_type_radius(mass), early_type_radius(bulge_mass)
    # published radii are circularised: along the major axis they are longer by the median axis ratio's root
    late, early = late / np.sqrt(0.55), early / np.sqrt(0.8)
    made["disk_radius"] = late * np.exp(late_type_scatter(mass) * rng.normal(size=n)) / scale
    made["bulge_radius"] = early * np.exp(late_type_scatter(mass) * rng.normal(size=n)) / scale
    made["apparent_cos_inclination"] = node["cos_inclination"]
    return made


def bulge_fraction(node: Mapping[str, Floats], normal: Floats) -> Floats:
    """Share of the mass: higher in massive and in quenched galaxies (as Bluck et al. 2014 find; chosen)."""
    centre = np.where(node["quenched"] > 0, logit(0.65), logit(0.15))
    share: Floats = expit(centre + 1.0 * (node["log_mass"] - 10.5) + 0.8 * normal)
    return share


def sersic_index(log_median: Floats | float, scatter: Floats) -> Floats:
    """Index of a component about this log10 (chosen: bulges rise with their mass), within 0.5 and 6.

    These are nearly the bounds of GalSim; in a main galaxy sample 4% of the bulges are at them.
    """
    index: Floats = np.minimum(np.maximum(10 ** (log_median + scatter), 0.5), 6.0)
    return index


def late_type_radius(log_mass: Floats) -> Floats:
    """Median half-light radius [kpc] of late types (Shen et al. 2003, MNRAS 343, 978, eq. 18, table 1)."""
    mass = 10**log_mass
    radius: Floats = 0.1 * mass**0.14 * (1 + mass / 3.98e10) ** (0.39 - 0.14)
    return radius


def late_type_scatter(log_mass: Floats) -> Floats:
    """Scatter of the natural logarithm of radii at a mass (Shen et al. 2003, eq. 19, table 1)."""
    scatter: Floats = 0.34 + (0.47 - 0.34) / (1 + 10 ** (2 * (log_mass - 10.6)))
    return scatter


def early_type_radius(log_mass: Floats) -> Floats:
    """Median half-light radius [kpc] of early types (Shen et al. 2003, eq. 17; erratum, 2007)."""
    radius: Floats = 2.88e-6 * 10 ** (0.56 * log_mass)
    return radius


def independent_structure(rng: np.random.Generator, node: Mapping[str, Floats]) -> Node:
    """What an image shows of a galaxy, drawn without regard to the galaxy; distributions are chosen."""
    n = len(node["log_mass"])
    return {
        "bulge_mass_fraction": bulge_fraction(node, rng.normal(size=n)),
        "bulge_fraction": expit(rng.normal(logit(0.4), 1.2, n)),
        "bulge_sersic_index": sersic_index(0.4, rng.normal(0.0, 0.12, n)),
        "disk_sersic_index": sersic_index(0.0, rng.normal(0.0, 0.06, n)),
        "disk_radius": 10 ** rng.normal(0.5, 0.2, n),
        "bulge_radius": 10 ** rng.normal(0.2, 0.2, n),
        "apparent_cos_inclination": rng.random(n),
    }


def axis_ratio(cos_inclination: Floats, flattening: Floats | float) -> Floats:
    """Apparent axis ratio of an oblate spheroid of this intrinsic ratio (Hubble 1926, ApJ 64, 321)."""
    ratio: Floats = np.sqrt(cos_inclination**2 + np.square(flattening) * (1 - cos_inclination**2))
    return ratio


DISK_FLATTENING = 0.22
"""Median thickness of disks (Unterborn & Ryden 2008, ApJ 687, 976)."""


def galaxy_class(log_ssfr: Floats) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """``star_forming``, ``passive`` or, between the two, ``other``; (n,)."""
    bounds = [log_ssfr > STAR_FORMING_ABOVE, log_ssfr < PASSIVE_BELOW]
    return np.select(bounds, ["star_forming", "passive"], "other")
