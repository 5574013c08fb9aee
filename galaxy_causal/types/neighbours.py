"""Which training galaxies lie nearest to each galaxy of a latent space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Neighbours:
    """The k nearest training galaxies of n galaxies, nearest first; equal distances go by row number.

    ``index`` (n, k): rows among the training galaxies. ``distance`` (n, k): mean over the coordinates of the
    squared difference. ``recall``: share of the true neighbours found, of an approximate search, measured on
    a sample of the galaxies; None where the search is exact.
    """

    index: NDArray[np.int64]
    distance: NDArray[np.float32]
    recall: float | None = None

    def __len__(self) -> int:
        return len(self.index)
