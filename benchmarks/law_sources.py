"""Laws not through one Gaussian number: mixtures, labels, cells, products, even noise, independence."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import factorial

import numpy as np
from law import Array, in_chunks, log_normal, log_sum
from scipy.interpolate import CubicSpline
from scipy.special import gammaln, log_ndtr

Three = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Elliptical:
    """A Gaussian, or a Student law of ``dof`` degrees of freedom, with this location and scale matrix."""

    location: Array
    scale: Array
    dof: float = np.inf

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draws (n, d)."""
        z = rng.normal(size=(n, len(self.location))) @ np.linalg.cholesky(self.scale).T
        stretch = 1.0 if np.isinf(self.dof) else np.sqrt(self.dof / rng.chisquare(self.dof, n))[:, None]
        return self.location + stretch * z

    def log_density(self, values: Array, part: Array) -> Array:
        """Log density of some of the numbers, whose law is of the same kind."""
        root = np.linalg.cholesky(self.scale[np.ix_(part, part)])
        square = np.sum(np.linalg.solve(root, (values - self.location[part]).T) ** 2, axis=0)
        d, volume = len(part), np.log(np.diag(root)).sum()
        if np.isinf(self.dof):
            return -0.5 * square - volume - 0.5 * d * np.log(2 * np.pi)
        top = gammaln(0.5 * (self.dof + d)) - gammaln(0.5 * self.dof) - 0.5 * d * np.log(self.dof * np.pi)
        return top - volume - 0.5 * (self.dof + d) * np.log1p(square / self.dof)


@dataclass(frozen=True)
class Mixture:
    """(x1, x2, y) from one of several ellipticals (Czyz et al. 2023, arXiv:2310.10240), whose marginals are
    mixtures of the same kinds."""

    d1: int
    shares: tuple[float, ...]
    parts: tuple[Elliptical, ...]

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        which = rng.choice(len(self.parts), n, p=self.shares)
        drawn = np.stack([part.sample(n, rng) for part in self.parts])[which, np.arange(n)]
        return drawn[:, : self.d1], drawn[:, self.d1 : -1], drawn[:, -1]

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        drawn = np.hstack([x1, x2, y[:, None]])
        *inputs, target = np.arange(drawn.shape[1])
        alone = self._log_density(drawn, [target])
        return np.stack(
            [
                self._log_density(drawn, [*some, target]) - self._log_density(drawn, some) - alone
                for some in (inputs[: self.d1], inputs[self.d1 :], inputs)
            ]
        )

    def _log_density(self, drawn: Array, some: list[int]) -> Array:
        part = np.array(some)
        each = [elliptical.log_density(drawn[:, part], part) for elliptical in self.parts]
        return log_sum(np.stack(each, axis=-1) + np.log(self.shares))


@dataclass(frozen=True)
class Labels:
    """y is the number of a class, and the inputs are an elliptical of that class."""

    d1: int
    shares: tuple[float, ...]
    parts: tuple[Elliptical, ...]

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        which = rng.choice(len(self.parts), n, p=self.shares)
        drawn = np.empty((n, len(self.parts[0].location)))
        for k, part in enumerate(self.parts):
            drawn[which == k] = part.sample(int(np.sum(which == k)), rng)
        return drawn[:, : self.d1], drawn[:, self.d1 :], which.astype(float)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        drawn, which = np.hstack([x1, x2]), y.astype(int)
        inputs = np.arange(drawn.shape[1])
        found = []
        for part in (inputs[: self.d1], inputs[self.d1 :], inputs):
            each = np.stack([e.log_density(drawn[:, part], part) for e in self.parts], axis=-1)
            found.append(each[np.arange(len(y)), which] - log_sum(each + np.log(self.shares)))
        return np.stack(found)


