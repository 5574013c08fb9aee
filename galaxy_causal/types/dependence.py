"""Dependence of a target on a query given a latent, averaged over groups of galaxies and realisations."""

from __future__ import annotations

import math
from dataclasses import dataclass

from galaxy_causal.types.images import Floats


@dataclass(frozen=True)
class Dependence:
    """Means over neighbourhoods and realisations of one group; NaN where it has no neighbourhood.

    Parameters
    ----------
    group : str
        Its name.
    galaxies, independent : float
        Neighbourhoods that are not masked, and how many independent ones carry as much.
    corr, corr_null, pred_eff, pred_eff_null : float
        Correlation and predictive efficiency, and the same after one permutation.
    corr_error, corr_null_error, pred_eff_error, pred_eff_null_error : float
        One-sigma errors; the second and the last where nothing depends on the query.
    corr_p, pred_eff_p, kernel_p : float
        P-values of the group as a whole; the last NaN unless asked for.
    significant : float
        Share of galaxies that are discoveries.
    gradient_bound : float
        What the gradient inside neighbourhoods can add to an uncorrected correlation, in the mean; NaN
        without a latent.
    """

    group: str
    galaxies: float
    independent: float
    corr: float
    corr_error: float
    corr_null: float
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

    @property
    def p(self) -> float:
        """Of all tests of the group together: the smallest p-value times their number, at most one."""
        known = [p for p in (self.corr_p, self.pred_eff_p, self.kernel_p) if not math.isnan(p)]
        return min(1.0, len(known) * min(known)) if known else math.nan


@dataclass(frozen=True)
class DependenceCurve:
    """Dependence in consecutive bins of one quantity, for the galaxies of one class.

    Parameters
    ----------
    group, label : str
        The class, and the quantity with its unit.
    centre : array (bins,)
        Medians of the quantity.
    points : tuple of Dependence
        One for each bin.
    """

    group: str
    label: str
    centre: Floats
    points: tuple[Dependence, ...]


@dataclass(frozen=True)
class Answer:
    """What local tests say of one query, given the latent and some conditions.

    Parameters
    ----------
    query : str
        Its name.
    given : tuple of str
        Names of the conditions.
    groups : tuple of Dependence
        All galaxies, and those of each class.
    curves : tuple of DependenceCurve
        Against target and magnitude.

    Examples
    --------
    >>> Answer("redshift", ("ebv", "u-g"), (), ()).title
    'redshift given ebv, u-g'
    """

    query: str
    given: tuple[str, ...]
    groups: tuple[Dependence, ...]
    curves: tuple[DependenceCurve, ...]

    @property
    def title(self) -> str:
        """``redshift``, or ``redshift given ebv, u-g``."""
        return f"{self.query} given {', '.join(self.given)}" if self.given else self.query

    @property
    def suffix(self) -> str:
        """How names of its metrics end: nothing, or ``/given_ebv,u-g``."""
        return f"/given_{','.join(self.given)}" if self.given else ""
