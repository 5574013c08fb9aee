"""Barrett's measure: the minimum of the averages."""

from __future__ import annotations

import numpy as np

from galaxy_causal.decomposition.interface import Measure, atoms
from galaxy_causal.types import Atoms, Floats, Values


def population_min(mi_1: Floats, mi_2: Floats, mi_union: Floats) -> Atoms:
    """Atoms of a population from its mutual informations in nats, of any one shape.

    redundant = min(I(Y; 1), I(Y; 2)) (minimum mutual information; Barrett 2015, Phys. Rev. E 91,
    052802, eq. 16, who shows that for Gaussian sources and one target every redundancy that
    depends on the pairwise marginals alone is this one). One of the unique atoms is therefore zero.
    """
    return atoms(np.minimum(mi_1, mi_2), mi_1, mi_2, mi_union)


class PopulationMin(Measure):
    """The minimum of the two averages."""

    name = "population_min"
    needs = Values.OF_ALL

    def redundant(self, mi_1: Floats, mi_2: Floats, means: Floats) -> Floats:
        """min(mi_1, mi_2)."""
        smaller: Floats = np.minimum(mi_1, mi_2)
        return smaller
