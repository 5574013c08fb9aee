"""Measures of dependence in many neighbourhoods at once, and their nulls."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from galaxy_causal.causal.regress import Neighbourhoods
from galaxy_causal.types import Floats

ROUNDING = 2e-6
"""Nulls this close below the measure equal it: they are made in single precision."""


@dataclass(frozen=True)
class Measures:
    """Correlation and efficiency (b,) with p-values, and nulls (b, permutations)."""

    correlation: Floats
    efficiency: Floats
    correlation_null: NDArray[np.float32]
    efficiency_null: NDArray[np.float32]
    correlation_p: Floats
    efficiency_p: Floats
    correlation_tail: Floats
    efficiency_tail: Floats


def permutation_measures(reduced: Neighbourhoods, permutations: int, rng: np.random.Generator) -> Measures:
    """Pearson's correlation and predictive efficiency, and the same of permuted targets.

    Residuals are permuted and freed again of what had been removed (Freedman & Lane 1983, J. Bus. Econ. Stat.
    1, 292). A p-value is (1 + nulls at least as large) / (1 + permutations) (Phipson & Smyth 2010). The
    permutations are the same for all neighbourhoods of the call.
    """
    y, directions = reduced.target, reduced.query
    k = y.shape[1]
    correlation, second = (np.einsum("bk,bk->b", y, directions[..., i]) for i in (0, 1))
    efficiency = correlation**2 + second**2
    order = rng.permuted(np.tile(np.arange(k), (permutations, 1)), axis=1)
    basis = (
        directions if reduced.nuisance is None else np.concatenate([directions, reduced.nuisance], axis=-1)
    )
    shares = np.matmul(y.astype(np.float32)[:, order], basis.astype(np.float32))
    left = np.maximum(1.0 - np.sum(shares[..., 2:] ** 2, axis=-1), np.float32(1e-6))
    correlation_null = shares[..., 0] / np.sqrt(left)
    efficiency_null = np.sum(shares[..., :2] ** 2, axis=-1) / left
    free = k - 1 if reduced.nuisance is None else k - reduced.nuisance.shape[-1]
    return Measures(
        correlation,
        efficiency,
        correlation_null,
        efficiency_null,
        permutation_p(np.abs(correlation), np.abs(correlation_null)),
        permutation_p(efficiency, efficiency_null),
        pearson_tail(correlation, free),
        efficiency_tail(efficiency, np.any(directions[..., 1] != 0, axis=1), free),
    )


def studentised(reduced: Neighbourhoods, measures: Measures, rng: np.random.Generator) -> Measures:
    """The correlation's p-values from the mean product of residuals over its own standard error.

    Shah & Peters (2020, Ann. Stat. 48, 1514, eq. 3): it keeps its level where the spread of target or query
    varies among the members. The null is made by random signs of the products, the tail is Student's.
    """
    product = reduced.target * reduced.query[..., 0]
    k = product.shape[1]
    free = k - 1 if reduced.nuisance is None else k - reduced.nuisance.shape[-1]
    signs = rng.choice(np.array([-1, 1], dtype=np.float32), (k, measures.correlation_null.shape[1]))
    null = product.astype(np.float32) @ signs
    spread = np.sqrt(np.maximum(np.sum(product**2, axis=1) - measures.correlation**2 / k, 1e-300))
    ratio = np.abs(measures.correlation) / spread * np.sqrt((free - 1) / k)
    return replace(
        measures,
        correlation_null=null,
        correlation_p=permutation_p(np.abs(measures.correlation), np.abs(null)),
        correlation_tail=np.asarray(2 * t_distribution.sf(ratio, free - 1)),
    )


def permutation_p(value: Floats, null: NDArray[np.float32]) -> Floats:
    """P-values (b,) of values (b,) beside nulls (b, permutations)."""
    reached = np.sum(null >= (value - ROUNDING)[:, None], axis=1)
    return np.asarray((1 + reached) / (1 + null.shape[1]))


def pearson_tail(correlation: Floats, free: int) -> Floats:
    """Two-sided p-value of a correlation of residuals with ``free`` degrees of freedom (Student's t)."""
    room = np.maximum(1 - correlation**2, 1e-300)
    return np.asarray(2 * t_distribution.sf(np.abs(correlation) * np.sqrt((free - 1) / room), free - 1))


def efficiency_tail(efficiency: Floats, curved: NDArray[np.bool_], free: int) -> Floats:
    """P-value of the F test that neither the query nor (where ``curved``) its square helps."""
    more = 1 + curved
    room = np.maximum(1 - efficiency, 1e-300)
    return np.asarray(f_distribution.sf(efficiency / more / (room / (free - more)), more, free - more))
