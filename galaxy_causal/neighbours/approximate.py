"""Approximate neighbours among the cells that lie nearest, with their measured recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Ge

from galaxy_causal.neighbours.exact import Exact, distances, ranked
from galaxy_causal.neighbours.search import NeighbourSearch, Points, Progress, Rows
from galaxy_causal.types import Count, Neighbours, Seed, UserError, at_most, checked, option

if TYPE_CHECKING:
    from faiss import IndexIVFFlat

BLOCK = 8192
"""Galaxies between two reports of progress."""


@checked("neighbours")
@dataclass(frozen=True)
class Approximate(NeighbourSearch):
    """Nearest among the galaxies of the nearest of some k-means cells (faiss's IndexIVFFlat).

    Cells that hold fewer than k galaxies are joined by further ones. The result tells its recall: the share
    of the true neighbours that was found.

    Parameters
    ----------
    k : int
        Neighbours of each galaxy.
    cells : int, optional
        None: four times the root of the number of training galaxies.
    probes : int
        Cells looked into: more find more of the true neighbours, in proportionally more time.
    sample : int
        Galaxies whose recall is measured.
    seed : int
        Draws these galaxies, and places the cells.
    """

    cells: Annotated[int, Ge(1), at_most(1_000_000, "each needs galaxies of its own")] | None = None
    probes: Count = 64
    sample: Count = 200
    seed: Seed = 0

    def search(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        """As ``find``, of checked coordinates."""
        import faiss

        m, d = training.shape
        cells = self.cells or round(4 * np.sqrt(m))
        if cells > m:
            wanted = option("neighbours.cells", cells)
            raise UserError(f"{wanted} is more than the {m} training galaxies; lower it")
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(d), d, cells)
        index.cp.seed = self.seed
        index.cp.min_points_per_centroid = 1  # faiss warns of few, and cells are no result
        index.train(training)
        index.add(training)
        row = np.empty((len(queries), self.k), dtype=np.int64)
        distance = np.empty((len(queries), self.k), dtype=np.float32)
        for start in range(0, len(queries), BLOCK):
            part = slice(start, start + BLOCK)
            row[part], distance[part] = self._in_cells(index, training, queries[part], own[part])
            progress(min(start + BLOCK, len(queries)), len(queries))
        return Neighbours(row, distance, self._recall(training, queries, own, row))

    def _in_cells(
        self, index: IndexIVFFlat, training: Points, block: Points, own: Rows
    ) -> tuple[Rows, Points]:
        import faiss

        row = np.full((len(block), self.k + 1), -1, dtype=np.int64)
        probes = self.probes
        while (few := np.flatnonzero(row[:, -1] < 0)).size:  # cells nearby may hold less than k + 1
            options = faiss.IVFSearchParameters()
            options.nprobe = min(probes, index.nlist)
            row[few] = index.search(block[few], self.k + 1, params=options)[1]
            if probes >= index.nlist:
                break
            probes *= 4
        others = np.argsort((row == own[:, None]) | (row < 0), axis=1, kind="stable")[:, : self.k]
        row = np.take_along_axis(row, others, axis=1)
        row, distance = ranked(row, distances(training, row, block), self.k)
        return row, distance.astype(np.float32)

    def _recall(self, training: Points, queries: Points, own: Rows, row: Rows) -> float:
        some = np.random.default_rng(self.seed).permutation(len(queries))[: self.sample]
        true = Exact(self.k, device="cpu").find(training, queries[some], own[some]).index
        return float(np.mean([np.isin(a, b).mean() for a, b in zip(true, row[some], strict=True)]))
