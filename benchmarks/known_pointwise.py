"""How far informations of single galaxies are from the truth, estimator by estimator.

    python benchmarks/known_pointwise.py RESULTS.jsonl [seeds]

Laws of benchmarks/laws.py, which know the information of every galaxy. Each law by each estimator is a line
of RESULTS, so that the script goes on where it was stopped; then it prints the tables of
docs/evidence/known_pointwise.md.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from known_answers import read
from known_fits import GALAXIES, Line, measure, pointwise, sample_of
from law import Array
from laws import laws
from scipy.stats import spearmanr

from galaxy_causal.decomposition import pointwise_min
from galaxy_causal.types import ATOMS

ESTIMATORS = {
    "cross_entropy (default)": (),
    "cross_entropy, head=spline": ("network.head=spline",),
    "gaussian": ("estimator=gaussian",),
    "gaussian_copula": ("estimator=gaussian_copula",),
    "ksg": ("estimator=ksg",),
    "critic (info_nce)": ("estimator=critic",),
}
LAWS = (
    "mixture/Gaussian 2 of 1+1", "mixture/Student 5 2 of 1+2", "mixture/bent Gaussian 3 of 2+1",
    "gaussian/mixed 1+1 0.5", "interaction/product 0.5", "rounded/40 values 1.5",
    "classes/5 Gaussian 2+2 1.5", "curved/sine 0.3", "heteroscedastic/mean and spread 0.8 2+2",
    "student/3 dof 1+1", "censored/floor 20% 0.5", "counts/Poisson 30",
)  # fmt: skip
QUANTITIES = ("i1", "i2", "both", *ATOMS)


def values(estimates: Array) -> dict[str, Array]:
    """Informations (3, n) of each galaxy and the atoms of their pointwise minimum, by name."""
    return dict(
        zip(QUANTITIES, (*estimates, *(value for _, value in pointwise_min(*estimates))), strict=True)
    )


def compared(found: Array, true: Array) -> Line:
    """Scores of informations (3, n): of each quantity root-mean-square and mean error and correlations."""
    scores: Line = {}
    for (name, value), truth in zip(values(found).items(), values(true).values(), strict=True):
        error = value - truth
        varies = value.std() > 0 and truth.std() > 0
        scores |= {
            f"{name} rms": float(np.sqrt(np.mean(error**2))),
            f"{name} mean": float(error.mean()),
            f"{name} deviation": float(truth.std()),
            f"{name} pearson": float(np.corrcoef(value, truth)[0, 1]) if varies else 0.0,
            f"{name} spearman": float(spearmanr(value, truth).statistic) if varies else 0.0,
        }
    return scores


def estimated(
    law: str, overrides: tuple[str, ...], seed: int, galaxies: int = GALAXIES
) -> tuple[Array, Array]:
    """Informations (3, n) of the test galaxies of a law by an estimator, and in truth."""
    drawn = next(each for each in laws() if each.name == law).draw(galaxies, seed)
    both = sample_of(np.hstack([drawn.x1, drawn.x2]), drawn.y, seed)
    d1 = drawn.x1.shape[1]
    parts = (slice(0, d1), slice(d1, None), slice(None))
    samples = [replace(both, x=both.x[:, part], columns=both.columns[part]) for part in parts]
    test = both.split == "test"
    found = np.stack([pointwise(sample, seed, *overrides)[test] for sample in samples])
    return found, np.stack([drawn.i1, drawn.i2, drawn.both])[:, test]


def scored(law: str, estimator: str, seed: int) -> Line:
    """A line of results."""
    return compared(*estimated(law, ESTIMATORS[estimator], seed))


def jobs(seeds: int) -> Iterator[tuple[Line, Callable[[], Line]]]:
    """Law by law, all estimators of each."""
    for seed in range(seeds):
        for law in LAWS:
            for estimator in ESTIMATORS:
                key = {"law": law, "estimator": estimator, "seed": seed}
                yield key, partial(scored, law, estimator, seed)


def show(results: Path) -> None:
    """Medians over laws for each quantity, then each law's union."""
    lines = read(results)
    by: dict = defaultdict(list)
    for line in lines:
        for key, value in line.items():
            by[line["estimator"], line["law"], key].append(value)
    mean = {key: float(np.mean(found)) for key, found in by.items() if isinstance(found[0], float)}
    measured = [law for law in LAWS if all((e, law, "both rms") in mean for e in ESTIMATORS)]
    print("| estimator | score |", " | ".join(QUANTITIES), "|\n|---|---|" + "---|" * len(QUANTITIES))
    for estimator in ESTIMATORS:
        for score in ("rms", "mean", "pearson", "spearman"):
            each = [[mean[estimator, law, f"{q} {score}"] for law in measured] for q in QUANTITIES]
            print(
                f"| {estimator} | {score} |", " | ".join(f"{np.median(e):{SIGNED[score]}}" for e in each), "|"
            )
    for quantity in ("both", "redundant"):
        print(f"\n**{quantity}**\n\n| law | deviation | {' | '.join(ESTIMATORS)} |")
        print("|---|---|" + "---|" * len(ESTIMATORS))
        for law in measured:
            cells = [
                f"{mean[e, law, f'{quantity} rms']:.2f}, {mean[e, law, f'{quantity} spearman']:.2f}"
                for e in ESTIMATORS
            ]
            deviation = mean[next(iter(ESTIMATORS)), law, f"{quantity} deviation"]
            print(f"| {law} | {deviation:.2f} | {' | '.join(cells)} |")


SIGNED = {"rms": ".2f", "mean": "+.3f", "pearson": ".2f", "spearman": ".2f"}


def main() -> None:
    """Measure and show."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    results = Path(sys.argv[1])
    measure(results, jobs(int(sys.argv[2]) if len(sys.argv) == 3 else 1))
    show(results)


if __name__ == "__main__":
    main()
