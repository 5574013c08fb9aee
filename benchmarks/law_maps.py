"""Invertible maps of a target (n,) or of inputs (n, d), and laws of noise."""

import numpy as np
from law import Array, Map, log_normal, log_sum
from law_index import Smooth
from scipy.interpolate import CubicSpline
from scipy.special import betaln, expit, gammaln, log_expit, log_ndtr, ndtr

MAPS: dict[str, Map] = {
    "exp": np.exp,
    "cube": lambda v: v**3,
    "logistic": expit,
    "large": lambda v: 5e6 + 1e6 * v,
    "uniform": ndtr,
    "sinh": lambda v: np.sinh(2 * v),
    "asinh": lambda v: np.arcsinh(5 * v),
    "wiggle": lambda v: v + 0.9 * np.sin(v),
    "flipped": lambda v: -v,
    "half-cube": lambda v: v * np.sqrt(np.abs(v)),
}
"""Monotone, number by number."""


def sheared(strength: float) -> Map:
    """The second number of the inputs bends the first: x_1 - sin(strength x_2)."""

    def bend(x: Array) -> Array:
        bent = x.copy()
        bent[:, 0] -= np.sin(strength * x[:, 1])
        return bent

    return bend


def spiral(strength: float) -> Map:
    """The first two numbers turn by an angle that grows with the inputs' length (Czyz et al. 2023)."""

    def turn(x: Array) -> Array:
        angle = strength * np.linalg.norm(x, axis=1)
        cosine, sine, turned = np.cos(angle), np.sin(angle), x.copy()
        turned[:, 0] = cosine * x[:, 0] - sine * x[:, 1]
        turned[:, 1] = sine * x[:, 0] + cosine * x[:, 1]
        return turned

    return turn


def coded(seed: int, values: int) -> Map:
    """Whole parts replaced by the numbers of an arbitrary code; what tells nothing within a cell is lost."""
    code = np.random.default_rng(seed).permutation(values).astype(float)
    return lambda x: code[x.astype(int)]


def gaussian_noise(mean: Map, sd: Map | float, nodes: int = 200) -> Smooth:
    """y = mean(s) + sd times Gaussian noise, whose spread may depend on s."""

    def log_density(y: Array, s: Array) -> Array:
        return log_normal(y, mean(s), sd(s) if callable(sd) else sd)

    def draw(s: Array, rng: np.random.Generator) -> Array:
        return mean(s) + (sd(s) if callable(sd) else sd) * rng.normal(size=s.shape)

    return Smooth(draw, log_density, nodes)


def student_noise(mean: Map, sd: float, dof: float, nodes: int = 300) -> Smooth:
    """y = mean(s) + sd times Student noise."""
    top = gammaln(0.5 * (dof + 1)) - gammaln(0.5 * dof) - 0.5 * np.log(dof * np.pi) - np.log(sd)
    return Smooth(
        lambda s, rng: mean(s) + sd * rng.standard_t(dof, size=s.shape),
        lambda y, s: top - 0.5 * (dof + 1) * np.log1p(((y - mean(s)) / sd) ** 2 / dof),
        nodes,
    )


def gamma_scale(shape: float, slope: float) -> Smooth:
    """y = exp(slope s) times a gamma number of mean 1."""

    def log_density(y: Array, s: Array) -> Array:
        rate = shape * np.exp(-slope * s)
        return shape * np.log(rate) + (shape - 1) * np.log(y) - rate * y - gammaln(shape)

    return Smooth(lambda s, rng: np.exp(slope * s) * rng.gamma(shape, 1 / shape, s.shape), log_density)


