"""One amortised fit beside a separate fit for every set of inputs: informations, atoms' inputs and time.

    python benchmarks/amortised.py tuples      differences over 15 photometry tuples of dataset=sdss, and time
    python benchmarks/amortised.py same        differences to the same network, one fit for each input set
    python benchmarks/amortised.py subsets     time of 1,023 subsets of 2,000 galaxies
    python benchmarks/amortised.py images [override ...]     images in ugriz and photometry of dataset=mock

``tuples``: each of the bands ugrizJHK against the other seven, and two adjacent ones against the other six;
three seeds of both. A difference is that of the means over seeds and test galaxies; its error holds the
scatter between seeds of both and, over galaxies, that of their paired difference. Times are processor
seconds of training and evaluation.

``images``: network=amortised_image, one fit of ugriz photometry and images, beside network=image_d4 (mlp for
numbers), a fit for each of some sets; one seed of both, so that errors are those of paired differences alone.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import hydra
import numpy as np
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.dataset import divided, pair, sample, shown, split_photometry
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Catalogue, InputPair, InputSet, Sample

BANDS = tuple("ugrizJHK")
SEEDS = 3
COMPLETE = "dataset.nulls=drop"  # galaxies that have all bands
ALONE = ("estimator=amortised", "network.neighbours=0", "network.whole=1", "network.validated=1")


def configured(*overrides: str) -> DictConfig:
    """The configuration of a command."""
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides))


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
    separate, together = configured("network=mlp", COMPLETE), configured("estimator=amortised", COMPLETE)
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
        target = estimator.target(data, fit)
        density = fit.restore(target.sample, target.edges, weights)
        ours.append(estimator.of_subsets(density, target, test)(subsets))
        seconds[0] += time.process_time() - start
        print(f"amortised seed {seed}: {time.process_time() - start:.1f} CPU s", flush=True)
    theirs = np.empty((SEEDS, len(sets), len(test)))
    estimator = instantiate(separate.estimator)
    for row, inputs in enumerate(sets.values()):
        for seed in range(SEEDS):
            start = time.process_time()
            found = estimator.information(sample(catalogue, inputs), learner(separate, seed), seed)
            theirs[seed, row] = found.pointwise_mi[test]
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
    cfg, alone = configured("estimator=amortised", COMPLETE), configured(*ALONE, COMPLETE)
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
        target, weights = estimator.target(data, fit), estimator.information(data, fit, seed).weights
        density = fit.restore(target.sample, target.edges, weights)
        ours.append(estimator.of_subsets(density, target, test)(subsets))
    for row, inputs in enumerate(chosen.values()):
        players = tuple(player for player in whole.players if player in inputs.items)
        own = sample(catalogue, replace(inputs, players=players))
        found = [
            estimator.information(own, learner(alone, seed), seed).pointwise_mi[test] for seed in range(SEEDS)
        ]
        report(inputs.label, np.array(ours)[:, row], np.array(found))


def image_sets(catalogue: Catalogue) -> Iterator[tuple[str, InputSet]]:
    """Images in some bands, photometry, and both."""
    for photometry, images in ((0, "u"), (0, "g"), (0, "gr"), (0, "ugriz"), (1, ""), (1, "g"), (1, "ugriz")):
        wanted = {"photometry": "ugriz" if photometry else None, "images": images or None}
        found = pair(
            catalogue.features, catalogue.name, wanted, wanted, errors="available",
            accompany={"ebv": True}, images=catalogue.images.bands,
        )  # fmt: skip
        yield found.x1.label, found.x1


def images(*overrides: str) -> None:
    """Print the difference for some sets of bands, and how long all 1,023 subsets take."""
    common = ["scale=small", "bands=photometry_images", "dataset.n=4000", *overrides]
    as_usual = ["network.tabular.related=0.5", "network.tabular.training.learning_rate=4e-3"]
    common += ["bands.x2.images=ugriz", "bands.x2.normalised_images=null"]
    separate = configured(*common, "network=image_d4_small", *as_usual)
    numbers = separate.copy()
    numbers.network = separate.network.tabular
    together = configured(*common, "estimator=amortised", "network=amortised_image_small")
    catalogue = instantiate(separate.dataset)
    bands = catalogue.images.bands
    two = instantiate(separate.bands)(features=catalogue.features, dataset=catalogue.name, images=bands)
    whole = divided(two, catalogue.features, bands)
    test = np.flatnonzero(catalogue.split == "test")
    estimator, start = instantiate(together.estimator), time.process_time()
    data, fit = sample(catalogue, whole), learner(together, 0)
    result = estimator.information(data, fit, 0)
    target = estimator.target(data, fit)
    density = fit.restore(target.sample, target.edges, result.weights)
    trained = time.process_time() - start
    curve = [value for _, value in result.history["validation"]]
    print(f"amortised: {trained:.0f} CPU s to train, {len(curve)} epochs, best validation {min(curve):.3f}")
    start = time.process_time()
    of_subsets = estimator.of_subsets(density, target, test)
    encoded = time.process_time() - start
    every = (np.arange(1, 2 ** len(whole.players))[:, None] >> np.arange(len(whole.players))) % 2 == 1
    of_subsets(every)
    print(
        f"{len(test)} galaxies encoded in {encoded:.1f} CPU s, {len(every)} subsets in "
        f"{time.process_time() - start - encoded:.1f} CPU s"
    )
    total = 0.0
    estimator = instantiate(separate.estimator)
    for name, inputs in image_sets(catalogue):
        start, own = time.process_time(), sample(catalogue, inputs)
        cfg = separate if own.images is not None else numbers
        theirs = estimator.information(own, learner(cfg, 0), 0)
        spent = time.process_time() - start
        total += spent
        ours = of_subsets(shown(whole, [inputs]))[0]
        paired, alone = ours - theirs.pointwise_mi[test], theirs.pointwise_mi[test].mean()
        error, epochs = paired.std(ddof=1) / len(paired) ** 0.5, len(theirs.history["validation"])
        print(
            f"{name:32s} amortised {ours.mean():7.4f}  separate {alone:7.4f}  "
            f"difference {paired.mean():+.4f} +- {error:.4f}  ({spent:.0f} CPU s, {epochs} epochs)",
            flush=True,
        )
    print(f"processor seconds: amortised {trained:.0f}, separate {total:.0f}; ratio {total / trained:.2f}")


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


def subsets(players: int = 10, galaxies: int = 2000) -> None:
    """Time of all subsets of ten inputs, each with its error, by a fresh network of the default size."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(galaxies, 2 * players)), rng.normal(10, 0.6, galaxies)
    columns = {f"other/{u}": (2 * u, 2 * u + 1) for u in range(players)}
    names = tuple(f"{name}{end}" for name in columns for end in ("", "/error"))
    data = Sample(x, y, np.full(galaxies, "train"), names, frozenset({"other"}), players=columns)
    cfg = configured("estimator=amortised", COMPLETE)
    estimator, network = instantiate(cfg.estimator), instantiate(cfg.network)
    fit, rows = NetworkLearner(network, {"accelerator": "cpu"}, 0), np.arange(galaxies)
    target = estimator.target(data, fit)
    weights = network.build(target.sample, target.edges).state_dict()
    density = fit.restore(target.sample, target.edges, weights)
    every = (np.arange(1, 2**players)[:, None] >> np.arange(players)) % 2 == 1
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        estimator.of_subsets(density, target, rows)(every)
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
    chosen, *rest = sys.argv[1:] or ["tuples"]
    {"tuples": tuples, "same": same, "subsets": subsets, "images": images}[chosen](*rest)
