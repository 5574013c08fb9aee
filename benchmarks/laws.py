"""Laws of (x1, x2, y) whose pointwise informations are known, half to set thresholds, half to test them.

    python benchmarks/laws.py       a table: family, law, half, dimensions and mean informations in nats

A name is for ever, and a new law joins the end of its family: the halves take a family's laws in turns.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle

import numpy as np
from law import Array, Drawn, Law, Map, Source, same
from law_index import Added, Censored, Linear, Pieces, Rounded, folded, index, polygon
from law_maps import (
    MAPS,
    beta_share,
    binomial,
    coded,
    exponential,
    gamma_scale,
    gaussian_noise,
    lognormal,
    poisson,
    sheared,
    spiked,
    spiral,
    square,
    student_noise,
    waves,
)
from law_sources import Apart, Cells, Crossed, Even, Labels, Largest, Mixture, log_normal, random_elliptical

__all__ = ["Drawn", "Law", "half", "laws"]
FAMILIES: dict[str, Callable[[], Iterator[tuple[str, Source, tuple[Map, ...]]]]] = {}
Listed = Iterator[tuple[str, Source, tuple[Map, ...]]]


def family(of: Callable[[], Listed]) -> Callable[[], Listed]:
    """Join the list under the function's name."""
    FAMILIES[of.__name__] = of
    return of


@cache
def laws() -> tuple[Law, ...]:
    """All of them, family by family."""
    return tuple(
        Law(f"{name}/{law}", name, source, *maps)
        for name, listed in FAMILIES.items()
        for law, source, maps in listed()
    )


def half(law: Law) -> str:
    """``set`` where thresholds may look at the law, ``test`` where they may not."""
    return _halves()[law.name]


@cache
def _halves() -> dict[str, str]:
    found = {}
    for name in FAMILIES:
        own = [law.name for law in laws() if law.family == name]
        found |= dict(zip(own, cycle(("set", "test")), strict=False))
    return found


@family
def gaussian() -> Listed:
    """Linear, Gaussian noise; redundant, unique and synergistic."""
    kinds = {
        "plain": {},
        "unique": {"balance": 0.0},
        "redundant": {"r": 0.9},
        "difference": {"r": 0.9, "balance": -1.0},
        "mixed": {"r": 0.5, "balance": 0.3},
    }
    sizes = ((1, 1), (2, 1), (1, 8), (4, 4), (8, 3))
    for row, nats in enumerate((0.02, 0.1, 0.5, 1.5, 3.0)):
        for column, kind in enumerate(("plain", "unique", "redundant", "difference", "mixed")):
            if (row + column) % 2 == 0:
                d1, d2 = sizes[(row + 2 * column) % 5]
                yield f"{kind} {d1}+{d2} {nats}", index(Linear(nats), d1, d2, **kinds[kind]), ()


