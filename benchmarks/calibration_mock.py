"""Local tests of the mock survey (docs/mock.md), whose graph says which queries tell nothing of the mass.

    python benchmarks/calibration_mock.py [independent | power] [repetitions]

Each repetition simulates its own galaxies, images included, on which their photometry is measured. The inputs
are ugriz, their errors and E(B-V); a network with a bottleneck of four numbers has learnt from others. In the
first table neighbours are sought among the inputs themselves, which are sufficient for themselves, in the
second in the bottleneck. Queries that tell of the mass: power against the number of galaxies.
"""

import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from calibration_causal import PERMUTATIONS, TESTS, print_table, tallies
from torch import nn

from galaxy_causal.causal import Options, Question
from galaxy_causal.dataset.mock.chunk import Settings, simulate_chunk

LEARNT, DRAWN, SIZES, STEPS = 4000, 500, (500, 2000), 2000
"""Galaxies that train the network, of a repetition, and of one of power; steps of training."""
SETTINGS = Settings(0, 17.77, True, "dependent", (0.01, 0.25), (8.0, 12.5), 1.0)
ALL = {"gcm, inputs too": Options(gradient="all", permutations=PERMUTATIONS)}
SPACES = {
    "inputs": {name: TESTS[name] for name in ("published", "gcm")},
    "bottleneck": {name: TESTS[name] for name in ("published", "gcm")} | ALL,
}
INDEPENDENT = ("position_angle", "pah_scatter", "degraded colour")
"""The last is u - r of the inputs with 0.2 mag of noise."""
DEPENDENT = ("redshift", "W1", "petroR50_r", "log_ssfr", "environment")


@dataclass(frozen=True)
class Survey:
    """Inputs (n, 11), log mass (n,) and the queries of some galaxies."""

    inputs: np.ndarray
    mass: np.ndarray
    queries: dict[str, np.ndarray]


def survey(number: int, n: int) -> Survey:
    """Galaxies of one chunk of the mock; another number, other galaxies."""
    chunk = simulate_chunk(SETTINGS, number, n)
    table = chunk.truth | chunk.catalogue
    names = [*"ugriz", *(f"{band}_error" for band in "ugriz"), "ebv"]
    inputs = np.column_stack([table[n] if n in "ugriz" else np.log(table[n]) for n in names])
    known = (*DEPENDENT, "position_angle", "pah_scatter", "u", "r")
    return Survey(inputs, table["log_mass"], {name: table[name] for name in known})


@dataclass(frozen=True)
class Network:
    """Latent and estimate of inputs, from galaxies that it alone has seen."""

    centre: np.ndarray
    spread: np.ndarray
    encoder: nn.Module
    head: nn.Module

    def standardised(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs in units of the spread of those learnt from."""
        return (inputs - self.centre) / self.spread

    def __call__(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Latent (n, 4) and estimate (n,)."""
        with torch.no_grad():
            latent = self.encoder(torch.tensor(self.standardised(inputs), dtype=torch.float32))
            return latent.double().numpy(), self.head(latent)[:, 0].double().numpy()


def network() -> Network:
    """Trained by squared error."""
    torch.manual_seed(0)
    learnt = survey(0, LEARNT)
    encoder = nn.Sequential(nn.Linear(11, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    head = nn.Sequential(nn.ReLU(), nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))
    found = Network(learnt.inputs.mean(axis=0), learnt.inputs.std(axis=0), encoder, head)
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
    for title, some in (("learnt from", learnt), ("of one repetition", survey(1, DRAWN))):
        error = np.sqrt(np.mean((found(some.inputs)[1] - some.mass) ** 2))
        print(f"network: {error:.3f} dex, galaxies {title}")
    return found


def simulate(
    known: Network, name: str, space: str, rng: np.random.Generator, n: int
) -> tuple[Question, np.ndarray]:
    """New galaxies and a query of them."""
    drawn = survey(1 + int(rng.integers(2**31)), n)
    if name == "degraded colour":
        values = drawn.queries["u"] - drawn.queries["r"] + 0.2 * rng.normal(size=n)
    else:
        values = drawn.queries[name]
    inputs = known.standardised(drawn.inputs)
    latent, estimate = known(drawn.inputs)
    place = inputs if space == "inputs" else latent
    return Question(drawn.mass, values, None, place, estimate, inputs), place


def independent(known: Network, repetitions: int) -> None:
    """Both tables for each query that tells nothing."""
    for name in INDEPENDENT:
        for space, tests in SPACES.items():
            found = tallies(partial(simulate, known, name, space), repetitions, DRAWN, tests)
            print_table(f"{name}, neighbours in the {space}", found)


def power(known: Network, repetitions: int) -> None:
    """Queries that tell."""
    for name in DEPENDENT:
        for n in SIZES:
            dependent = partial(simulate, known, name, "bottleneck")
            found = tallies(dependent, repetitions, n, SPACES["bottleneck"])
            print_table(f"{name}, neighbours in the bottleneck, {n} galaxies", found)


def main() -> None:
    """Run the chosen one."""
    kinds = {"independent": (independent, 200), "power": (power, 20)}
    kind, *rest = sys.argv[1:] or ["independent"]
    if kind not in kinds:
        sys.exit(__doc__)
    run, repetitions = kinds[kind]
    torch.set_num_threads(1)
    run(network(), int(rest[0]) if rest else repetitions)


if __name__ == "__main__":
    main()
