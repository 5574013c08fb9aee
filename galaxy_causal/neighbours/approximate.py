"""Approximate neighbours by a graph, with their measured recall."""

from __future__ import annotations

import numpy as np

from galaxy_causal.neighbours.exact import Exact
from galaxy_causal.neighbours.search import Points, Progress, Rows, Search
from galaxy_causal.types import Neighbours, UserError


class Approximate(Search):
    """Hierarchical navigable small worlds (Malkov & Yashunin 2020, TPAMI 42, 824), by faiss.

    ``links`` of each galaxy in the graph, candidates kept while it is built (``construction``) and searched
    (``breadth``, at least k): more of each finds more of the true neighbours. ``recall`` of the result is the
    share of true neighbours found for ``sample`` galaxies chosen by ``seed``. The graph is built by one thread,
    so that the same galaxies give the same graph.
    """

    def __init__(
        self, k: int = 100, links: int = 32, construction: int = 80, breadth: int = 256,
        sample: int = 200, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(k)
        for name, value, least in (
            ("links", links, 2), ("construction", construction, 1), ("breadth", breadth, 1), ("sample", sample, 1)
        ):  # fmt: skip
            if value < least:
                raise UserError(f"neighbours.{name}={value} must be at least {least}")
        self.links = links
        self.construction = construction
        self.breadth = breadth
        self.sample = sample
        self.seed = seed

    def _find(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        import faiss

        graph = faiss.IndexHNSWFlat(training.shape[1], self.links)
        graph.hnsw.efConstruction = self.construction
        graph.add(training)
        graph.hnsw.efSearch = max(self.breadth, self.k + 1)
        total, index, distance = graph.search(queries, self.k + 1), None, None
        distance, index = total
        keep = _without_own(index, own, self.k)
        found = Neighbours(
            np.take_along_axis(index, keep, axis=1),
            np.take_along_axis(distance, keep, axis=1) / np.float32(training.shape[1]),
        )
        rng = np.random.default_rng(self.seed)
        some = rng.choice(len(queries), min(self.sample, len(queries)), replace=False)
        true = Exact(self.k)._find(training, queries[some], own[some], lambda done, all: None)
        recall = np.mean(
            [len(np.intersect1d(a, b)) / self.k for a, b in zip(found.index[some], true.index, strict=True)]
        )
        progress(len(queries), len(queries))
        return Neighbours(found.index, found.distance, float(recall))


def _without_own(index: Rows, own: Rows, k: int) -> Rows:
    """Columns (n, k) to keep of k + 1 found: all but the galaxy itself, or but the last."""
    return np.argsort(index == own[:, None], axis=1, kind="stable")[:, :k]
