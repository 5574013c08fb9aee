"""Decomposing the informations of 600,000 galaxies with 1,000 bootstrap draws.

    python benchmarks/bootstrap.py [galaxies] [draws]

Beside it a plain numpy loop that resamples rows, timed on a twentieth of the draws. The floor is
the time to draw the row numbers alone.
"""

import resource
import sys
import time

import numpy as np

from galaxy_causal.decomposition import summarise
from galaxy_causal.types import PairInformations

CLASSES = ["star_forming", "passive", "other"]


def plain(informations: np.ndarray, group: np.ndarray, draws: int) -> float:
    """Seconds of a loop over draws with fancy indexing, all classes."""
    rng = np.random.default_rng(0)
    n = len(group)
    start = time.perf_counter()
    for _ in range(draws):
        rows = rng.integers(0, n, n)
        values, classes = informations[0][:, rows], group[rows]
        for g in range(len(CLASSES)):
            chosen = values[:, classes == g]
            chosen.mean(axis=1), np.minimum(chosen[0], chosen[1]).mean()
    return time.perf_counter() - start


def main() -> None:
    """Print both times, their ratio, the floor and the peak memory."""
    galaxies, draws = (int(a) for a in (sys.argv[1:] if len(sys.argv) == 3 else ("600000", "1000")))
    rng = np.random.default_rng(0)
    informations = rng.normal(0.5, 1.0, (1, 3, galaxies))
    group = rng.integers(0, len(CLASSES), galaxies)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        summarise(PairInformations(*informations.swapaxes(0, 1)), group, CLASSES, draws, 0)
        times.append(time.perf_counter() - start)
    ours = float(np.median(times))
    loop = plain(informations, group, draws // 20) * draws / (draws // 20)
    start = time.perf_counter()
    for _ in range(draws // 20):
        rng.integers(0, galaxies, galaxies, dtype=np.int32)
    floor = (time.perf_counter() - start) * draws / (draws // 20) / 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{galaxies:,} galaxies, {draws:,} draws, 4 groups, both measures, numpy {np.__version__}")
    print(f"summarise           : {ours:7.1f} s ({min(times):.1f} to {max(times):.1f})")
    print(f"plain numpy loop    : {loop:7.1f} s (from a twentieth of the draws)")
    print(f"ratio loop / ours   : {loop / ours:7.1f}")
    print(f"floor, 2 threads    : {floor:7.1f} s (drawing row numbers alone)")
    print(f"peak memory         : {peak:7.2f} GiB")


if __name__ == "__main__":
    main()
