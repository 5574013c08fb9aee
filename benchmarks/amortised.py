"""One amortised fit beside a separate fit for every set of inputs: informations, atoms' inputs and time.

    python benchmarks/amortised.py tuples      differences over 15 photometry tuples of dataset=sdss, and time
    python benchmarks/amortised.py same        differences to the same network, one fit for each input set
    python benchmarks/amortised.py subsets     time of 1,023 subsets of 2,000 galaxies

``tuples``: each of the bands ugrizJHK against the other seven, and two adjacent ones against the other six;
three seeds of both. A difference is that of the means over seeds and test galaxies; its error holds the
scatter between seeds of both and, over galaxies, that of their paired difference. Times are processor
seconds of training and evaluation.
"""

import sys
import time
from dataclasses import replace
from itertools import pairwise

import hydra
import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.dataset import divided, sample, shown, split_photometry
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Catalogue, InputPair, InputSet, Sample

BANDS = tuple("ugrizJHK")
SEEDS = 3
ALONE = ("estimator=amortised", "network.neighbours=0", "network.whole=1", "network.validated=1")


def configured(*overrides: str) -> DictConfig:
    """The configuration on galaxies that have all bands."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=["dataset.nulls=drop", *overrides])


def learner(cfg: DictConfig, seed: int) -> NetworkLearner:
    """What the command line would train with."""
    return NetworkLearner(instantiate(cfg.network), OmegaConf.to_container(cfg.trainer, resolve=True), seed)


def input_sets(catalogue: Catalogue) -> tuple[dict[str, InputSet], InputPair]:
    """The distinct input sets of the 15 tuples by label, and one of the pairs."""
    found = {}
    for take in [[b] for b in BANDS] + [list(two) for two in pairwise(BANDS)]:
        pair = split_photometry(
            catalogue.features, catalogue.name, take, BANDS, errors="available", accompany={"ebv": True}
        )
        found |= {inputs.label: inputs for inputs in (pair.x1, pair.x2, pair.union)}
    return found, pair


def tuples() -> None:
    """Print the difference for every input set, and the ratio of the times."""
    separate, together = configured("network=mlp"), configured("estimator=amortised")
    catalogue = instantiate(separate.dataset)
    sets, pair = input_sets(catalogue)
    whole = divided(pair, catalogue.features)
    subsets, test = shown(whole, list(sets.values())), np.flatnonzero(catalogue.split == "test")
    ours, seconds = [], [0.0, 0.0]
    estimator = instantiate(together.estimator)
    for seed in range(SEEDS):
        start, data = time.process_time(), sample(catalogue, whole)
        fit = learner(together, seed)
        weights = estimator.information(data, fit, seed).weights
        density = fit.restore(data, estimator.binning.edges, weights)
        ours.append(estimator.of_subsets(density, data, subsets, test))
        seconds[0] += time.process_time() - start
        print(f"amortised seed {seed}: {time.process_time() - start:.1f} CPU s", flush=True)
    theirs = np.empty((SEEDS, len(sets), len(test)))
    estimator = instantiate(separate.estimator)
    for row, inputs in enumerate(sets.values()):
        for seed in range(SEEDS):
            start = time.process_time()
            found = estimator.information(sample(catalogue, inputs), learner(separate, seed), seed)
            theirs[seed, row] = found.pointwise[test]
            seconds[1] += time.process_time() - start
        report(inputs.label, np.array(ours)[:, row], theirs[:, row])
    difference = np.mean(ours, axis=(0, 2)) - theirs.mean(axis=(0, 2))
    print(f"mean |difference| {np.abs(difference).mean():.4f}, largest {np.abs(difference).max():.4f} nats")
    print(f"mean difference {difference.mean():.4f} nats (above zero: the amortised fit finds more)")
    print(
        f"processor seconds: amortised {seconds[0]:.0f}, separate {seconds[1]:.0f} "
        f"({len(sets)} input sets, {SEEDS} seeds each); ratio {seconds[1] / seconds[0]:.1f}"
    )


def same() -> None:
    """Differences to fits of the same network that is always shown all inputs: what sharing one fit costs."""
    cfg, alone = configured("estimator=amortised"), configured(*ALONE)
    catalogue, estimator = instantiate(cfg.dataset), instantiate(cfg.estimator)
    sets, pair = input_sets(catalogue)
    chosen = {
        name: sets[f"photometry[{name}]"] for name in ("g", "ug", "ri", "rizJHK", "grizJHK", "ugrizJHK")
    }
    whole = divided(pair, catalogue.features)
    subsets, test = shown(whole, list(chosen.values())), np.flatnonzero(catalogue.split == "test")
    ours, data = [], sample(catalogue, whole)
    for seed in range(SEEDS):
        fit = learner(cfg, seed)
        density = fit.restore(data, estimator.binning.edges, estimator.information(data, fit, seed).weights)
        ours.append(estimator.of_subsets(density, data, subsets, test))
    for row, inputs in enumerate(chosen.values()):
        units = tuple(unit for unit in whole.units if unit in inputs.items)
        own = sample(catalogue, replace(inputs, units=units))
        found = [
            estimator.information(own, learner(alone, seed), seed).pointwise[test] for seed in range(SEEDS)
        ]
        report(inputs.label, np.array(ours)[:, row], np.array(found))


def report(label: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """A row: both informations, and their difference with its error; (seeds, galaxies) each."""
    paired = ours.mean(axis=0) - theirs.mean(axis=0)
    between = (ours.mean(axis=1).var(ddof=1) + theirs.mean(axis=1).var(ddof=1)) / SEEDS
    error = np.sqrt(between + paired.var(ddof=1) / paired.size)
    print(
        f"{label:24s} amortised {ours.mean():7.4f}  separate {theirs.mean():7.4f}  "
        f"difference {paired.mean():+.4f} +- {error:.4f}",
        flush=True,
    )


def subsets(units: int = 10, galaxies: int = 2000) -> None:
    """Time of all subsets of ten inputs, each with its error, by a fresh network of the default size."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(galaxies, 2 * units)), rng.normal(10, 0.6, galaxies)
    columns = {f"other/{u}": (2 * u, 2 * u + 1) for u in range(units)}
    names = tuple(f"{name}{end}" for name in columns for end in ("", "/error"))
    data = Sample(x, y, np.full(galaxies, "train"), names, frozenset({"other"}), units=columns)
    cfg = configured("estimator=amortised")
    estimator, network = instantiate(cfg.estimator), instantiate(cfg.network)
    edges = estimator.binning.edges
    rows = np.arange(galaxies)
    weights = network.model(data, rows, edges).state_dict()
    density = NetworkLearner(network, {"accelerator": "cpu"}, 0).restore(data, edges, weights)
    every = (np.arange(1, 2**units)[:, None] >> np.arange(units)) % 2 == 1
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        estimator.of_subsets(density, data, every, rows)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(
            f"{len(every)} subsets x {galaxies} galaxies: {wall:.2f} s, {processor:.2f} processor s",
            flush=True,
        )
    probabilities = density.probabilities(data.take(rows[:100]))
    start = time.process_time()
    density.probabilities(data)
    once = time.process_time() - start
    print(
        f"all {probabilities.shape[1]} bins of one subset: {once:.2f} processor s; "
        f"times {len(every)}, as separate fits would be scored: {once * len(every):.0f} s, "
        f"ratio {once * len(every) / processor:.0f}"
    )


if __name__ == "__main__":
    print(f"torch {torch.__version__}, numpy {np.__version__}, {torch.get_num_threads()} threads", flush=True)
    {"tuples": tuples, "same": same, "subsets": subsets}[sys.argv[1] if len(sys.argv) > 1 else "tuples"]()
