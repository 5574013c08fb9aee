"""Processor seconds of a fit by one device and by several: numbers and images, the best of a few turns each.

    python benchmarks/several_devices.py 1 2 4

Devices are processes on the CPU, one thread each. Printed are the seconds to start the others; then
milliseconds of a step, of the process that worked most, which it takes at least where each has a core, and of
all. Waiting is not counted, so that a machine which others use too tells the same.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import psutil

from galaxy_causal.crew import crewed
from galaxy_causal.network import Image, Mlp, Network, NetworkLearner, Training
from galaxy_causal.types import Images, Sample

TURNS = 2
EPOCHS = 2
TRAINER: dict[str, Any] = {
    "accelerator": "cpu",
    "num_sanity_val_steps": 0,
    "max_epochs": EPOCHS,
    "enable_model_summary": False,
}


def numbers(count: int = 20_000, columns: int = 10) -> Sample:
    """Galaxies with numbers of which one tells of the target."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=count)
    x = np.column_stack([y + rng.normal(size=count), rng.normal(size=(count, columns - 1))])
    split = np.repeat(["train", "validation"], [count - count // 10, count // 10])
    names = tuple(f"signal/{i}" for i in range(columns))
    return Sample(x, 10 + 0.6 * y, split, names, frozenset({"signal"}))


def images(count: int = 600) -> Sample:
    """Galaxies with images of five bands and 40 x 40 pixels of noise."""
    sample = numbers(count, 1)
    pixels = np.random.default_rng(1).normal(size=(count, 5, 40, 40)).astype(np.float32)
    found = Images(("g", "r", "i", "z", "y"), (40, 40), 0.4, "nanomaggy", pixels.__getitem__, "noise")
    return replace(sample, x=sample.x[:, :0], columns=(), images=found)


def fit(network: Network, sample: Sample, devices: int) -> int:
    """Make a fit; the steps that it took."""
    edges = np.linspace(7, 13, 101)
    bins = np.clip(np.digitize(sample.y, edges) - 1, 0, 99)
    density = NetworkLearner(network, {**TRAINER, "devices": devices}, 0).fit(sample, bins, edges)
    return int(density.history["train"][-1][0])


def spent() -> dict[int, float]:
    """Processor seconds of this process and of each that it has started."""
    this = psutil.Process()
    return {one.pid: sum(one.cpu_times()[:2]) for one in (this, *this.children())}


def turn(network: Network, sample: Sample, devices: int) -> tuple[float, float, int]:
    """Of a fit: seconds of the process that worked most, and of all; steps."""
    before = spent()
    steps = fit(network, sample, devices)
    used = [seconds - before.get(pid, 0.0) for pid, seconds in spent().items()]
    return max(used), sum(used), steps


def main(devices: list[int]) -> None:
    """Print a line for each network and number of devices."""
    training = Training(batch_size=256, learning_rate=1e-3, max_epochs=EPOCHS, threads=1)
    wide = Mlp(replace(training, batch_size=2048), width=512, blocks=2)
    cases = {
        "`mlp`, batches of 256": (Mlp(training), numbers()),
        "`mlp` of width 512, batches of 2,048": (wide, numbers(10_000)),
        "`image`, batches of 64": (Image(replace(training, batch_size=64)), images()),
    }
    for name, (network, sample) in cases.items():
        alone = 0.0
        for count in devices:
            with crewed(adopts=False):
                first = turn(network, sample, count)
                most, whole, steps = min(turn(network, sample, count) for _ in range(TURNS))
            alone = alone or most
            print(
                f"| {name} | {count} | {first[1] - whole:.1f} | {1000 * most / steps:.1f} | "
                f"{1000 * whole / steps:.1f} | {most / alone:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [1, 2])
