"""Local tests of the mock survey (docs/mock.md), whose graph says which queries tell nothing of the mass.

    python benchmarks/calibration_mock.py FILE [repetitions]

FILE is a mock of some 20,000 galaxies (``galaxy_causal dataset=mock`` keeps it in mlruns/datasets). The
inputs are ugriz, their errors and E(B-V). Half of the galaxies train a network with a bottleneck of four
numbers; each repetition draws 2,000 of the others, who all serve as neighbours. In the first table
neighbours are sought among the inputs themselves, which are sufficient for themselves, in the second in the
bottleneck.
"""

import sys

import h5py
import numpy as np
import torch
from calibration_causal import PERMUTATIONS, TESTS, print_table, tallies
from torch import nn

from galaxy_causal.causal import Options, Question

DRAWN = 2000
ALL = TESTS | {"gcm, inputs too": Options(gradient="all", permutations=PERMUTATIONS)}
INDEPENDENT = ("position_angle", "pah_scatter", "degraded colour", "degraded magnitude")
"""The last two are u - r and r of the inputs with 0.2 mag of noise that is drawn anew in each repetition."""
DEPENDENT = ("redshift", "W1", "petroR50_r", "log_ssfr", "environment")


def read(path: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Inputs (n, 11), standardised, log mass (n,), and the queries."""
    with h5py.File(path) as file:
        table = {name: values[:] for part in ("truth", "catalogue") for name, values in file[part].items()}
    names = [*"ugriz", *(f"{band}_error" for band in "ugriz"), "ebv"]
    inputs = np.column_stack([table[n] if n in "ugriz" else np.log(table[n]) for n in names])
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    known = (*DEPENDENT, "position_angle", "pah_scatter", "u", "r")
    return inputs, table["log_mass"], {name: table[name] for name in known}


def network(inputs: np.ndarray, mass: np.ndarray) -> tuple[nn.Module, nn.Module]:
    """Encoder to four numbers and head, trained by squared error with a tenth held out to stop at."""
    torch.manual_seed(0)
    encoder = nn.Sequential(
        nn.Linear(inputs.shape[1], 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4)
    )
    head = nn.Sequential(nn.ReLU(), nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))
    x, y = torch.tensor(inputs, dtype=torch.float32), torch.tensor(mass, dtype=torch.float32)
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], 2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 6000)
    fit = len(x) * 9 // 10
    for _ in range(6000):
        rows = torch.randint(fit, (256,))
        loss = torch.mean((head(encoder(x[rows]))[:, 0] - y[rows]) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        errors = [float(torch.sqrt(torch.mean((head(encoder(x[p]))[:, 0] - y[p]) ** 2)))
                  for p in (slice(0, fit), slice(fit, None))]  # fmt: skip
    print(f"network: {errors[0]:.3f} dex from galaxies it was trained on, {errors[1]:.3f} from others")
    return encoder, head


def query(
    name: str, queries: dict[str, np.ndarray], rows: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Its values of the drawn galaxies."""
    if not name.startswith("degraded"):
        return queries[name][rows]
    clean = queries["u"] - queries["r"] if name.endswith("colour") else queries["r"]
    return clean[rows] + 0.2 * rng.normal(size=len(rows))


def main() -> None:
    """Both tables for each query."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    repetitions = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    inputs, mass, queries = read(sys.argv[1])
    half = len(mass) // 2
    encoder, head = network(inputs[:half], mass[:half])
    with torch.no_grad():
        latent = encoder(torch.tensor(inputs, dtype=torch.float32))
        estimate = head(latent)[:, 0].double().numpy()
    spaces = {"inputs": inputs, "bottleneck": latent.double().numpy()}
    for name in (*INDEPENDENT, *DEPENDENT):
        for space, place in spaces.items():

            def simulate(
                rng: np.random.Generator, n: int, place: np.ndarray = place, name: str = name
            ) -> tuple[Question, np.ndarray]:
                rows = half + rng.choice(len(mass) - half, n, replace=False)
                values = query(name, queries, rows, rng)
                return Question(mass[rows], values, None, place[rows], estimate[rows], inputs[rows]), place[
                    rows
                ]

            tests = ALL if space == "bottleneck" else TESTS
            count = repetitions if name in INDEPENDENT else max(repetitions // 10, 1)
            print_table(f"{name}, neighbours in the {space}", tallies(simulate, count, DRAWN, tests))


if __name__ == "__main__":
    main()
