"""Neighbour search beside full sorts, partitions, faiss's flat index and the matrix products alone.

    python benchmarks/neighbours.py small            20,000 galaxies, 16 dimensions, k = 100 and 2000
    python benchmarks/neighbours.py large [blocks]   600,000 galaxies, k = 100, scaled from some blocks of 64
                                                     queries; all of them: 9375
    python benchmarks/neighbours.py approximate      60,000 galaxies: recall and time by cells probed

Wall-clock and processor seconds of each; the loop of sorts and the products of the large case are measured
on a part of the queries and scaled.
"""

import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from galaxy_causal.neighbours import Approximate, Exact

DIMENSIONS = 16
TURNS = 5
THREADS = len(os.sched_getaffinity(0))


def galaxies(n: int) -> np.ndarray:
    """Normal numbers: the hardest case, for nothing is near."""
    return np.random.default_rng(0).normal(size=(n, DIMENSIONS)).astype(np.float32)


def clocks(work: Callable[[], object], scale: float = 1.0) -> np.ndarray:
    """Wall-clock and processor seconds, scaled to all queries."""
    start = np.array([time.perf_counter(), time.process_time()])
    work()
    return (np.array([time.perf_counter(), time.process_time()]) - start) * scale


def sorts(x: np.ndarray, queries: np.ndarray, k: int) -> None:
    """The plain loop: one full sort of all distances for each galaxy, these by one product."""
    square = np.sum(x**2, axis=1)
    for query in queries:
        np.argsort(square - 2 * (x @ query))[:k]


def partitions(x: np.ndarray, queries: np.ndarray, k: int) -> None:
    """Products of blocks in as many threads, the nearest k of each by argpartition, and these sorted.

    In single precision, so that near ties go by rounding.
    """
    square = np.sum(x**2, axis=1)
    result = np.empty((len(queries), k), dtype=np.int64)

    def work(start: int) -> None:
        distance = square - 2 * (queries[start : start + 64] @ x.T)
        near = np.argpartition(distance, k, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(distance, near, axis=1), axis=1)
        result[start : start + 64] = np.take_along_axis(near, order, axis=1)

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(0, len(queries), 64)))


def products(x: np.ndarray, queries: np.ndarray) -> None:
    """Products of blocks that stay in the cache, in as many threads, and nothing else: the floor."""

    def work(start: int) -> None:
        for column in range(0, len(x), 8192):
            queries[start : start + 64] @ x[column : column + 8192].T

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(0, len(queries), 64)))


def rounds(works: dict[str, Callable[[], np.ndarray]]) -> None:
    """All in turn, several times: the table of median seconds and median ratios to the first of the round."""
    first, *_ = works
    measured = [{name: work() for name, work in works.items()} for _ in range(TURNS)]
    for name in works:
        seconds = np.median([found[name] for found in measured], axis=0)
        wall, processor = np.median([found[first] / found[name] for found in measured], axis=0)
        line(name, seconds, wall, processor)


def report(name: str, seconds: np.ndarray, beside: np.ndarray) -> None:
    """One row of the table."""
    line(name, seconds, *(beside / seconds))


def line(name: str, seconds: np.ndarray, wall: float, processor: float) -> None:
    """Seconds, and how many times faster than the loop."""
    print(f"| {name} | {seconds[0]:.2f} s | {seconds[1]:.2f} s | {wall:.1f} | {processor:.1f} |", flush=True)


def header(text: str) -> None:
    """What ran, and the head of the table."""
    faiss.omp_set_num_threads(THREADS)
    print(f"\n{text}; faiss {version('faiss-cpu')}, numpy {np.__version__}\n")
    print(
        "| what | wall | processor | times faster than the sorts, wall | processor |\n|---|---|---|---|---|"
    )


def small() -> None:
    """Both k, each beside the loop of sorts."""
    x = galaxies(20_000)
    own = np.arange(len(x))
    part = x[::10]
    index = faiss.IndexFlatL2(DIMENSIONS)
    index.add(x)
    Exact(100, device="cpu").find(x[:5000], x[:64])  # imports
    for k in (100, 2000):
        header(f"20,000 x 20,000, k = {k}, {THREADS} threads, medians of {TURNS} rounds")
        works: dict[str, Callable[[], object]] = {
            "exact": lambda: Exact(k, device="cpu").find(x, x, own),  # noqa: B023
            "faiss, flat index": lambda: index.search(x, k + 1),  # noqa: B023
            "argpartition of blocks": lambda: partitions(x, x, k),  # noqa: B023
            "matrix products alone": lambda: products(x, x),
        }
        loop = {"loop of full sorts": lambda: clocks(lambda: sorts(x, part, k), 10)}  # noqa: B023
        rounds(loop | {name: partial(clocks, work) for name, work in works.items()})


def large(blocks: int) -> None:
    """Some blocks of 64 queries against all, scaled, with the products of the same ones."""
    x = galaxies(600_000)
    queries = x[: 64 * blocks]
    scale = len(x) / len(queries)
    own = np.arange(len(queries))
    Exact(100, device="cpu").find(x[:5000], x[:64])  # imports
    header(f"600,000 x 600,000, k = 100, from {len(queries):,} queries, {THREADS} threads")
    floor = clocks(lambda: products(x, queries), scale)
    loop = clocks(lambda: sorts(x, queries[:16], 100), len(x) / 16)
    report("loop of full sorts", loop, loop)
    found = clocks(lambda: Exact(100, device="cpu").find(x, queries, own), scale)
    report("exact", found, loop)
    report("matrix products alone", floor, loop)
    print(f"\nexact / products: {found[0] / floor[0]:.1f} wall, {found[1] / floor[1]:.1f} processor")
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    share, whole = len(queries) / len(x), len(x) * 100 * 12 / 2**30
    print(
        f"peak memory {gigabytes:.2f} GiB, {share * whole:.2f} of it the result; that of all is {whole:.2f}"
    )


def approximate() -> None:
    """Cells probed against recall, on the hardest case and on a sheet of three dimensions."""
    sheet = galaxies(60_000)[:, :3] @ np.random.default_rng(1).normal(size=(3, DIMENSIONS))
    for name, x in (("16 dimensions", galaxies(60_000)), ("3 of 16 dimensions", sheet.astype(np.float32))):
        own = np.arange(len(x))
        exact = clocks(lambda: Exact(100, device="cpu").find(x, x, own))  # noqa: B023
        print(f"\n{name}, 60,000 galaxies, k = 100\n")
        print("| probes | recall | processor time of exact |\n|---|---|---|")
        for probes in (16, 64, 128, 256):
            search, found = Approximate(100, probes=probes), []
            seconds = clocks(lambda: found.append(search.find(x, x, own)))  # noqa: B023
            print(f"| {probes} | {found[0].recall:.3f} | {seconds[1] / exact[1]:.2f} |", flush=True)


def main() -> None:
    """Run the chosen one."""
    kinds = {"small": small, "approximate": approximate}
    if len(sys.argv) >= 2 and sys.argv[1] == "large":
        large(int(sys.argv[2]) if len(sys.argv) > 2 else 40)
    elif len(sys.argv) == 2 and sys.argv[1] in kinds:
        kinds[sys.argv[1]]()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
