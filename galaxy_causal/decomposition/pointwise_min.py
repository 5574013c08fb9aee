"""The published measure: the minimum galaxy by galaxy."""

from __future__ import annotations

import numpy as np

from galaxy_causal.types import Atoms, Floats


def pointwise_min(i1: Floats, i2: Floats, union: Floats) -> Atoms:
    """Atoms of each galaxy, each (n,), from pointwise informations (n,) in nats.

    redundant = min(i1, i2); unique_k = i_k - redundant; synergistic = the rest of the union
    (Zhang et al. 2025, arXiv:2509.23901, section 2). Negative values are misinformation and stay.
    Averaged, the minimum counts noise of the pointwise values as unique information and takes it from
    the redundant: averages of these atoms describe galaxies, not the population (see
    ``population_min``). NaN in gives NaN out.
    """
    redundant = np.minimum(i1, i2)
    return Atoms(
        redundant=redundant,
        unique_1=i1 - redundant,
        unique_2=i2 - redundant,
        synergistic=union - i1 - i2 + redundant,
    )
