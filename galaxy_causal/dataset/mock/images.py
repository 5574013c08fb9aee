"""Images of bulge and disk, drawn in Fourier space with GalSim's profiles.

GalSim's own ``drawImage`` takes 5 ms an image, ten images a galaxy. Here the transforms of Sersic profiles
and of the point-spread function come from GalSim once, as tables; each component is sampled once and serves
all bands. The frame repeats at its edges: light from beyond comes in at the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.mock.model import DISK_FLATTENING, axis_ratio
from galaxy_causal.dataset.mock.telescope import FRAME, OPTICAL, PIXEL, SEEING_NODES, seeing_node, width
from galaxy_causal.types import Floats

SERSIC_NODES = np.concatenate([np.arange(5, 20), np.arange(20, 62, 2)]) / 10
"""Sersic indices to which a galaxy's are rounded, 0.5 to 6: GalSim needs some 50 ms for every new one."""
LOG_NODES = np.linspace(np.log(1e-3), np.log(2e3), 1024)
"""ln of wavenumber times half-light radius in the tables of profiles."""


def sersic_node(index: Floats) -> NDArray[np.int64]:
    """The nearest of ``SERSIC_NODES``, the first or last for an index beyond them."""
    between = (SERSIC_NODES[1:] + SERSIC_NODES[:-1]) / 2
    return np.searchsorted(between, index)


@lru_cache(maxsize=1)
def sersic_table() -> NDArray[np.float32]:
    """Fourier transforms of unit Sersic profiles: (36 indices, 1024 wavenumbers)."""
    import galsim

    accuracy = galsim.GSParams(kvalue_accuracy=1e-4)
    table = np.empty((len(SERSIC_NODES), len(LOG_NODES)), dtype=np.float32)
    for row, index in enumerate(SERSIC_NODES):
        profile = galsim.Sersic(n=float(index), half_light_radius=1.0, gsparams=accuracy)
        table[row] = [profile.kValue(k, 0.0).real for k in np.exp(LOG_NODES)]
    return table


@lru_cache(maxsize=1)
def wavenumbers() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """k_x (FRAME / 2 + 1,) and k_y (FRAME,) of the real transform [radian / arcsec]."""
    step = 2 * np.pi / PIXEL
    along_x, along_y = np.fft.rfftfreq(FRAME) * step, np.fft.fftfreq(FRAME) * step
    return along_x.astype(np.float32), along_y.astype(np.float32)


def seeing_profile(fwhm: float, k: Floats) -> Floats:
    """Fourier transform of the point-spread function, Kolmogorov turbulence of this FWHM [arcsec]."""
    import galsim

    profile = galsim.Kolmogorov(fwhm=fwhm)
    table = np.linspace(0.0, float(k.max()), 1024)
    transform: Floats = np.interp(k, table, [profile.kValue(x, 0.0).real for x in table])
    return transform


@lru_cache(maxsize=1)
def transfers() -> NDArray[np.complex64]:
    """Point-spread function times pixel, centred on the frame: (seeing nodes, 5, FRAME, FRAME / 2 + 1)."""
    kx, ky = (k.astype(float) for k in wavenumbers())
    radius = np.hypot(kx, ky[:, None])
    pixel = np.sinc(kx * PIXEL / (2 * np.pi)) * np.sinc(ky[:, None] * PIXEL / (2 * np.pi))
    centre = np.exp(-1j * (kx + ky[:, None]) * PIXEL * (FRAME - 1) / 2)
    made = np.empty((len(SEEING_NODES), len(OPTICAL), *radius.shape), dtype=np.complex64)
    for node in range(len(SEEING_NODES)):
        for band in range(len(OPTICAL)):
            made[node, band] = seeing_profile(width(node, band), radius) * pixel * centre
    return made


def profile_transform(index: Floats, radius: Floats, ratio: Floats, angle: Floats) -> NDArray[np.float32]:
    """Transforms of elliptical Sersic profiles of unit flux: (n, FRAME, FRAME / 2 + 1).

    ``radius`` is the half-light radius along the major axis [arcsec], ``ratio`` the axis ratio, ``angle``
    that of the major axis from the x axis [radian]; each (n,).
    """
    kx, ky = wavenumbers()
    cosine, sine = (f(angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    major = (kx * cosine + ky[:, None] * sine) * radius.astype(np.float32)[:, None, None]
    minor = (ky[:, None] * cosine - kx * sine) * (radius * ratio).astype(np.float32)[:, None, None]
    np.square(major, out=major)
    np.square(minor, out=minor)
    major += minor
    # half the logarithm of the square is that of the root; the zero wavenumber counts as the first node
    np.maximum(major, np.float32(np.exp(2 * LOG_NODES[0])), out=major)
    np.log(major, out=major)
    major *= np.float32(0.5 / (LOG_NODES[1] - LOG_NODES[0]))
    major -= np.float32(LOG_NODES[0] / (LOG_NODES[1] - LOG_NODES[0]))
    cell = np.minimum(major, np.float32(len(LOG_NODES) - 2)).astype(np.int32)
    major -= cell
    table = sersic_table()
    cell += (sersic_node(index) * table.shape[1]).astype(np.int32)[:, None, None]
    low, high = np.take(table, cell), np.take(table, cell + 1)
    high -= low
    high *= major
    high += low
    return high


def draw_images(node: Mapping[str, Floats], flux: Floats) -> NDArray[np.float32]:
    """Noiseless frames (n, 5, FRAME, FRAME) [nanomaggies per pixel] of fluxes (n, 2, 5) of bulge and disk."""
    import scipy.fft

    cosine, angle = node["apparent_cos_inclination"], node["position_angle"]
    bulge = profile_transform(
        node["bulge_sersic_index"], node["bulge_radius"], axis_ratio(cosine, node["bulge_flattening"]), angle
    )
    disk = profile_transform(
        node["disk_sersic_index"], node["disk_radius"], axis_ratio(cosine, DISK_FLATTENING), angle
    )
    transfer, seeing = transfers(), seeing_node(node["seeing"])
    light = flux.astype(np.float32)
    frames = np.empty((len(seeing), len(OPTICAL), FRAME, FRAME), dtype=np.float32)
    for galaxy in range(len(seeing)):
        sampled = light[galaxy, 0, :, None, None] * bulge[galaxy]
        sampled += light[galaxy, 1, :, None, None] * disk[galaxy]
        frames[galaxy] = scipy.fft.irfft2(sampled * transfer[seeing[galaxy]], s=(FRAME, FRAME))
    return frames
