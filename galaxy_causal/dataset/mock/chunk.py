"""Some galaxies, from a seed to images and a catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.magnitudes import asinh_magnitude, asinh_magnitude_error
from galaxy_causal.dataset.mock.columns import MODEL
from galaxy_causal.dataset.mock.cosmology import luminosity_distance
from galaxy_causal.dataset.mock.images import draw_images
from galaxy_causal.dataset.mock.model import Node, draw_galaxies
from galaxy_causal.dataset.mock.petrosian import columns as radii_columns
from galaxy_causal.dataset.mock.petrosian import growth_curves, petrosian
from galaxy_causal.dataset.mock.profile import sersic_indices
from galaxy_causal.dataset.mock.shape import axis_ratios, moments
from galaxy_causal.dataset.mock.spectra import dust_emission, fluxes, galactic_extinction
from galaxy_causal.dataset.mock.telescope import (
    CUTOUT,
    FRAME,
    OPTICAL,
    SOFTENING,
    model_flux,
    observe_images,
    observe_infrared,
    observe_scalars,
    seeing_node,
)
from galaxy_causal.types import Floats, UserError, option

CANDIDATES = 20_000
"""Galaxies drawn at a time before the flux limit."""
BATCH = 32
"""Galaxies whose frames are in memory at a time."""
MOST_DRAWN, MOST_OBSERVED = 2_000_000, 100
"""Galaxies drawn, and batches of them observed, in vain before it is said that there are none."""
MARGIN = 0.1
"""Galaxies fainter than the limit by more than this [mag] are not observed: a Petrosian flux misses light,
so that only noise, 0.02 mag at the limit of SDSS, can bring one in."""
BRIGHTEST = -0.9
"""No mixture of the templates has a lower log10 mass-to-light ratio in r [solar units]."""
SOLAR_R = 4.65
LOST = ("with a Petrosian aperture beyond the frame", "not measured in every band")
"""Why galaxies within the flux limit (the true one, where there is no measured magnitude) are not listed."""


@dataclass(frozen=True)
class Settings:
    """What determines the galaxies, besides their number: see ``mock_survey``."""

    seed: int
    flux_limit: float | None
    colour_gradients: bool
    morphology: str
    redshift: tuple[float, float]
    log_mass: tuple[float, float]
    depth: float


@dataclass(frozen=True)
class Chunk:
    """Columns (n,) of the catalogue and of the truth, cutouts (n, 5, 64, 64), and counts of lost galaxies."""

    catalogue: dict[str, Floats]
    truth: dict[str, Floats]
    images: NDArray[np.float16]
    lost: dict[str, int]


def simulate_chunk(settings: Settings, number: int, size: int) -> Chunk:
    """The first ``size`` galaxies of chunk ``number``; a smaller size gives the first of the same."""
    from threadpoolctl import threadpool_limits

    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence([settings.seed, number])))
    parts: list[Chunk] = []
    found = drawn = 0
    # sums in another order, as several threads make them, would differ in the last digit
    with threadpool_limits(1):
        while found < size:
            node = candidates(rng, settings)
            for start in range(0, len(node["redshift"]), BATCH):
                some = {name: values[start : start + BATCH] for name, values in node.items()}
                part = observe(rng, some, settings)
                parts.append(part)
                found += len(part.images)
                if found >= size:
                    break
                if not found and len(parts) > MOST_OBSERVED:
                    raise _none_found(settings, "is listed: all reach beyond the frame; widen these")
            drawn += CANDIDATES
            if not found and drawn >= MOST_DRAWN:
                limit = option("dataset.flux_limit", settings.flux_limit)
                raise _none_found(settings, f"is brighter than {limit}; widen these, or raise it")
    return _join(parts, size)


def _none_found(settings: Settings, lack: str) -> UserError:
    return UserError(
        f"no galaxy within {option('dataset.redshift', list(settings.redshift))} and "
        f"{option('dataset.log_mass', list(settings.log_mass))} {lack}"
    )


def candidates(rng: np.random.Generator, settings: Settings) -> Node:
    """Galaxies that may pass the flux limit, with their true fluxes (``flux_bulge_u``, ``flux_W1`` ...)."""
    node = draw_galaxies(rng, CANDIDATES, settings.redshift, settings.log_mass, settings.morphology)
    if settings.flux_limit is not None:
        brightest = SOLAR_R - 2.5 * (node["log_mass"] - BRIGHTEST)
        modulus = 5 * np.log10(1e5 * luminosity_distance(node["redshift"]))
        node = _take(node, brightest + modulus < settings.flux_limit + MARGIN)
    light = fluxes(node, settings.colour_gradients)
    total = light.sum(axis=1)
    total[:, 7] += dust_emission(node)
    if settings.morphology == "independent":
        optical = _rearranged(light, node["bulge_fraction"])
    else:
        optical = light[:, :, :5]
    node |= {f"flux_{b}": total[:, k] for k, b in enumerate((*OPTICAL, "W1", "W2", "W3"))}
    node |= {f"flux_bulge_{b}": optical[:, 0, k] for k, b in enumerate(OPTICAL)}
    if settings.flux_limit is None:
        return node
    return _take(node, 22.5 - 2.5 * np.log10(node["flux_r"]) < settings.flux_limit + MARGIN)


def _rearranged(light: Floats, bulge_fraction: Floats) -> Floats:
    """Fluxes (n, 2, 5) of components whose shares have nothing to do with mass and spectra.

    Both have the spectrum of the galaxy: had they those of the true bulge and disk, either the total would
    depend on the drawn shares, or the shares in each band on the mass-to-light ratio.
    """
    total = light[:, :, :5].sum(axis=1)
    share = bulge_fraction[:, None]
    return np.stack([share * total, (1 - share) * total], axis=1)


def observe(rng: np.random.Generator, node: Node, settings: Settings) -> Chunk:
    """Images and measurements of galaxies with true fluxes, without those that a survey would not list."""
    dimming = 10 ** (-0.4 * node["galactic_ebv"][:, None] * galactic_extinction())
    total = np.stack([node[f"flux_{b}"] for b in (*OPTICAL, "W1", "W2", "W3")], axis=1) * dimming
    bulge = np.stack([node[f"flux_bulge_{b}"] for b in OPTICAL], axis=1) * dimming[:, :5]
    frames = draw_images(node, np.stack([bulge, total[:, :5] - bulge], axis=1))
    model, error = np.empty((2, len(frames), len(OPTICAL)))
    for galaxy in range(len(frames)):  # one by one, within the processor's cache
        seen = observe_images(rng, frames[galaxy], settings.depth)
        model[galaxy], error[galaxy] = model_flux(frames[galaxy], seen, total[galaxy, :5], settings.depth)
        frames[galaxy] = seen
    catalogue = measure(frames, seeing_node(node["seeing"]), settings.depth)
    catalogue |= magnitudes(model, error, MODEL.values())
    catalogue |= observe_infrared(rng, total[:, 5:], settings.depth)
    catalogue |= observe_scalars(rng, node)
    measured = np.all([np.isfinite(values) for values in catalogue.values()], axis=0)
    large = ~np.isfinite(catalogue["r"])
    bright = np.ones(len(frames), dtype=bool)
    if settings.flux_limit is not None:
        corrected = catalogue["r"] - galactic_extinction()[2] * catalogue["ebv"]
        true = 22.5 - 2.5 * np.log10(node["flux_r"])
        bright = np.where(large, true, corrected) < settings.flux_limit
    counts = (np.sum(bright & large), np.sum(bright & ~large & ~measured))
    lost = {reason: int(count) for reason, count in zip(LOST, counts, strict=True)}
    measured &= bright
    middle = slice((FRAME - CUTOUT) // 2, (FRAME + CUTOUT) // 2)
    images = frames[measured][:, :, middle, middle].astype(np.float16)
    return Chunk(_take(catalogue, measured), _take(node, measured), images, lost)


def measure(frames: NDArray[np.float32], seeing: NDArray[np.int64], depth: float) -> dict[str, Floats]:
    """Magnitudes, errors and the 20 morphological parameters from noisy frames (n, 5, FRAME, FRAME)."""
    growth = growth_curves(frames)
    found = petrosian(growth, depth)
    indices = sersic_indices(growth, found.radius, seeing, depth)
    ratios = axis_ratios(moments(frames), found.r50[:, 2], seeing)
    columns = magnitudes(found.flux, found.error, OPTICAL)
    columns |= {f"Sersic_n_{band}": indices[:, b] for b, band in enumerate(OPTICAL)}
    columns |= {f"expAB_{band}": ratios[:, b] for b, band in enumerate(OPTICAL)}
    columns |= radii_columns(found, OPTICAL)
    columns["petrosian_radius"] = found.radius
    return columns


def magnitudes(flux: Floats, error: Floats, names: Iterable[str]) -> dict[str, Floats]:
    """Asinh magnitudes and their errors in ugriz from fluxes and errors (n, 5) [nanomaggies], by name."""
    columns: dict[str, Floats] = {}
    for b, name in enumerate(names):
        columns[name] = asinh_magnitude(flux[:, b], SOFTENING[b])
        columns[f"{name}_error"] = asinh_magnitude_error(flux[:, b], error[:, b], SOFTENING[b])
    return columns


def _take(columns: Mapping[str, Floats], rows: NDArray[np.bool_]) -> dict[str, Floats]:
    return {name: values[rows] for name, values in columns.items()}


def _join(parts: list[Chunk], size: int) -> Chunk:
    """One chunk of many, cut to the first ``size`` galaxies; losses of the last part count as a whole."""
    catalogue = {k: np.concatenate([p.catalogue[k] for p in parts])[:size] for k in parts[0].catalogue}
    truth = {k: np.concatenate([p.truth[k] for p in parts])[:size] for k in parts[0].truth}
    lost: dict[str, int] = {}
    for part in parts:
        for reason, count in part.lost.items():
            lost[reason] = lost.get(reason, 0) + count
    return Chunk(catalogue, truth, np.concatenate([p.images for p in parts])[:size], lost)