def beta_share(slope: float, sharpness: float) -> Smooth:
    """y between 0 and 1, beta with mean expit(slope s)."""

    def log_density(y: Array, s: Array) -> Array:
        a, b = sharpness * expit(slope * s), sharpness * expit(-slope * s)
        return (a - 1) * np.log(y) + (b - 1) * np.log1p(-y) - betaln(a, b)

    def draw(s: Array, rng: np.random.Generator) -> Array:
        return np.clip(
            rng.beta(sharpness * expit(slope * s), sharpness * expit(-slope * s)), 1e-300, 1 - 1e-16
        )

    return Smooth(draw, log_density, 120)


def poisson(log_rate: float, slope: float) -> Smooth:
    """Counts of rate exp(log_rate + slope s)."""

    def log_mass(y: Array, s: Array) -> Array:
        rate = log_rate + slope * s
        return y * rate - np.exp(rate) - gammaln(y + 1)

    return Smooth(lambda s, rng: rng.poisson(np.exp(log_rate + slope * s)).astype(float), log_mass)


def binomial(trials: int, offset: float, slope: float) -> Smooth:
    """Trials that succeed, each with chance expit(offset + slope s); of one trial: two classes."""

    def log_mass(y: Array, s: Array) -> Array:
        log_ways = gammaln(trials + 1) - gammaln(y + 1) - gammaln(trials - y + 1)
        odds = offset + slope * s
        return log_ways + y * log_expit(odds) + (trials - y) * log_expit(-odds)

    return Smooth(lambda s, rng: rng.binomial(trials, expit(offset + slope * s)).astype(float), log_mass)


def spiked(at: float, offset: float, odds: float, slope: float, sd: float) -> Smooth:
    """y is ``at`` with chance expit(offset + odds s), else slope s and Gaussian noise."""

    def log_p(y: Array, s: Array) -> Array:
        chance = offset + odds * s
        return np.where(y == at, log_expit(chance), log_expit(-chance) + log_normal(y, slope * s, sd))

    def draw(s: Array, rng: np.random.Generator) -> Array:
        spike = rng.uniform(size=s.shape) < expit(offset + odds * s)
        return np.where(spike, at, slope * s + sd * rng.normal(size=s.shape))

    return Smooth(draw, log_p)


def waves(classes: int, strength: float, seed: int) -> Smooth:
    """Unordered classes: softmax of random waves of s."""
    rng = np.random.default_rng(seed)
    pitch, phase = rng.uniform(0.5, 3, classes), rng.uniform(0, 2 * np.pi, classes)

    def logits(s: Array) -> Array:
        return strength * np.cos(s[..., None] * pitch + phase)

    grid = np.linspace(-20, 20, 8001)
    log_all = CubicSpline(grid, log_sum(logits(grid)))

    def log_mass(y: Array, s: Array) -> Array:
        which = y.astype(int)
        own = strength * np.cos(s * pitch[which] + phase[which])
        return own - log_all(s)

    def draw(s: Array, rng: np.random.Generator) -> Array:
        return np.argmax(logits(s) + rng.gumbel(size=(len(s), classes)), axis=1).astype(float)

    return Smooth(draw, log_mass, 120)


def exponential(scale: float) -> tuple[Map, Map]:
    """Exponential noise of a normal number, and its log density."""
    return lambda w: -scale * log_ndtr(-w), lambda e: np.where(e >= 0, -e / scale - np.log(scale), -np.inf)


def lognormal(scale: float, sigma: float) -> tuple[Map, Map]:
    """Lognormal noise."""

    def log_density(e: Array) -> Array:
        log_e = np.log(np.maximum(e, 1e-300))
        return np.where(e > 0, log_normal(log_e, np.log(scale), sigma) - log_e, -np.inf)

    return lambda w: scale * np.exp(sigma * w), log_density


def square(scale: float) -> tuple[Map, Map]:
    """Noise that is a gamma number of shape a half: the square of a normal number."""

    def log_density(e: Array) -> Array:
        z = np.maximum(e, 1e-300) / scale
        return np.where(e > 0, -0.5 * z - 0.5 * np.log(2 * np.pi * z) - np.log(scale), -np.inf)

    return lambda w: scale * w**2, log_density
