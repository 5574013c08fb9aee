"""Ince's measure: common change in surprisal."""

from __future__ import annotations

from galaxy_causal.decomposition.interface import table_measure
from galaxy_causal.decomposition.with_dit import decompose
from galaxy_causal.types import Atoms, Floats


@table_measure("redundancy is the common change in surprisal")
def ccs(p: Floats) -> Atoms:
    """The pointwise co-information of events in which all informations and it have one sign.

    Parameters
    ----------
    p
        Probabilities of two sources and a target, (a, b, c).

    Returns
    -------
    Atoms
        In nats; they may be negative.

    Notes
    -----
    Under the distribution of most entropy with the pairwise marginals of p, by ``dit``; the informations are
    i(t; s1), i(t; s2) and i(t; s1, s2).

    References
    ----------
    Ince 2017, Entropy 19, 318.
    """
    return decompose("PID_CCS", p)
