"""A found graph beside the true one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from galaxy_causal.discovery.marks import ARROW, NONE, Marks


@dataclass(frozen=True)
class Agreement:
    """Counts of edges, from which the usual shares follow; a share without a denominator is NaN.

    Parameters
    ----------
    shared, found, true : int
        Edges in both graphs, in the one, in the other.
    arrows_shared, arrows_found, arrows_true : int
        Ends of shared edges with an arrow in both graphs, in the one, in the other.
    agreeing : int
        Shared edges with the same marks at both ends.
    distance : int
        The structural Hamming distance: pairs whose marks differ [1]_.

    References
    ----------
    .. [1] Tsamardinos, Brown & Aliferis 2006, Machine Learning 65, 31
    """

    shared: int
    found: int
    true: int
    arrows_shared: int
    arrows_found: int
    arrows_true: int
    agreeing: int
    distance: int

    @property
    def precision(self) -> float:
        """Share of the found edges that are true, whatever their marks."""
        return self.shared / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of the true edges that are found, whatever their marks."""
        return self.shared / self.true if self.true else float("nan")

    @property
    def arrow_precision(self) -> float:
        """Share of the arrows found on shared edges that are true."""
        return self.arrows_shared / self.arrows_found if self.arrows_found else float("nan")

    @property
    def arrow_recall(self) -> float:
        """Share of the true arrows on shared edges that are found."""
        return self.arrows_shared / self.arrows_true if self.arrows_true else float("nan")

    @property
    def orientation(self) -> float:
        """Share of the shared edges with the true marks at both ends."""
        return self.agreeing / self.shared if self.shared else float("nan")

    def metrics(self) -> dict[str, float]:
        """All of them by name."""
        return {
            "adjacency_precision": self.precision,
            "adjacency_recall": self.recall,
            "arrow_precision": self.arrow_precision,
            "arrow_recall": self.arrow_recall,
            "orientation_accuracy": self.orientation,
            "hamming_distance": float(self.distance),
        }


def agreement(found: Marks, true: Marks) -> Agreement:
    """Compare two graphs of one kind over the same variables.

    Parameters
    ----------
    found, true : array of int8 (p, p)
        Their marks, variables in the same order.

    Returns
    -------
    Agreement
        Counts and shares.

    Examples
    --------
    >>> forward, backward = np.array([[0, 2], [1, 0]]), np.array([[0, 1], [2, 0]])
    >>> agreement(forward, forward).distance, agreement(forward, backward).distance
    (0, 1)
    """
    a, b = found != NONE, true != NONE
    both = a & b
    same = (found == true) & (found.T == true.T)
    upper = np.triu(np.ones_like(both), 1)
    return Agreement(
        shared=int((both & upper).sum()),
        found=int((a & upper).sum()),
        true=int((b & upper).sum()),
        arrows_shared=int((both & (found == ARROW) & (true == ARROW)).sum()),
        arrows_found=int((both & (found == ARROW)).sum()),
        arrows_true=int((both & (true == ARROW)).sum()),
        agreeing=int((both & same & upper).sum()),
        distance=int((~same & upper).sum()),
    )