@dataclass(frozen=True)
class Cells:
    """Inputs in cells (their whole parts) with a table of shares; y depends on the two cells alone.

    Within its cell an input is even. ``means`` (and ``sd`` of Gaussian noise) are those of y by cell; with
    sd = 0 its cells' own law is ``chances`` (K1, K2, classes).
    """

    shares: Array
    means: Array | None = None
    sd: Array | float = 0.0
    chances: Array | None = None

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        cell = rng.choice(self.shares.size, n, p=self.shares.ravel())
        k1, k2 = np.unravel_index(cell, self.shares.shape)
        x1, x2 = (k[:, None] + rng.uniform(size=(n, 1)) for k in (k1, k2))
        if self.chances is None:
            y = self.means[k1, k2] + np.broadcast_to(self.sd, self.shares.shape)[k1, k2] * rng.normal(size=n)
        else:
            chances = np.cumsum(self.chances, axis=2)[k1, k2]
            y = np.sum(rng.uniform(size=(n, 1)) * chances[:, -1:] > chances, axis=1).astype(float)
        return x1, x2, y

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        return in_chunks(self._of_rows, self.shares.size, x1[:, 0], x2[:, 0], y).T

    def _of_rows(self, x1: Array, x2: Array, y: Array) -> Array:
        rows, k1, k2 = np.arange(len(y)), x1.astype(int), x2.astype(int)
        with np.errstate(divide="ignore"):
            log_shares = np.log(self.shares)
            known = self._log_p(y)
        joint = known + log_shares
        alone = log_sum(joint.reshape(len(y), -1))
        first = log_sum(joint)[rows, k1] - log_sum(log_shares)[k1]
        second = log_sum(joint.swapaxes(1, 2))[rows, k2] - log_sum(log_shares.T)[k2]
        return np.stack([first, second, known[rows, k1, k2]], axis=1) - alone[:, None]

    def _log_p(self, y: Array) -> Array:
        """Of y (n,) in each cell (n, K1, K2)."""
        if self.chances is None:
            return log_normal(y[:, None, None], self.means, self.sd)
        return np.log(np.moveaxis(self.chances, 2, 0)[y.astype(int)])


@dataclass(frozen=True)
class Crossed:
    """y given two independent standard normal numbers, the mean of x1's columns and that of x2's, scaled.

    ``log_density`` (y, u1, u2) is smooth in u1 and u2: integrals over both by the trapezoidal rule with
    ``nodes`` for each, over one with three times as many. The density of y itself is a spline through points
    ``spacing`` apart; where that is 0 y has few values.
    """

    draw: Callable[[Array, Array, np.random.Generator], Array]
    log_density: Callable[[Array, Array, Array], Array]
    spacing: float = 0.05
    nodes: int = 80
    d1: int = 1
    d2: int = 1

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        x1, x2 = rng.normal(size=(n, self.d1)), rng.normal(size=(n, self.d2))
        return x1, x2, self.draw(self._number(x1), self._number(x2), rng)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        u1, u2, alone = self._number(x1), self._number(x2), self._alone(y)
        t, weight = self._rule(3 * self.nodes)

        def of_first(y: Array, u: Array) -> Array:
            return log_sum(self.log_density(y[:, None], u[:, None], t) + weight)

        def of_second(y: Array, u: Array) -> Array:
            return log_sum(self.log_density(y[:, None], t, u[:, None]) + weight)

        first, second = in_chunks(of_first, len(t), y, u1), in_chunks(of_second, len(t), y, u2)
        return np.stack([first, second, self.log_density(y, u1, u2)]) - alone

    @staticmethod
    def _rule(nodes: int) -> tuple[Array, Array]:
        t = np.linspace(-6.5, 6.5, nodes)
        return t, log_normal(t, 0, 1) + np.log(t[1] - t[0])

    def _alone(self, y: Array) -> Array:
        t, weight = self._rule(self.nodes)
        both = (weight[:, None] + weight).ravel()
        first, second = (grid.ravel() for grid in np.meshgrid(t, t, indexing="ij"))
        likely = both > -40  # the others add up to 1e-15
        first, second, both = first[likely], second[likely], both[likely]

        def of_rows(y: Array) -> Array:
            return log_sum(self.log_density(y[:, None], first, second) + both)

        if not self.spacing:
            values, which = np.unique(y, return_inverse=True)
            return in_chunks(of_rows, len(both), values)[which]
        low, high = np.quantile(y, [0.01, 0.99])
        grid = np.arange(low, high + self.spacing, self.spacing)
        found = CubicSpline(grid, in_chunks(of_rows, len(both), grid))(y)
        beyond = (y < low) | (y > high)
        found[beyond] = in_chunks(of_rows, len(both), y[beyond])
        return found

    @staticmethod
    def _number(x: Array) -> Array:
        return x.sum(axis=1) / np.sqrt(x.shape[1])


