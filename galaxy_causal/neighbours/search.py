"""What every neighbour search offers, and what it refuses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Count, Neighbours, UserError, option

Points = NDArray[np.float32]
Rows = NDArray[np.int64]
Progress = Callable[[int, int], None]
"""``progress(done, total)``, in galaxies."""


RATES = [
    f"{network}.training.learning_rate" for network in ("network", "causal.network.tabular", "causal.network")
]
LARGEST = 1e18
"""Length of a point whose square, and that of a difference of two, fits into single precision."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class NeighbourSearch(ABC):
    """Finds the k nearest training galaxies of any number of galaxies.

    One of your own extends this class as a frozen dataclass, whose fields are its options, and implements
    ``search``, which is handed what ``find`` has checked.

    Parameters
    ----------
    k : int
        Neighbours of each galaxy.
    """

    k: Count = 100

    def find(
        self,
        training: NDArray[np.floating],
        queries: NDArray[np.floating],
        own: Rows | None = None,
        progress: Progress = silent,
    ) -> Neighbours:
        """The k nearest training galaxies of each galaxy, by mean squared difference.

        Parameters
        ----------
        training : array (m, d)
            Latent coordinates of the training galaxies, taken in single precision.
        queries : array (n, d)
            Those of the galaxies whose neighbours are sought.
        own : array of int (n,), optional
            Row of each galaxy among the training galaxies, or -1 where it is none of them. A galaxy is not
            its own neighbour; a duplicate of it in another row is.
        progress : callable
            Hears of galaxies done and of all of them.

        Returns
        -------
        Neighbours
            Rows and distances (n, k), nearest first.

        Raises
        ------
        UserError
            For coordinates that are not finite or whose squares overflow, for shapes that do not fit, and
            where there are fewer than k other training galaxies.
        """
        training, queries = _points(training, "training galaxies"), _points(queries, "galaxies")
        if training.shape[1] != queries.shape[1]:
            raise UserError(
                f"the latents of training galaxies have {training.shape[1]} coordinates and those of the "
                f"galaxies {queries.shape[1]}; take both from one network"
            )
        own = _own(own, len(queries), len(training))
        others = len(training) - (1 if (own >= 0).any() else 0)
        if self.k > others:
            raise UserError(
                f"{option('neighbours.k', self.k)} is more than the {others} training galaxies that can be "
                f"neighbours; lower {option('neighbours.k')} or enlarge the training split"
            )
        return self.search(training, queries, own, progress)

    @abstractmethod
    def search(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        """As ``find``, of checked coordinates."""


def _points(values: NDArray[np.floating], what: str) -> Points:
    points = np.ascontiguousarray(values, dtype=np.float32)
    if points.ndim != 2 or points.shape[1] < 1:
        raise UserError(f"the latents of the {what} have shape {points.shape}; give (galaxies, coordinates)")
    if not np.isfinite(points).all():
        bad = int(np.sum(~np.isfinite(points).all(axis=1)))
        raise UserError(
            f"the latents of {bad} of {len(points)} {what} are NaN or infinite, so they have no neighbours: "
            f"training diverged, or an input is missing. {_slower()}, or leave out galaxies without "
            "all inputs"
        )
    largest = float(np.abs(points).max(initial=0.0))
    if largest * np.sqrt(points.shape[1]) > LARGEST:
        raise UserError(
            f"the latents of the {what} reach {largest:.1g}, whose squares single precision cannot hold: "
            f"training diverged. {_slower()}"
        )
    return points


def _slower() -> str:
    rates = " or ".join(dict.fromkeys(map(option, RATES)))
    return f"Lower the learning rate of the network that gives the latent: {rates}"


def _own(own: Rows | None, n: int, m: int) -> Rows:
    if own is None:
        return np.full(n, -1, dtype=np.int64)
    rows = np.asarray(own, dtype=np.int64)
    if rows.shape != (n,) or (rows < -1).any() or (rows >= m).any():
        raise UserError(
            f"own has shape {rows.shape} and rows from {rows.min(initial=-1)} to {rows.max(initial=-1)}; "
            f"give ({n},) rows of the {m} training galaxies, -1 for a galaxy that is none of them"
        )
    return rows
