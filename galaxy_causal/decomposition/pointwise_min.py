"""The published measure: the minimum galaxy by galaxy."""

from __future__ import annotations

import numpy as np

from galaxy_causal.decomposition.interface import measure
from galaxy_causal.types import Floats


@measure(meaning="redundancy is the mean of the galaxies' minima")
def pointwise_min(i1: Floats, i2: Floats, union: Floats) -> Floats:
    """The smaller of both pointwise informations of each galaxy.

    Parameters
    ----------
    i1, i2, union
        Pointwise informations [nats], each (n,).

    Returns
    -------
    Atoms
        Of each galaxy, each (n,). Negative values are misinformation and stay.

    Notes
    -----
    Averaged, the minimum counts noise of the pointwise values as unique information and takes it from the
    redundant: averages of these atoms describe galaxies, not the population (see ``population_min``). NaN in
    gives NaN out.

    References
    ----------
    Zhang et al. 2025, arXiv:2509.23901, section 2.
    """
    smaller: Floats = np.minimum(i1, i2)
    return smaller
