"""Williams and Beer's measure: the minimum value of the target by value of the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galaxy_causal.decomposition.interface import Measure, atoms, table_measure
from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.types import Atoms, Floats, Values

MOST_CELLS = 20
GALAXIES_IN_A_CELL = 100


@dataclass(frozen=True)
class IMin(Measure):
    """The minimum of the specific informations, value by value of the target: E_y min_k I(Y = y; X_k).

    Notes
    -----
    I(Y = y; X_k) is the mean of i_k over galaxies of target y, here over those of one of up to 20 cells of
    the target that hold equally many, at least 100, galaxies. The inputs need not be binned. The minimum of
    two noisy means would be too low where they are close: so one half of a cell's galaxies says which input
    is the smaller and the other half its value, in turns. A wrong choice among close ones costs little. For
    jointly Gaussian variables it is ``population_min``.

    References
    ----------
    Williams & Beer 2010, arXiv:1004.2515.
    """

    name: str = "i_min"
    meaning: str = "redundancy is the minimum at each value of the target"
    needs: Values = Values.OF_PARTS

    def columns(self, i1: Floats, i2: Floats, union: Floats, y: Floats) -> Floats:
        """i1 and i2 in the cell and half of each galaxy and zero in the others, (n, 4 cells)."""
        n = len(y)
        cells = max(1, min(MOST_CELLS, n // GALAXIES_IN_A_CELL))
        rank = np.argsort(np.argsort(y, kind="stable"), kind="stable")
        cell = rank * cells // max(n, 1) + cells * (rank % 2)
        inside = cell[:, None] == np.arange(2 * cells)
        return np.hstack([inside * i1[:, None], inside * i2[:, None]])

    def redundant(self, mi_1: Floats, mi_2: Floats, union: Floats, means: Floats) -> Floats:
        """The share of the input that is the smaller in the other half of a cell, summed over cells."""
        first, second = np.split(means, 2, axis=-1)
        is_smaller = np.roll(first <= second, first.shape[-1] // 2, axis=-1)
        total: Floats = np.where(is_smaller, first, second).sum(axis=-1)
        return total


i_min = IMin()


@table_measure("redundancy is the minimum at each class of the target")
def table_i_min(p: Floats) -> Atoms:
    """The minimum of the specific informations, class by class of the target.

    Parameters
    ----------
    p
        Probabilities of two sources and a target, (..., a, b, c).

    Returns
    -------
    Atoms
        In nats, each (...).

    References
    ----------
    Williams & Beer 2010, arXiv:1004.2515.

    Examples
    --------
    The exclusive or of two fair coins is all synergy, one bit:

    >>> s1, s2, t = np.indices((2, 2, 2))
    >>> xor = table_i_min(np.where(t == (s1 ^ s2), 0.25, 0.0))
    >>> [round(float(atom / np.log(2)), 9) for _, atom in xor]
    [0.0, 0.0, 0.0, 1.0]
    """
    m = marginals(p)
    specific = []
    for joint, source in ((m.s1t, m.s1), (m.s2t, m.s2)):
        ratio = np.divide(joint, source * m.t, out=np.ones_like(joint), where=joint > 0)
        specific.append((joint * np.log(ratio)).sum(axis=(-3, -2)))  # times p(t)
    return atoms(np.minimum(*specific).sum(axis=-1), *m.informations)
