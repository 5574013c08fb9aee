"""Latent spaces with a target and a query, for calibration_causal.py.

Each function gives a question and the latent of n galaxies; its docstring is the title of its table.
"""

from collections.abc import Callable

import numpy as np

from galaxy_causal.causal import LocalQuestion

Simulation = Callable[[np.random.Generator, int], tuple[LocalQuestion, np.ndarray]]


def latent_space(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Four latent numbers, and a smooth mean of the target of all but one."""
    latent = rng.normal(size=(n, 4))
    return latent, np.sin(1.5 * latent[:, 0]) + latent[:, 1] ** 2 / 2 + latent[:, 2]


def gaussian(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Gaussian, the latent an exactly sufficient statistic"""
    latent = rng.normal(size=(n, 4))
    mean = latent @ [0.8, 0.6, 0.0, 0.0]
    noise = rng.normal(size=(2, n)) * 0.5
    return LocalQuestion(mean + noise[0], mean + latent[:, 2] + noise[1], None, latent, mean), latent


def expectation(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Gaussian, the latent a single number, E[Y | X]"""
    x = rng.normal(size=(n, 4))
    mean = x @ [0.8, 0.6, 0.0, 0.0]
    noise = rng.normal(size=(2, n)) * 0.5
    return LocalQuestion(mean + noise[0], x[:, 0] + x[:, 2] + noise[1], None, mean[:, None], mean), mean[
        :, None
    ]


def learnt(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Gaussian, the latent a regression's E[Y | X] from 2,000 other galaxies"""
    weights = np.r_[0.8, 0.6, 0.0, 0.0]
    x = rng.normal(size=(2000, 4))
    found = np.linalg.lstsq(x, x @ weights + 0.5 * rng.normal(size=2000), rcond=None)[0]
    x = rng.normal(size=(n, 4))
    noise, mean = rng.normal(size=(2, n)) * 0.5, x @ found
    query = x[:, 0] + x[:, 2] + noise[1]
    return LocalQuestion(x @ weights + noise[0], query, None, mean[:, None], mean), mean[:, None]


def curved(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Curved means"""
    latent, mean = latent_space(rng, n)
    noise = rng.normal(size=(2, n)) * 0.5
    return LocalQuestion(mean + noise[0], mean + np.cos(latent[:, 1]) + noise[1], None, latent, mean), latent


def biased(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Curved means, the network's estimate 20% shrunk and 0.1 noisy"""
    question, latent = curved(rng, n)
    estimate = 0.8 * question.estimate + 0.1 * np.sin(3 * latent[:, 0] + 2 * latent[:, 3])
    return LocalQuestion(question.target, question.query, None, latent, estimate), latent


def heavy(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Curved means, heavy tails"""
    latent, mean = latent_space(rng, n)
    noise = 0.3 * rng.standard_t(3, n), 0.5 * np.exp(rng.normal(size=n))
    return LocalQuestion(mean + noise[0], mean + noise[1], None, latent, mean), latent


def uneven(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Spreads of target and query both grow along the latent"""
    latent, mean = latent_space(rng, n)
    noise = (0.2 + latent[:, 0] ** 2) * rng.normal(size=(2, n))
    return LocalQuestion(mean + noise[0], mean + noise[1], None, latent, mean), latent


def quadratic(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Confounded by a conditioning variable, quadratically"""
    latent, mean = latent_space(rng, n)
    c, *noise = rng.normal(size=(3, n))
    target, query = mean + c**2 + 0.5 * noise[0], mean + c**2 - c + 0.5 * noise[1]
    return LocalQuestion(target, query, c[:, None], latent, mean), latent


def wavy(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """Confounded by a conditioning variable, in waves"""
    latent, mean = latent_space(rng, n)
    c, noise = rng.uniform(-2, 2, n), 0.5 * rng.normal(size=(2, n))
    target, query = mean + np.sin(3 * c) + noise[0], latent[:, 0] + np.sin(3 * c) + noise[1]
    return LocalQuestion(target, query, c[:, None], latent, mean), latent


INDEPENDENT = (gaussian, expectation, learnt, curved, biased, heavy, uneven, quadratic, wavy)


def linear_effect(strength: float) -> Simulation:
    """The target depends on the query's own noise."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
        latent, mean = latent_space(rng, n)
        noise, other = rng.normal(size=(2, n)) * 0.5
        return LocalQuestion(mean + noise + strength * other, mean + other, None, latent, mean), latent

    return simulate


def curved_effect(strength: float) -> Simulation:
    """It depends on the square of the query's noise, which no correlation sees."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
        latent, mean = latent_space(rng, n)
        noise, other = rng.normal(size=(2, n)) * 0.5
        effect = strength * (4 * other**2 - 1) / np.sqrt(2) / 2
        return LocalQuestion(mean + noise + effect, latent[:, 3] + other, None, latent, mean), latent

    return simulate


def spread_effect(rng: np.random.Generator, n: int) -> tuple[LocalQuestion, np.ndarray]:
    """The target's spread depends on the query's noise"""
    latent, mean = latent_space(rng, n)
    noise, other = rng.normal(size=(2, n))
    target = mean + 0.3 * noise * (0.2 + np.abs(other))
    return LocalQuestion(target, mean + 0.5 * other, None, latent, mean), latent
