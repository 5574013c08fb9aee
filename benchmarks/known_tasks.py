"""Pairs (x, y) whose mutual information is known: the tasks of Czyz et al. (2023, NeurIPS).

From their definitions: each task is a law that is sampled with a generator; the information is its closed
form in nats, which invertible maps of x alone and of y alone leave as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, ndtr

CORRELATION = 0.75
Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """A law of x (n, dx) and y (n, dy), with I(X; Y) in nats."""

    name: str
    information: float
    sample: Callable[[int, np.random.Generator], Pair]

    def then(self, name: str, of_x: Callable, of_y: Callable | None = None) -> "Task":
        """The same information seen through invertible maps."""
        second = of_x if of_y is None else of_y

        def sample(n: int, rng: np.random.Generator) -> Pair:
            x, y = self.sample(n, rng)
            return of_x(x), second(y)

        return Task(name.format(self.name), self.information, sample)


def normal(name: str, covariance: np.ndarray, dx: int) -> Task:
    """Jointly Gaussian; the first dx variables are x."""

    def volume(block: np.ndarray) -> float:
        return float(np.linalg.slogdet(block)[1])

    x, y = covariance[:dx, :dx], covariance[dx:, dx:]
    factor = np.linalg.cholesky(covariance)

    def sample(n: int, rng: np.random.Generator) -> Pair:
        draws = rng.normal(size=(n, len(covariance))) @ factor.T
        return draws[:, :dx], draws[:, dx:]

    return Task(name, 0.5 * (volume(x) + volume(y) - volume(covariance)), sample)


def dense(d: int) -> Task:
    """All correlations one half."""
    return normal(f"dense {d}v{d}", 0.5 * (np.eye(2 * d) + 1), d)


def sparse(d: int) -> Task:
    """Two pairs of correlation 0.8, the rest noise."""
    covariance = np.eye(2 * d)
    for k in (0, 1):
        covariance[k, d + k] = covariance[d + k, k] = 0.8
    return normal(f"sparse {d}v{d}", covariance, d)


def student(d: int, freedom: int) -> Task:
    """Multivariate Student with unit dispersion: dependent through its common scale alone."""

    def term(k: int) -> float:
        half = 0.5 * (freedom + k)
        return float(gammaln(half) - half * digamma(half))

    def sample(n: int, rng: np.random.Generator) -> Pair:
        draws = rng.normal(size=(n, 2 * d)) / np.sqrt(rng.chisquare(freedom, (n, 1)) / freedom)
        return draws[:, :d], draws[:, d:]

    return Task(f"Student {d}v{d}, {freedom} dof", term(0) + term(2 * d) - 2 * term(d), sample)


def additive(noise: float) -> Task:
    """y = x + e with x even in [0, 1] and e even in [-noise, noise]."""
    information = noise - np.log(2 * noise) if noise <= 0.5 else 1 / (4 * noise)

    def sample(n: int, rng: np.random.Generator) -> Pair:
        x = rng.random((n, 1))
        return x, x + rng.uniform(-noise, noise, (n, 1))

    return Task(f"even noise {noise}", float(information), sample)


def half_cube(x: np.ndarray) -> np.ndarray:
    """x sqrt(|x|)."""
    return x * np.sqrt(np.abs(x))


def wiggly_x(x: np.ndarray) -> np.ndarray:
    """A line with waves."""
    return x + 0.4 * np.sin(x) + 0.2 * np.sin(1.7 * x + 1) + 0.03 * np.sin(3.3 * x - 2.5)


def wiggly_y(y: np.ndarray) -> np.ndarray:
    """Another."""
    return y - 0.4 * np.sin(0.4 * y) + 0.17 * np.sin(1.3 * y + 3.5) + 0.02 * np.sin(4.3 * y - 2.5)


def quantile_of(first: tuple[float, float], second: tuple[float, float]) -> Callable:
    """From a standard normal to a mixture of two unit Gaussians (weight, mean), by its quantiles."""
    grid = np.linspace(-12, 12, 200_001)
    below = sum(weight * ndtr(grid - mean) for weight, mean in (first, second))
    return lambda z: np.interp(ndtr(z), below, grid)


def spiral(first: int, second: int) -> Callable:
    """Turns the plane of two axes by an angle of |x|^2 / d."""

    def turn(x: np.ndarray) -> np.ndarray:
        angle = (x**2).sum(axis=1) / x.shape[1]
        turned = x.copy()
        turned[:, first] = np.cos(angle) * x[:, first] - np.sin(angle) * x[:, second]
        turned[:, second] = np.sin(angle) * x[:, first] + np.cos(angle) * x[:, second]
        return turned

    return turn


def swiss_roll(x: np.ndarray) -> np.ndarray:
    """A rolled strip (n, 2) of the rank of x (n, 1)."""
    t = 1.5 * np.pi * (1 + 2 * ndtr(x[:, 0]))
    return np.column_stack([t * np.cos(t), t * np.sin(t)]) / 21


def tasks() -> list[Task]:
    """All forty, those with a scalar y first."""
    pair = normal("normal 1v1", np.array([[1, CORRELATION], [CORRELATION, 1]]), 1)
    cauchy = student(1, 1)
    scalar = [
        pair,
        pair.then("uniform 1v1", ndtr),
        additive(0.1),
        additive(0.75),
        pair.then("bimodal 1v1", quantile_of((0.3, 0), (0.7, 5)), quantile_of((0.5, -1), (0.5, 3))),
        pair.then("wiggly 1v1", wiggly_x, wiggly_y),
        pair.then("half-cube 1v1", half_cube),
        cauchy,
        cauchy.then("asinh {}", np.arcsinh),
        pair.then("Swiss roll 2v1", swiss_roll, ndtr),
    ]
    several = [dense(d) for d in (2, 3, 5, 25, 50)] + [sparse(d) for d in (2, 3, 5, 25)]
    several += [student(d, f) for d, f in ((2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))]
    for d in (3, 5, 25):
        base = sparse(d)
        turned = (spiral(0, 1), spiral(1, 2))
        several += [
            base.then("uniform {}", ndtr),
            base.then("half-cube {}", half_cube),
            base.then("spiral {}", *turned),
            base.then("uniform {}", ndtr).then("spiral {}", *turned),
        ]
    several += [student(d, f).then("asinh {}", np.arcsinh) for d, f in ((2, 1), (3, 2), (5, 2))]
    return scalar + several
