"""Time of a training step (forward and backward) of the networks for images, beside the published one's.

    python benchmarks/image_steps.py [device] [batch] [compiled]

Milliseconds a galaxy for five bands of 64x64 pixels and one side number: single precision and bfloat16,
channels first and last in memory, on a GPU or where asked for also through torch.compile. Each is the best
of five steps after two warm ones; in brackets, as a fraction of the time of paper_image, and the operations
of the step over its time as a share of those of one large matrix product in the same precision.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from galaxy_causal.network import Image, ImageD4, PaperImage, Training
from galaxy_causal.types import Images, Sample

NETWORKS = (PaperImage(Training()), Image(Training()), ImageD4(Training()))
EDGES = np.linspace(6, 12.5, 521)
LARGE = {"cpu": 3072, "cuda": 8192}


def fastest(device: str, call: Callable[[], object]) -> float:
    """Seconds of the best of five calls after two warm ones."""
    times = []
    for _ in range(7):
        start = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times[2:])


def product_rate(device: str, half: bool) -> float:
    """Operations per second of one large matrix product."""
    side = LARGE[device]
    a = torch.randn(side, side, device=device, dtype=torch.bfloat16 if half else torch.float32)
    return 2 * side**3 / fastest(device, lambda: a @ a)


def step_cost(
    model: torch.nn.Module, device: str, batch: int, half: bool, last: bool, compiled: bool
) -> tuple[float, float]:
    """Seconds and operations of a step."""
    pixels = torch.randn(batch, 5, 64, 64, device=device)
    if last:
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    x, label = torch.zeros(batch, 1, dtype=torch.float64, device=device), torch.zeros(batch, dtype=torch.long)
    label = label.to(device)

    def step() -> None:
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            loss = -model(x, label, pixels).mean()
        loss.backward()

    with FlopCounterMode(display=False) as counter:
        step()
    if compiled:
        model.compile()
    return fastest(device, step), counter.get_total_flops()


def main() -> None:
    """Print a line for each setting."""
    device = sys.argv[1] if len(sys.argv) > 1 else "cpu"
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 32
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(64, 5, 64, 64)).astype(np.float32)
    images = Images(tuple("ugriz"), (64, 64), 0.396, "nanomaggy", lambda rows: noise[rows], "")
    x, y = rng.normal(size=(64, 1)), rng.normal(10, 1, 64)
    data = Sample(x, y, np.full(64, "train"), ("ebv/ebv",), frozenset(), images)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {device}, batch {batch}")
    for compiled in (False, True) if device == "cuda" or "compiled" in sys.argv else (False,):
        for half in (False, True):
            peak = product_rate(device, half)
            for last in (False, True):
                costs = []
                for network in NETWORKS:
                    model = network.build(data, EDGES).to(device)
                    costs.append(step_cost(model, device, batch, half, last, compiled))
                setting = f"{'bf16' if half else 'fp32'} channels {'last ' if last else 'first'}"
                shown = ", ".join(
                    f"{type(network).__name__} {1e3 * seconds / batch:.2f} ms "
                    f"(1/{costs[0][0] / seconds:.0f}, {operations / seconds / peak:.0%})"
                    for network, (seconds, operations) in zip(NETWORKS, costs, strict=True)
                )
                print(f"{setting}{' compiled' if compiled else ''}: {shown}", flush=True)
            print(f"a large product of them: {peak / 1e9:,.0f} GFLOP/s", flush=True)


if __name__ == "__main__":
    main()