@dataclass(frozen=True)
class Largest:
    """The larger of x1 and x2, both standard normal, and Gaussian noise of this spread."""

    sd: float
    nodes: int = 400

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        x1, x2, noise = rng.normal(size=(3, n, 1))
        return x1, x2, (np.maximum(x1, x2) + self.sd * noise)[:, 0]

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        t = np.linspace(-8, 8, self.nodes)
        weight = log_normal(t, 0, 1) + np.log(2 * (t[1] - t[0])) + log_ndtr(t)

        def of_rows(y: Array) -> Array:
            return log_sum(log_normal(y[:, None], t, self.sd) + weight)

        known = log_normal(y, np.maximum(x1, x2)[:, 0], self.sd)
        alone = in_chunks(of_rows, self.nodes, y)
        return np.stack([self._given(y, x1[:, 0]), self._given(y, x2[:, 0]), known]) - alone

    def _given(self, y: Array, x: Array) -> Array:
        """The other is less, or it is larger: the part above x of a product of two Gaussians."""
        spread = np.hypot(1, self.sd)
        middle, width = y / spread**2, self.sd / spread
        larger = log_normal(y, 0, spread) + log_ndtr((middle - x) / width)
        return np.logaddexp(log_normal(y, x, self.sd) + log_ndtr(x), larger)


@dataclass(frozen=True)
class Even:
    """y = weights . (x1, x2) + ``width`` u, where all inputs and u are even between 0 and 1."""

    first: tuple[float, ...]
    second: tuple[float, ...]
    width: float

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        x1, x2 = rng.uniform(size=(n, len(self.first))), rng.uniform(size=(n, len(self.second)))
        return x1, x2, x1 @ self.first + x2 @ self.second + self.width * rng.uniform(size=n)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        one, two = x1 @ self.first, x2 @ self.second
        noise = (self.width,)
        given = [
            log_even(y - one, self.second + noise),
            log_even(y - two, self.first + noise),
            log_even(y - one - two, noise),
        ]
        return np.stack(given) - log_even(y, self.first + self.second + noise)


def log_even(total: Array, widths: tuple[float, ...]) -> Array:
    """Log density of a sum of independent even numbers between 0 and these widths; none may be 0.

    The alternating sum of powers (Feller 1971, I.9) loses digits far from zero, hence the nearer end.
    """
    widths = tuple(w for w in widths if w)
    m, whole = len(widths), sum(widths)
    near = np.minimum(total, whole - total)
    density = np.zeros(len(total))
    for taken in product((0, 1), repeat=m):
        beyond = near - np.dot(taken, widths)
        density += (-1) ** sum(taken) * np.where(beyond >= 0, np.maximum(beyond, 0) ** (m - 1), 0)
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(density, 0) / (factorial(m - 1) * np.prod(widths)))


@dataclass(frozen=True)
class Apart:
    """Inputs that tell nothing of the target: each information is zero."""

    inputs: Callable[[int, np.random.Generator], tuple[Array, Array]]
    target: Callable[[int, np.random.Generator], Array]

    def sample(self, n: int, rng: np.random.Generator) -> Three:
        """See ``Source``."""
        return *self.inputs(n, rng), self.target(n, rng)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``."""
        return np.zeros((3, len(y)))


def random_elliptical(
    d: int, seed: int, dof: float = np.inf, spread: float = 0.0, noise: float = 0.5
) -> Elliptical:
    """Unit scales, correlations from random loadings on two factors, locations this far apart."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(d, 2))
    scale = loadings @ loadings.T + noise * np.eye(d)
    unit = np.sqrt(np.diag(scale))
    return Elliptical(spread * rng.normal(size=d), scale / np.outer(unit, unit), dof)
