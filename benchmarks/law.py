"""What a law with known truth is: draws of (x1, x2, y), each with its pointwise informations in nats.

Where the target has atoms, an information is that of the mass at the atoms and of the density elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from zlib import crc32

import numpy as np

CHUNK = 30_000  # numbers of a table at a time, which fit in a processor's cache
Array = np.ndarray
Map = Callable[[Array], Array]


@dataclass(frozen=True)
class Drawn:
    """Inputs x1 (n, d1) and x2 (n, d2), target y (n,), and i(x1; y), i(x2; y), i(x1, x2; y), each (n,)."""

    x1: Array
    x2: Array
    y: Array
    i1: Array
    i2: Array
    both: Array


class Source(Protocol):
    """A law before its maps."""

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Draws of x1 (n, d1), x2 (n, d2) and y (n,)."""

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """i(x1; y), i(x2; y) and i(x1, x2; y) of any values, drawn together or not (3, n)."""


def same(values: Array) -> Array:
    """No map."""
    return values


@dataclass(frozen=True)
class Law:
    """A source seen through invertible maps of x1, of x2 and of y, which leave its informations as they are.

    Notes
    -----
    The same seed of two laws gives unrelated draws. A law cannot be pickled, for its maps are any functions:
    another process finds it by its name. Informations are exact to 1e-6 nats: closed forms, finite sums,
    or quadrature that converged (the tests halve its steps).
    """

    name: str
    family: str
    source: Source
    of_x1: Map = same
    of_x2: Map = same
    of_y: Map = same

    def draw(self, n: int, seed: int) -> Drawn:
        """Galaxies of the law."""
        return self._seen(*self.source.sample(n, self._generator(seed)))

    def apart(self, n: int, seed: int) -> Drawn:
        """Galaxies whose target is another galaxy's: draws of p(x1, x2) p(y), with informations of the law.

        Where such a galaxy cannot be, its information is minus infinity.
        """
        x1, x2, y = self.source.sample(n, self._generator(seed))
        return self._seen(x1, x2, np.roll(y, n // 2))

    def seen(self, name: str, family: str, of_x1: Map = same, of_x2: Map = same, of_y: Map = same) -> "Law":
        """The same source through these maps."""
        return replace(self, name=name, family=family, of_x1=of_x1, of_x2=of_x2, of_y=of_y)

    def _generator(self, seed: int) -> np.random.Generator:
        return np.random.default_rng([seed, crc32(self.name.encode())])

    def _seen(self, x1: Array, x2: Array, y: Array) -> Drawn:
        informations = self.source.informations(x1, x2, y)
        return Drawn(self.of_x1(x1), self.of_x2(x2), self.of_y(y), *informations)


def in_chunks(of_rows: Callable[..., Array], width: int, *rows: Array) -> Array:
    """The function of all rows (n,), a few at a time: it makes tables (rows, width)."""
    step = max(1, CHUNK // width)
    return np.concatenate(
        [of_rows(*(r[start : start + step] for r in rows)) for start in range(0, len(rows[0]), step)]
    )


def log_sum(terms: Array) -> Array:
    """Log of the sum of exponentials over the last axis; minus infinity where all are."""
    largest = terms.max(axis=-1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(terms - largest).sum(axis=-1)) + largest[..., 0]


def log_normal(values: Array, mean: Array | float, sd: Array | float) -> Array:
    """Log density of a Gaussian."""
    return -0.5 * ((values - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)
