"""Exact neighbours by blocked matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from galaxy_causal.neighbours.candidates import Finder, Processor, Products
from galaxy_causal.neighbours.search import Points, Progress, Rows, Search
from galaxy_causal.types import Neighbours, UserError, check_whole

DEVICES = ("auto", "cpu", "cuda")
PAIRS = 1 << 13
"""Pairs whose distances are computed together."""
MOST = 1 << 16
"""Neighbours that are found together: many of each galaxy make blocks smaller."""


class Exact(Search):
    """The same neighbours as a full sort of all distances, ties and duplicates included.

    Single-precision products of blocks of galaxies give candidates; among them distances are computed in
    double precision. Where rounding could have hidden a neighbour, all distances of that galaxy are.
    ``block`` galaxies are looked at together, by each of ``threads`` threads (None: one for each processor
    that this process may use); on a GPU (``device=cuda``, or ``auto`` where there is one) it makes the
    products. Memory grows with the galaxies alone, never with their square.
    """

    def __init__(
        self, k: int = 100, block: int = 64, device: str = "auto", threads: int | None = None
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


def nearest(
    finder: Finder, training: Points, block: Points, own: Rows, k: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Rows and distances (b, k) of the nearest training galaxies of a block (b, d)."""
    found = finder(block)
    product = np.where(found.row == own[found.query], np.float32(np.inf), found.product)
    kth = np.partition(_padded(product, found.query, len(block), k), k - 1, axis=1)[:, k - 1]
    limit = kth + 2 * found.rounding
    close = np.flatnonzero(product <= limit[found.query])
    query, row = found.query[close], found.row[close]
    exact = of_pairs(training, row, block, query)
    order = _order(_padded(exact, query, len(block), k), k)
    place = np.searchsorted(query, np.arange(len(block)))[:, None] + order
    row, exact = np.append(row, 0), np.append(exact, np.nan)  # a place for those that are looked up below
    place = np.minimum(place, len(row) - 1)
    index, distance = row[place], exact[place].astype(np.float32)
    for i in np.flatnonzero(limit > found.reach):  # a pair that was not found may be nearer
        index[i], distance[i] = by_sorting(training, block[i], int(own[i]), k)
    return index, distance


def by_sorting(training: Points, query: Points, own: int, k: int) -> tuple[Rows, NDArray[np.float32]]:
    """Rows and distances (k,) of the nearest training galaxies of one (d,), by a sort of all distances."""
    every = _distances(training, query)
    if own >= 0:
        every[own] = np.inf
    index = np.argsort(every, kind="stable")[:k]
    return index, every[index].astype(np.float32)


def _order(distance: NDArray[np.floating], k: int) -> Rows:
    """Columns (b, k) of the smallest of each row, equal ones by column."""
    order = np.argsort(distance, axis=1)  # several times faster than a stable sort, which only ties need
    ranked = np.take_along_axis(distance, order, axis=1)
    tied = np.any((ranked[:, 1:] == ranked[:, :-1])[:, :k] & np.isfinite(ranked[:, 1:][:, :k]), axis=1)
    order[tied] = np.argsort(distance[tied], axis=1, kind="stable")
    return order[:, :k]


def of_pairs(training: Points, row: Rows, block: Points, query: Rows) -> NDArray[np.float64]:
    """Distances of pairs, a cache's worth at a time."""
    exact = np.empty(len(row))
    for start in range(0, len(row), PAIRS):
        part = slice(start, start + PAIRS)
        exact[part] = _distances(training.take(row[part], axis=0), block.take(query[part], axis=0))
    return exact


def _distances(a: Points, b: Points) -> NDArray[np.float64]:
    """Mean squared difference of rows, in double precision."""
    difference = np.subtract(a, b, dtype=np.float64)
    return np.asarray(np.einsum("pd,pd->p", difference, difference) / a.shape[1])


def _padded(values: NDArray[np.floating], query: Rows, b: int, k: int) -> NDArray[np.floating]:
    """Values of each query (ascending) as rows (b, at least k), infinite beyond their end."""
    count = np.bincount(query, minlength=b)
    table = np.full((b, max(int(count.max(initial=0)), k)), np.inf, dtype=values.dtype)
    table[query, np.arange(len(query)) - (np.cumsum(count) - count)[query]] = values
    return table
