"""How often local tests reject a true independence at level 0.05, the published procedure's figures beside.

    python benchmarks/calibration_causal.py KIND [repetitions]

    independent   the query tells nothing
    gradient      it tells nothing, against k
    discoveries   realised share of false discoveries
    power         it does tell, against sample size
    kernel        the kernel tests of pooled neighbourhoods: RCIT, and KCI of at most 500 galaxies

In the first table a calibrated test has 0.05, give or take 0.03 for one test in each of 200 repetitions (two
standard errors); local tests number a hundred in each, so theirs are ten times as precise.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from causal_simulations import (
    INDEPENDENT,
    Simulation,
    curved,
    curved_effect,
    gaussian,
    latent_space,
    linear_effect,
    spread_effect,
    uneven,
    wavy,
)
from scipy.stats import kstest

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests, pooled_tests
from galaxy_causal.neighbours import Exact

K, CENTRES, PERMUTATIONS, KERNEL = 100, 100, 99, 1000
TESTS = {
    "published": LocalTestOptions(test="paper", permutations=PERMUTATIONS),
    "partial, latent": LocalTestOptions(test="partial", gradient="latent", permutations=PERMUTATIONS),
    "partial": LocalTestOptions(test="partial", permutations=PERMUTATIONS),
    "gcm": LocalTestOptions(test="gcm", permutations=PERMUTATIONS),
}


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


def put(
    question: LocalQuestion, latent: np.ndarray, seed: int, tests: dict[str, LocalTestOptions]
) -> Iterator[tuple[str, object, object]]:
    """What each test says of some neighbourhoods; the published ones hold the galaxy itself."""
    rng = np.random.default_rng(seed)
    own = rng.choice(len(latent), CENTRES, replace=False)
    search = Exact(K, device="cpu", threads=1)
    others, published = search.find(latent, latent[own], own), search.find(latent, latent[own])
    for name, options in tests.items():
        neighbours = published if name == "published" else others
        local = local_tests(question, neighbours, options, seed)
        groups = {"all": np.ones(CENTRES, dtype=bool)}
        yield name, local, pooled_tests(question, neighbours, local, groups, options, seed)[0]


def tallies(
    simulate: Simulation, repetitions: int, n: int, tests: dict[str, LocalTestOptions] = TESTS
) -> dict[str, Tally]:
    """All repetitions of one simulation."""
    found = {name: Tally([], [], [], [], [], [], []) for name in tests}
    for seed in range(repetitions):
        question, latent = simulate(np.random.default_rng(seed), n)
        dither = np.random.default_rng((seed, 1)).random()
        for name, local, pooled in put(question, latent, seed, tests):
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
        question = LocalQuestion(target, mean + other, None, latent, mean)
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


def power(repetitions: int) -> None:
    """Rejections where target and query share a hundredth or a tenth of their variance."""
    for kind, effect in (("linear", linear_effect), ("quadratic", curved_effect)):
        for strength in (0.1, 0.33):
            for n in (500, 2000, 8000):
                title = f"{kind} dependence, {strength} of the noise, {n:,} training galaxies"
                print_table(title, tallies(effect(strength), repetitions, n))


def kernel(repetitions: int) -> None:
    """Rejections where the query tells nothing, and in the last line where the spread depends on it."""
    tests = {
        "RCIT": LocalTestOptions(test="kernel", permutations=19),
        "KCI": LocalTestOptions(test="kci", permutations=19, kernel_galaxies=500),
    }
    print("| data | training galaxies | " + " | ".join(tests) + " |\n|---|---|---|---|")
    for simulate in (gaussian, curved, uneven, wavy, spread_effect):
        rejected = []
        for seed in range(repetitions):
            question, latent = simulate(np.random.default_rng(seed), KERNEL)
            found = put(question, latent, seed, tests)
            rejected.append([pooled.kernel_p <= 0.05 for _, _, pooled in found])
        rates = " | ".join(f"{rate:.3f}" for rate in np.mean(rejected, axis=0))
        print(f"| {simulate.__doc__.rstrip('.')} | {KERNEL:,} | {rates} |", flush=True)


def gradient(repetitions: int) -> None:
    """Mean correlation of a query that tells nothing, as neighbourhoods shrink; its null is zero."""
    names = [name for name in TESTS if name != "partial, latent"]
    print("| k | share of the target's variance in the gradient | bound | " + " | ".join(names) + " |")
    print("|---" * (3 + len(names)) + "|")
    for k in (25, 50, 100, 200, 400):
        rows = []
        for seed in range(repetitions):
            question, latent = curved(np.random.default_rng(seed), 4000)
            neighbours = Exact(k, device="cpu", threads=1).find(latent, latent[:CENTRES], np.arange(CENTRES))
            tests = {name: local_tests(question, neighbours, TESTS[name], seed) for name in names}
            target, query = tests["partial"].target_gradient, tests["partial"].query_gradient
            bound = np.sqrt(np.maximum(target, 0) * np.maximum(query, 0)).mean()
            rows.append([target.mean(), bound, *(t.correlation.value.mean() for t in tests.values())])
        error = np.std(rows, axis=0) / np.sqrt(repetitions)
        cells = (f"{m:.3f} +- {e:.3f}" for m, e in zip(np.mean(rows, axis=0), error, strict=True))
        print(f"| {k} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Run the chosen one."""
    kinds = {
        "independent": independent,
        "discoveries": discoveries,
        "power": power,
        "gradient": gradient,
        "kernel": kernel,
    }
    if len(sys.argv) < 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    kinds[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 200)


if __name__ == "__main__":
    main()
