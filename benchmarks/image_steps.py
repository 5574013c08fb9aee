"""Time of a training step (forward and backward) of the networks for images, beside the published one's.

    python benchmarks/image_steps.py [device] [batch]

Milliseconds a galaxy for five bands of 64x64 pixels and one side number: single precision and bfloat16,
channels first and last in memory, on a GPU also through torch.compile. Each is the best of five steps after
two warm ones; in brackets, as a fraction of the time of paper_image.
"""

import sys
import time

import numpy as np
import torch

from galaxy_causal.network import Image, ImageD4, PaperImage, Training
from galaxy_causal.types import Images, Sample

NETWORKS = (PaperImage(Training()), Image(Training()), ImageD4(Training()))
EDGES = np.linspace(6, 12.5, 521)


def step_time(model: torch.nn.Module, device: str, batch: int, half: bool, last: bool) -> float:
    """Milliseconds a galaxy."""
    pixels = torch.randn(batch, 5, 64, 64, device=device)
    if last:
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    x, label = torch.zeros(batch, 1, dtype=torch.float64, device=device), torch.zeros(batch, dtype=torch.long)
    label = label.to(device)
    times = []
    for _ in range(7):
        start = time.perf_counter()
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            loss = -model(x, label, pixels).mean()
        loss.backward()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times[2:]) / batch


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
    for compiled in (False, True) if device == "cuda" else (False,):
        for half in (False, True):
            for last in (False, True):
                times = []
                for network in NETWORKS:
                    model = network.build(data, EDGES).to(device)
                    if compiled:
                        model.compile()
                    times.append(step_time(model, device, batch, half, last))
                setting = f"{'bf16' if half else 'fp32'} channels {'last ' if last else 'first'}"
                shown = ", ".join(
                    f"{type(n).__name__} {t:7.3f} ms (1/{times[0] / t:.0f})"
                    for n, t in zip(NETWORKS, times, strict=True)
                )
                print(f"{setting}{' compiled' if compiled else ''}: {shown}", flush=True)


if __name__ == "__main__":
    main()
