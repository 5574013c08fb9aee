"""How often local tests reject a true independence at level 0.05, the published procedure's figures beside.

    python benchmarks/calibration_causal.py independent [repetitions]   queries that tell nothing, on
    simulations python benchmarks/calibration_causal.py discoveries [repetitions]   realised share of false
    discoveries python benchmarks/calibration_causal.py power [repetitions]         queries that do, against
    sample size

In the first table a calibrated test has 0.05, give or take 0.03 for one test in each of 200 repetitions (two
standard errors); local tests number a hundred in each, so theirs are ten times as precise.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import kstest

from galaxy_causal.causal import Options, Question, local_tests, pooled_tests
from galaxy_causal.neighbours import Exact

K, CENTRES, PERMUTATIONS = 100, 100, 99
TESTS = {
    "published": Options(test="paper", permutations=PERMUTATIONS),
    "partial, latent": Options(gradient="latent", permutations=PERMUTATIONS),
    "partial": Options(permutations=PERMUTATIONS),
    "gcm": Options(test="gcm", permutations=PERMUTATIONS),
}
Simulation = Callable[[np.random.Generator, int], tuple[Question, np.ndarray]]


@dataclass
class Tally:
    """What one test said in all repetitions."""

    local: list[np.ndarray]
    efficient: list[np.ndarray]
    one: list[float]
    beyond: list[float]
    pooled: list[float]
    pooled_efficient: list[float]
    found: list[float]


def latent_space(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Four latent numbers, and a smooth mean of the target of all but one."""
    latent = rng.normal(size=(n, 4))
    return latent, np.sin(1.5 * latent[:, 0]) + latent[:, 1] ** 2 / 2 + latent[:, 2]


