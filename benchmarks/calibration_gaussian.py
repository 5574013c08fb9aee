"""Local tests of galaxies of dataset=gaussian, whose correlations say which queries tell nothing.

    python benchmarks/calibration_gaussian.py KIND [repetitions]

    independent   x2 tells nothing of the target that x1 does not, alone or given a conditioning variable
    network       the same in the latent of network=scl, trained anew in each repetition
    power         it does tell, against sample size

The input is x1, the query x2 or made of it. Target and x2 are independent given x1 where r2 = r1 r12; in
general their partial correlation is (r2 - r1 r12) / sqrt((1 - r1^2) (1 - r12^2)). Every repetition draws its
galaxies anew, so that the rate of a calibrated test in 200 of them is 0.05 with an error of 0.015.
"""

import sys

import numpy as np
import torch
from calibration_causal import TESTS, print_table, tallies
from causal_simulations import Simulation
from contrastive import compose, fit
from hydra.utils import instantiate

from galaxy_causal.causal import LocalQuestion
from galaxy_causal.dataset import gaussian, sample
from galaxy_causal.types import Catalogue

R1, R12, CONFOUNDING = 0.7, 0.6, 0.5
CHOSEN = {name: TESTS[name] for name in ("published", "partial", "gcm")}
EPOCHS = ("network.training.max_epochs=30", "network.training.batch_size=256")
TRAIN = 0.7
OTHERS = (1 - TRAIN) / 2
DEVIATION = 0.6 * np.sqrt(1 - R1**2)
"""Of the target given x1 [dex]."""


def draw(rng: np.random.Generator, n: int, partial: float = 0.0) -> Catalogue:
    """Galaxies of which ``n`` train, with this partial correlation of target and x2 given x1."""
    r2 = R1 * R12 + partial * np.sqrt((1 - R1**2) * (1 - R12**2))
    seed = int(rng.integers(2**31))
    split = {"train": TRAIN, "validation": OTHERS, "test": OTHERS, "seed": seed}
    return gaussian(round(n / TRAIN), R1, r2, R12, seed, split=split)


def training(catalogue: Catalogue) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Target, x1 and x2 of the training galaxies."""
    rows = catalogue.split == "train"
    signals = catalogue.features["signal"]
    return catalogue.target[rows], signals["x1"].value[rows], signals["x2"].value[rows]


def ask(
    target: np.ndarray, query: np.ndarray, x1: np.ndarray, given: np.ndarray | None = None
) -> tuple[LocalQuestion, np.ndarray]:
    """The question in the latent x1, whose estimate is the line that these galaxies themselves give."""
    estimate = np.polyval(np.polyfit(x1, target, 1), x1)
    return LocalQuestion(target, query, given, x1[:, None], estimate, x1[:, None]), x1[:, None]


def alone(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """x2, independent of the target given x1"""
    target, x1, x2 = training(draw(rng, n))
    return ask(target, x2, x1)


def curved(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """x2^2, independent of the target given x1"""
    target, x1, x2 = training(draw(rng, n))
    return ask(target, x2**2, x1)


def confounded(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """x2 with noise, given x2, on which the target depends"""
    target, x1, x2 = training(draw(rng, n, CONFOUNDING))
    return ask(target, x2 + 0.5 * rng.normal(size=len(x2)), x1, x2[:, None])


def wavy(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """sin(3 x2) with noise, given x2, on which the target depends in the same waves"""
    target, x1, x2 = training(draw(rng, n, CONFOUNDING))
    waves = np.sin(3 * x2)
    return ask(target + DEVIATION * waves, waves + 0.5 * rng.normal(size=len(x2)), x1, x2[:, None])


def learnt(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """x2, independent of the target given x1; latent and estimate of network=scl on x1"""
    catalogue = draw(rng, n)
    cfg = compose("bands=signals", "network=scl", *EPOCHS)
    pair = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    data = sample(catalogue, pair.x1)
    found, _ = fit(cfg, data, int(rng.integers(2**31)))
    rows = data.split == "train"
    latent = found.latent[rows].astype(np.float64)
    target, _, x2 = training(catalogue)
    return LocalQuestion(target, x2, None, latent, found.columns["estimate"][rows], data.x[rows]), latent


def linear(partial: float) -> Simulation:
    """The target depends on x2 given x1."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
        target, x1, x2 = training(draw(rng, n, partial))
        return ask(target, x2, x1)

    return simulate


def squared(strength: float) -> Simulation:
    """It depends on the square of what x1 does not tell of x2, which no correlation sees."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
        target, x1, x2 = training(draw(rng, n))
        other = (x2 - R12 * x1) / np.sqrt(1 - R12**2)
        return ask(target + DEVIATION * strength * (other**2 - 1) / np.sqrt(2), x2, x1)

    return simulate


def independent(repetitions: int) -> None:
    """Rejections where nothing is to be found, in small and in large samples."""
    for simulate in (alone, curved, confounded, wavy):
        for n in (1000, 4000):
            found = tallies(simulate, repetitions, n, CHOSEN)
            print_table(f"{simulate.__doc__}, {n:,} training galaxies", found)


def network(repetitions: int) -> None:
    """The same in a latent that a network has learnt from the very galaxies that are tested."""
    print_table(learnt.__doc__, tallies(learnt, repetitions, 1000, CHOSEN))


def power(repetitions: int) -> None:
    """Rejections where x2 tells a hundredth or a tenth of the variance that x1 leaves."""
    for kind, effect in (("linear", linear), ("square", squared)):
        for share in (0.01, 0.1):
            strength = np.sqrt(share) if effect is linear else np.sqrt(share / (1 - share))
            for n in (500, 2000, 8000):
                title = f"{kind}, {share:.0%} of the variance, {n:,} training galaxies"
                print_table(title, tallies(effect(strength), repetitions, n, CHOSEN))


def main() -> None:
    """Run the chosen one."""
    kinds = {"independent": independent, "network": network, "power": power}
    if len(sys.argv) < 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    kinds[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 200)


if __name__ == "__main__":
    main()
