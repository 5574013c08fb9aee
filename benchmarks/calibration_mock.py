"""Local tests of the mock survey (docs/guide/mock.md): its graph says which queries tell nothing of the mass.

    python benchmarks/calibration_mock.py [inputs | bottleneck | scl | power] [repetitions] [galaxies]

Each repetition simulates its own galaxies (500), images included, on which their photometry is measured. The
inputs are ugriz, their errors and E(B-V). Neighbours are sought among the inputs themselves, which are
sufficient for themselves, in the four numbers of a network with a bottleneck, learnt from others, or in the
latent of network=scl, learnt from the same others. ``power``: queries that tell of the mass, in the
bottleneck, against the number of galaxies.
"""

import sys
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

import numpy as np
import torch
from calibration_causal import PERMUTATIONS, TESTS, print_table, tallies
from contrastive import compose
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import nn

from galaxy_causal.causal import LocalQuestion, LocalTestOptions
from galaxy_causal.dataset.mock.chunk import Settings, simulate_chunk
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Density, Sample

LEARNT, DRAWN, SIZES, STEPS = 16000, 500, (500, 2000), 2000
"""Galaxies that train the network, of a repetition, and of one of power; steps of training."""
SETTINGS = Settings(0, 17.77, True, "dependent", (0.01, 0.25), (8.0, 12.5), 1.0)
ALL = {"gcm, inputs too": LocalTestOptions(gradient="all", permutations=PERMUTATIONS)}
PLAIN = {name: TESTS[name] for name in ("published", "gcm")}
SPACES = {
    "inputs": PLAIN,
    "bottleneck": PLAIN | ALL,
    "latent of scl": PLAIN | ALL,
}
SCL = ("network=scl", "network.training.max_epochs=40", "network.training.batch_size=256")
INDEPENDENT = ("position_angle", "pah_scatter", "degraded colour")
"""The last is u - r of the inputs with 0.2 mag of noise."""
DEPENDENT = ("redshift", "W1", "petroR50_r", "log_ssfr", "environment")


@dataclass(frozen=True)
class Survey:
    """Inputs (n, 11), log mass (n,) and the queries of some galaxies."""

    inputs: np.ndarray
    mass: np.ndarray
    queries: dict[str, np.ndarray]


@cache  # every query of a repetition is of the same galaxies
def survey(number: int, n: int) -> Survey:
    """Galaxies of one chunk of the mock; another number, other galaxies."""
    chunk = simulate_chunk(SETTINGS, number, n)
    table = chunk.truth | chunk.catalogue
    names = [*"ugriz", *(f"{band}_error" for band in "ugriz"), "ebv"]
    inputs = np.column_stack([table[n] if n in "ugriz" else np.log(table[n]) for n in names])
    known = (*DEPENDENT, "position_angle", "pah_scatter", "u", "r")
    return Survey(inputs, table["log_mass"], {name: table[name] for name in known})


class Learnt(Protocol):
    """A network that has learnt from other galaxies."""

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs in units of the spread of those learnt from."""

    def __call__(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latent and estimate (n,)."""


@dataclass(frozen=True)
class Bottleneck:
    """Four numbers between two small networks."""

    centre: np.ndarray
    spread: np.ndarray
    encoder: nn.Module
    head: nn.Module

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Learnt``."""
        return (inputs - self.centre) / self.spread

    def __call__(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Learnt``."""
        with torch.no_grad():
            latent = self.encoder(torch.tensor(self.standardised(inputs), dtype=torch.float32))
            return latent.double().numpy(), self.head(latent)[:, 0].double().numpy()


@dataclass(frozen=True)
class Contrastive:
    """network=scl."""

    learnt: np.ndarray
    density: Density
    centres: np.ndarray

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Learnt``."""
        return (inputs - self.learnt.mean(axis=0)) / self.learnt.std(axis=0)

    def __call__(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Learnt``."""
        part = as_sample(inputs, np.zeros(len(inputs)), np.full(len(inputs), "test"))
        return self.density.latent(part).astype(np.float64), self.density.probabilities(part) @ self.centres


