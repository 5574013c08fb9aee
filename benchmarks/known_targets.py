"""How far the default estimator is from the truth for targets of every kind.

    python benchmarks/known_targets.py RESULTS.jsonl [seeds]

Each fit is a line of RESULTS, so that the script goes on where it was stopped; then it prints the tables of
docs/evidence/known_targets.md. A seed draws the galaxies, splits them and trains the network.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from known_answers import read
from known_fits import GALAXIES, Line, measure, pointwise, sample_of
from law import Array, Drawn, Law, Map, log_normal, log_sum, same
from law_index import Linear, Rounded, index, polygon
from law_sources import Apart
from laws import ODD, laws
from scipy.special import logit, ndtr

LOW, HIGH = 0.84, 3.0
VALUES = (10, 40, 200, 1000)
DEPENDENT = (
    "censored/floor 5% 0.5", "censored/floor 20% 0.5", "censored/floor 20% and ceiling 20% 3.0",
    "spike/rare", "spike/half", "spike/alone tells", "classes/two logistic 4", "classes/5 Gaussian 2+2 1.5",
    "classes/24 Gaussian 3+3 1.0", "classes/24 waves", "discrete/24 and 3 classes 0.3",
    "discrete/24 classes of 24",
)  # fmt: skip


def maps(nats: float) -> dict[str, Map]:
    """Rising maps of a linear target of this information."""
    spread = np.hypot(1.0, Linear(nats).sd)
    return {
        "none": same,
        "exp": np.exp,
        "exp / 1,000": lambda y: np.exp(y) / 1000,
        "exp * 1,000": lambda y: np.exp(y) * 1000,
        "cube": lambda y: y**3,
        "5e6 + 1e6 y": lambda y: 5e6 + 1e6 * y,
        "logit of cdf": lambda y: logit(ndtr(y / spread)),
        "cdf": lambda y: ndtr(y / spread),
        "sinh": lambda y: np.sinh(2 * y),
    }


INDEPENDENT: dict[str, Callable[[int, np.random.Generator], Array]] = {
    **ODD,
    "floor 5%": lambda n, rng: np.maximum(rng.normal(size=n), -1.645),
    "floor 20%": lambda n, rng: np.maximum(rng.normal(size=n), -0.8416),
    "uniform": lambda n, rng: rng.uniform(size=n),
    "24 classes": lambda n, rng: rng.integers(0, 24, n).astype(float),
    "5 classes, one rare": lambda n, rng: rng.choice(5, n, p=[0.4, 0.3, 0.2, 0.09, 0.01]).astype(float),
    "normal": lambda n, rng: rng.normal(size=n),
}


@dataclass(frozen=True)
class Product:
    """y = x1 x2 + Gaussian noise, of independent standard normal numbers, however small the noise."""

    sd: float

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """See ``Source``."""
        x1, x2 = rng.normal(size=(2, n, 1))
        return x1, x2, x1[:, 0] * x2[:, 0] + self.sd * rng.normal(size=n)

    def informations(self, x1: Array, x2: Array, y: Array) -> Array:
        """See ``Source``; given one input the target is Gaussian of mean zero."""
        given = [log_normal(y, 0.0, np.hypot(x[:, 0], self.sd)) for x in (x1, x2)]
        given.append(log_normal(y, x1[:, 0] * x2[:, 0], self.sd))
        return np.stack(given) - self.log_density(y)

    def log_density(self, y: Array, nodes: int = 1500) -> Array:
        """Of the target (n,): over one input, at even steps of its inverse hyperbolic sine."""
        t = np.linspace(0.0, np.arcsinh(9.0 / self.sd), nodes)
        x = self.sd * np.sinh(t)
        weight = np.log(2 * self.sd * np.cosh(t) * (t[1] - t[0])) + log_normal(x, 0.0, 1.0)
        weight[0] -= np.log(2)
        parts = np.array_split(y, max(1, len(y) // 500))
        return np.concatenate(
            [log_sum(log_normal(p[:, None], 0.0, np.hypot(x, self.sd)) + weight) for p in parts]
        )


def high(nats: float) -> Iterator[Law]:
    """Laws of about so many nats; of the ridge kind, through one curved sum, and products."""
    noise = np.exp(-nats) / 4.13
    linear = Linear(nats)
    yield Law(f"linear {nats}", "", index(linear, 1, 1, 0.3))
    yield Law(f"linear of eight {nats}", "", index(linear, 4, 4, 0.2))
    yield Law(f"cube {nats}", "", index(polygon(lambda s: s + 0.3 * s**3, 6.7 * noise), 1, 1, 0.3))
    yield Law(f"mildly curved {nats}", "", index(polygon(lambda s: s + 0.1 * s**2, 3.9 * noise), 1, 1, 0.3))
    yield Law(f"square {nats}", "", index(polygon(lambda s: s**2, 2 * noise, 801), 1, 1, 0.3))
    yield Law(f"product {nats}", "", Product(3.4 * noise))
    own = {law.name: law for law in laws()}
    for name in ("sine", "sheared", "fold", "spiral"):
        yield own[f"high/{name} {nats}"]


def rounded(nats: float, values: int) -> Law:
    """A linear law on a grid of which a sample holds about so many values."""
    spread = np.hypot(1.0, Linear(nats).sd)
    steps = spread * np.geomspace(1e-3, 2.0, 2000)
    step = steps[np.argmin([abs(held(s / spread) - values) for s in steps])]
    return Law(f"{values} values, {nats} nats", "", index(Rounded(nats, float(step)), 1, 1, 0.3))


def held(step: float) -> float:
    """Expected number of different values in a sample of normal numbers in such steps."""
    at = step * np.arange(-int(6 / step) - 1, int(6 / step) + 2)
    chance = ndtr(-np.abs(at) + step / 2) - ndtr(-np.abs(at) - step / 2)
    return float(np.sum(-np.expm1(GALAXIES * np.log1p(-chance))))


def inputs(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Three numbers that tell nothing."""
    return rng.normal(size=(n, 2)), rng.normal(size=(n, 1))


