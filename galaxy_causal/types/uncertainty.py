"""The error of what was averaged over galaxies and over realisations of fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from galaxy_causal.types.images import Floats


def between_realisations(each: Floats) -> Floats:
    """Variance of the mean of independent realisations.

    Parameters
    ----------
    each
        Of each realisation, (r, ...).

    Returns
    -------
    Floats
        Their variance over their number, (...). One realisation alone shows nothing: its variance is given as
        zero, so that errors that rest on it are too small.

    Examples
    --------
    >>> float(between_realisations(np.array([1.0, 3.0]))), float(between_realisations(np.array([1.0])))
    (1.0, 0.0)
    """
    count = len(each)
    found: Floats = np.var(each, axis=0, ddof=1) / count if count > 1 else np.zeros(np.shape(each)[1:])
    return found


def one_sigma(sampling: Floats | np.floating[Any] | float, each: Floats) -> Floats:
    """Error of a mean over galaxies and realisations.

    Parameters
    ----------
    sampling
        Variance (...) by the finite number of galaxies, as of the bootstrap, of the mean over realisations.
    each
        The quantity in each realisation, (r, ...).

    Returns
    -------
    Floats
        Root of the sum of both variances, (...).

    Examples
    --------
    >>> float(one_sigma(3.0, np.array([1.0, 3.0])))
    2.0
    """
    error: Floats = np.sqrt(sampling + between_realisations(each))
    return error
