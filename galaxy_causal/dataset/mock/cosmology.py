"""Distances, ages and volumes against redshift, tabulated once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from galaxy_causal.types import Floats

HUBBLE, MATTER = 70.0, 0.3
FARTHEST = 0.3
"""Redshift at which the tables and the templates' grid end."""
NODES = 1201


@lru_cache(maxsize=1)
def _tables() -> tuple[Floats, Floats, Floats]:
    """Redshifts, comoving distance [Mpc] and age [Gyr]; each (1201,)."""
    from astropy.cosmology import FlatLambdaCDM

    redshift = np.linspace(0.0, FARTHEST, NODES)
    cosmology = FlatLambdaCDM(H0=HUBBLE, Om0=MATTER)
    return redshift, cosmology.comoving_distance(redshift).value, cosmology.age(redshift).value


def luminosity_distance(redshift: Floats) -> Floats:
    """Mpc, for H0 = 70 km/s/Mpc, Omega_m = 0.3 and flat space; linear between nodes 0.00025 apart."""
    nodes, comoving, _ = _tables()
    distance: Floats = (1 + redshift) * np.interp(redshift, nodes, comoving)
    return distance


def kiloparsec_per_arcsec(redshift: Floats) -> Floats:
    """Proper transverse size of an arcsecond."""
    scale: Floats = 1e3 * luminosity_distance(redshift) / (1 + redshift) ** 2 * np.pi / (180 * 3600)
    return scale


def age_of_universe(redshift: Floats) -> Floats:
    """Gyr."""
    nodes, _, age = _tables()
    return np.interp(redshift, nodes, age)


def uniform_in_volume(uniform: Floats, nearest: float, farthest: float) -> Floats:
    """Redshifts of constant comoving density between two redshifts, from uniform numbers (n,)."""
    nodes, comoving, _ = _tables()
    low, high = np.interp([nearest, farthest], nodes, comoving) ** 3
    return np.interp(np.cbrt(low + (high - low) * uniform), comoving, nodes)
