"""Targets that depend on Gaussian inputs through one number s, a weighted sum of them.

Its law given a part of the inputs is Gaussian, so that a marginal is at most an integral over one number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from law import Array, in_chunks, log_normal, log_sum
from scipy.special import log_ndtr, ndtr

REACH = 7.0  # standard deviations on either side that an integral covers


class Channel(Protocol):
    """The law of y given s."""

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """Draws of y (n,)."""

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """Log density or mass of y where s is Gaussian (n,); sd = 0 where it is known."""


@dataclass(frozen=True)
class Index:
    """x1 (first ``d1`` numbers) and x2 are Gaussian of this covariance; y follows ``channel`` given s."""

    d1: int
    covariance: Array
    weights: Array
    channel: Channel

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """See ``Source``."""
        x = rng.normal(size=(n, len(self.weights))) @ np.linalg.cholesky(self.covariance).T
        return x[:, : self.d1], x[:, self.d1 :], self.channel.sample(x @ self._unit, rng)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        x = np.hstack([x1, x2])
        alone = self.channel.log_p(y, np.zeros(len(y)), 1.0)

        def information(part: slice) -> Array:
            mean, sd = self._given(x, part)
            return np.zeros(len(y)) if sd == 1 else self.channel.log_p(y, mean, sd) - alone

        parts = (slice(0, self.d1), slice(self.d1, None), slice(None))
        return np.stack([information(part) for part in parts])

    @cached_property
    def _unit(self) -> Array:
        return self.weights / np.sqrt(self.weights @ self.covariance @ self.weights)

    def _given(self, x: Array, part: slice) -> tuple[Array, float]:
        """Mean (n,) and standard deviation of s given a part of the inputs."""
        slopes = np.linalg.solve(self.covariance[part, part], self.covariance[part] @ self._unit)
        rest = 1 - slopes @ self.covariance[part, part] @ slopes
        return x[:, part] @ slopes, float(np.sqrt(rest)) if rest > 1e-12 else 0.0


def index(
    channel: Channel, d1: int = 1, d2: int = 1, r: float = 0.0, balance: float = 1.0, signs: int = 0
) -> Index:
    """Inputs with correlation ``r`` between any two (their signs drawn from ``signs`` where it is not 0).

    x2's weights are ``balance`` times those of x1: 0 where x2 tells nothing, -1 for a difference.
    """
    d = d1 + d2
    covariance = np.full((d, d), r) + (1 - r) * np.eye(d)
    weights = np.repeat([1.0, balance], [d1, d2])
    if signs:
        sign = np.random.default_rng(signs).choice([-1.0, 1.0], d)
        covariance *= np.outer(sign, sign)
    return Index(d1, covariance, weights, channel)


@dataclass(frozen=True)
class Linear:
    """y = s + Gaussian noise, so that I(s; y) is ``nats``."""

    nats: float

    @property
    def sd(self) -> float:
        """That of the noise, where s has unit variance."""
        return float(1 / np.sqrt(np.expm1(2 * self.nats)))

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return s + self.sd * rng.normal(size=len(s))

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``."""
        return log_normal(y, mean, np.hypot(sd, self.sd))


@dataclass(frozen=True)
class Rounded:
    """``Linear``, rounded to multiples of ``step``."""

    nats: float
    step: float

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return self.step * np.round(Linear(self.nats).sample(s, rng) / self.step)

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``."""
        spread = np.hypot(sd, Linear(self.nats).sd)
        return log_between((y - mean) / spread, 0.5 * self.step / spread)


def log_between(middle: Array, half: float) -> Array:
    """Log probability of a standard normal number between ``middle`` - ``half`` and ``middle`` + ``half``."""
    far = np.abs(middle)
    low, high = log_ndtr(-far - half), log_ndtr(half - far)
    return high + np.log1p(-np.exp(low - high))


@dataclass(frozen=True)
class Censored:
    """``Linear``, brought to ``low`` where it is less and to ``high`` where it is more."""

    nats: float
    low: float = -np.inf
    high: float = np.inf

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return np.clip(Linear(self.nats).sample(s, rng), self.low, self.high)

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``."""
        spread = np.hypot(sd, Linear(self.nats).sd)
        below, above = log_ndtr((self.low - mean) / spread), log_ndtr((mean - self.high) / spread)
        return np.select([y <= self.low, y >= self.high], [below, above], log_normal(y, mean, spread))


