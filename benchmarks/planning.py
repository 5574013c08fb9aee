"""How long a sweep of many members takes to plan, beside Hydra composing a few of them.

python benchmarks/planning.py 10000
"""

from __future__ import annotations

import sys
import time

import hydra

from galaxy_causal.jobs.planning import planned

BASE = ["dataset=gaussian", "bands=signals"]
FEW = 5


def values(count: int) -> list[list[str]]:
    """Members that differ in widths, bins of curves and seeds."""
    return [
        [*BASE, f"decomposition.bins={bins}", f"network.width={width}", f"seed={3 * seed}"]
        for bins in range(2, 12)
        for width in range(8, 18)
        for seed in range(max(1, count // 100))
    ]


def seeds(count: int) -> list[list[str]]:
    """Members that differ in their first seed, and share every fit but one with their neighbours."""
    return [[*BASE, f"seed={seed}"] for seed in range(count)]


def main() -> None:
    """Print members, distinct fits and processor seconds."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        planned([BASE])  # imports
        for members in (values(count), seeds(count)):
            started, wall = time.process_time(), time.perf_counter()
            plan, _ = planned(members)
            seconds, waited = time.process_time() - started, time.perf_counter() - wall
            print(
                f"{len(plan.members):,} members, {len(plan.fits):,} distinct fits: "
                f"{seconds:.1f} processor seconds, {waited:.1f} s"
            )
        started = time.process_time()
        for one in values(count)[:FEW]:
            hydra.compose("config", one)
        print(f"Hydra: {(time.process_time() - started) / FEW:.2f} processor seconds a member")


if __name__ == "__main__":
    main()
