"""Closed forms for jointly Gaussian sources and target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.types import Atoms, Floats, UserError


def gaussian_informations(covariance: Floats, d1: int, d2: int) -> tuple[Floats, Floats, Floats]:
    """I(Y; X1), I(Y; X2) and I(Y; X1, X2) in nats of Gaussians of any dimension.

    The covariance (d1 + d2 + dy, ...) has the d1 variables of X1 first, then the d2 of X2, then those of Y.
    I(Y; X) = 1/2 log[|S_X| |S_Y| / |S_XY|] (Barrett 2015, Phys. Rev. E 91, 052802). Raises UserError
    unless the covariance is positive definite, and leaves room for a target.
    """
    size = len(covariance)
    square = covariance.shape == (size, size)
    if not square or min(d1, d2) < 1 or d1 + d2 >= size or np.linalg.eigvalsh(covariance).min() <= 0:
        raise UserError(
            f"a positive definite covariance of {d1} + {d2} variables of the sources and at least one of the "
            f"target is needed, got shape {covariance.shape}; leave out variables that others determine"
        )
    target = np.arange(d1 + d2, size)

    def volume(rows: NDArray[np.signedinteger]) -> float:
        return float(np.linalg.slogdet(covariance[np.ix_(rows, rows)])[1])

    def information(rows: NDArray[np.signedinteger]) -> Floats:
        both = volume(np.concatenate([rows, target]))
        return np.asarray(0.5 * (volume(rows) + volume(target) - both))

    return (
        information(np.arange(d1)),
        information(np.arange(d1, d1 + d2)),
        information(np.arange(d1 + d2)),
    )


def gaussian_atoms(covariance: Floats, d1: int, d2: int) -> Atoms:
    """Atoms in nats of jointly Gaussian variables; arguments as of ``gaussian_informations``.

    The redundancy is the smaller information. For a target of one dimension that holds of every redundancy
    that depends on the marginals (Y, X1) and (Y, X2) alone, I_min and BROJA among them (Barrett 2015).
    """
    return population_min(*gaussian_informations(covariance, d1, d2))
