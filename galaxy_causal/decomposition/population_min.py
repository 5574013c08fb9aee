"""Barrett's measure: the minimum of the averages."""

from __future__ import annotations

import numpy as np

from galaxy_causal.decomposition.interface import measure, table_measure
from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.types import Atoms, Floats, Values


@measure(needs=Values.OF_ALL, meaning="redundancy is the minimum of the means")
def population_min(mi_1: Floats, mi_2: Floats, union: Floats) -> Floats:
    """The smaller of both mutual informations.

    Parameters
    ----------
    mi_1, mi_2, union
        Mutual informations of a population [nats], of one shape.

    Returns
    -------
    Atoms
        One of the unique atoms is zero.

    Notes
    -----
    For Gaussian sources and one target every redundancy that depends on the pairwise marginals alone is this
    one. NaN in gives NaN out.

    References
    ----------
    Barrett 2015, Phys. Rev. E 91, 052802, eq. 16.

    Examples
    --------
    >>> [float(atom) for _, atom in population_min(0.5, 0.25, 1.0)]
    [0.25, 0.25, 0.0, 0.5]
    """
    smaller: Floats = np.minimum(mi_1, mi_2)
    return smaller


@table_measure("redundancy is the smaller information")
def table_population_min(p: Floats) -> Atoms:
    """The smaller of both mutual informations of classes.

    Parameters
    ----------
    p
        Probabilities of two sources and a target, (..., a, b, c).

    Returns
    -------
    Atoms
        In nats, each (...).
    """
    return population_min(*marginals(p).informations)
