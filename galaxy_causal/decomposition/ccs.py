"""Ince's measure: common change in surprisal."""

from __future__ import annotations

from galaxy_causal.decomposition.with_dit import decompose
from galaxy_causal.types import Atoms, Floats


def ccs(p: Floats) -> Atoms:
    """Atoms in nats of one table p (a, b, c) of two sources and a target.

    redundant = the pointwise co-information of events in which i(t; s1), i(t; s2), i(t; s1, s2) and the
    co-information have one sign, under the distribution of most entropy with the pairwise marginals of p
    (Ince 2017, Entropy 19, 318), by ``dit``. Atoms may be negative.
    """
    return decompose("PID_CCS", p)
