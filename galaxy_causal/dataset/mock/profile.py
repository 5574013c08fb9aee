"""Sersic indices by fits to radial profiles, as in the NYU-VAGC (Blanton et al. 2005, AJ 129, 2562).

An axisymmetric Sersic profile, convolved with the point-spread function and the pixel, is fitted to the
fluxes in circular rings of each band. The index of an inclined disk is thus not that of its face: so it is
in the catalogue that is imitated.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.mock.images import LOG_NODES, SERSIC_NODES, seeing_profile, sersic_table
from galaxy_causal.dataset.mock.petrosian import EXTENT, RADII, ring_variances
from galaxy_causal.dataset.mock.telescope import OPTICAL, PIXEL, SEEING_NODES, width
from galaxy_causal.types import Floats

INDEX_ROWS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17, 19, 21, 24, 27, 31, 35])
"""Rows of ``SERSIC_NODES`` that are tried: indices 0.5 to 6."""
SIZES = np.geomspace(0.2, 16.0, 52)
"""Half-light radii that are tried [arcsec], 9% apart."""
WAVENUMBERS = np.concatenate([np.geomspace(1e-4, 0.05, 200, endpoint=False), np.arange(0.05, 9.0, 0.0075)])
MODEL_ERROR = 0.03
"""Relative error of each ring's flux, so that no galaxy's centre alone decides."""


@lru_cache(maxsize=1)
def bank() -> NDArray[np.float32]:
    """Ring fluxes of unit models: (seeing nodes, 5, indices x sizes, radii - 1).

    The flux within R of a circular profile with transform F is R int F(k) J1(kR) dk. The frame's pixel acts
    twice, in the image and in its sum over apertures; squared, it is close to exp(-(k pixel)^2 / 12).
    """
    from scipy.special import j1

    place = np.log(np.outer(SIZES, WAVENUMBERS))
    rows = sersic_table()[INDEX_ROWS]
    models = np.stack([np.interp(place, LOG_NODES, row) for row in rows]).reshape(-1, len(WAVENUMBERS))
    step = np.gradient(WAVENUMBERS)
    within = (RADII * j1(np.outer(WAVENUMBERS, RADII))) * step[:, None]
    pixel = np.exp(-((WAVENUMBERS * PIXEL) ** 2) / 12)
    made = np.empty((len(SEEING_NODES), len(OPTICAL), len(models), len(RADII) - 1), dtype=np.float32)
    for node in range(len(SEEING_NODES)):
        for band in range(len(OPTICAL)):
            blur = seeing_profile(width(node, band), WAVENUMBERS) * pixel
            made[node, band] = np.diff(models @ (blur[:, None] * within), axis=1)
    return made


def sersic_indices(
    growth: Floats, petrosian_radius: Floats, seeing: NDArray[np.int64], depth: float
) -> Floats:
    """Sersic indices (n, 5), within [0.5, 6], from growth curves (n, 5, radii).

    Rings within two Petrosian radii (n,) count; ``seeing`` (n,) are nodes. NaN where the radius is NaN.
    """
    rings = np.diff(growth, axis=-1)
    variance = ring_variances(growth, depth) + (MODEL_ERROR * rings) ** 2
    inside = RADII[1:] <= EXTENT * petrosian_radius[:, None]
    weight = inside[:, None] / variance
    indices = np.full(growth.shape[:2], np.nan)
    for node in np.unique(seeing):
        rows = np.flatnonzero((seeing == node) & np.isfinite(petrosian_radius))
        for band in range(len(OPTICAL)):
            model = bank()[node, band]
            w, d = (a[rows, band].astype(np.float32) for a in (weight, rings))
            overlap, norm = (w * d) @ model.T, w @ np.square(model).T
            gain = np.square(np.maximum(overlap, 0)) / norm
            indices[rows, band] = _best(-gain.reshape(len(rows), len(INDEX_ROWS), len(SIZES)).astype(float))
    return indices


def _best(chi: Floats) -> Floats:
    """The index (n,) of the least chi-square (n, indices, sizes), between nodes by parabolas."""
    rows = np.arange(len(chi))
    inner = chi[:, :, 1:-1].argmin(axis=2) + 1
    grid = np.arange(chi.shape[1])
    low, mid, high = (chi[rows[:, None], grid, inner + k] for k in (-1, 0, 1))
    least = mid - _shift(low, mid, high) ** 2 * _bend(low, mid, high) / 2
    best = least.argmin(axis=1)
    within = best.clip(1, len(grid) - 2)
    index = np.log(SERSIC_NODES[INDEX_ROWS])
    value = _vertex(index[within[:, None] + [-1, 0, 1]], least[rows[:, None], within[:, None] + [-1, 0, 1]])
    return np.where(best == within, np.exp(value), SERSIC_NODES[INDEX_ROWS][best])


def _bend(low: Floats, mid: Floats, high: Floats) -> Floats:
    bend: Floats = np.maximum(low + high - 2 * mid, 1e-12)
    return bend


def _shift(low: Floats, mid: Floats, high: Floats) -> Floats:
    """Where a parabola through three nodes has its vertex, in steps from the middle, at most one."""
    return ((low - high) / (2 * _bend(low, mid, high))).clip(-1, 1)


def _vertex(x: Floats, y: Floats) -> Floats:
    """Where parabolas through three points (n, 3) have their vertices; within the points."""
    left, right = (y[:, 1] - y[:, 0]) / (x[:, 1] - x[:, 0]), (y[:, 2] - y[:, 1]) / (x[:, 2] - x[:, 1])
    bend = np.maximum((right - left) / (x[:, 2] - x[:, 0]), 1e-12)
    vertex = (x[:, 0] + x[:, 1]) / 2 - left / (2 * bend)
    within: Floats = np.minimum(np.maximum(vertex, x[:, 0]), x[:, 2])
    return within
