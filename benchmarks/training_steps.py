"""Steps per second of paper_photometry at batch 128: through Lightning, and in a bare PyTorch loop.

    python benchmarks/training_steps.py [steps] [rounds]

Both train the same model on the same tensors with the same fused Adam; rounds alternate, so that a
machine whose speed drifts does not favour one. The floor is the multiplications alone at the
speed of one large matrix product.
"""

import sys
import time

import numpy as np
import torch

from galaxy_causal.network import NetworkLearner, PaperPhotometry, Training
from galaxy_causal.types import Sample

GALAXIES, INPUTS, BATCH = 7000, 11, 128
EDGES = np.linspace(6.0, 12.5, 521)
TRAINER = {
    "accelerator": "cpu", "devices": 1, "strategy": "auto", "max_epochs": -1, "num_sanity_val_steps": 0,
    "enable_model_summary": False, "use_distributed_sampler": False,
}  # fmt: skip


def data() -> tuple[Sample, np.ndarray]:
    """Random magnitudes and a target; the values do not matter for the speed."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(17, 1, (GALAXIES, INPUTS)), rng.normal(10, 0.6, GALAXIES)
    split = np.repeat(["train", "validation"], [GALAXIES - 100, 100])
    bins = np.clip(np.searchsorted(EDGES, y) - 1, 0, 519)
    return Sample(x, y, split, tuple("x" * INPUTS), frozenset({"photometry"})), bins


def lightning(sample: Sample, bins: np.ndarray, steps: int) -> float:
    """Steps per second through the project's own learner, set-up and validation included."""
    training = Training(
        BATCH, 1e-4, replacement=True, steps_per_epoch=min(steps, 1000), schedule="steps", max_steps=steps
    )
    learner = NetworkLearner(PaperPhotometry(training), {**TRAINER, "max_steps": steps}, 0)
    start = time.perf_counter()
    learner.fit(sample, bins, EDGES)
    return steps / (time.perf_counter() - start)


def bare(sample: Sample, bins: np.ndarray, steps: int) -> float:
    """Steps per second of a plain loop."""
    start = time.perf_counter()
    model = PaperPhotometry(Training()).build(sample, EDGES)
    x, label = torch.as_tensor(sample.x), torch.as_tensor(bins)
    optimiser = torch.optim.Adam(model.parameters(), 1e-4, fused=True)
    for _ in range(steps):
        rows = torch.randint(GALAXIES - 100, (BATCH,))
        optimiser.zero_grad()
        loss = -model(x[rows], label[rows]).mean()
        loss.backward()
        optimiser.step()
    return steps / (time.perf_counter() - start)


def floor() -> float:
    """Steps per second if all multiplications of a step ran at the speed of a large product."""
    a = torch.randn(2048, 2048)
    a @ a
    start = time.perf_counter()
    for _ in range(3):
        a @ a
    rate = 3 * 2 * 2048**3 / (time.perf_counter() - start)
    weights = INPUTS * 128 + 19 * 128**2 + 128 * 16 + 16 * 128 + 128 * 520
    return rate / (3 * 2 * weights * BATCH)


def main() -> None:
    """Print medians over rounds and their ratio."""
    steps, rounds = (int(a) for a in (sys.argv[1:] if len(sys.argv) == 3 else ("2000", "5")))
    sample, bins = data()
    bare(sample, bins, 200)
    lightning(sample, bins, 200)
    pairs = [(lightning(sample, bins, steps), bare(sample, bins, steps)) for _ in range(rounds)]
    ours, plain = np.array(pairs).T
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {steps} steps, {rounds} rounds")
    for name, rates in (("Lightning", ours), ("bare loop", plain)):
        spread = f"({rates.min():.0f} to {rates.max():.0f})"
        print(f"paper_photometry, {name} : {np.median(rates):6.0f} steps/s {spread}")
    print(f"ratio Lightning / bare      : {np.median(ours / plain):6.2f}")
    print(f"floor (products alone)      : {floor():6.0f} steps/s")


if __name__ == "__main__":
    main()
