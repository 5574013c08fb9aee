"""Which training galaxies lie nearest to each galaxy of a latent space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Neighbours:
    """The k nearest training galaxies of n galaxies, nearest first; equal distances go by row number.

    Parameters
    ----------
    index : array of int (n, k)
        Rows among the training galaxies.
    distance : array (n, k)
        Mean over the coordinates of the squared difference.
    recall : float, optional
        Share of the true neighbours that an approximate search found, measured on a sample of the galaxies;
        None where the search is exact.
    """

    index: NDArray[np.int64]
    distance: NDArray[np.float32]
    recall: float | None = None

    def __len__(self) -> int:
        return len(self.index)