def as_sample(inputs: np.ndarray, mass: np.ndarray, split: np.ndarray) -> Sample:
    """For a learner."""
    columns = (*(f"photometry/{b}" for b in "ugriz"), *(f"photometry/{b}/error" for b in "ugriz"), "ebv/ebv")
    return Sample(inputs, mass, split, columns, frozenset({"photometry", "ebv"}))


def contrastive() -> Contrastive:
    """network=scl with its defaults, and epochs that suit so many galaxies."""
    cfg, others = compose(*SCL), survey(0, LEARNT)
    learner = NetworkLearner(instantiate(cfg.network), OmegaConf.to_container(cfg.trainer, resolve=True), 0)
    split = np.where(np.arange(LEARNT) % 5 == 0, "validation", "train")
    target = instantiate(cfg.estimator).target(as_sample(others.inputs, others.mass, split), learner)
    density = learner.fit(target.sample, target.label, target.edges)
    found = Contrastive(others.inputs, density, target.cells.centres)
    report("scl", found, others)
    return found


def report(name: str, known: Learnt, others: Survey) -> None:
    """How well masses are estimated."""
    for title, some in (("learnt from", others), ("of one repetition", survey(1, DRAWN))):
        error = np.sqrt(np.mean((known(some.inputs)[1] - some.mass) ** 2))
        print(f"{name}: {error:.3f} dex, galaxies {title}")


def bottleneck() -> Bottleneck:
    """Trained by squared error."""
    torch.manual_seed(0)
    learnt = survey(0, LEARNT)
    encoder = nn.Sequential(nn.Linear(11, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    head = nn.Sequential(nn.ReLU(), nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))
    found = Bottleneck(learnt.inputs.mean(axis=0), learnt.inputs.std(axis=0), encoder, head)
    x = torch.tensor(found.standardised(learnt.inputs), dtype=torch.float32)
    y = torch.tensor(learnt.mass, dtype=torch.float32)
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(LEARNT, (256,))
        loss = torch.mean((head(encoder(x[rows]))[:, 0] - y[rows]) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    report("bottleneck", found, learnt)
    return found


def simulate(
    known: Learnt, name: str, space: str, rng: np.random.Generator, n: int
) -> tuple[LocalQuestion, np.ndarray]:
    """New galaxies and a query of them."""
    drawn = survey(1 + int(rng.integers(2**31)), n)
    if name == "degraded colour":
        values = drawn.queries["u"] - drawn.queries["r"] + 0.2 * rng.normal(size=n)
    else:
        values = drawn.queries[name]
    inputs = known.standardised(drawn.inputs)
    latent, estimate = known(drawn.inputs)
    place = inputs if space == "inputs" else latent
    return LocalQuestion(drawn.mass, values, None, place, estimate, inputs), place


def independent(repetitions: int, known: Learnt, space: str, galaxies: int) -> None:
    """A table for each query that tells nothing."""
    for name in INDEPENDENT:
        found = tallies(partial(simulate, known, name, space), repetitions, galaxies, SPACES[space])
        print_table(f"{name}, neighbours in the {space}, {galaxies} galaxies", found)


def power(repetitions: int, known: Learnt) -> None:
    """Queries that tell."""
    for name in DEPENDENT:
        for n in SIZES:
            dependent = partial(simulate, known, name, "bottleneck")
            found = tallies(dependent, repetitions, n, SPACES["bottleneck"])
            print_table(f"{name}, neighbours in the bottleneck, {n} galaxies", found)


def main() -> None:
    """Run the chosen one."""
    kind, *rest = sys.argv[1:] or ["scl"]
    repetitions = int(rest[0]) if rest else 20 if kind == "power" else 200
    galaxies = int(rest[1]) if len(rest) > 1 else DRAWN
    torch.set_num_threads(1)
    if kind in ("inputs", "bottleneck"):
        independent(repetitions, bottleneck(), kind, galaxies)
    elif kind == "scl":
        independent(repetitions, contrastive(), "latent of scl", galaxies)
    elif kind == "power":
        power(repetitions, bottleneck())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
