"""What every decomposition offers."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from galaxy_causal.types import Atoms, Floats, Values


def atoms(redundant: Floats, mi_1: Floats, mi_2: Floats, union: Floats) -> Atoms:
    """The four atoms that a redundancy leaves of informations of one shape.

    As Williams & Beer (2010, arXiv:1004.2515) have it, unique_k = I_k - redundant, and the synergistic atom
    is the rest of the union: redundant + unique_k = I_k and the sum of all is the union, whatever the
    redundancy. The same holds of informative and of misinformative parts alone. NaN in gives NaN out.
    """
    return Atoms(
        redundant=redundant,
        unique_1=mi_1 - redundant,
        unique_2=mi_2 - redundant,
        synergistic=union - mi_1 - mi_2 + redundant,
    )


class Measure(ABC):
    """A redundancy that follows from averages over galaxies.

    That makes its bootstrap cheap: the averages of a resampling are one product of counts with ``columns``.
    """

    name: str
    needs: Values = Values.OF_EACH
    """Of what the informations that it takes must have a meaning."""

    def columns(self, i1: Floats, i2: Floats, y: Floats) -> Floats:
        """Values (n, k) whose averages ``redundant`` needs besides those of i1 and i2; none by default.

        i1, i2 (n,) are pointwise informations in nats, y (n,) is the target.
        """
        return np.empty((len(i1), 0))

    @abstractmethod
    def redundant(self, mi_1: Floats, mi_2: Floats, means: Floats) -> Floats:
        """Redundancy in nats from the averages of i1, of i2 and of the columns (..., k), shape (...)."""
