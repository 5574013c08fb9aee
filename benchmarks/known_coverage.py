"""How often the stated errors of the atoms hold the truth."""

import numpy as np

from galaxy_causal.decomposition import MEASURES, Measure, summarise
from galaxy_causal.estimator import KSG, Gaussian
from galaxy_causal.types import ATOMS, PairInformations, Sample, Summary

TRAINING = 7_000  # of 10,000 galaxies, 1,500 of which are test galaxies
OF_GALAXIES = tuple(one for one in MEASURES.values() if isinstance(one, Measure))
LAWS = ((0.7, 0.5, 0.3), (0.9, 0.0, 0.0), (0.6, 0.6, 0.2))  # corr(y, x1), corr(y, x2), corr(x1, x2)


def draw(law: tuple, n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows y, x1, x2 (3, n) of a Gaussian law."""
    r1, r2, r12 = law
    return rng.multivariate_normal(np.zeros(3), [[1, r1, r2], [r1, 1, r12], [r2, r12, 1]], n).T


def of_density(law: tuple, drawn: np.ndarray, seed: int) -> np.ndarray:
    """True pointwise informations (3, n)."""
    (y, x1, x2), (r1, r2, r12) = drawn, law
    weights = np.linalg.solve([[1, r12], [r12, 1]], [r1, r2])
    rest = np.array([1 - r1**2, 1 - r2**2, 1 - weights @ [r1, r2]])
    residual = np.stack([y - r1 * x1, y - r2 * x2, y - weights[0] * x1 - weights[1] * x2])
    return 0.5 * (y**2 - residual**2 / rest[:, None] - np.log(rest)[:, None])


def of_gaussian(law: tuple, drawn: np.ndarray, seed: int) -> np.ndarray:
    """Those of ``estimator=gaussian``, fitted to other draws."""
    other = draw(law, TRAINING, np.random.default_rng([3, seed]))
    y, *x = np.hstack([other, drawn])
    split = np.repeat(["train", "test"], [TRAINING, drawn.shape[1]])

    def held_out(*columns: np.ndarray) -> np.ndarray:
        names = tuple(f"signal/x{k}" for k in range(len(columns)))
        sample = Sample(np.stack(columns, axis=1), y, split, names, frozenset({"signal"}))
        return Gaussian().information(sample, None, 0).pointwise_mi[TRAINING:]

    return np.stack([held_out(x[0]), held_out(x[1]), held_out(*x)])


def of_ksg(law: tuple, drawn: np.ndarray, seed: int) -> np.ndarray:
    """Those that KSG finds in the draws themselves."""
    y = drawn[:1].T
    return np.stack([KSG().local(x.T, y, seed) for x in (drawn[1:2], drawn[2:], drawn[1:])])


SOURCES = {"true density": of_density, "Gaussian fit": of_gaussian, "KSG": of_ksg}
"""Where the pointwise informations come from."""

SLOW = {"KSG": 200}
"""Repetitions, at most, of what takes long."""


def coverage(
    laws: tuple = LAWS,
    repetitions: int = 1_000,
    n: int = 1_500,
    draws: int = 100,
    exact_from: int = 300_000,
    sources: tuple = tuple(SOURCES),
) -> str:
    """How often the one-sigma interval of every atom holds the truth, as a table in Markdown."""
    lines = [
        "| pointwise values | correlations | measure | redundant | unique_1 | unique_2 | synergistic |",
        "|---|---|---|---|---|---|---|",
    ]
    for source in sources:
        for law in laws:
            large = draw(law, exact_from, np.random.default_rng(1))
            exact = _atoms(of_density(law, large, 0), large[0], 2, 0).value
            hits = {}
            for seed in range(min(repetitions, SLOW.get(source, repetitions))):
                drawn = draw(law, n, np.random.default_rng([2, seed]))
                found = _atoms(SOURCES[source](law, drawn, seed), drawn[0], draws, seed)
                for key, value in found.value.items():
                    near = abs(value - exact[key]) <= found.error[key] + 1e-12
                    hits.setdefault(key, []).append(near)
            for measure in (one.name for one in OF_GALAXIES):
                cells = " | ".join(f"{np.mean(hits[f'{measure}/{atom}']):.0%}" for atom in ATOMS)
                lines.append(f"| {source} | {law[0]}, {law[1]}, {law[2]} | `{measure}` | {cells} |")
    return "\n".join(lines)


def _atoms(informations: np.ndarray, y: np.ndarray, draws: int, seed: int) -> Summary:
    everyone = np.zeros(len(y), dtype=np.int64)
    return summarise(PairInformations(*informations[:, None]), everyone, ["a"], draws, seed, y, OF_GALAXIES)[
        0
    ]
