"""Measures of dependence in many neighbourhoods at once, and their nulls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.causal.regress import ReducedNeighbourhoods
from galaxy_causal.types import Floats

ROUNDING = 1e-5
"""Relative: nulls this close below a measure equal it, for they are made in single precision."""
Nulls = NDArray[np.float32]


@dataclass(frozen=True)
class Statistic:
    """A measure of dependence of b neighbourhoods, and its distribution where there is none.

    ``value`` and ``null`` (b,), the latter of one permutation. ``pivot`` (b,) and ``pivots`` (b,
    permutations) are what is compared: positive, larger for more dependence, and near the root of a
    chi-squared whatever the number of members, so that neighbourhoods can be pooled.
    """

    value: Floats
    null: Floats
    pivot: Floats
    pivots: Nulls

    @property
    def p(self) -> Floats:
        """P-values (b,): (1 + nulls at least as large) / (1 + permutations) (Phipson & Smyth 2010)."""
        reached = np.sum(self.pivots >= (self.pivot * (1 - ROUNDING))[:, None], axis=1)
        return np.asarray((1 + reached) / (1 + self.pivots.shape[1]))


def by_permutations(
    reduced: ReducedNeighbourhoods, permutations: int, rng: np.random.Generator
) -> tuple[Statistic, Statistic]:
    """Pearson's correlation and predictive efficiency, and the same of permuted targets.

    Residuals are permuted and freed again of what had been removed (Freedman & Lane 1983, J. Bus. Econ. Stat.
    1, 292). The permutations are the same for all neighbourhoods of the call.
    """
    y, directions = reduced.target, reduced.query
    k = y.shape[1]
    observed = np.einsum("bk,bkq->bq", y, directions)
    order = rng.permuted(np.tile(np.arange(k), (permutations, 1)), axis=1)
    known = [directions] if reduced.nuisance is None else [directions, reduced.nuisance]
    basis = np.concatenate(known, axis=-1, dtype=np.float32, casting="same_kind")
    shares = np.matmul(y.astype(np.float32)[:, order], basis)
    left = np.maximum(1.0 - np.sum(shares[..., 2:] ** 2, axis=-1), np.float32(1e-6))
    correlation = shares[..., 0] / np.sqrt(left)
    efficiency = np.sum(shares[..., :2] ** 2, axis=-1) / left
    return _statistics(observed, correlation, efficiency, np.sqrt(reduced.freedom))


def _statistics(
    observed: Floats, correlation: Nulls, efficiency: Nulls, scale: Floats
) -> tuple[Statistic, Statistic]:
    def measure(value: Floats, null: Nulls, pivot: Floats, pivots: Nulls) -> Statistic:
        wide = scale.astype(np.float32)[:, None]
        return Statistic(
            value, null[:, 0].astype(np.float64), pivot * scale, pivots.astype(np.float32) * wide
        )

    linear, total = observed[:, 0], np.sum(observed**2, axis=1)
    return (
        measure(linear, correlation, np.abs(linear), np.abs(correlation)),
        measure(total, efficiency, np.sqrt(total), np.sqrt(efficiency)),
    )


def by_signs(
    reduced: ReducedNeighbourhoods, draws: int, rng: np.random.Generator
) -> tuple[Statistic, Statistic]:
    """The same measures, compared after division by their own spread; the null is made by random signs.

    The mean product of residuals over its standard error (Shah & Peters 2020, Ann. Stat. 48, 1514, eq. 3)
    keeps its level where the spread of target or query varies among the members, as a permutation does not;
    so does White's (1980, Econometrica 48, 817) form for the query and its square together. Signs of the
    target's residuals leave the standard error as it is, and are exact where residuals are symmetric.
    Regression has left residuals a share ``freedom`` / members of their variance: the null is made as wide.
    """
    products = reduced.target[..., None] * reduced.query
    signs = rng.choice(np.array([-1.0, 1.0]), (products.shape[1], draws))
    observed = products.sum(axis=1)
    wider = np.sqrt(products.shape[1] / reduced.freedom)[:, None, None]
    drawn = np.matmul(products.swapaxes(1, 2), signs) * wider
    spread = np.matmul(products.swapaxes(1, 2), products)
    correlation, efficiency = _statistics(
        observed, drawn[:, 0], np.sum(drawn**2, axis=1), np.sqrt(reduced.freedom)
    )
    single = 1 / np.sqrt(np.maximum(spread[:, 0, 0], 1e-300))
    both = np.linalg.pinv(spread, hermitian=True)
    return (
        _compared(correlation, np.abs(observed[:, 0]) * single, np.abs(drawn[:, 0]) * single[:, None]),
        _compared(
            efficiency,
            np.sqrt(np.einsum("bp,bpq,bq->b", observed, both, observed)),
            np.sqrt(np.sum(drawn * np.matmul(both, drawn), axis=1)),
        ),
    )


def _compared(measure: Statistic, pivot: Floats, pivots: Floats) -> Statistic:
    return Statistic(measure.value, measure.null, pivot, pivots.astype(np.float32))


class PooledNulls:
    """Nulls of all neighbourhoods together, counted in narrow bins."""

    WIDTH = 0.005

    def __init__(self) -> None:
        self._count = np.zeros(1, dtype=np.int64)

    def add(self, pivots: Nulls) -> None:
        """Count these (any shape)."""
        found = np.bincount(
            (pivots / np.float32(self.WIDTH)).astype(np.int64).ravel(), minlength=len(self._count)
        )
        found[: len(self._count)] += self._count
        self._count = found

    def p(self, pivot: Floats) -> Floats:
        """P-values of pivots (n,), at least 1 / (1 + all nulls); NaN of NaN."""
        above = np.append(np.cumsum(self._count[::-1])[::-1], 0)
        known = np.isfinite(pivot)
        place = np.where(known, pivot, 0.0) * (1 - ROUNDING) / self.WIDTH
        reached = above[np.minimum(place.astype(np.int64), len(above) - 1)]
        return np.where(known, (1 + reached) / (1 + self._count.sum()), np.nan)
