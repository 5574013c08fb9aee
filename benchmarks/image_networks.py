"""Networks for images beside each other on one mock survey: test cross-entropy, time, FLOP.

    python benchmarks/image_networks.py NETWORK[,override...] ... [-- override ...]

for example, on a GPU at full scale:

    python benchmarks/image_networks.py image image_d4 paper_image \
        -- dataset.n=100000 trainer.precision=bf16-mixed

or, on two cores, each network for so many seconds of processor time, training alone:

    python benchmarks/image_networks.py paper_image,budget=300,network.training.batch_size=32 \
        image,budget=60 image_d4,budget=60 -- dataset.n=2000 network.training.threads=1

Each network comes with overrides of its own; those after ``--`` are common to all. ``budget`` sets the number
of steps from the time that a few take. Inputs are images in ugriz and E(B-V). Every network sees the same
galaxies; its time is processor time, of training and of scoring all. What it tells beyond the first network
is averaged galaxy by galaxy.
"""

import sys
import time

import hydra
import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from torch.utils.flop_counter import FlopCounterMode

from galaxy_causal.dataset import sample
from galaxy_causal.network import ImageNetwork, NetworkLearner
from galaxy_causal.types import Sample

INPUTS = ["dataset=mock", "bands=photometry_images", "bands.x2={images: ugriz, normalised_images: null}"]


def cost(network: ImageNetwork, data: Sample, edges: np.ndarray) -> tuple[float, float]:
    """Millions of parameters, and GFLOP of one galaxy's forward pass (a multiply-add is two)."""
    rows = np.arange(64)
    model = network.build(data.take(rows), edges)
    x, pixels = torch.as_tensor(data.x[:1]), torch.from_numpy(data.images.read(rows[:1]))
    with FlopCounterMode(display=False) as counter:
        model(x, torch.zeros(1, dtype=torch.long), pixels)
    return sum(p.numel() for p in model.parameters()) / 1e6, counter.get_total_flops() / 1e9


def steps_within(budget: float, network: ImageNetwork, data: Sample, edges: np.ndarray) -> int:
    """How many optimiser steps the network makes in ``budget`` seconds of processor time."""
    size = network.training.batch_size
    rows = np.flatnonzero(data.split == "train")
    some = rows[: max(size, 64)]
    model = network.build(data.take(some), edges)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
    x, pixels = torch.as_tensor(data.x[some[:size]]), torch.from_numpy(data.images.read(some[:size]))
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    label = torch.full((size,), len(edges) // 2)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        optimiser.zero_grad()
        (-model(x, label, pixels).mean()).backward()
        optimiser.step()
        seconds.append(time.process_time() - start)
    return max(4, round(budget / min(seconds)))


def within(budget: float, cfg: DictConfig, data: Sample, edges: np.ndarray) -> DictConfig:
    """The configuration with as many steps as the budget allows, validated at every quarter at least."""
    threads = cfg.network.training.threads
    if threads is not None:
        torch.set_num_threads(threads)
    steps = steps_within(budget, instantiate(cfg.network), data, edges)
    cfg.network.training.max_steps, cfg.network.training.max_epochs = steps, -1
    if cfg.network.training.replacement:
        cfg.network.training.steps_per_epoch = steps // 4
    return cfg


def fresh(cfg: DictConfig) -> NetworkLearner:
    """A learner of this configuration."""
    trainer = OmegaConf.to_container(cfg.trainer, resolve=True)
    return NetworkLearner(instantiate(cfg.network), trainer, cfg.seed, compute=instantiate(cfg.compute))


def main() -> None:
    """Print a row for every network."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, cuda {torch.cuda.is_available()}")
    print(
        f"{'network':44s} {'params/M':>8s} {'GFLOP':>6s} {'epochs':>6s} {'steps':>7s} {'seconds':>8s} ",
        end="",
    )
    print(f"{'validation':>10s} {'test':>6s} {'+-':>6s} {'information':>11s} {'beyond the first':>16s}")
    first: np.ndarray | None = None
    for chosen in arguments[:cut]:
        name, *own = chosen.split(",")
        budget = next((float(o.removeprefix("budget=")) for o in own if o.startswith("budget=")), None)
        own = [o for o in own if not o.startswith("budget=")]
        with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
            cfg = hydra.compose("config", overrides=[*INPUTS, *arguments[cut + 1 :], f"network={name}", *own])
        catalogue = instantiate(cfg.dataset)
        pair = instantiate(cfg.bands)(
            features=catalogue.features, dataset=catalogue.name, images=catalogue.images.bands
        )
        data = sample(catalogue, pair.x2)
        estimator = instantiate(cfg.estimator)
        learner = fresh(cfg)
        target = estimator.target(data, learner)
        if budget is not None:
            learner = fresh(within(budget, cfg, target.sample, target.edges))
        start = time.process_time()
        result = estimator.information(data, learner, cfg.seed)
        seconds = time.process_time() - start
        test = data.split == "test"
        log_p, told = result.columns["log_p"][test], result.pointwise_mi[test]
        curve = result.history["validation"]
        parameters, gflop = cost(learner.network, target.sample, target.edges)
        best, error = min(value for _, value in curve), log_p.std() / len(log_p) ** 0.5
        first = told if first is None else first  # cross-entropies in other cells are not comparable
        gain, spread = (told - first).mean(), (told - first).std() / len(told) ** 0.5
        print(
            f"{chosen[:44]:44s} {parameters:8.2f} {gflop:6.3f} {len(curve):6d} {curve[-1][0]:7d} "
            f"{seconds:8.0f} {best:10.3f} {-log_p.mean():6.3f} {error:6.3f} "
            f"{result.metrics['mi_test']:11.3f} {gain:9.3f} +- {spread:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
