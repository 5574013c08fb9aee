"""What local tests say of a query, galaxy by galaxy and pooled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.images import Floats


@dataclass(frozen=True)
class Association:
    """One measure of dependence in each neighbourhood; NaN where the neighbourhood is masked.

    Parameters
    ----------
    value : array (n,)
        The measure.
    null : array (n,)
        The same after one permutation, as published.
    p : array (n,)
        P-value among the neighbourhood's own permutations, at least 1 / (1 + permutations).
    pooled : array (n,)
        P-value among the permutations of all neighbourhoods together, which reaches further.
    q : array (n,)
        ``pooled`` adjusted over galaxies [1]_: of those with q <= 0.05 an expected 5% are false discoveries.

    References
    ----------
    .. [1] Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289
    """

    value: Floats
    null: Floats
    p: Floats
    pooled: Floats
    q: Floats

    def significant(self, fdr: float) -> NDArray[np.bool_]:
        """Which galaxies (n,) are discoveries at this false-discovery rate; a masked one is none."""
        return np.asarray(self.q <= fdr)


@dataclass(frozen=True)
class LocalTests:
    """Local tests of n neighbourhoods.

    Parameters
    ----------
    members : array of int (n,)
        Training galaxies of the neighbourhood with all values.
    masked : array of bool (n,)
        Too few of them, or no variation of target or query among them.
    correlation : Association
        Pearson's.
    efficiency : Association
        Share of the target's variance that a quadratic regression on the query removes.
    target_gradient, query_gradient : array (n,)
        Share of the variance of target and query themselves inside the neighbourhood that is linear in what
        the option ``gradient`` names (latent, estimate, inputs; with none the latent), adjusted for the
        number of coordinates; NaN where there are none. See ``gradient_bound``.
    """

    members: NDArray[np.int64]
    masked: NDArray[np.bool_]
    correlation: Association
    efficiency: Association
    target_gradient: Floats
    query_gradient: Floats

    def __len__(self) -> int:
        return len(self.members)

    @property
    def gradient_bound(self) -> Floats:
        """Root of the product of both gradients (n,): what their linear parts can add to a correlation.

        Two quantities that are linear in the latent but for independent remainders have a correlation of at
        most that (Cauchy and Schwarz). NaN without a latent; a gradient below zero, which is noise, counts as
        none.
        """
        both = np.maximum(self.target_gradient, 0.0) * np.maximum(self.query_gradient, 0.0)
        return np.asarray(np.sqrt(both))

    def columns(self) -> Mapping[str, NDArray[np.generic]]:
        """Everything as columns of a table: ``corr``, ``corr_null``, ``corr_p``, ..., ``pred_eff``, ..."""
        found: dict[str, NDArray[np.generic]] = {"members": self.members}
        for name, measure in (("corr", self.correlation), ("pred_eff", self.efficiency)):
            for item in fields(measure):
                key = name if item.name == "value" else f"{name}_{item.name}"
                found[key] = getattr(measure, item.name)
        gradients = ("target_gradient", "query_gradient", "gradient_bound")
        return found | {name: getattr(self, name) for name in gradients}


@dataclass(frozen=True)
class Pooled:
    """One test of all neighbourhoods of a group of galaxies; all NaN without any neighbourhood.

    Parameters
    ----------
    group : str
        Its name.
    galaxies : int
        Neighbourhoods in the group that are not masked.
    independent : float
        How many independent neighbourhoods of the same size carry as much.
    disjoint : int
        How many that share no galaxy were found.
    corr, corr_null : float
        Mean correlation, and after one permutation.
    corr_error, corr_null_error : float
        Standard error of ``corr`` with overlap accounted for, and where target and query are independent.
    corr_p : float
        Two-sided p-value of ``corr`` by the latter.
    pred_eff, pred_eff_error, pred_eff_null, pred_eff_null_error : float
        Mean predictive efficiency and the same after one permutation, with standard errors.
    pred_eff_p : float
        P-value by permutations inside the disjoint neighbourhoods, which sees dependence whose sign changes.
    significant : float
        Share of the galaxies whose correlation is a discovery.
    gradient_bound : float
        Mean of ``LocalTests.gradient_bound``.
    kernel_p : float
        P-value of the kernel test, NaN where it was not asked for.
    """

    group: str
    galaxies: int
    independent: float
    disjoint: int
    corr: float
    corr_null: float
    corr_error: float
    corr_null_error: float
    corr_p: float
    pred_eff: float
    pred_eff_error: float
    pred_eff_null: float
    pred_eff_null_error: float
    pred_eff_p: float
    significant: float
    gradient_bound: float
    kernel_p: float
