"""The published measure: the minimum galaxy by galaxy."""

from __future__ import annotations

import numpy as np

from galaxy_causal.decomposition.interface import Measure, atoms
from galaxy_causal.types import Atoms, Floats


def pointwise_min(i1: Floats, i2: Floats, union: Floats) -> Atoms:
    """Atoms of each galaxy, each (n,), from pointwise informations (n,) in nats.

    redundant = min(i1, i2); unique_k = i_k - redundant; synergistic = the rest of the union
    (Zhang et al. 2025, arXiv:2509.23901, section 2). Negative values are misinformation and stay.
    Averaged, the minimum counts noise of the pointwise values as unique information and takes it from
    the redundant: averages of these atoms describe galaxies, not the population (see
    ``population_min``). NaN in gives NaN out.
    """
    return atoms(np.minimum(i1, i2), i1, i2, union)


class PointwiseMin(Measure):
    """The average of the galaxies' minima."""

    name = "pointwise_min"

    def columns(self, i1: Floats, i2: Floats, y: Floats) -> Floats:
        """min(i1, i2), (n, 1)."""
        return np.minimum(i1, i2)[:, None]

    def redundant(self, mi_1: Floats, mi_2: Floats, means: Floats) -> Floats:
        """The average itself."""
        return means[..., 0]
