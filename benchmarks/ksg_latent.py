"""KSG in a network's latent beside plain KSG and the same network's cross-entropy, where the truth is known.

    python benchmarks/ksg_latent.py gaussian [seeds]        a Gaussian target, up to 100 inputs
    python benchmarks/ksg_latent.py tasks                   scalar tasks of Czyz et al. (2023)
    python benchmarks/ksg_latent.py images [override ...]   images of dataset=mock: no truth, and no plain KSG

All are judged on the same test galaxies (1,500 of 5,000 pairs), whose mean of the true pointwise information
is printed for the Gaussian: no estimate on these galaxies can be expected to be nearer to the law than it is.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

import hydra
import numpy as np
import torch
from hydra.utils import instantiate
from known_parts import CPU, TRAINING, gaussian_law, ksg, sample_of, scores
from known_tasks import tasks
from omegaconf import OmegaConf

from galaxy_causal.dataset import sample
from galaxy_causal.estimator import KSGLatent
from galaxy_causal.network import NetworkLearner, Scl
from galaxy_causal.types import Density, Learner, Sample

N = 5_000
DIRECTIONS = (1, 2, 3)
INPUTS = ("bands=photometry_images", "bands.x2.images=ugriz", "bands.x2.normalised_images=null")
TASKS = ("normal 1v1", "Swiss roll 2v1", "Student 1v1, 1 dof", "even noise 0.1")


class Kept(Learner):
    """What a learner fitted, given again: so that numbers of directions compare on one network."""

    has_latent = True

    def __init__(self, learner: NetworkLearner) -> None:
        self.learner = learner
        self.density: Density | None = None

    def fit(self, sample: Sample, bins: np.ndarray, edges: np.ndarray) -> Density:
        """Fit the first time only; the sample has to stay the same."""
        if self.density is None:
            self.density = self.learner.fit(sample, bins, edges)
        return self.density


def latent(data: Sample, seed: int) -> str:
    """Estimates with one, two and three directions of one network's latent, and its cross-entropy."""
    y = scores(data.y)
    margin = 0.02 * np.ptp(y)
    low, high = float(y.min() - margin), float(y.max() + margin)
    kept = Kept(NetworkLearner(Scl(TRAINING), {**CPU, "max_epochs": TRAINING.max_epochs}, seed))
    return judged(lambda count: KSGLatent(low, high, 520, dimensions=count), replace(data, y=y), kept)


def judged(make: Callable[[int], KSGLatent], data: Sample, learner: Learner) -> str:
    """A row of estimates."""
    found = [make(count).information(data, learner, 0).metrics for count in DIRECTIONS]
    row = " | ".join(f"{metrics['mi_test']:.3f}" for metrics in found)
    return f"{found[0]['mi_cross_entropy']:.3f} | {row}"


def told(x: np.ndarray, y: np.ndarray, covariance: np.ndarray) -> float:
    """The mean of the true pointwise information of Gaussian pairs; covariance of x and y, y last."""
    weights = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
    variance = covariance[-1, -1]
    left = variance - weights @ covariance[:-1, -1]
    pointwise = 0.5 * np.log(variance / left) + 0.5 * (y**2 / variance - (y - x @ weights) ** 2 / left)
    return float(pointwise.mean())


def gaussian(seeds: str = "2") -> None:
    """A row for every number of inputs and seed."""
    print("inputs | seed | truth | of these galaxies | KSG | cross-entropy | latent 1 | 2 | 3")
    for d in (5, 10, 25, 50):
        covariance = gaussian_law(d)
        truth = 0.5 * np.log(covariance[-1, -1] * np.linalg.inv(covariance)[-1, -1])
        for seed in range(int(seeds)):
            rng = np.random.default_rng([seed, d])
            draws = rng.multivariate_normal(np.zeros(2 * d + 1), covariance, N)
            data = sample_of(draws[:, :-1], draws[:, -1], rng)
            x, y = (v[data.split == "test"] for v in (data.x, data.y))
            known = (
                f"{2 * d} | {seed} | {truth:.3f} | {told(x, y, covariance):.3f} | {ksg(x, y[:, None]):.3f}"
            )
            print(f"{known} | {latent(data, seed)}", flush=True)


def scalar() -> None:
    """A row for every task."""
    print("task | truth | KSG | cross-entropy | latent 1 | 2 | 3")
    for task in tasks():
        if task.name in TASKS:
            rng = np.random.default_rng([0, 5])
            x, y = task.sample(N, rng)
            data = sample_of(x, y[:, 0], rng)
            test = data.split == "test"
            plain = ksg(data.x[test], data.y[test, None])
            print(f"{task.name} | {task.information:.3f} | {plain:.3f} | {latent(data, 0)}", flush=True)


def images(*overrides: str) -> None:
    """One row: images in ugriz and E(B-V)."""
    common = (
        "scale=small",
        "estimator=ksg_latent",
        "network=scl_image_small",
        "dataset.n=4000",
        *INPUTS,
        *overrides,
    )
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        cfg = hydra.compose("config", overrides=list(common))
    catalogue = instantiate(cfg.dataset)
    pair = instantiate(cfg.bands)(
        features=catalogue.features, dataset=catalogue.name, images=catalogue.images.bands
    )
    trainer = OmegaConf.to_container(cfg.trainer, resolve=True)
    kept = Kept(NetworkLearner(instantiate(cfg.network), trainer, int(cfg.seed)))
    print("inputs | cross-entropy | latent 1 | 2 | 3")
    row = judged(lambda count: instantiate(cfg.estimator, dimensions=count), sample(catalogue, pair.x2), kept)
    print(f"{pair.x2.label} | {row}")


if __name__ == "__main__":
    print(f"torch {torch.__version__}, numpy {np.__version__}, {torch.get_num_threads()} threads", flush=True)
    chosen, *rest = sys.argv[1:] or ["gaussian"]
    {"gaussian": gaussian, "tasks": scalar, "images": images}[chosen](*rest)
