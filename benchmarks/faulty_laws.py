"""Galaxies of random graphs whose truth is known, each law with one fault that searches do not expect.

Linear-Gaussian data without a fault, and eight departures: other noise, outliers, measurement errors,
interactions, a hidden cause, a selection and rounded values. Used by ``discovery_shares.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery import random_dag
from galaxy_causal.discovery.marks import topological

Floats = NDArray[np.float64]
Rng = np.random.Generator
Noise = Callable[[Rng, int], Floats]

OUTLIERS, FAR = 0.05, 10.0
KEPT = 0.4


@dataclass(frozen=True)
class Sample:
    """Values (n, p) of the observed variables, and the DAG they came from.

    ``parents`` (q, q) is the DAG of all variables, of which the first p are observed; ``selected`` are those
    of the others that were held fixed by how galaxies were chosen.
    """

    values: Floats
    parents: NDArray[np.bool_]
    selected: tuple[int, ...] = ()


def gaussian(rng: Rng, n: int) -> Floats:
    """Standard normal noise."""
    return rng.normal(size=n)


def exponential(rng: Rng, n: int) -> Floats:
    """Exponential noise of mean zero and variance one."""
    return rng.exponential(size=n) - 1


def student(rng: Rng, n: int) -> Floats:
    """Student's t with three degrees of freedom, variance one."""
    return rng.standard_t(3, n) / np.sqrt(3)


def linear(parents: NDArray[np.bool_], n: int, rng: Rng, noise: Noise = gaussian) -> Floats:
    """Linear functions of the causes, coefficients of 0.3 to 1 of either sign, noise of 0.5 to 1; (n, p)."""

    def effect(causes: Floats) -> Floats:
        return causes @ _weights(causes.shape[1], rng)

    return _grown(parents, n, rng, effect, noise)


def curved(parents: NDArray[np.bool_], n: int, rng: Rng) -> Floats:
    """Straight lines, parabolas, waves and steps of the causes, and products of pairs of causes."""
    shapes = (lambda x: x, lambda x: x**2 / np.sqrt(2), lambda x: np.sqrt(2) * np.sin(2 * x), np.tanh)

    def effect(causes: Floats) -> Floats:
        bent = np.column_stack([shapes[rng.integers(len(shapes))](column) for column in causes.T])
        found = bent @ _weights(bent.shape[1], rng)
        if causes.shape[1] > 1:
            found += rng.choice([-1.0, 1.0]) * rng.uniform(0.3, 1.0) * causes[:, 0] * causes[:, 1]
        return found

    return _grown(parents, n, rng, effect, gaussian)


def _weights(count: int, rng: Rng) -> Floats:
    return rng.uniform(0.3, 1.0, count) * rng.choice([-1.0, 1.0], count)


def _grown(
    parents: NDArray[np.bool_], n: int, rng: Rng, effect: Callable[[Floats], Floats], noise: Noise
) -> Floats:
    """Each variable its effect of the causes and noise, then scaled to variance one."""
    values = np.zeros((n, len(parents)))
    for v in topological(parents):
        causes = values[:, parents[:, v]]
        column = rng.uniform(0.5, 1.0) * noise(rng, n) + (effect(causes) if causes.size else 0.0)
        values[:, v] = (column - column.mean()) / column.std()
    return values


def plain(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """No fault."""
    return Sample(linear(parents, n, rng), parents)


def exponential_noise(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Skewed noise."""
    return Sample(linear(parents, n, rng, exponential), parents)


def student_noise(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Noise of heavy tails."""
    return Sample(linear(parents, n, rng, student), parents)


def outliers(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Each value is with a chance of 5% off by an error ten standard deviations wide."""
    values = linear(parents, n, rng)
    wrong = rng.random(values.shape) < OUTLIERS
    return Sample(values + wrong * FAR * rng.normal(size=values.shape), parents)


def measurement_error(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Noise of its own on each variable, of 0.2 to 0.8 of its standard deviation."""
    values = linear(parents, n, rng)
    return Sample(values + rng.uniform(0.2, 0.8, len(parents)) * rng.normal(size=values.shape), parents)


def interactions(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Effects that are curved and depend on one another."""
    return Sample(curved(parents, n, rng), parents)


def hidden_cause(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """One variable more, a cause of two or three others that nobody measured."""
    p = len(parents)
    whole = np.zeros((p + 1, p + 1), dtype=bool)
    whole[:p, :p] = parents
    whole[p, rng.choice(p, min(p, int(rng.integers(2, 4))), replace=False)] = True
    return Sample(linear(whole, n, rng)[:, :p], whole)


def selection(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Of all galaxies, the 40% that are brightest, which two of the variables and noise decide."""
    p, drawn = len(parents), int(np.ceil(n / KEPT))
    values = linear(parents, drawn, rng)
    chosen = rng.choice(p, 2, replace=False)
    brightness = values[:, chosen] @ _weights(2, rng) + 0.3 * rng.normal(size=drawn)
    whole = np.zeros((p + 1, p + 1), dtype=bool)
    whole[:p, :p] = parents
    whole[chosen, p] = True
    return Sample(values[np.argsort(-brightness)[:n]], whole, (p,))


def rounded(parents: NDArray[np.bool_], n: int, rng: Rng) -> Sample:
    """Half of the variables in classes of 0.5 to 1.5 standard deviations."""
    values = linear(parents, n, rng)
    for v in rng.choice(len(parents), (len(parents) + 1) // 2, replace=False):
        step = rng.uniform(0.5, 1.5)
        values[:, v] = np.round(values[:, v] / step) * step
    return Sample(values, parents)


LAWS: dict[str, Callable[[NDArray[np.bool_], int, Rng], Sample]] = {
    "Gaussian, no fault": plain,
    "exponential noise": exponential_noise,
    "Student noise": student_noise,
    "5% outliers": outliers,
    "measurement error": measurement_error,
    "interactions": interactions,
    "hidden common cause": hidden_cause,
    "selection": selection,
    "rounded values": rounded,
}


def sampled(law: str, galaxies: tuple[int, int], graph: int) -> Sample:
    """Graph number ``graph`` of this law: 4 to 12 variables with 0.7 to 1.6 edges each, n in the range."""
    rng = np.random.default_rng([list(LAWS).index(law), *galaxies, graph])
    p = int(rng.integers(4, 13))
    edges = min(round(p * rng.uniform(0.7, 1.6)), round(0.7 * p * (p - 1) / 2))
    low, high = np.log(galaxies)
    return LAWS[law](random_dag(p, edges, rng), round(np.exp(rng.uniform(low, high))), rng)
