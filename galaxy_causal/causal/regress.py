"""Regressions inside many neighbourhoods at once; arrays are (neighbourhoods, members) of float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats

TINY = 1e-7
"""A residual of less than this share of what it was is rounding, no variation."""


@dataclass(frozen=True)
class ReducedNeighbourhoods:
    """Target and query of each neighbourhood with all else removed.

    ``target`` (b, k), of length one. ``query`` (b, k, 2): orthogonal directions, of length one or
    zero: the query's own and its square's. ``nuisance`` (b, k, p) or None: orthonormal directions that a
    permuted target must be freed of again. ``freedom`` (b,): the target's degrees of freedom that are left.
    ``masked`` (b,): nothing varies.
    """

    target: Floats
    query: Floats
    nuisance: Floats | None
    freedom: Floats
    masked: NDArray[np.bool_]


def standardise(values: Floats) -> Floats:
    """Centre each row (last axis) and divide by its standard deviation; a constant one becomes zeros."""
    centred = values - values.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True))
    rounding = 1e-12 * np.abs(values).max(axis=-1, keepdims=True, initial=0.0)
    return np.where(spread > rounding, centred / np.where(spread > rounding, spread, 1.0), 0.0)


def quadratic(columns: Sequence[Floats]) -> list[Floats]:
    """The columns, their squares and all products of two."""
    pairs = combinations_with_replacement(range(len(columns)), 2)
    return [*columns, *(columns[i] * columns[j] for i, j in pairs)]


def width(given: int) -> int:
    """How many columns ``quadratic`` makes of so many."""
    return given + given * (given + 1) // 2


def orthonormal(columns: Sequence[Floats]) -> Floats:
    """(b, k, 1 + columns): an orthonormal basis of the constant and the columns, neighbourhood by
    neighbourhood.

    Columns are standardised or zero. A direction is zero where a column is a linear function of those
    before it.
    """
    design = np.stack([np.ones_like(columns[0]), *columns], axis=-1)
    found = np.linalg.qr(design)
    basis: Floats = found.Q
    smallest = np.abs(np.diagonal(found.R, axis1=1, axis2=2)).min(axis=1)
    short = np.flatnonzero(smallest <= TINY * np.sqrt(design.shape[1]))
    if len(short):
        basis[short] = _one_by_one(design[short])
    return basis


def _one_by_one(design: Floats) -> Floats:
    """As ``orthonormal``, by Gram and Schmidt, who see which column is nothing new."""
    basis = np.zeros_like(design)
    length = np.sqrt(design.shape[1])
    for column in range(design.shape[2]):
        left = without(design[..., column], basis)
        left = unit(left, length)
        basis[..., column] = unit(without(left, basis))  # once more, for what rounding left
    return basis


def without(values: Floats, basis: Floats) -> Floats:
    """Residuals of values (b, k) from the directions of basis (b, k, p)."""
    shares = np.matmul(values[:, None, :], basis)
    return np.asarray(values - np.matmul(basis, shares.swapaxes(1, 2))[..., 0])


def unit(values: Floats, before: Floats | float = 1.0) -> Floats:
    """Rows of length one; zeros where the length is rounding of what it was ``before``."""
    length = np.sqrt(np.sum(values**2, axis=-1, keepdims=True))
    real = length > TINY * before
    return np.where(real, values / np.where(real, length, 1.0), 0.0)


def reduce(
    target: Floats, query: Floats, given: Sequence[Floats], coordinates: Sequence[Floats], published: bool
) -> ReducedNeighbourhoods:
    """Free target and query (b, k) of quadratic functions of ``given`` and linear ones of ``coordinates``.

    ``published``: as in Zhang et al. 2025, where the square of the query's residual is not freed of
    ``given``, nor is a permuted target.
    """
    k = target.shape[1]
    y, q = standardise(target), standardise(query)
    flat = [standardise(c) for c in coordinates]
    columns = [*flat, *(standardise(c) for c in quadratic([standardise(c) for c in given]))]
    nuisance = orthonormal(columns) if columns else None
    if nuisance is not None:
        y, q = without(y, nuisance), without(q, nuisance)
    y, q = unit(y, np.sqrt(k)), unit(q, np.sqrt(k))
    square = standardise(q**2)
    if nuisance is not None and not published:
        square = without(square, nuisance)
    square = square - q * np.sum(square * q, axis=1, keepdims=True)
    directions = np.stack([q, unit(square, np.sqrt(k))], axis=-1)
    masked = ~(np.any(y != 0, axis=1) & np.any(q != 0, axis=1))
    if published or nuisance is None:
        return ReducedNeighbourhoods(y, directions, None, np.full(len(y), k - 1.0), masked)
    return ReducedNeighbourhoods(y, directions, nuisance, k - _directions(nuisance), masked)


def _directions(basis: Floats) -> Floats:
    """How many directions (b,) of a basis (b, k, p) are not zero."""
    return np.asarray(np.count_nonzero(np.any(basis != 0, axis=1), axis=1), dtype=np.float64)


def linear_shares(values: Sequence[Floats], coordinates: Sequence[Floats]) -> Floats:
    """Shares (len(values), b) of the variance of each (b, k) that is linear in the coordinates; NaN of none.

    Adjusted for the number of regressors (Ezekiel 1930, Methods of Correlation Analysis).
    """
    along = orthonormal([standardise(c) for c in coordinates])
    k = along.shape[1]
    freedom = (k - 1) / (k - _directions(along))
    found = []
    for one in map(standardise, values):
        variance = np.sum(one**2, axis=1)
        left = np.sum(without(one, along) ** 2, axis=1) / np.where(variance > 0, variance, np.nan)
        found.append(1 - left * freedom)
    return np.stack(found)
