"""Exact neighbours by blocked matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from threadpoolctl import threadpool_limits

from galaxy_causal.neighbours.candidates import Finder, Processor, Products
from galaxy_causal.neighbours.ranking import nearest
from galaxy_causal.neighbours.search import Points, Progress, Rows, Search
from galaxy_causal.types import Neighbours, UserError, check_whole

DEVICES = ("auto", "cpu", "cuda")
MOST = 1 << 17
"""Neighbours that are found together: many of each galaxy make blocks smaller."""


class Exact(Search):
    """The same neighbours as a full sort of all distances, ties and duplicates included.

    Products of blocks of galaxies give candidates, which are ranked by their distances in double precision.
    Where rounding could have hidden a neighbour, all distances of that galaxy are computed.
    ``block`` galaxies are looked at together, by each of ``threads`` threads (None: one for each processor
    that this process may use); on a GPU (``device=cuda``, or ``auto`` where there is one) it makes the
    products. Memory grows with the galaxies alone, never with their square.
    """

    def __init__(
        self, k: int = 100, block: int = 128, device: str = "auto", threads: int | None = None
    ) -> None:
        super().__init__(k)
        for name, value in (("block", block), ("threads", threads)):
            if value is not None:
                check_whole(f"neighbours.{name}", value, 1)
        if device not in DEVICES:
            raise UserError(f"neighbours.device={device!r} is unknown; choose one of {', '.join(DEVICES)}")
        self.block = block
        self.device = device
        self.threads = threads

    def _find(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        index = np.empty((len(queries), self.k), dtype=np.int64)
        distance = np.empty((len(queries), self.k), dtype=np.float32)
        finder = self._finder(training)

        block = max(min(self.block, MOST // self.k), 1)

        def work(start: int) -> int:
            rows = slice(start, start + block)
            index[rows], distance[rows] = nearest(finder, training, queries[rows], own[rows], self.k)
            return len(queries[rows])

        done = 0
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(self._workers(finder)) as pool:
            for count in _in_turn(pool, work, range(0, len(queries), block)):
                done += count
                progress(done, len(queries))
        return Neighbours(index, distance)

    def _finder(self, training: Points) -> Finder:
        if self.device != "cpu":
            import torch

            if torch.cuda.is_available():
                return Products(training, self.k, "cuda")
            if self.device == "cuda":
                raise UserError("neighbours.device=cuda: no GPU is to be seen; use neighbours.device=cpu")
        return Processor(training, self.k)

    def _workers(self, finder: Finder) -> int:
        if isinstance(finder, Products):
            return 1
        if self.threads is not None:
            return self.threads
        import os

        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_turn(pool: ThreadPoolExecutor, work: Callable[[int], int], starts: range) -> Iterator[int]:
    """Results as they come, with no more than some blocks waiting."""
    waiting = set()
    for start in starts:
        waiting.add(pool.submit(work, start))
        if len(waiting) >= 64:
            first = next(as_completed(waiting))
            waiting.remove(first)
            yield first.result()
    for last in as_completed(waiting):
        yield last.result()
