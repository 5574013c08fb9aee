"""Dependence of a target on a query given a latent, averaged over groups of galaxies and realisations."""

from __future__ import annotations

import math
from dataclasses import dataclass

from galaxy_causal.types.catalogue import Floats


@dataclass(frozen=True)
class Dependence:
    """One group of galaxies.

    ``galaxies``: neighbourhoods that are not masked; ``independent``: how many independent ones carry as
    much; ``corr``, ``corr_null`` after one permutation, ``pred_eff`` and ``pred_eff_null``: means over
    neighbourhoods and realisations, with one-sigma errors, ``corr_null_error`` and ``pred_eff_null_error``
    those where nothing depends on the query; ``corr_p``, ``pred_eff_p`` and ``kernel_p`` (NaN unless asked
    for): p-values of the group as a whole; ``significant``: share of galaxies that are discoveries;
    ``gradient_bound``: what the gradient inside neighbourhoods can add to an uncorrected correlation, in the
    mean (NaN without a latent). NaN where a group has no neighbourhood.
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
    """Dependence in consecutive bins of one quantity, for the galaxies of one class."""

    group: str
    label: str
    centre: Floats
    points: tuple[Dependence, ...]


@dataclass(frozen=True)
class Answer:
    """What local tests say of one query, given the latent and the conditions ``given`` (names, or none)."""

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