def gaussian(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Gaussian, the latent an exactly sufficient statistic"""
    latent = rng.normal(size=(n, 4))
    mean = latent @ [0.8, 0.6, 0.0, 0.0]
    noise = rng.normal(size=(2, n)) * 0.5
    return Question(mean + noise[0], mean + latent[:, 2] + noise[1], None, latent, mean), latent


def expectation(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Gaussian, the latent a single number, E[Y | X]"""
    x = rng.normal(size=(n, 4))
    mean = x @ [0.8, 0.6, 0.0, 0.0]
    noise = rng.normal(size=(2, n)) * 0.5
    return Question(mean + noise[0], x[:, 0] + x[:, 2] + noise[1], None, mean[:, None], mean), mean[:, None]


def learnt(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Gaussian, the latent a regression's E[Y | X] from 2,000 other galaxies"""
    weights = np.r_[0.8, 0.6, 0.0, 0.0]
    x = rng.normal(size=(2000, 4))
    found = np.linalg.lstsq(x, x @ weights + 0.5 * rng.normal(size=2000), rcond=None)[0]
    x = rng.normal(size=(n, 4))
    noise, mean = rng.normal(size=(2, n)) * 0.5, x @ found
    query = x[:, 0] + x[:, 2] + noise[1]
    return Question(x @ weights + noise[0], query, None, mean[:, None], mean), mean[:, None]


def curved(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Curved means"""
    latent, mean = latent_space(rng, n)
    noise = rng.normal(size=(2, n)) * 0.5
    return Question(mean + noise[0], mean + np.cos(latent[:, 1]) + noise[1], None, latent, mean), latent


def biased(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Curved means, the network's estimate 20% shrunk and 0.1 noisy"""
    question, latent = curved(rng, n)
    estimate = 0.8 * question.estimate + 0.1 * np.sin(3 * latent[:, 0] + 2 * latent[:, 3])
    return Question(question.target, question.query, None, latent, estimate), latent


def heavy(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Curved means, heavy tails"""
    latent, mean = latent_space(rng, n)
    noise = 0.3 * rng.standard_t(3, n), 0.5 * np.exp(rng.normal(size=n))
    return Question(mean + noise[0], mean + noise[1], None, latent, mean), latent


def uneven(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Spreads of target and query both grow along the latent"""
    latent, mean = latent_space(rng, n)
    noise = (0.2 + latent[:, 0] ** 2) * rng.normal(size=(2, n))
    return Question(mean + noise[0], mean + noise[1], None, latent, mean), latent


def quadratic(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Confounded by a conditioning variable, quadratically"""
    latent, mean = latent_space(rng, n)
    c, *noise = rng.normal(size=(3, n))
    target, query = mean + c**2 + 0.5 * noise[0], mean + c**2 - c + 0.5 * noise[1]
    return Question(target, query, c[:, None], latent, mean), latent


def wavy(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
    """Confounded by a conditioning variable, in waves"""
    latent, mean = latent_space(rng, n)
    c, noise = rng.uniform(-2, 2, n), 0.5 * rng.normal(size=(2, n))
    target, query = mean + np.sin(3 * c) + noise[0], latent[:, 0] + np.sin(3 * c) + noise[1]
    return Question(target, query, c[:, None], latent, mean), latent


INDEPENDENT = (gaussian, expectation, learnt, curved, biased, heavy, uneven, quadratic, wavy)


def put(question: Question, latent: np.ndarray, seed: int) -> Iterator[tuple[str, object, object]]:
    """What each test says of the neighbourhoods of some galaxies."""
    rng = np.random.default_rng(seed)
    own = rng.choice(len(latent), CENTRES, replace=False)
    neighbours = Exact(K, device="cpu", threads=1).find(latent, latent[own], own)
    for name, options in TESTS.items():
        local = local_tests(question, neighbours, options, seed)
        groups = {"all": np.ones(CENTRES, dtype=bool)}
        yield name, local, pooled_tests(question, neighbours, local, groups, options, seed)[0]


def tallies(simulate: Simulation, repetitions: int, n: int) -> dict[str, Tally]:
    """All repetitions of one simulation."""
    found = {name: Tally([], [], [], [], [], [], []) for name in TESTS}
    for seed in range(repetitions):
        question, latent = simulate(np.random.default_rng(seed), n)
        dither = np.random.default_rng((seed, 1)).random()
        for name, local, pooled in put(question, latent, seed):
            tally, correlation = found[name], local.correlation
            tally.local.append(correlation.p <= 0.05)
            tally.efficient.append(local.efficiency.p <= 0.05)
            tally.one.append(correlation.p[0] - dither / (PERMUTATIONS + 1))
            tally.beyond.append(np.mean(np.abs(correlation.value) > np.abs(correlation.null)))
            tally.pooled.append(pooled.corr_p <= 0.05)
            tally.pooled_efficient.append(pooled.pred_eff_p <= 0.05)
            tally.found.append(pooled.significant > 0)
    return found


HEADER = (
    "test", "local corr", "uniform p", "local pred_eff", "pooled corr", "pooled pred_eff",
    "any discovery", "more than one permutation's",
)  # fmt: skip


def print_table(title: str, found: dict[str, Tally]) -> None:
    """Rates at 0.05; the last but one is the false-discovery rate where nothing is to be found."""
    print(f"\n{title}\n\n| " + " | ".join(HEADER) + " |\n" + "|---" * len(HEADER) + "|")
    for name, t in found.items():
        uniform = kstest(t.one, "uniform").pvalue
        rates = (np.mean(x) for x in (t.efficient, t.pooled, t.pooled_efficient, t.found, t.beyond))
        print(
            f"| {name} | {np.mean(t.local):.3f} | {uniform:.2g} | {' | '.join(f'{r:.3f}' for r in rates)} |",
            flush=True,
        )


def independent(repetitions: int) -> None:
    """Simulations in which the query tells nothing."""
    for simulate in INDEPENDENT:
        print_table(simulate.__doc__, tallies(simulate, repetitions, 4000))


def discoveries(repetitions: int) -> None:
    """A third of the latent space holds dependence: which of the galaxies called significant have it?"""
    print("\n| test | discoveries | false, of them | power |\n|---|---|---|---|")
    rates = {name: [] for name in TESTS}
    for seed in range(repetitions):
        rng = np.random.default_rng(seed)
        latent, mean = latent_space(rng, 4000)
        noise, other = rng.normal(size=(2, 4000)) * 0.5
        dependent = latent[:, 0] > 0.4
        target = mean + noise + np.where(dependent, 0.8, 0.0) * other
        question = Question(target, mean + other, None, latent, mean)
        own = rng.choice(4000, 300, replace=False)
        neighbours = Exact(K, device="cpu", threads=1).find(latent, latent[own], own)
        true = dependent[neighbours.index].any(axis=1)
        for name, options in TESTS.items():
            called = local_tests(question, neighbours, options, seed).correlation.significant(0.05)
            false = np.sum(called & ~true) / max(called.sum(), 1)
            rates[name].append((called.sum(), false, np.mean(called[true])))
    for name, values in rates.items():
        count, false, power = np.mean(values, axis=0)
        print(f"| {name} | {count:.0f} of 300 | {false:.3f} | {power:.3f} |", flush=True)


def linear_effect(strength: float) -> Simulation:
    """The target depends on the query's own noise."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
        latent, mean = latent_space(rng, n)
        noise, other = rng.normal(size=(2, n)) * 0.5
        return Question(mean + noise + strength * other, mean + other, None, latent, mean), latent

    return simulate


def curved_effect(strength: float) -> Simulation:
    """It depends on the square of the query's noise, which no correlation sees."""

    def simulate(rng: np.random.Generator, n: int) -> tuple[Question, np.ndarray]:
        latent, mean = latent_space(rng, n)
        noise, other = rng.normal(size=(2, n)) * 0.5
        effect = strength * (4 * other**2 - 1) / np.sqrt(2) / 2
        return Question(mean + noise + effect, latent[:, 3] + other, None, latent, mean), latent

    return simulate


def power(repetitions: int) -> None:
    """Rejections where target and query share a hundredth or a tenth of their variance."""
    for kind, effect in (("linear", linear_effect), ("quadratic", curved_effect)):
        for strength in (0.1, 0.33):
            for n in (500, 2000, 8000):
                title = f"{kind} dependence, {strength} of the noise, {n:,} training galaxies"
                print_table(title, tallies(effect(strength), repetitions, n))


def main() -> None:
    """Run the chosen one."""
    kinds = {"independent": independent, "discoveries": discoveries, "power": power}
    if len(sys.argv) < 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 200)


if __name__ == "__main__":
    main()
