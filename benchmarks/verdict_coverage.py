"""How often the stated intervals hold the truth over fresh data and newly trained networks, by verdict.

python benchmarks/verdict_coverage.py FOLDER [repetitions] goes on where it was stopped, then prints.
Each repetition draws galaxies anew, trains the default network on both inputs and their union (one
realisation), and asks the second opinion; the folder keeps the values of every galaxy. Then all is decomposed
and judged as in a job. 68% is expected of what is called reliable.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from laws import Law, laws
from shipped import shipped
from tqdm import tqdm
from verdict_rates import MANY, sample

from galaxy_causal.decomposition import ALWAYS, INFORMATIONS, pointwise_min, population_min, summarise
from galaxy_causal.jobs.decompose.verdict import judged
from galaxy_causal.types import Catalogue, Fit, PairFits, PairInformations, Summary

LAWS = ("interaction/product 0.5", "gaussian/mixed 1+1 0.5")
SIZES = (1714, 643)
"""Galaxies, of which 1,200 and 450 train."""
DRAWS = 300
FIRST = 6000
"""Seed of the first repetition; those of 5000 and more were looked at when pointwise atoms got their rule."""


def law(name: str) -> Law:
    """The law of this name."""
    return next(one for one in laws() if one.name == name)


def truths(name: str) -> dict[str, float]:
    """Means and atoms of many draws of a law."""
    many = law(name).draw(MANY, 77)
    means = (many.i1.mean(), many.i2.mean(), many.both.mean())
    found = dict(zip(INFORMATIONS, means, strict=True))
    for measure, atoms in (
        ("population_min", population_min(*means)),
        ("pointwise_min", pointwise_min(many.i1, many.i2, many.both)),
    ):
        found |= {f"{measure}/{atom}": float(np.mean(value)) for atom, value in atoms}
    return {key: float(value) for key, value in found.items()}


def train(name: str, n: int, seed: int, file: Path) -> None:
    """Values of every galaxy, (3, n), by the network and by the second opinion, and metrics of the fits."""
    drawn = law(name).draw(n, seed)
    own, other, metrics = [], [], []
    for x in (drawn.x1, drawn.x2, np.hstack([drawn.x1, drawn.x2])):
        data = sample(x, drawn.y)
        for values, overrides in ((own, ()), (other, ("estimator=boosted",))):
            estimator, learner = shipped(seed, *overrides)
            found = estimator.information(data, learner, seed)
            values.append(found.pointwise_mi)
            if not overrides:
                metrics.append(dict(found.metrics))
    np.savez(file, own=own, other=other, y=drawn.y, split=data.split, metrics=json.dumps(metrics))


def decomposed(file: Path, seed: int) -> Summary:
    """A repetition as a job would decompose and judge it."""
    with np.load(file) as kept:
        own, other, split = kept["own"], kept["other"], kept["split"]
        y, metrics = kept["y"], json.loads(str(kept["metrics"]))
    test, n = split == "test", len(y)
    group = np.zeros(test.sum(), dtype=int)
    informations = PairInformations(*own[:, None])
    summaries = summarise(informations.of(test), group, ["all"], DRAWS, seed)[:1]
    fits = PairFits(
        *((Fit("", "", values, of, reused=False),) for values, of in zip(own, metrics, strict=True))
    )
    catalogue = Catalogue("", np.arange(n), y, "", {}, split)
    (summary,), _ = judged(summaries, catalogue, test, informations, fits, ALWAYS, other)
    return summary


def table(found: dict[tuple[str, int], list[Summary]]) -> str:
    """Shares of intervals that hold the truth, of all repetitions and of those called reliable."""
    lines = [
        "| law | training galaxies | quantity | truth | mean of estimates | held, of all | called reliable "
        "| held, of these |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (name, n), summaries in found.items():
        for key, truth in truths(name).items():
            value, low, high = (
                np.array([getattr(one, part)[key] for one in summaries]) for part in ("value", "low", "high")
            )
            reliable = np.array([one.verdict[key] == "reliable" for one in summaries])
            held = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
            share = f"{held[reliable].mean():.0%} ({held[reliable].sum()})" if reliable.any() else "-"
            lines.append(
                f"| {name} | {int(0.7 * n):,} | {key} | {truth:.3f} | {value.mean():.3f} | {held.mean():.0%} "
                f"| {reliable.sum()} of {len(summaries)} | {share} |"
            )
    return "\n".join(lines)


def main(folder: Path, repetitions: int) -> None:
    """Train what is missing, then print."""
    folder.mkdir(exist_ok=True)
    found = defaultdict(list)
    for seed in tqdm(range(FIRST, FIRST + repetitions)):
        for name in LAWS:
            for n in SIZES:
                file = folder / f"{name.replace('/', '_')} {n} {seed}.npz"
                if not file.exists():
                    train(name, n, seed, file)
                found[name, n].append(decomposed(file, seed))
    print(table(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
