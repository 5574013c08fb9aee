"""Local tests of 60,000 neighbourhoods of 100, beside the published procedure written for one permutation.

    python benchmarks/local_tests.py [neighbourhoods]

Both run in turns on the same neighbourhoods; wall-clock and processor seconds. The published procedure
(Pearson's correlation, its null and the quadratic regression's share of variance, vectorised over
neighbourhoods) makes one permutation and no p-value.
"""

import resource
import sys
import time

import numpy as np

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests
from galaxy_causal.types import Neighbours

K = 100


def published(y: np.ndarray, q: np.ndarray, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Correlation, that of one permutation, and the share of variance, all neighbourhoods at once (n, 3)."""
    target, query = y[index], q[index]
    permuted = rng.permuted(target, axis=1)
    target, query, permuted = (v - v.mean(axis=1, keepdims=True) for v in (target, query, permuted))
    spread = np.sqrt(np.sum(target**2, axis=1) * np.sum(query**2, axis=1))
    design = np.stack([np.ones_like(query), query, query**2], axis=-1)
    inner, cross = design.swapaxes(1, 2) @ design, design.swapaxes(1, 2) @ target[..., None]
    left = target - (design @ np.linalg.solve(inner, cross))[..., 0]
    share = 1 - np.sum(left**2, axis=1) / np.sum(target**2, axis=1)
    return np.column_stack(
        [np.sum(target * query, axis=1) / spread, np.sum(permuted * query, axis=1) / spread, share]
    )


def main() -> None:
    """Print a table in Markdown."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    rng = np.random.default_rng(0)
    y, q, c = rng.normal(size=(3, n))
    latent = rng.normal(size=(n, 8))
    neighbours = Neighbours(rng.integers(0, n, (n, K)), np.zeros((n, K), np.float32))
    plain, full = LocalQuestion(y, q), LocalQuestion(y, q, c[:, None], latent, y + rng.normal(size=n))
    runs = {
        "published, one permutation": lambda: published(y, q, neighbours.index, rng),
        "paper, 19 permutations": lambda: local_tests(
            plain, neighbours, LocalTestOptions(test="paper", permutations=19)
        ),
        "paper, 200 permutations": lambda: local_tests(plain, neighbours, LocalTestOptions(test="paper")),
        "partial, gradient in 9 numbers, 200": lambda: local_tests(
            LocalQuestion(y, q, None, latent, full.estimate), neighbours, LocalTestOptions(test="partial")
        ),
        "partial, and given one variable, 200": lambda: local_tests(
            full, neighbours, LocalTestOptions(test="partial")
        ),
        "gcm, given one variable, 200 signs": lambda: local_tests(full, neighbours, LocalTestOptions()),
    }
    print(f"{n:,} neighbourhoods of {K}; numpy {np.__version__}\n")
    print("| what | wall | processor | processor, of the published |\n|---|---|---|---|")
    first = None
    for name, run in runs.items():
        start = np.array([time.perf_counter(), time.process_time()])
        run()
        wall, processor = np.array([time.perf_counter(), time.process_time()]) - start
        first = first or processor
        print(f"| {name} | {wall:.1f} s | {processor:.1f} s | {processor / first:.2f} |", flush=True)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
