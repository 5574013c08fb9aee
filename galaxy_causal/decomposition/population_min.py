"""Barrett's measure: the minimum of the averages."""

from __future__ import annotations

import numpy as np

from galaxy_causal.types import Atoms, Floats


def population_min(mi_1: Floats, mi_2: Floats, mi_union: Floats) -> Atoms:
    """Atoms of a population from its mutual informations in nats, of any one shape.

    redundant = min(I(Y; 1), I(Y; 2)) (minimum mutual information; Barrett 2015, Phys. Rev. E 91,
    052802, eq. 16, who shows that for Gaussian sources and one target every redundancy that
    depends on the pairwise marginals alone is this one). One of the unique atoms is therefore zero.
    """
    redundant = np.minimum(mi_1, mi_2)
    return Atoms(
        redundant=redundant,
        unique_1=mi_1 - redundant,
        unique_2=mi_2 - redundant,
        synergistic=mi_union - mi_1 - mi_2 + redundant,
    )
