"""Values replaced by their ranks, and by the normal quantiles of these."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from galaxy_causal.types import Floats


def normal_scores(values: Floats, reference: Floats | None = None, offset: float = 0.0) -> Floats:
    """Each column replaced by the normal quantiles of its ranks, ties sharing their mean rank.

    Parameters
    ----------
    values : array (n, p) or (n,)
        Columns of any unit; no NaN.
    reference : array (m, p) or (m,), optional
        Columns among which values are ranked, themselves if None. Values between two of them are
        interpolated, values beyond all of them sit at the ends.
    offset : float
        Rank r of m has the share (r - offset) / (m + 1 - 2 offset): 0 of van der Waerden, 1/2 of Hazen.

    Returns
    -------
    array
        Scores in the shape of values. A constant column becomes zeros.

    References
    ----------
    Liu, Lafferty & Wasserman 2009, JMLR 10, 2295: correlations of these are those of a nonparanormal
    distribution.

    Examples
    --------
    >>> normal_scores(np.array([8.0, 1.0, 2.0])).round(3).tolist()
    [0.674, -0.674, 0.0]
    """
    columns, known = np.atleast_2d(values.T), np.atleast_2d((values if reference is None else reference).T)
    shares = np.empty(columns.shape)
    for share, column, ranked in zip(shares, columns, known, strict=True):
        share[:] = _shares(column, ranked, offset)
    scores: Floats = ndtri(shares.T.reshape(values.shape))
    return scores


def _shares(column: Floats, ranked: Floats, offset: float) -> Floats:
    known, counts = np.unique(ranked, return_counts=True)
    rank = np.cumsum(counts) - 0.5 * counts + 0.5
    return np.interp(column, known, (rank - offset) / (len(ranked) + 1 - 2 * offset))


def ranks(values: Floats) -> Floats:
    """Each column (n, p) replaced by its ranks, ties sharing their mean rank."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=0), dtype=np.float64)


def standardise(values: Floats) -> Floats:
    """Columns of mean zero and variance one.

    Parameters
    ----------
    values : array (n, p)
        Columns, none of them constant.

    Returns
    -------
    array (n, p)
        Without unit.
    """
    scaled: Floats = (values - values.mean(axis=0)) / values.std(axis=0)
    return scaled
