"""Exact neighbours: candidates in single precision, proven and ranked in double precision."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from galaxy_causal.neighbours.search import NeighbourSearch, Points, Progress, Rows
from galaxy_causal.types import Floats, Neighbours, UserError, at_most, checked, option

MOST = 1 << 17
"""Neighbours that are found together: many of each galaxy make blocks smaller."""
PAIRS = 1 << 13
"""Pairs whose differences are taken together: a cache's worth."""
SINGLE = np.finfo(np.float32)

Flat = Callable[[Points], tuple[Points, Rows]]
"""Squared distances (galaxy, candidate), ascending, of centred galaxies, and the candidates' rows."""


@checked("neighbours")
@dataclass(frozen=True)
class Exact(NeighbourSearch):
    """The same neighbours as a full sort of all distances, ties and duplicates included.

    faiss's flat index gives candidates in single precision, some more than are asked for; their distances
    are taken again in double precision. Where rounding could have hidden a neighbour, all distances of that
    galaxy are computed. Memory grows with the galaxies alone, never with their square.

    Parameters
    ----------
    k : int
        Neighbours of each galaxy.
    block : int
        Galaxies that each thread looks at together.
    device : {"auto", "cpu", "cuda"}
        Where candidates are sought; ``auto``: on a GPU where there is one.
    threads : int, optional
        None: one for each processor that this process may use.

    Examples
    --------
    >>> training = np.array([[0.0], [3.0], [1.0], [3.0]])
    >>> found = Exact(k=2, device="cpu").find(training, np.array([[2.0], [9.0]]))
    >>> found.index.tolist(), found.distance.tolist()
    ([[1, 2], [1, 3]], [[1.0, 1.0], [36.0, 36.0]])
    """

    block: Annotated[int, Ge(1), at_most(1_000_000, "memory grows with it")] = 128
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Annotated[int, Ge(1), at_most(1_024, "no machine has more processors")] | None = None

    def search(self, training: Points, queries: Points, own: Rows, progress: Progress) -> Neighbours:
        """As ``find``, of checked coordinates."""
        index = np.empty((len(queries), self.k), dtype=np.int64)
        distance = np.empty((len(queries), self.k), dtype=np.float32)
        middle = np.median(training, axis=0).astype(np.float64)  # a mean would follow outliers
        count = min(len(training), self.k + 1 + max(16, self.k // 8))
        block = max(min(self.block, MOST // count), 1)
        done = 0
        with self._seeking((training - middle).astype(np.float32), count) as (flat, pool):

            def work(start: int) -> int:
                rows = slice(start, start + block)
                found = nearest(flat, middle, training, queries[rows], own[rows], self.k)
                index[rows], distance[rows] = found
                return len(queries[rows])

            for found in _in_turn(pool, work, range(0, len(queries), block)):
                done += found
                progress(done, len(queries))
        return Neighbours(index, distance)

    @contextmanager
    def _seeking(self, centred: Points, count: int) -> Iterator[tuple[Flat, ThreadPoolExecutor]]:
        """What gives so many candidates, and the threads that ask it. A GPU needs one, and no faiss."""
        if self._on_gpu():
            with ThreadPoolExecutor(1) as pool:
                yield by_torch(centred, count, "cuda"), pool
            return
        import faiss
        from threadpoolctl import threadpool_limits

        with (
            threadpool_limits(1, user_api="blas"),
            ThreadPoolExecutor(
                self.threads or _processors(), initializer=faiss.omp_set_num_threads, initargs=(1,)
            ) as pool,
        ):
            yield by_faiss(centred, count), pool

    def _on_gpu(self) -> bool:
        """Whether candidates are sought on a GPU; refuses one that is not there."""
        if self.device == "cpu":
            return False
        import torch

        if torch.cuda.is_available():
            return True
        if self.device == "cuda":
            cuda, cpu = (option("neighbours.device", place) for place in ("cuda", "cpu"))
            raise UserError(f"{cuda}: no GPU is to be seen; use {cpu}")
        return False


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def by_faiss(centred: Points, count: int) -> Flat:
    """The ``count`` nearest of centred training galaxies (m, d), on the processor."""
    import faiss

    index = faiss.IndexFlatL2(centred.shape[1])
    index.add(centred)
    return lambda block: index.search(block, count)


def by_torch(centred: Points, count: int, device: str) -> Flat:
    """The same on a device of torch."""
    import torch

    training = torch.from_numpy(centred).to(device)
    square = (training**2).sum(dim=1)

    def search(block: Points) -> tuple[Points, Rows]:
        queries = torch.from_numpy(block).to(device)
        chosen = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("highest")  # what is proven is so of no other
        try:
            distance = torch.addmm(square, queries, training.T, alpha=-2)
        finally:
            torch.set_float32_matmul_precision(chosen)
        distance += (queries**2).sum(dim=1, keepdim=True)
        found = torch.topk(distance, count, dim=1, largest=False)
        return found.values.cpu().numpy(), found.indices.cpu().numpy()

    return search


def nearest(
    flat: Flat, middle: Floats, training: Points, block: Points, own: Rows, k: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Rows and distances (b, k) of the nearest training galaxies (m, d) of a block (b, d) of galaxies.

    A galaxy b that is no candidate has a squared distance of at least the last candidate's, as rounded. Were
    it within the distance D of the k-th, about the middle it would be no longer than |a| + D, and rounding at
    most ``rounding`` of its squared distance: if the last one lies beyond both, there is no such galaxy.
    """
    m, d = training.shape
    centred = block - middle
    single, row = flat(centred.astype(np.float32))
    exact = distances(training, row, block)
    exact[row == own[:, None]] = np.inf
    index, distance = ranked(row, exact, k)
    if row.shape[1] < m:
        reach = d * distance[:, -1]
        bound = reach + rounding(np.sqrt(np.sum(centred**2, axis=1)), np.sqrt(reach), d)
        for i in np.flatnonzero(~(single[:, -1] > bound)):
            index[i], distance[i] = by_sorting(training, block[i], int(own[i]), k)
    return index, distance.astype(np.float32)


def rounding(length: Floats, reach: Floats, d: int) -> Floats:
    """Twice what rounding can add to the squared distance |a|^2 - 2ab + |b|^2 <= reach^2 of d coordinates.

    |a| is ``length``, and |b| at most |a| + reach. The terms: d products and sums (Higham 2002, Accuracy and
    Stability of Numerical Algorithms, eq. 3.5), the sum of three, and coordinates that centring has rounded.
    Each may also underflow.
    """
    return np.asarray((d + 8) * (float(SINGLE.eps) * (2 * length + reach) ** 2 + float(SINGLE.tiny)))


def by_sorting(training: Points, query: Points, own: int, k: int) -> tuple[Rows, Floats]:
    """Rows and distances (k,) of the nearest training galaxies of one (d,), by all its distances."""
    every = distances(training, np.arange(len(training))[None], query[None])[0]
    if own >= 0:
        every[own] = np.inf
    near = np.flatnonzero(every <= np.partition(every, k - 1)[k - 1])
    index = near[np.argsort(every[near], kind="stable")[:k]]
    return index, every[index]


def distances(training: Points, row: Rows, block: Points) -> Floats:
    """Mean squared differences (b, c) of galaxies (b, d) and training galaxies ``row`` (b, c), in double."""
    found = np.empty(row.shape)
    step = max(1, PAIRS // row.shape[1])
    for start in range(0, len(row), step):
        part = slice(start, start + step)
        difference = np.subtract(training[row[part]], block[part, None], dtype=np.float64)
        found[part] = np.einsum("bcd,bcd->bc", difference, difference) / training.shape[1]
    return found


def ranked(row: Rows, distance: Floats, k: int) -> tuple[Rows, Floats]:
    """The k nearest of candidates ``row`` (b, c) at a ``distance`` (b, c), and theirs; equal ones by row."""
    order = np.argsort(distance, axis=1)  # much faster than a sort by both, which only ties need
    near = np.take_along_axis(distance, order[:, : k + 1], axis=1)
    tied = (near[:, 1:] == near[:, :-1]).any(axis=1)
    order[tied] = np.lexsort((row[tied], distance[tied]), axis=1)
    return np.take_along_axis(row, order[:, :k], axis=1), near[:, :k]


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
