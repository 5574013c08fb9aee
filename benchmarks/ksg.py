"""Pointwise KSG beside npeet_plus, which gives the mean alone of inputs as they are: processor seconds.

python benchmarks/ksg.py [galaxies]
"""

import sys
import time

import npeet_plus
import numpy as np

from galaxy_causal.estimator import KSG

TURNS = 5


def seconds(of: object, *arguments: object) -> float:
    """Processor seconds of one call."""
    started = time.process_time()
    of(*arguments)
    return time.process_time() - started


def main() -> None:
    """Print a table in Markdown."""
    n = int(sys.argv[1]) if len(sys.argv) == 2 else 5_000
    print("| inputs | transform | ours | npeet_plus | median ratio |\n|---|---|---|---|---|")
    for d in (1, 3, 10):
        rng = np.random.default_rng(d)
        x = rng.normal(size=(n, d))
        y = x[:, :1] + rng.normal(size=(n, 1))
        for transform in ("standardise", "normal_scores"):
            estimator = KSG(k=3, transform=transform)
            pairs = [
                (seconds(estimator.local, x, y, 0), seconds(npeet_plus.mi, x, y, None, 3))
                for _ in range(TURNS)
            ]
            ours, theirs = np.median(pairs, axis=0)
            ratio = np.median([a / b for a, b in pairs])
            print(f"| {d} | {transform} | {ours:.2f} s | {theirs:.2f} s | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