@dataclass(frozen=True)
class Pieces:
    """y = a + b s + Gaussian noise, with an (a, b) of its own between any two neighbours of ``knots``."""

    knots: tuple[float, ...]
    lines: tuple[tuple[float, float], ...]
    sd: float

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return self._mean(s) + self.sd * rng.normal(size=len(s))

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``; two Gaussians over an interval, whose product is another."""
        if sd == 0:
            return log_normal(y, self._mean(mean), self.sd)
        few = 4  # rows may be many, for the pieces come one by one
        return in_chunks(lambda y, mean: self._spread(y, mean, sd), few, y, mean)

    def _spread(self, y: Array, mean: Array, sd: float) -> Array:
        edges = (-np.inf, *self.knots, np.inf)
        terms = []
        for (a, b), low, high in zip(self.lines, edges[:-1], edges[1:], strict=True):
            precision = 1 / sd**2 + b**2 / self.sd**2
            middle = (mean / sd**2 + b * (y - a) / self.sd**2) / precision
            ends = [(edge - middle) * np.sqrt(precision) for edge in (low, high)]
            flip = ends[0] > 0  # of two probabilities near one the difference is lost
            low_end, high_end = np.where(flip, -ends[1], ends[0]), np.where(flip, -ends[0], ends[1])
            with np.errstate(divide="ignore"):
                inside = np.log(ndtr(high_end) - ndtr(low_end))
            terms.append(log_normal(y, a + b * mean, np.hypot(b * sd, self.sd)) + inside)
        return log_sum(np.stack(terms, axis=-1))

    def _mean(self, s: Array) -> Array:
        a, b = np.array(self.lines)[np.searchsorted(self.knots, s)].T
        return a + b * s


def folded(width: float, sd: float, reach: float = 6.0) -> Pieces:
    """A triangle wave of slope 1 and -1 in turns, whose period is twice ``width``."""
    count = int(np.ceil(reach / width))
    knots = width * np.arange(-count, count + 1)
    lines = []
    for k in range(-count - 1, count + 1):
        slope = 1.0 if k % 2 == 0 else -1.0
        lines.append((-k * width if slope > 0 else (k + 1) * width, slope))
    return Pieces(tuple(knots), tuple(lines), sd)


def polygon(of: Callable[[Array], Array], sd: float, corners: int = 201, reach: float = 5.0) -> Pieces:
    """A curve as straight pieces, exact however small the noise, where a quadrature needs too many points."""
    knots = np.linspace(-reach, reach, corners)
    values = of(knots)
    slopes = np.diff(values) / np.diff(knots)
    slopes = np.concatenate([slopes[:1], slopes, slopes[-1:]])
    starts = np.concatenate([[0], np.arange(corners)])
    lines = tuple(
        (float(values[k] - slope * knots[k]), float(slope)) for k, slope in zip(starts, slopes, strict=True)
    )
    return Pieces(tuple(knots), lines, sd)


@dataclass(frozen=True)
class Smooth:
    """Any law of y given s whose log density or mass is smooth in s: an integral by the trapezoidal rule.

    For smooth functions that fade at both ends its error falls faster than any power of the step.
    """

    draw: Callable[[Array, np.random.Generator], Array]
    log_density: Callable[[Array, Array], Array]
    nodes: int = 200

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return self.draw(s, rng)

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``."""
        if sd == 0:
            return self.log_density(y, mean)
        t = np.linspace(-REACH, REACH, self.nodes)
        weight = log_normal(t, 0, 1) + np.log(t[1] - t[0])

        def of_rows(y: Array, mean: Array) -> Array:
            return log_sum(self.log_density(y[:, None], mean[:, None] + sd * t) + weight)

        return in_chunks(of_rows, self.nodes, y, mean)


@dataclass(frozen=True)
class Added:
    """y = s + e, where the noise e = ``of`` (w) for standard normal w, and has density ``log_density``."""

    of: Callable[[Array], Array]
    log_density: Callable[[Array], Array]
    nodes: int = 200

    def sample(self, s: Array, rng: np.random.Generator) -> Array:
        """See ``Channel``."""
        return s + self.of(rng.normal(size=len(s)))

    def log_p(self, y: Array, mean: Array, sd: float) -> Array:
        """See ``Channel``; the integral runs over the noise."""
        if sd == 0:
            return self.log_density(y - mean)
        w = np.linspace(-REACH, REACH, self.nodes)
        weight = log_normal(w, 0, 1) + np.log(w[1] - w[0])
        noise = self.of(w)

        def of_rows(rest: Array) -> Array:
            return log_sum(log_normal(rest[:, None], noise, sd) + weight)

        return in_chunks(of_rows, self.nodes, y - mean)
