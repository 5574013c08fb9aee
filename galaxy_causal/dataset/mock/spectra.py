"""From masses to fluxes: kcorrect's templates, internal dust, redshift and Galactic reddening."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from galaxy_causal.dataset.mock.cosmology import FARTHEST, luminosity_distance
from galaxy_causal.dataset.mock.model import DISK_FLATTENING, axis_ratio, relative_rate
from galaxy_causal.types import Floats

RESPONSES = (*(f"sdss_{b}0" for b in "ugriz"), "wise_w1", "wise_w2", "wise_w3")
BANDS = ("u", "g", "r", "i", "z", "W1", "W2", "W3")
R_WAVELENGTH = 6156.0  # effective wavelength [Angstrom] of r, by kcorrect
REDSHIFT_NODES = np.linspace(0.0, FARTHEST, 121)
DUST_NODES = np.linspace(0.0, 4.0, 41)
"""Attenuations in r [mag]; linear interpolation between nodes errs by at most 0.1%."""
DUST_SLOPE = -0.7
"""Attenuation against wavelength is a power law of this index (Charlot & Fall 2000, ApJ 539, 718)."""
LEAST_MASS_SHARE = 1e-4
"""Of bulge or disk, where its own specific rate is asked for."""
SOLAR_LUMINOSITY = 3.828e26  # W
MEGAPARSEC = 3.0857e22  # m
W3_FREQUENCY = 2.998e8 / 12e-6  # Hz
MAGGY = 3.631e-23  # W / m^2 / Hz: zero of AB magnitudes


@contextmanager
def closing_files() -> Iterator[None]:
    """Close the files that kcorrect leaves open, without Python's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@lru_cache(maxsize=1)
def templates() -> tuple[Floats, Floats, Floats]:
    """Wavelengths (10,000) [Angstrom], fluxes at 10 pc (5, 10,000), surviving masses (5,).

    The five templates of Blanton & Roweis (2007, AJ 133, 734): fluxes and masses are per solar mass of
    stars formed. In their order: metal-rich and dusty; young, with nebular lines; of intermediate age;
    old; metal-poor and young.
    """
    import kcorrect
    from kcorrect.template import Template

    with closing_files():
        found = Template(
            filename=str(Path(kcorrect.KCORRECT_DIR) / "data" / "templates" / "kcorrect-default-v4.fits")
        )
    wave, flux, mass = (
        np.asarray(a, dtype=float) for a in (found.restframe_wave, found.restframe_flux, found.mremain)
    )
    return wave, flux, mass


@lru_cache(maxsize=1)
def responses() -> tuple[Any, ...]:
    """kcorrect's response curves in the order of ``BANDS``."""
    from kcorrect.response import ResponseDict

    known = ResponseDict()
    with closing_files():
        for name in RESPONSES:
            known.load_response(name)
    return tuple(known[name] for name in RESPONSES)


@lru_cache(maxsize=1)
def flux_grid() -> Floats:
    """AB maggies at 10 pc per solar mass formed: (redshifts, attenuations, templates, bands).

    As in kcorrect, a spectrum is redshifted without change of its bolometric flux. Dust acts at rest.
    """
    wave, flux, _ = templates()
    dimming = 10 ** (-0.4 * np.outer(DUST_NODES, (wave / R_WAVELENGTH) ** DUST_SLOPE))
    grid = np.empty((len(REDSHIFT_NODES), len(DUST_NODES), len(flux), len(BANDS)))
    for b, response in enumerate(responses()):
        for k, z in enumerate(REDSHIFT_NODES):
            seen = wave * (1 + z)
            first, last = np.searchsorted(seen, response.wave[[0, -1]])
            inside = slice(first - 1, last + 1)
            counts = np.interp(seen[inside], response.wave, response.response, left=0, right=0)
            counts = counts * seen[inside] * np.gradient(seen[inside])
            # a source of AB magnitude 0 has 0.10885 / wavelength^2 erg / s / cm^2 / Angstrom
            reference = np.sum(counts * 0.108848062485 / seen[inside] ** 2)
            weighted = flux[:, inside] * (counts / (reference * (1 + z)))
            grid[k, :, :, b] = dimming[:, inside] @ weighted.T
    return grid


@lru_cache(maxsize=1)
def galactic_extinction() -> Floats:
    """A / E(B-V) in each of ``BANDS`` (8,), at their effective wavelengths.

    The mean Milky Way curve of Gordon et al. (2023, ApJ 950, 86) with R_V = 3.1, which reaches from the
    ultraviolet to W3, by ``dust_extinction``.
    """
    from astropy import units
    from dust_extinction.parameter_averages import G23

    wave = np.array([response.lambda_eff for response in responses()]) * units.AA
    return 3.1 * np.asarray(G23(Rv=3.1)(wave), dtype=float)


