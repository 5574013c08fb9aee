"""A smooth quantile function of a target, where one describes its galaxies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import expit, kolmogorov, logit, ndtr, ndtri

from galaxy_causal.types import Floats

NORMALISATION = np.log(np.sqrt(2 * np.pi))
"""Of a normal density, as a logarithm."""
KNOTS = (3, 4, 5, 6, 8, 10, 13, 17, 22, 28)
"""How many quantiles a curve may pass through; two are the mean and the deviation of a normal law."""
LEAST = 100
"""Galaxies without which nothing can be said of smoothness."""
BEYOND = 10
"""Galaxies beyond the outermost quantile, where the curve goes on in a straight line."""
FARTHEST = 5.0
"""Normal scores within which all training galaxies must lie."""
REFUSED = 1e-3
"""Probability under which a test refuses a curve."""


@dataclass(frozen=True)
class QuantileCurve:
    """y = Q(z), rising, with z a standard normal for galaxies of this law; ``score`` is its inverse."""

    quantile: Callable[[Floats], Floats]
    score: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    parameters: int


@dataclass(frozen=True)
class Coordinate:
    """A rising function of the target, in which its law may be simpler, with its inverse and its slope."""

    of: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    parameters: int = 0


def quantile_curve(y: Floats) -> QuantileCurve | None:
    """The curve that describes targets y (n,) in the fewest words, or None where none does.

    Candidates pass through ever more quantiles, at equal steps of the normal score, of the target or of a
    function of it (``_coordinates``): a mass and its logarithm have the same curve. The Bayesian information
    criterion chooses (Schwarz 1978, Ann. Stat. 6, 461). The chosen one must hold against two tests of
    uniformity of Phi(z): Kolmogorov's, and Moran's of the spacings (Cheng & Stephens 1989, Biometrika 76,
    385), which finds spikes, steps of rounding and gaps however fine. Equal values are never smooth.
    """
    if len(y) < LEAST or len(np.unique(y)) < len(y):
        return None
    ordered = np.sort(y)
    with np.errstate(over="ignore"):  # what is then infinite does not hold
        found = [
            seen
            for coordinate in _coordinates(ordered)
            for curve in _candidates(coordinate.of(ordered))
            if _holds(seen := _seen(curve, coordinate), ordered)
        ]
    if not found:
        return None
    best = min(found, key=lambda curve: _criterion(curve, ordered))
    return best if _is_uniform(ndtr(best.score(ordered))) else None


def _holds(curve: QuantileCurve, ordered: Floats) -> bool:
    """Whether it has no galaxy far out, and is a number wherever one may be."""
    ends = curve.quantile(np.array([-FARTHEST, FARTHEST]))
    return bool(np.isfinite(ends).all() and np.abs(curve.score(ordered[[0, -1]])).max() < FARTHEST)


def _coordinates(ordered: Floats) -> Iterator[Coordinate]:
    """The target itself; where all are positive its logarithm, and between 0 and 1 its logit; its inverse
    hyperbolic sine in units of its spread, for tails on both sides."""
    yield Coordinate(lambda y: y, lambda v: v, np.ones_like)
    if ordered[0] > 0:
        yield Coordinate(np.log, np.exp, lambda y: 1 / y)
        if ordered[-1] < 1:
            yield Coordinate(logit, expit, lambda y: 1 / (y * (1 - y)))
    low, middle, high = np.quantile(ordered, [0.25, 0.5, 0.75])
    half = 0.5 * (high - low)
    yield Coordinate(
        lambda y: np.arcsinh((y - middle) / half),
        lambda v: middle + half * np.sinh(v),
        lambda y: 1 / np.hypot(y - middle, half),
        parameters=2,
    )


def _seen(curve: QuantileCurve, coordinate: Coordinate) -> QuantileCurve:
    """The curve of a coordinate as one of the target."""

    def quantile(z: Floats) -> Floats:
        y: Floats = coordinate.back(curve.quantile(z))
        return y

    return QuantileCurve(
        quantile,
        lambda y: curve.score(coordinate.of(y)),
        lambda z: curve.slope(z) / coordinate.slope(quantile(z)),
        curve.parameters + coordinate.parameters,
    )


def _candidates(ordered: Floats) -> Iterator[QuantileCurve]:
    mean, deviation = ordered.mean(), ordered.std()
    yield QuantileCurve(
        lambda z: mean + deviation * z,
        lambda y: (y - mean) / deviation,
        lambda z: np.full(len(z), deviation),
        2,
    )
    n = len(ordered)
    outermost = ndtri(1 - BEYOND / n)
    for count in KNOTS:
        if n < 4 * BEYOND * count:
            return
        z = np.linspace(-outermost, outermost, count)
        yield _through(z, np.interp(n * ndtr(z) - 0.5, np.arange(n), ordered))


def _through(z: Floats, y: Floats) -> QuantileCurve:
    """The monotone cubic through rising points, straight beyond them (Fritsch & Carlson 1980)."""
    inside = PchipInterpolator(z, y)
    derivative = inside.derivative()
    low, high = float(derivative(z[0])), float(derivative(z[-1]))

    def quantile(of: Floats) -> Floats:
        within = inside(np.clip(of, z[0], z[-1]))
        found: Floats = within + low * np.minimum(of - z[0], 0.0) + high * np.maximum(of - z[-1], 0.0)
        return found

    grid = np.linspace(z[0], z[-1], 4096)
    values = inside(grid)

    def score(of: Floats) -> Floats:
        within = np.interp(of, values, grid)
        for _ in range(2):
            steep = derivative(within)
            step = (inside(within) - np.clip(of, y[0], y[-1])) / np.where(steep > 0, steep, np.inf)
            within = np.clip(within - step, z[0], z[-1])
        below, above = np.minimum(of - y[0], 0.0), np.maximum(of - y[-1], 0.0)
        result: Floats = within + below / max(low, 1e-300) + above / max(high, 1e-300)
        return result

    return QuantileCurve(quantile, score, lambda of: derivative(np.clip(of, z[0], z[-1])), len(z))


def _criterion(curve: QuantileCurve, ordered: Floats) -> float:
    z = curve.score(ordered)
    with np.errstate(divide="ignore"):
        likelihood = float((-0.5 * z**2 - NORMALISATION - np.log(curve.slope(z))).sum())
    return curve.parameters * float(np.log(len(ordered))) - 2 * likelihood


def _is_uniform(u: Floats) -> bool:
    """Whether sorted u (n,) pass for uniform in [0, 1]."""
    n = len(u)
    steps = np.arange(n + 1) / n
    distance = max(float(np.max(steps[1:] - u)), float(np.max(u - steps[:-1])))
    spacings = np.diff(np.concatenate([[0.0], u, [1.0]]))
    if not (spacings > 0).all():
        return False
    moran = -float(np.log((n + 1) * spacings).sum())
    mean, deviation = (n + 1) * np.euler_gamma, np.sqrt((n + 1) * (np.pi**2 / 6 - 1))
    return bool(
        kolmogorov(np.sqrt(n) * distance) > REFUSED and abs(moran - mean) < -ndtri(REFUSED / 2) * deviation
    )
