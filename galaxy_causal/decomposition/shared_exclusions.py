"""Redundancy as what both inputs exclude."""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from galaxy_causal.decomposition.interface import Parts, measure, table_measure
from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.types import Floats


@measure(meaning="redundancy is what both exclude")
def shared_exclusions(i1: Floats, i2: Floats, union: Floats) -> Floats:
    """The information in the statement "input 1 is x1 or input 2 is x2", of each galaxy.

    Parameters
    ----------
    i1, i2, union
        Pointwise informations [nats], each (n,).

    Returns
    -------
    Atoms
        Of each galaxy, each (n,).

    Notes
    -----
    For continuous inputs the redundancy is log[(f(y, x1) + f(y, x2)) / ((f(x1) + f(x2)) f(y))], which depends
    on the scales in which densities of the inputs are measured. Here each input's own distribution is its
    scale, so that f(x1) = f(x2) = 1 and redundant = log[(exp(i1) + exp(i2)) / 2], between the mean and the
    maximum of i1 and i2. That asks for p(y | x) alone and does not change under invertible maps of the
    inputs. It is more than zero on average where one input is noise: to exclude anything, "or" needs the
    other. NaN in gives NaN out.

    References
    ----------
    Makkeh, Gutknecht & Wibral 2021, Phys. Rev. E 103, 032149. Ehrlich et al. 2024, Phys. Rev. E 110, 014115,
    arXiv:2311.06373.
    """
    either: Floats = np.logaddexp(i1, i2) - np.log(2.0)
    return either


@table_measure("redundancy is what both exclude")
def table_shared_exclusions(p: Floats) -> Parts:
    """What both sources exclude, of classes.

    Parameters
    ----------
    p
        Probabilities of two sources and a target, (..., a, b, c).

    Returns
    -------
    Parts
        Informative and misinformative atoms [nats], each (...): i+ = -log p(s1 or s2) and
        i- = -log p(s1 or s2 | t), averaged over the table. None is negative.

    References
    ----------
    Makkeh, Gutknecht & Wibral 2021, Phys. Rev. E 103, 032149.
    """
    m = marginals(p)
    either = m.s1 + m.s2 - m.s12
    either_and_t = m.s1t + m.s2t - p

    def average(of: Floats) -> Floats:
        total: Floats = -xlogy(p, np.where(p > 0, of, 1.0)).sum(axis=(-3, -2, -1))
        return total

    given_t = np.divide(either_and_t, m.t, out=np.ones_like(p), where=p > 0)
    return m.parts(average(np.broadcast_to(either, p.shape)), average(given_t))
