"""Finn and Lizier's measure: the minimum of each part of pointwise information."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from galaxy_causal.decomposition.interface import Parts, table_measure
from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.types import Floats


@table_measure("redundancy is the minimum of each part")
def specificity_ambiguity(p: Floats) -> Parts:
    """The minimum over the sources of each part of pointwise information, specificity and ambiguity.

    Parameters
    ----------
    p
        Probabilities of two sources and a target, (..., a, b, c).

    Returns
    -------
    Parts
        Informative and misinformative atoms [nats], each (...).

    Notes
    -----
    i(t; s) = h(s) - h(s | t), specificity less ambiguity; the redundancy of each is its minimum over the
    sources, event by event, averaged over the table. It needs p(s), which a network of p(y | x) does not
    give: for continuous inputs both parts are infinite, and relative to each input's own distribution the
    specificities vanish and the redundancy is max(i1, i2). Hence it is defined on tables alone.

    References
    ----------
    Finn & Lizier 2018, Entropy 20, 297.
    """
    m = marginals(p)

    def average(one: Floats, other: Floats) -> Floats:
        larger = np.where(
            p > 0, np.maximum(one, other), 1.0
        )  # the larger probability is the smaller surprise
        total: Floats = -xlogy(p, larger).sum(axis=(-3, -2, -1))
        return total

    known = np.where(m.t > 0, m.t, 1.0)
    return m.parts(average(m.s1, m.s2), average(m.s1t / known, m.s2t / known))
