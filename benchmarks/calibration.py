"""How often tests reject a true independence at level 0.05, beside pgmpy's default.

    python benchmarks/calibration.py [repetitions]

x and y are independent given z (one or two variables). 200 repetitions of 1,000 galaxies: a calibrated test
has 0.05 give or take 0.03 (two standard errors). In the last line y depends on x: its rate is the power.
"""

import sys

import numpy as np
import pandas as pd
from pgmpy.ci_tests import get_ci_test

from galaxy_causal.discovery import variables
from galaxy_causal.independence import make_test, prepared

TESTS = ("fisher_z", "nonparanormal", "additive", "covariance_measure", "rcit")
N = 1000


def linear(rng: np.random.Generator) -> np.ndarray:
    """Gaussian, linear in z."""
    z, a, b = rng.normal(size=(3, N))
    return np.column_stack([z + a, z + b, z])


def curved(rng: np.random.Generator) -> np.ndarray:
    """Cubes and waves of z, even noise."""
    z = rng.uniform(-2, 2, N)
    a, b = rng.normal(size=(2, N))
    return np.column_stack([z**3 + 0.5 * a, z**3 + np.sin(3 * z) + 0.5 * b, z])


def two(rng: np.random.Generator) -> np.ndarray:
    """Sums of curves of two variables."""
    z, w = rng.uniform(-2, 2, (2, N))
    a, b = rng.normal(size=(2, N))
    return np.column_stack([z**2 + np.sin(2 * w) + 0.5 * a, z**2 - w**3 / 4 + 0.5 * b, z, w])


def uneven(rng: np.random.Generator) -> np.ndarray:
    """Curves whose spreads both grow with |z|."""
    z = rng.uniform(-2, 2, N)
    a, b = rng.normal(size=(2, N)) * (0.2 + z**2)
    return np.column_stack([np.sin(z) + a, np.cos(z) + b, z])


def product(rng: np.random.Generator) -> np.ndarray:
    """Products of two variables, which no sum of curves fits."""
    z, w = rng.normal(size=(2, N))
    a, b = rng.normal(size=(2, N))
    return np.column_stack([z * w + a, z * w + b, z, w])


def dependent(rng: np.random.Generator) -> np.ndarray:
    """As ``curved``, but y also has a fifth of x's own noise."""
    z = rng.uniform(-2, 2, N)
    a, b = rng.normal(size=(2, N))
    return np.column_stack([z**3 + 0.5 * a, z**3 + np.sin(3 * z) + 0.1 * a + 0.5 * b, z])


def rate(name: str, simulate: object, repetitions: int) -> float:
    """Share of rejections."""
    count = 0
    for seed in range(repetitions):
        values = simulate(np.random.default_rng(seed))
        z = tuple(range(2, values.shape[1]))
        if name == "pgmpy":
            frame = pd.DataFrame(values, columns=[f"v{k}" for k in range(values.shape[1])])
            test = get_ci_test(data=frame)
            test("v0", "v1", [f"v{k}" for k in z], significance_level=0.05)
            count += test.p_value_ < 0.05
        else:
            table = variables([f"v{k}" for k in range(values.shape[1])], values, deterministic=True)
            count += make_test(name, prepared(name, table.values), seed=seed)(0, 1, z) < 0.05
    return count / repetitions


def main() -> None:
    """Print a table in Markdown."""
    repetitions = int(sys.argv[1]) if len(sys.argv) == 2 else 200
    names = ("pgmpy", *TESTS)
    print("| data | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for simulate in (linear, curved, two, uneven, product, dependent):
        rates = " | ".join(f"{rate(name, simulate, repetitions):.3f}" for name in names)
        print(f"| {simulate.__doc__.rstrip('.')} | {rates} |", flush=True)


if __name__ == "__main__":
    main()
