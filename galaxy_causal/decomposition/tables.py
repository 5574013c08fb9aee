"""Joint distributions of two discrete sources and a discrete target: marginals, informations, parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import entr

from galaxy_causal.decomposition.interface import Parts, atoms
from galaxy_causal.types import Floats, UserError

_ALL = (-3, -2, -1)
ROUNDING = 1e-6
"""By how much the probabilities of a table may miss one."""


@dataclass(frozen=True)
class Marginals:
    """Marginals of tables, each with the axes that were summed kept at length one.

    Parameters
    ----------
    p
        Probabilities of source 1, source 2 and target, (..., a, b, c).
    s1, s2, t, s12, s1t, s2t
        Of the variables that are named.
    """

    p: Floats
    s1: Floats
    s2: Floats
    t: Floats
    s12: Floats
    s1t: Floats
    s2t: Floats

    @property
    def informations(self) -> tuple[Floats, Floats, Floats]:
        """I(T; S1), I(T; S2) and I(T; S1, S2) in nats, each (...)."""
        return (
            _entropy(self.s1) + _entropy(self.t) - _entropy(self.s1t),
            _entropy(self.s2) + _entropy(self.t) - _entropy(self.s2t),
            _entropy(self.s12) + _entropy(self.t) - _entropy(self.p),
        )

    def parts(self, informative: Floats, misinformative: Floats) -> Parts:
        """Atoms of both parts from the averages of both parts of the redundancy, each (...)."""
        t = _entropy(self.t)
        plus = (_entropy(self.s1), _entropy(self.s2), _entropy(self.s12))
        minus = (_entropy(self.s1t) - t, _entropy(self.s2t) - t, _entropy(self.p) - t)
        return Parts(atoms(informative, *plus), atoms(misinformative, *minus))


def marginals(p: Floats) -> Marginals:
    """Marginals of tables of two sources and a target.

    Parameters
    ----------
    p
        Probabilities of source 1, source 2 and target, (..., a, b, c).

    Returns
    -------
    Marginals

    Raises
    ------
    UserError
        Unless every table is non-negative and sums to one.

    Examples
    --------
    >>> copy = marginals(np.array([[[0.5, 0.0]], [[0.0, 0.5]]]))  # the target is the first source
    >>> [round(float(i / np.log(2)), 9) for i in copy.informations]
    [1.0, 0.0, 1.0]
    """
    if p.ndim < 3 or p.size == 0 or not (np.isfinite(p).all() and (p >= 0).all()):
        raise UserError(
            f"a joint distribution has three axes (source 1, source 2, target) and finite probabilities "
            f"of at least zero; got shape {p.shape} with least entry {p.min() if p.size else 'none'}"
        )
    if np.abs(p.sum(axis=_ALL) - 1).max() > ROUNDING:
        raise UserError(f"probabilities must sum to one; they sum to {p.sum(axis=_ALL)}: divide by the sum")

    def over(*axes: int) -> Floats:
        total: Floats = p.sum(axis=axes, keepdims=True)
        return total

    return Marginals(p, over(-2, -1), over(-3, -1), over(-3, -2), over(-1), over(-2), over(-3))


def _entropy(p: Floats) -> Floats:
    total: Floats = entr(p).sum(axis=_ALL)
    return total