def mixture(log_ssfr: Floats, metallicity: Floats, history: Floats) -> Floats:
    """Shares of the five templates in the surviving mass; (n, 5), each row summing to one.

    The young share is the mass formed in the last Gyr at the given specific rate, over 0.55, as about half
    of the young templates' mass is as young, times 10^``history``; at most 0.9. Metallicity parts old
    stars between the old and the metal-rich template, and young ones between the metal-poor and the
    intermediate (chosen, close to kcorrect's own fits to SDSS galaxies).
    """
    young = np.minimum(10 ** (log_ssfr + 9 + history) / 0.55, 0.9)
    poor = 1 / (1 + 10 ** ((metallicity + 0.35) / 0.3))
    rich = np.minimum(0.03 * 10 ** (0.8 * metallicity), 0.5)
    shares = [
        (1 - young) * rich,
        0.002 * young,
        young * (1 - poor) * 0.998,
        (1 - young) * (1 - rich),
        0.998 * young * poor,
    ]
    return np.stack(shares, axis=1)


def components(node: Mapping[str, Floats], colour_gradients: bool) -> tuple[Floats, Floats]:
    """Template shares (n, 2, 5) and attenuations in r [mag] (n, 2) of bulge and disk.

    With gradients all stars form in the disk, the bulge is richer in metals by 0.2 dex and the disk
    poorer by 0.1 dex (chosen). The attenuation is the face-on one, in the disk increased by the inclination:
    1.27 (log10 q)^2 in r (Unterborn & Ryden 2008, ApJ 687, 976), times the root of the relative
    star-formation rate (chosen). Without gradients both have the galaxy's mean of all these.
    """
    ratio = axis_ratio(node["cos_inclination"], DISK_FLATTENING)
    tilt = 1.27 * np.log10(ratio) ** 2 * np.minimum(np.sqrt(relative_rate(node)), 1.0)
    if not colour_gradients:
        shares = mixture(node["log_ssfr"], node["metallicity"], node["history"])
        dust = node["attenuation"] + 0.7 * tilt
        return np.stack([shares, shares], axis=1), np.stack([dust, dust], axis=1)
    disk_share = np.maximum(1 - node["bulge_mass_fraction"], LEAST_MASS_SHARE)
    bulge = mixture(np.full_like(tilt, -13.0), node["metallicity"] + 0.2, node["history"])
    disk = mixture(node["log_ssfr"] - np.log10(disk_share), node["metallicity"] - 0.1, node["history"])
    dust = np.stack([node["attenuation"], node["attenuation"] + tilt], axis=1)
    return np.stack([bulge, disk], axis=1), dust


def fluxes(node: Mapping[str, Floats], colour_gradients: bool) -> Floats:
    """Nanomaggies of bulge and disk in ``BANDS``: (n, 2, 8), without Galactic reddening.

    Stars alone, for the templates hold no warm dust; ``dust_emission`` adds it to W3.
    """
    shares, dust = components(node, colour_gradients)
    mass = 10 ** node["log_mass"][:, None] * np.stack(
        [node["bulge_mass_fraction"], 1 - node["bulge_mass_fraction"]], axis=1
    )
    formed = shares / templates()[2] * mass[:, :, None]
    seen = interpolate(np.repeat(node["redshift"], 2), dust.reshape(-1))
    light = np.einsum("nt,ntb->nb", formed.reshape(-1, 5), seen).reshape(-1, 2, len(BANDS))
    dilution = 1e9 * (1e-5 / luminosity_distance(node["redshift"])) ** 2
    result: Floats = light * dilution[:, None, None]
    return result


def interpolate(redshift: Floats, dust: Floats) -> Floats:
    """``flux_grid`` at redshifts (n,) and attenuations (n,), bilinear: (n, templates, bands).

    Attenuations beyond 4 mag count as 4; redshifts lie within the grid.
    """
    grid = flux_grid()
    k, u = _cell(redshift, REDSHIFT_NODES)
    j, v = _cell(np.minimum(dust, DUST_NODES[-1]), DUST_NODES)
    u, v = u[:, None, None], v[:, None, None]
    low = (1 - v) * grid[k, j] + v * grid[k, j + 1]
    high = (1 - v) * grid[k + 1, j] + v * grid[k + 1, j + 1]
    between: Floats = (1 - u) * low + u * high
    return between


def _cell(value: Floats, nodes: Floats) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]:
    """The node below each value and how far into the cell it lies, from 0 to 1."""
    place = value / (nodes[1] - nodes[0])
    cell = np.minimum(place.astype(np.int64), len(nodes) - 2)
    return cell, place - cell


def dust_emission(node: Mapping[str, Floats]) -> Floats:
    """Nanomaggies in W3 of dust warmed by young stars; (n,).

    log SFR = 0.889 log L(12 micron) - 7.76, in solar units, scatter 0.15 dex (Cluver et al. 2017, ApJ
    850, 68), inverted; the luminosity is nu L_nu, and its spectrum is taken as flat in nu F_nu.
    """
    log_rate = node["log_ssfr"] + node["log_mass"]
    luminosity = 10 ** ((log_rate + 7.76) / 0.889 + 0.15 * node["pah_scatter"]) * SOLAR_LUMINOSITY
    area = 4 * np.pi * (luminosity_distance(node["redshift"]) * MEGAPARSEC) ** 2
    emission: Floats = 1e9 * luminosity / (area * W3_FREQUENCY * MAGGY)
    return emission