@family
def mapped() -> Listed:
    """Gaussian ones seen through monotone maps of the target or the inputs."""
    for (k, (name, of)), nats in zip(enumerate(MAPS.items()), cycle((0.2, 0.8, 2.0)), strict=False):
        d1, d2 = 1 + k % 3, 1 + (k // 2) % 4
        yield f"target {name} {nats}", index(Linear(nats), d1, d2, 0.4), (same, same, of)
        if name in ("exp", "cube", "uniform", "sinh", "half-cube", "large"):
            yield f"inputs {name} {nats}", index(Linear(nats), d2, d1, 0.4, signs=k + 1), (of, of, same)
    every = (MAPS["cube"], MAPS["exp"], MAPS["sinh"])
    yield "all three 1.0", index(Linear(1.0), 2, 2, 0.3), every
    yield "all three 2.5", index(Linear(2.5), 1, 1, 0.6), every


@family
def mixture() -> Listed:
    """Gaussian and Student mixtures, and bent ones (Bend and Mix: arXiv:2310.10240)."""
    for k, (d1, d2, count, spread, dof) in enumerate(
        ((1, 1, 2, 2.0, np.inf), (1, 1, 4, 2.5, np.inf), (2, 1, 3, 1.5, np.inf), (2, 3, 5, 1.5, np.inf),
         (1, 2, 2, 2.0, 5.0), (4, 4, 3, 1.0, np.inf), (1, 1, 3, 2.0, 3.0), (8, 1, 2, 1.0, 8.0))
    ):  # fmt: skip
        parts = tuple(random_elliptical(d1 + d2 + 1, 100 * k + j, dof, spread) for j in range(count))
        source = Mixture(d1, tuple(np.full(count, 1 / count)), parts)
        kind = "Gaussian" if np.isinf(dof) else f"Student {dof:.0f}"
        bends = [spiral(0.8) if d > 1 else MAPS["wiggle"] for d in (d1, d2)]
        plain = (f"{kind} {count} of {d1}+{d2}", source, ())
        bent = (f"bent {kind} {count} of {d1}+{d2}", source, (*bends, MAPS["asinh"]))
        yield from (plain, bent)[:: 1 - 2 * (k % 2)]


@family
def student() -> Listed:
    """Student laws of all three together: informations even where nothing correlates."""
    for k, (d1, d2, dof) in enumerate(((1, 1, 1), (1, 1, 3), (2, 2, 2), (1, 4, 5), (3, 1, 4), (5, 5, 8))):
        part = random_elliptical(d1 + d2 + 1, 900 + k, dof, noise=0.3 + 0.4 * (k % 3))
        yield f"{dof} dof {d1}+{d2}", Mixture(d1, (1.0,), (part,)), (same, same, MAPS["asinh"])
    for d1, d2, dof in ((1, 1, 2), (2, 3, 4)):
        part = random_elliptical(d1 + d2 + 1, 0, dof)
        part = type(part)(part.location, np.eye(d1 + d2 + 1), dof)
        yield f"uncorrelated {dof} dof {d1}+{d2}", Mixture(d1, (1.0,), (part,)), ()


@family
def curved() -> Listed:
    """y = f(weighted sum) + noise."""

    yield "sine 0.3", index(gaussian_noise(lambda s: np.sin(2 * s), 0.3), 1, 1, 0.3), ()
    yield "sine 1.0", index(gaussian_noise(lambda s: np.sin(3 * s), 1.0, 300), 2, 2), ()
    yield "square 0.5", index(gaussian_noise(np.square, 0.5, 400), 1, 2), ()
    yield "square 2.0", index(gaussian_noise(np.square, 2.0), 1, 1, 0.5, -1), ()
    yield "cube 1.0", index(polygon(lambda s: s**3, 1.0), 1, 1, 0.7), ()
    yield "tanh 0.1", index(gaussian_noise(lambda s: np.tanh(2 * s), 0.1, 400), 3, 1, 0.2), ()
    yield "exp 0.5", index(gaussian_noise(lambda s: np.exp(0.7 * s), 0.5, 600), 2, 2, 0.2), ()
    yield "modulus 0.3", index(Pieces((0.0,), ((0.0, -1.0), (0.0, 1.0)), 0.3), 1, 1, 0.5), ()
    yield "modulus 0.05", index(Pieces((0.0,), ((0.0, -1.0), (0.0, 1.0)), 0.05), 2, 4), ()
    yield "step 0.3", index(Pieces((0.3,), ((0.0, 0.0), (1.0, 0.0)), 0.3), 1, 1, 0.3), ()
    yield "step 0.1", index(Pieces((-0.5,), ((0.0, 0.0), (1.0, 0.0)), 0.1), 2, 1), ()
    yield "elbow 0.2", index(Pieces((0.0,), ((0.0, 0.0), (0.0, 1.0)), 0.2), 1, 3, 0.4), ()
    yield "fold 0.1", index(folded(0.7, 0.1), 1, 1), ()
    yield "fold 0.3", index(folded(1.5, 0.3), 4, 4, 0.2), ()
    yield "sawtooth 0.1", index(Pieces((-1.0, 0.0, 1.0), tuple((k, 1.0) for k in (2, 1, 0, -1)), 0.1)), ()
    yield "stairs 0.2", index(Pieces((-1.0, 0.0, 1.0), tuple((k, 0.0) for k in range(4)), 0.2), 1, 8, 0.1), ()


@family
def interaction() -> Listed:
    """y = f(u1, u2) + noise, not through a sum."""

    def noisy(of: Callable[[Array, Array], Array], sd: float, **options: float) -> Crossed:
        return Crossed(
            lambda a, b, rng: of(a, b) + sd * rng.normal(size=a.shape),
            lambda y, a, b: log_normal(y, of(a, b), sd),
            **options,
        )

    yield "product 0.5", noisy(np.multiply, 0.5), ()
    yield "product 1.0", noisy(np.multiply, 1.0, d1=3, d2=2), ()
    yield "sine of product 0.3", noisy(lambda a, b: np.sin(a * b), 0.5), ()
    yield "sine plus square 0.4", noisy(lambda a, b: np.sin(2 * a) + 0.3 * b**2, 0.4, d1=2), ()
    yield "gain 0.5", noisy(lambda a, b: a * np.exp(0.5 * b), 0.8, nodes=110, spacing=0.1), ()
    yield "ring 0.5", noisy(lambda a, b: np.sqrt(0.3 + a**2 + b**2), 0.4, nodes=100, d1=4, d2=4), ()
    yield "smooth xor 0.5", noisy(lambda a, b: np.tanh(2 * a) * np.tanh(2 * b), 0.5), ()
    yield "wave 0.5", noisy(lambda a, b: np.cos(2 * a - b), 0.5, d2=8), ()
    yield "largest 0.3", Largest(0.3), ()
    yield "largest 0.1", Largest(0.1), (MAPS["exp"], same, same)
    yield "largest 1.0", Largest(1.0), ()


@family
def heteroscedastic() -> Listed:
    """Noise whose spread the inputs tell."""
    for slope, size in ((0.3, (1, 1)), (0.8, (2, 2)), (0.5, (4, 1)), (1.0, (1, 1))):
        channel = gaussian_noise(lambda s: s, lambda s, b=slope: 0.15 + 0.4 * np.exp(b * s), 400)
        yield f"mean and spread {slope} {size[0]}+{size[1]}", index(channel, *size, r=0.3), ()
    for slope in (0.5, 1.0):
        channel = gaussian_noise(np.zeros_like, lambda s, b=slope: np.exp(b * s))
        yield f"spread alone {slope}", index(channel, 1, 2), ()

    def apart(slope: float, **size: int) -> Crossed:
        return Crossed(
            lambda a, b, rng: a + np.exp(slope * b - 0.5) * rng.normal(size=a.shape),
            lambda y, a, b: log_normal(y, a, np.exp(slope * b - 0.5)),
            nodes=150,
            **size,
        )

    yield "mean of x1 spread of x2 0.3", apart(0.3), ()
    yield "mean of x1 spread of x2 0.4", apart(0.4, d1=2, d2=3), ()


@family
def skewed() -> Listed:
    """Exponential, lognormal, gamma and other noise."""
    yield "exponential 0.5", index(Added(*exponential(0.5), 400), 1, 1, 0.3), ()
    yield "exponential 2.0", index(Added(*exponential(2.0), 600), 2, 3), ()
    yield "lognormal 0.5", index(Added(*lognormal(0.5, 0.5), 400), 1, 1), ()
    yield "lognormal 1.0", index(Added(*lognormal(0.5, 0.8), 1500), 3, 1, 0.2), ()
    yield "squared normal 0.5", index(Added(*square(0.5), 600), 1, 2), ()
    yield "squared normal 1.0", index(Added(*square(1.0), 1000), 2, 2, 0.5), ()
    yield "gamma scale 2", index(gamma_scale(2.0, 0.7), 1, 1, 0.5), ()
    yield "gamma scale 0.5", index(gamma_scale(0.5, 0.7), 4, 2), ()
    yield "exponential scale", index(gamma_scale(1.0, 1.2), 1, 8), ()
    yield "gamma scale 20", index(gamma_scale(20.0, 1.0), 1, 1, 0.3, -1), ()
    yield "Student noise 3", index(student_noise(lambda s: s, 0.3, 3.0, 600), 1, 1, 0.4), ()
    yield "Cauchy noise", index(student_noise(lambda s: s, 0.2, 1.0, 900), 2, 2), (same, same, MAPS["asinh"])
    yield "beta 5", index(beta_share(1.0, 5.0), 1, 1, 0.2), ()
    yield "beta 50", index(beta_share(1.0, 50.0), 2, 1), ()


@family
def even() -> Listed:
    """Even inputs and even noise."""
    yield "1+1 wide", Even((1.0,), (0.5,), 1.5), ()
    yield "1+1 narrow", Even((1.0,), (0.5,), 0.1), ()
    yield "1+1 thin", Even((1.0,), (1.0,), 0.02), ()
    yield "1+1 unique", Even((1.0,), (0.0,), 0.2), ()
    yield "2+1", Even((1.0, 0.7), (0.4,), 0.3), ()
    yield "2+2", Even((1.0, 0.3), (0.6, 0.4), 0.5), (MAPS["cube"], MAPS["exp"], same)


@family
def rounded() -> Listed:
    """Targets on a grid; the number is about how many values 4 standard deviations hold."""
    for k, (values, nats) in enumerate(
        ((10, 0.5), (40, 0.5), (200, 0.5), (1000, 0.5), (40, 1.5), (10, 1.5), (1000, 2.5), (200, 2.5),
         (10, 6.0), (40, 6.0))
    ):  # fmt: skip
        sizes = (1 + k % 2, 1 + k % 3)
        step = 4 * float(np.sqrt(1 + Linear(nats).sd ** 2)) / values
        yield f"{values} values {nats}", index(Rounded(nats, step), *sizes, r=0.3), ()


@family
def censored() -> Listed:
    """Targets with a floor, a ceiling or both."""
    five, twenty = 1.645, 0.8416
    for k, (nats, low, high) in enumerate(
        ((0.5, -five, np.inf), (0.5, -twenty, np.inf), (1.5, -np.inf, five), (1.5, -np.inf, twenty),
         (1.0, -twenty, twenty), (2.5, -five, np.inf), (3.0, -twenty, twenty), (0.1, -five, five))
    ):  # fmt: skip
        scale = float(np.sqrt(1 + Linear(nats).sd ** 2))
        shares = " and ".join(
            f"{name} {'5%' if abs(at) == five else '20%'}"
            for name, at in (("floor", low), ("ceiling", high))
            if np.isfinite(at)
        )
        source = index(Censored(nats, low * scale, high * scale), 1 + k % 3, 1 + k % 2, 0.4)
        yield f"{shares} {nats}", source, ()


@family
def spike() -> Listed:
    """A value that many galaxies share, and a continuum."""
    yield "rare", index(spiked(0.0, -2.5, 1.0, 1.0, 0.5), 1, 1, 0.3), ()
    yield "half", index(spiked(0.0, 0.0, 1.5, 1.0, 0.5), 1, 2), ()
    yield "alone tells", index(spiked(0.0, 0.0, 2.5, 0.0, 1.0), 1, 1, 0.5), ()
    yield "at the end", index(spiked(-4.0, -1.0, -1.0, 1.0, 0.3), 2, 2, 0.3), ()
    yield "tells nothing", index(spiked(0.0, -0.5, 0.0, 1.0, 0.3), 1, 1), ()
    yield "mostly", index(spiked(0.0, 1.5, -1.0, 2.0, 0.5), 4, 4, 0.1), (same, same, MAPS["large"])


@family
def counts() -> Listed:
    """Integers."""
    yield "Poisson 2", index(poisson(np.log(2.0), 0.5), 1, 1, 0.3), ()
    yield "Poisson 30", index(poisson(np.log(30.0), 0.5), 2, 1), ()
    yield "Poisson 300", index(poisson(np.log(300.0), 0.3), 1, 3, 0.2), ()
    yield "Poisson 0.3", index(poisson(np.log(0.3), 0.8), 1, 1, 0.5, -1), ()
    yield "binomial 5", index(binomial(5, 0.0, 1.0), 1, 1), ()
    yield "binomial 100", index(binomial(100, 0.5, 1.0), 3, 3, 0.3), ()


@family
def classes() -> Listed:
    """Unordered classes; those named by distance are Gaussian or Student clouds."""
    yield "two logistic 1", index(binomial(1, 0.0, 1.0), 1, 1, 0.3), ()
    yield "two logistic 4", index(binomial(1, -1.0, 4.0), 2, 2), ()
    yield "two weak", index(binomial(1, 1.0, 0.3), 1, 4), ()
    for count, d1, d2, spread, dof in (
        (2, 1, 1, 1.0, np.inf), (5, 1, 1, 1.0, np.inf), (5, 2, 2, 1.5, np.inf), (24, 2, 1, 1.5, np.inf),
        (24, 3, 3, 1.0, np.inf), (5, 4, 1, 0.5, 4.0), (24, 1, 1, 3.0, 6.0), (24, 8, 8, 1.0, np.inf),
    ):  # fmt: skip
        seed = 1000 * count + 10 * d1 + d2
        parts = tuple(random_elliptical(d1 + d2, seed + 7 * j, dof, spread, 2.0) for j in range(count))
        shares = np.random.default_rng(seed).dirichlet(np.full(count, 5.0))
        shape = "Gaussian" if np.isinf(dof) else "Student"
        yield f"{count} {shape} {d1}+{d2} {spread}", Labels(d1, tuple(shares), parts), ()
    yield "24 waves", index(waves(24, 3.0, 0), 1, 1, 0.2), ()
    yield "5 waves", index(waves(5, 2.0, 1), 1, 2), ()


@family
def cells() -> Listed:
    """Exclusive or, conjunctions and boards: y depends on the cells of two even inputs."""
    half_each = np.full((2, 2), 0.25)
    xor, conjunction = np.array([[0.0, 1], [1, 0]]), np.array([[0.0, 0], [0, 1]])
    board = (np.indices((4, 4)).sum(axis=0) % 2).astype(float)
    yield "xor 0.1", Cells(half_each, xor, 0.1), ()
    yield "xor 0.5", Cells(half_each, xor, 0.5), ()
    yield "and 0.2", Cells(half_each, conjunction, 0.2), ()
    yield "xor skewed 0.3", Cells(np.array([[0.4, 0.2], [0.3, 0.1]]), xor, 0.3), ()
    yield "board 0.2", Cells(np.full((4, 4), 1 / 16), board, 0.2), ()
    rng = np.random.default_rng(5)
    yield "random 6x6", Cells(rng.dirichlet(np.ones(36)).reshape(6, 6), rng.normal(size=(6, 6)), 0.3), ()
    chances = np.stack([0.9 - 0.8 * xor, 0.1 + 0.8 * xor], axis=-1)
    yield "xor of classes", Cells(half_each, chances=chances), ()
    yield "five classes", Cells(np.full((3, 3), 1 / 9), chances=rng.dirichlet(np.full(5, 0.4), (3, 3))), ()


@family
def discrete() -> Listed:
    """Inputs that are classes under an arbitrary code."""
    rng = np.random.default_rng(11)
    for k, (first, second, sd) in enumerate(((24, 3, 0.3), (3, 24, 1.0), (24, 24, 0.2), (3, 2, 0.5))):
        shares = rng.dirichlet(np.full(first * second, 2.0)).reshape(first, second)
        source = Cells(shares, rng.normal(size=(first, second)), sd)
        added = Cells(shares, rng.normal(size=(first, 1)) + 0.5 * rng.normal(size=second), sd)
        both = (f"{first} and {second} classes {sd}", source, (coded(k, first), coded(k + 50, second), same))
        one = (f"{first} classes and numbers {sd}", added, (coded(k + 90, first), same, same))
        yield from (both, one)[:: 1 - 2 * (k % 2)]
    spread = Cells(np.full((24, 3), 1 / 72), np.zeros((24, 3)), rng.uniform(0.1, 2, (24, 3)))
    yield "24 classes tell the spread", spread, (coded(7, 24), same, same)
    chances = rng.dirichlet(np.full(24, 0.15), (24, 3))
    yield (
        "24 classes of 24",
        Cells(np.full((24, 3), 1 / 72), chances=chances),
        (coded(8, 24), coded(9, 3), same),
    )


ODD: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "spikes": lambda n, rng: np.where(rng.uniform(size=n) < 0.5, rng.integers(0, 3, n), rng.normal(size=n)),
    "gaps": lambda n, rng: rng.integers(0, 3, n) * 5.0 + rng.uniform(size=n),
    "heavy tails": lambda n, rng: rng.standard_cauchy(n),
    "two atoms": lambda n, rng: rng.integers(0, 2, n).astype(float),
    "skew": lambda n, rng: np.exp(2 * rng.normal(size=n)),
    "tenths": lambda n, rng: np.round(rng.normal(size=n), 1),
    "integers": lambda n, rng: rng.poisson(4.0, n).astype(float),
    "floor": lambda n, rng: np.maximum(rng.normal(size=n), -0.5),
    "ceiling": lambda n, rng: np.minimum(rng.normal(size=n), 0.5),
    "noisy lattice": lambda n, rng: rng.integers(0, 20, n) + 0.02 * rng.normal(size=n),
}
"""Targets by their odd law."""