def cases() -> Iterator[tuple[str, str, Callable[[int], Drawn]]]:
    """Part and name of each case, and what draws it of a seed."""
    for nats in (LOW, HIGH):
        law = Law(f"linear {nats}", "", index(Linear(nats), 1, 1, 0.3))
        for name, of in maps(nats).items():
            yield "maps", f"{nats} nats, {name}", partial(seen, law, of)
    for name, target in INDEPENDENT.items():
        yield "independent", name, partial(Law(name, "", Apart(inputs, target)).draw, GALAXIES)
    for nats in (LOW, HIGH):
        for values in VALUES:
            law = rounded(nats, values)
            yield "rounded", law.name, partial(law.draw, GALAXIES)
    for law in [*high(4.0), *high(5.0)]:
        yield "high", law.name, partial(law.draw, GALAXIES)
    own = {law.name: law for law in laws()}
    for name in DEPENDENT:
        yield "dependent", name, partial(own[name].draw, GALAXIES)


def seen(law: Law, of: Map, seed: int) -> Drawn:
    """The same galaxies through a map of the target."""
    drawn = law.draw(GALAXIES, seed)
    return replace(drawn, y=of(drawn.y))


def fitted(draw: Callable[[int], Drawn], seed: int) -> Line:
    """Mean information of the test galaxies by the default estimator, in truth, and the error of the first
    less the second."""
    drawn = draw(seed)
    sample = sample_of(np.hstack([drawn.x1, drawn.x2]), drawn.y, seed)
    test = sample.split == "test"
    found, true = pointwise(sample, seed)[test], drawn.both[test]
    error = np.std(found - true, ddof=1) / np.sqrt(test.sum())
    return {"value": float(found.mean()), "truth": float(true.mean()), "error": float(error)}


def jobs(seeds: int) -> Iterator[tuple[Line, Callable[[], Line]]]:
    """Every case of every seed, seed by seed."""
    for seed in range(seeds):
        for part, name, draw in cases():
            yield {"part": part, "case": name, "seed": seed}, partial(fitted, draw, seed)


def show(results: Path) -> None:
    """The tables, a part each."""
    groups: dict = defaultdict(lambda: defaultdict(list))
    for line in sorted(read(results), key=lambda line: line["seed"]):
        groups[line["part"]][line["case"]].append(line)
    for part, found in groups.items():
        columns = {
            "maps": "| largest change from no map, of any seed |",
            "independent": "| largest size of any seed |",
        }.get(part, "| error | in errors |")
        print(f"\n**{part}**\n\n| | truth | estimate {columns}\n|{'---|' * (columns.count('|') + 2)}")
        for name, lines in found.items():
            values, truths = (np.array([line[k] for line in lines]) for k in ("value", "truth"))
            if part == "maps":
                base = found[f"{name.split(',')[0]}, none"]
                last = f"{max(abs(a['value'] - b['value']) for a, b in zip(lines, base, strict=True)):.4f}"
            elif part == "independent":
                last = f"{np.abs(values).max():.4f}"
            else:
                error = np.mean(values - truths)
                sd = np.sqrt(
                    spread(values - truths) ** 2 + np.mean([x["error"] ** 2 for x in lines]) / len(lines)
                )
                last = f"{error:+.3f} ± {sd:.3f} | {error / sd:+.1f}"
            print(f"| {name} | {truths.mean():.3f} | {values.mean():.3f} | {last} |")


def spread(values: Array) -> float:
    """Standard error of the mean over seeds; nothing of one."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def main() -> None:
    """Measure and show."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    results = Path(sys.argv[1])
    measure(results, jobs(int(sys.argv[2]) if len(sys.argv) == 3 else 3))
    show(results)


if __name__ == "__main__":
    main()
