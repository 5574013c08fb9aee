"""Densities from predicted quantiles."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from galaxy_causal.types import Floats

APART = 1e-9
"""Distance that equal quantiles are given, as a share of that of the outermost edges."""


def quantile_probabilities(quantiles: Floats, levels: Floats, edges: Floats) -> Floats:
    """Probabilities of cells (m, cells), each row summing to one, from predicted quantiles (m, q).

    ``levels`` (q,) rise in (0, 1); ``edges`` (cells + 1,) are of the cells, of which the outermost hold all
    that lies beyond. Quantiles that cross are put in order (Chernozhukov, Fernandez-Val & Galichon 2010,
    Econometrica 78, 1093). Between two of them the distribution is that of a Gaussian, ndtr of a straight
    line; beyond the outermost it is the Gaussian that has the outermost one and the median.
    """
    scores = ndtri(levels)
    apart = APART * (edges[-1] - edges[0]) * np.arange(1, len(levels) + 1)
    ordered = np.sort(quantiles.astype(np.float64), axis=1) + apart
    median = np.array([np.interp(0.0, scores, row) for row in ordered])
    low, high = scores[0] / (ordered[:, 0] - median), scores[-1] / (ordered[:, -1] - median)
    inner = edges[1:-1]
    z = np.stack([np.interp(inner, row, scores) for row in ordered])
    z += low[:, None] * np.minimum(inner - ordered[:, :1], 0.0)
    z += high[:, None] * np.maximum(inner - ordered[:, -1:], 0.0)
    ends = np.zeros((len(z), 1))
    probabilities: Floats = np.diff(np.concatenate([ends, ndtr(z), ends + 1.0], axis=1), axis=1)
    return probabilities
