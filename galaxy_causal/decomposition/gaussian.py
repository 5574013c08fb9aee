"""Closed forms for jointly Gaussian sources and target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.types import Atoms, Floats, UserError


def gaussian_informations(covariance: Floats, d1: int, d2: int) -> tuple[Floats, Floats, Floats]:
    """I(Y; X1), I(Y; X2) and I(Y; X1, X2) of Gaussians of any dimension.

    Parameters
    ----------
    covariance
        Of the d1 variables of X1, then the d2 of X2, then those of Y: (d1 + d2 + dy, d1 + d2 + dy).
    d1, d2
        Dimensions of the sources.

    Returns
    -------
    tuple of Floats
        I(Y; X) = 1/2 log[|S_X| |S_Y| / |S_XY|] [nats].

    Raises
    ------
    UserError
        Unless the covariance is positive definite, and leaves room for a target.

    References
    ----------
    Barrett 2015, Phys. Rev. E 91, 052802.

    Examples
    --------
    One source with correlation 0.6, and one that tells nothing: -1/2 log(1 - 0.36).

    >>> covariance = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.0], [0.6, 0.0, 1.0]])
    >>> [round(float(i), 3) for i in gaussian_informations(covariance, 1, 1)]
    [0.223, 0.0, 0.223]
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
    """Atoms of jointly Gaussian variables.

    Parameters
    ----------
    covariance, d1, d2
        As of ``gaussian_informations``.

    Returns
    -------
    Atoms
        The redundancy is the smaller information [nats].

    Notes
    -----
    For a target of one dimension that holds of every redundancy that depends on the marginals (Y, X1) and
    (Y, X2) alone, I_min and BROJA among them.

    References
    ----------
    Barrett 2015, Phys. Rev. E 91, 052802.
    """
    return population_min(*gaussian_informations(covariance, d1, d2))
