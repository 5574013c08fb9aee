"""How often verdicts are right, over laws with known truth, and how often intervals hold it.

python benchmarks/verdict_rates.py RESULTS.jsonl [laws] measures what is missing in RESULTS.jsonl, of so many
laws, with the default network, one realisation, on 500 to 1,500 galaxies: the first input and both together.
It can be stopped and goes on. Then it prints the rates, of either half of the laws.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from law import Drawn, Law
from laws import half, laws
from tqdm import tqdm

from galaxy_causal.decomposition import evidence, verdict_of
from galaxy_causal.estimator import Boosted, CrossEntropy
from galaxy_causal.network import Mlp, NetworkLearner, Training
from galaxy_causal.types import Floats, Sample

SIZES = (1000, 500, 1500, 700)
MANY = 100_000
"""Draws whose mean is the truth; its error is a hundredth of a nat or less."""
TRAINER = {"accelerator": "cpu", "max_epochs": 200, "num_sanity_val_steps": 0, "enable_progress_bar": False}
NETWORK = Mlp(
    Training(
        batch_size=512, least_steps=16, learning_rate=2e-3, weight_decay=1e-2, patience=30, average=2,
        max_epochs=200, threads=1,
    )
)  # fmt: skip
"""As conf/network/mlp.yaml."""
LEAST = 0.005
"""Nats that count as nothing."""
OFF = 2.0
"""Errors from the truth beyond which a number is wrong."""


def order() -> list[Law]:
    """All laws, the halves in turns, families mixed."""
    halves = [[law for law in laws() if half(law) == name] for name in ("set", "test")]
    pairs = list(zip(*halves, strict=False))
    mixed = np.random.default_rng(0).permutation(len(pairs))
    return [law for number in mixed for law in pairs[number]]


def sample(x: Floats, y: Floats) -> Sample:
    """70, 15 and 15 per cent in order: draws are independent."""
    n = len(y)
    counts = (int(0.7 * n), int(0.15 * n), n - int(0.7 * n) - int(0.15 * n))
    split = np.repeat(["train", "validation", "test"], counts)
    return Sample(x, y, split, tuple(f"other/{k}" for k in range(x.shape[1])), frozenset({"other"}))


def measured(data: Sample, truth: Floats, seed: int) -> dict[str, float]:
    """What a decomposition would know of one information, and the truth of the same test galaxies."""
    found = CrossEntropy().information(data, NetworkLearner(NETWORK, TRAINER, seed), seed)
    test = data.split == "test"
    own = found.pointwise_mi[test]
    more = Boosted().information(data, None, seed).pointwise_mi[test] - own
    return {
        "estimate": float(own.mean()),
        "error": scatter(own),
        "count": len(own),
        "train": found.metrics["mi_train"],
        "gap_err": float(np.hypot(scatter(found.pointwise_mi[data.split == "train"]), scatter(own))),
        "pit_distance": found.metrics["pit_distance"],
        "mismatch": found.metrics["prior_mismatch"],
        "more": float(more.mean()),
        "more_err": scatter(more),
        "truth_here": float(truth[test].mean()),
    }


def scatter(values: Floats) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def row(number: int, law: Law) -> dict[str, object]:
    """Everything of one law."""
    n = SIZES[(number // 2) % len(SIZES)]
    drawn, many = law.draw(n, 1000 + number), law.draw(MANY, 77)
    inputs = {"x1": (drawn.x1, drawn.i1), "both": (np.hstack([drawn.x1, drawn.x2]), drawn.both)}
    return {
        "law": law.name,
        "half": half(law),
        "n": n,
        **{
            name: measured(sample(x, drawn.y), i, 0) | {"truth": _truth(many, name)}
            for name, (x, i) in inputs.items()
        },
    }


def _truth(many: Drawn, name: str) -> float:
    return float((many.i1 if name == "x1" else many.both).mean())


def judged(one: dict[str, float]) -> str:
    """The verdict on an information."""
    metrics = {"mi_train": one["train"], "mi_test": one["estimate"], "prior_mismatch": one["mismatch"]}
    metrics |= {name: one[name] for name in ("gap_err", "pit_distance", "count")}
    seen = evidence([metrics], one["error"], (one["more"], one["more_err"]))
    if seen.faults or one["estimate"] < -2 * one["error"] - LEAST:
        return "not to be trusted"
    return verdict_of(seen.shortfall, one["error"])


HEADINGS = (
    "laws", "informations", "called reliable", "of these within one error", "within two", "misses",
    "called lower bound", "of these truth above", "needless", "not to be trusted",
)  # fmt: skip


def table(rows: list[dict]) -> str:
    """Rates by half of the laws.

    A miss is called reliable and off by more than two errors, of all that are; needless is a lower bound
    that is less than half an error below the truth.
    """
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
    for name, words in (("set", "of the first half"), ("test", "of the other half")):
        found = [one[key] for one in rows if one["half"] == name for key in ("x1", "both")]
        verdict = np.array([judged(one) for one in found])
        error = np.array([max(one["error"], LEAST) for one in found])
        below = np.array([one["truth"] - one["estimate"] for one in found])
        reliable, lower = verdict == "reliable", verdict == "lower bound"
        wrong = np.abs(below) > OFF * error
        cells = (
            f"{words} ({len(found) // 2})", len(found), reliable.sum(),
            f"{np.mean(np.abs(below[reliable]) < error[reliable]):.0%}",
            f"{np.mean(~wrong[reliable]):.0%}", f"{np.sum(reliable & wrong)} of {wrong.sum()}",
            lower.sum(), f"{np.mean(below[lower] > 0):.0%}",
            f"{np.mean(below[lower] < 0.5 * error[lower]):.0%}",
            np.sum(verdict == "not to be trusted"),
        )  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main(results: Path, count: int) -> None:
    """Measure what is missing, then print."""
    done = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    known = {one["law"] for one in done}
    with results.open("a") as file:
        for number, law in enumerate(tqdm(order()[:count])):
            if law.name not in known:
                done.append(row(number, law))
                file.write(json.dumps(done[-1]) + "\n")
                file.flush()
    print(table(done))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 104)
