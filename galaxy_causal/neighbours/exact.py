"""Exact neighbours by blocked matrix products."""

from __future__ import annotations

import numpy as np

from galaxy_causal.neighbours.search import Points, Progress, Rows, Search
from galaxy_causal.types import Neighbours


class Exact(Search):
    """The same neighbours as a full sort of all distances, ties and duplicates included.

    ``block``: queries at a time; ``device``: where the products are made.
    """

    def __init__(self, k: int = 100, block: int = 256, device: str = "auto") -> None:
        super().__init__(k)
        self.block = block
        self.device = device

    def _find(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        index = np.empty((len(queries), self.k), dtype=np.int64)
        distance = np.empty((len(queries), self.k), dtype=np.float32)
        wide = training.astype(np.float64)
        for start in range(0, len(queries), self.block):
            rows = slice(start, start + self.block)
            for i, query in enumerate(queries[rows], start):
                every = ((wide - query) ** 2).mean(axis=1)
                every[own[i]] = np.inf if own[i] >= 0 else every[own[i]]
                index[i] = np.argsort(every, kind="stable")[: self.k]
                distance[i] = every[index[i]]
            progress(min(start + self.block, len(queries)), len(queries))
        return Neighbours(index, distance)