@family
def independent() -> Listed:
    """Inputs that tell nothing of odd targets."""
    for k, (name, target) in enumerate(ODD.items()):
        d1, d2 = 1 + k % 4, 1 + (3 * k) % 8

        def inputs(n: int, rng: np.random.Generator, d1: int = d1, d2: int = d2) -> tuple[Array, Array]:
            return rng.normal(size=(n, d1)), rng.normal(size=(n, d2))

        yield f"{name} {d1}+{d2}", Apart(inputs, target), ()


@family
def high() -> Listed:
    """Four and five nats; a sheared input tells through x_1 + sin(strength x_2) of its numbers."""

    def of_nats(nats: float) -> Listed:
        bend = (sheared(2.0), sheared(1.0))
        yield f"linear {nats}", index(Linear(nats), 1, 1, 0.3), ()
        yield f"linear unique {nats}", index(Linear(nats), 1, 4, 0.0, 0.0), ()
        yield f"sheared {nats}", index(Linear(nats), 2, 2, 0.2), (*bend, same)
        yield f"sheared sinh {nats}", index(Linear(nats), 2, 2, 0.0, 0.0), (*bend, MAPS["sinh"])
        yield f"spiral {nats}", index(Linear(nats), 2, 3, 0.2), (spiral(1.0), spiral(0.5), MAPS["wiggle"])
        yield f"wiggle {nats}", index(Linear(nats), 1, 1, 0.8), (MAPS["wiggle"], same, MAPS["logistic"])
        width = nats / 4
        fold = folded(width, width * np.exp(-nats) / 4.13)
        yield f"fold {nats}", index(fold, 1, 1, 0.0, 0.0), ()
        yield f"fold of two {nats}", index(fold, 1, 1, 0.3), (same, same, MAPS["asinh"])
        wave = polygon(lambda s: s + np.sin(2 * s), 3 * np.exp(-nats) / 4.13)
        yield f"sine {nats}", index(wave, 1, 1, 0.0, 0.0), ()
        yield f"sine of two {nats}", index(wave, 2, 1, 0.5), ()

    yield from of_nats(4.0)
    yield from list(of_nats(5.0))[::-1]


def main() -> None:
    """Print the table of the means over 20,000 draws, whose errors are about 0.01."""
    for law in laws():
        drawn = law.draw(20_000, 0)
        means = "  ".join(f"{np.mean(i):6.3f}" for i in (drawn.i1, drawn.i2, drawn.both))
        size = f"{drawn.x1.shape[1]}+{drawn.x2.shape[1]}"
        print(f"{law.family:16s} {law.name:50s} {half(law):4s} {size:4s} {means}")


if __name__ == "__main__":
    main()
