"""Second moments of variables and of smooth functions of them: all that fast tests and scores need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.independence.splines import uncorrelated
from galaxy_causal.types import Floats, UserError

BLOCK = 65_536  # rows that are weighted at once
RANK = 1e-9  # of the largest eigenvalue: directions of a basis below are numerical noise


@dataclass(frozen=True)
class Design:
    """Columns that stand for p variables.

    Parameters
    ----------
    columns : array (n, q)
        The p variables themselves, then the basis of each.
    blocks : tuple of tuple of int
        Columns of the basis of each variable; without a basis the variable itself.
    """

    columns: Floats
    blocks: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.columns)


@dataclass(frozen=True)
class Moments:
    """Second moments of a design.

    Parameters
    ----------
    covariance : array (q, q)
        Of its columns.
    blocks : tuple of tuple of int
        As of the design.
    n : int
        Galaxies.
    """

    covariance: Floats
    blocks: tuple[tuple[int, ...], ...]
    n: int

    @property
    def correlation(self) -> Floats:
        """Correlations (p, p) of the variables themselves."""
        p = len(self.blocks)
        linear = self.covariance[:p, :p]
        scale = np.sqrt(np.diag(linear))
        correlation: Floats = linear / np.outer(scale, scale)
        return correlation

    def columns(self, variables: Sequence[int]) -> list[int]:
        """The basis columns of these variables."""
        return [column for v in variables for column in self.blocks[v]]

    def residual(self, rows: Sequence[int], given: Sequence[int]) -> Floats:
        """Covariance of columns ``rows`` after linear regression on columns ``given``."""
        own = self.covariance[np.ix_(rows, rows)]
        if not given:
            return own
        across = self.covariance[np.ix_(given, rows)]
        inner = self.covariance[np.ix_(given, given)]
        ridge = RANK * np.trace(inner) / len(given)
        solved = np.linalg.solve(inner + ridge * np.eye(len(given)), across)
        residual: Floats = own - across.T @ solved
        return residual


def design(values: Floats, basis: int = 1) -> Design:
    """Variables, each with some smooth functions of it.

    Parameters
    ----------
    values : array (n, p)
        Standardised variables.
    basis : int
        Functions of each; 1 stands for the variable alone.

    Returns
    -------
    Design
        Functions are cubic B-splines with knots at quantiles, made uncorrelated within each variable; they
        span its linear and piecewise cubic functions. A variable with few distinct values has fewer.

    Raises
    ------
    UserError
        For a basis of 2 or 3, too few for cubics with knots.
    """
    p = values.shape[1]
    if basis == 1:
        return Design(values, tuple((v,) for v in range(p)))
    if basis < 4:
        raise UserError(f"a spline basis has at least 4 functions (1: the variable alone), got {basis}")
    parts, blocks, start = [values], [], p
    for column in values.T:
        functions = uncorrelated(column, basis)
        blocks.append(tuple(range(start, start + functions.shape[1])))
        parts.append(functions)
        start += functions.shape[1]
    return Design(np.column_stack(parts), tuple(blocks))


def moments(data: Design, counts: NDArray[np.int64] | None = None) -> Moments:
    """Moments over all galaxies, or over a resample.

    Parameters
    ----------
    data : Design
        Of n galaxies.
    counts : array of int (n,), optional
        How often each galaxy stands in a resample.

    Returns
    -------
    Moments
        Divided by the number of galaxies.

    Examples
    --------
    >>> found = moments(design(np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])))
    >>> found.correlation.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    q = data.columns.shape[1]
    total, mean, gram = len(data) if counts is None else int(counts.sum()), np.zeros(q), np.zeros((q, q))
    for start in range(0, len(data), BLOCK):
        block = data.columns[start : start + BLOCK]
        weighted = block if counts is None else block * counts[start : start + BLOCK, None]
        mean += weighted.sum(axis=0) / total
        gram += block.T @ weighted / total
    return Moments(gram - np.outer(mean, mean), data.blocks, total)
