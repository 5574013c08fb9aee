"""How often the stated intervals hold the truth over fresh data and newly trained networks, by verdict.

python benchmarks/verdict_coverage.py RESULTS.jsonl [repetitions] goes on where it was stopped, then prints.
Each repetition draws galaxies anew, trains the default network on both inputs and their union (one
realisation), asks the second opinion, and decomposes. 68% is expected of what is called reliable.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from laws import laws
from tqdm import tqdm
from verdict_rates import MANY, NETWORK, TRAINER, sample, scatter

from galaxy_causal.decomposition import (
    INFORMATIONS,
    evidence,
    judge,
    pointwise_min,
    population_min,
    summarise,
)
from galaxy_causal.estimator import Boosted, CrossEntropy
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Learner

LAWS = ("interaction/product 0.5", "gaussian/mixed 1+1 0.5")
SIZES = (1714, 643)
"""Galaxies, of which 1,200 and 450 train."""
DRAWS = 300


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


def law(name: str):  # noqa: ANN201  (a law of the benchmarks)
    """The law of this name."""
    return next(one for one in laws() if one.name == name)


def repetition(name: str, n: int, number: int) -> dict[str, list]:
    """Value, ends of the interval and verdict of every quantity."""
    drawn = law(name).draw(n, 5000 + number)
    found, opinions, trained = [], [], []  # and metrics, with what a job adds to them
    for x in (drawn.x1, drawn.x2, np.hstack([drawn.x1, drawn.x2])):
        data = sample(x, drawn.y)
        fit = CrossEntropy().information(data, NetworkLearner(NETWORK, TRAINER, number), number)
        found.append(fit.pointwise)
        opinions.append(Boosted().information(data, Learner(), 0).pointwise)
        train, test = (fit.pointwise[data.split == split] for split in ("train", "test"))
        gap_err = float(np.hypot(scatter(train), scatter(test)))
        trained.append({**fit.metrics, "gap_err": gap_err, "count": len(test)})
    test = data.split == "test"
    own = np.stack(found)[:, test]
    (summary,) = summarise(own[None], np.zeros(own.shape[1], dtype=int), ["all"], DRAWS, number)[:1]
    seen = {}
    for key, mine, other, metrics in zip(INFORMATIONS, own, opinions, trained, strict=True):
        more = other[test] - mine
        excess = (float(more.mean()), float(more.std(ddof=1) / np.sqrt(len(more))))
        seen[key] = evidence([metrics], summary.error[key], excess)
    verdict = judge(summary, seen).verdict
    return {
        key: [summary.value[key], summary.low[key], summary.high[key], verdict[key]] for key in summary.value
    }


def table(rows: list[dict]) -> str:
    """Shares of intervals that hold the truth, of all repetitions and of those called reliable."""
    lines = [
        "| law | training galaxies | quantity | truth | mean of estimates | held, of all | called reliable "
        "| held, of these |",
        "|---|---|---|---|---|---|---|---|",
    ]
    groups = defaultdict(list)
    for one in rows:
        groups[one["law"], one["n"]].append(one["found"])
    for (name, n), found in groups.items():
        for key, truth in truths(name).items():
            value, low, high = (np.array([one[key][k] for one in found]) for k in range(3))
            reliable = np.array([one[key][3] == "reliable" for one in found])
            held = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
            share = f"{held[reliable].mean():.0%} ({held[reliable].sum()})" if reliable.any() else "-"
            lines.append(
                f"| {name} | {int(0.7 * n):,} | {key} | {truth:.3f} | {value.mean():.3f} | {held.mean():.0%} "
                f"| {reliable.sum()} of {len(found)} | {share} |"
            )
    return "\n".join(lines)


def main(results: Path, repetitions: int) -> None:
    """Measure what is missing, then print."""
    done = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    known = {(one["law"], one["n"], one["number"]) for one in done}
    wanted = [(name, n, k) for k in range(repetitions) for name in LAWS for n in SIZES]
    with results.open("a") as file:
        for name, n, number in tqdm([one for one in wanted if one not in known]):
            done.append({"law": name, "n": n, "number": number, "found": repetition(name, n, number)})
            file.write(json.dumps(done[-1]) + "\n")
            file.flush()
    print(table(done))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
