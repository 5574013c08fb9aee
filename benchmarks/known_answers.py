"""How far every estimator and decomposition is from the truth.

    python benchmarks/known_answers.py RESULTS.jsonl DOCS_FOLDER [seeds]

Parts: the 40 tasks of Czyz et al. (2023) at 5,000 pairs; Gaussian sources of up to 50 dimensions; images
whose label passed through a binary symmetric channel; dit's distributions; coverage of the stated errors.
Each result is a line of RESULTS, so that the script goes on where it was stopped; then it writes
DOCS_FOLDER/known_answers.csv, the figure DOCS_FOLDER/figures/known_answers.png, and prints the tables in
Markdown.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from known_coverage import coverage
from known_parts import PARTS, TRAINED, discrete

from galaxy_causal import plot

LABELS = {
    "CCA": "CCA",
    "KSG standardised": "KSG, standardised columns",
    "KSG": "KSG, normal scores",
    "Gaussian copula": "Gaussian copula",
    "default": "mixture density over cells (default)",
    "mixture": "mixture density over equal bins",
    "spline": "neural spline flow",
    "info_nce": "InfoNCE",
    "mine": "MINE",
}


def jobs(seeds: int) -> Iterator[tuple[str, str, str, int, Callable[[int], tuple[float, float]]]]:
    """Part, task, estimator and seed of every result, and what computes (value, truth).

    Those without a network come first, then seed by seed those with one.
    """
    for trained in (False, True):
        for seed in range(seeds):
            for part, listed in PARTS.items():
                for task, estimator, compute in listed():
                    if (estimator in TRAINED) == trained:
                        yield part, task, estimator, seed, compute


def measure(results: Path, seeds: int) -> None:
    """Append what is not there yet."""
    done = {(r["part"], r["task"], r["estimator"], r["seed"]) for r in read(results)}
    cut = results.exists() and not results.read_text().endswith("\n")
    with results.open("a") as file:
        file.write("\n" if cut else "")
        for part, task, estimator, seed, compute in jobs(seeds):
            if (part, task, estimator, seed) in done:
                continue
            value, truth = compute(seed)
            line = {"part": part, "task": task, "estimator": estimator, "seed": seed}
            file.write(json.dumps({**line, "value": value, "truth": truth}) + "\n")
            file.flush()


def read(results: Path) -> list[dict]:
    """Lines of earlier runs; one that was cut off is left out."""
    found = []
    for line in results.read_text().splitlines() if results.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            print(f"left out a damaged line: {line[:60]}", file=sys.stderr)
    return found


def show(results: Path, docs: Path) -> None:
    """Tables, one a part: error in nats, mean over seeds and its standard error where there are several."""
    groups: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    truth = {}
    for r in read(results):
        groups[r["part"]][r["task"]][r["estimator"]].append(r["value"] - r["truth"])
        truth[r["part"], r["task"]] = r["truth"]
    rows = []
    for part in PARTS:
        found = groups[part]
        if not found:
            continue
        estimators = list(dict.fromkeys(e for by in found.values() for e in by))
        print(
            f"\n**{part}**\n\n| | truth | {' | '.join(estimators)} |\n|---|{'---|' * (1 + len(estimators))}"
        )
        for task, by in found.items():
            cells = [cell(by.get(e, [])) for e in estimators]
            print(f"| {task} | {truth[part, task]:.3f} | {' | '.join(cells)} |")
            rows += [
                (part, task, e, truth[part, task], np.mean(errors), deviation(errors), len(errors))
                for e, errors in by.items()
            ]
    with (docs / "evidence" / "known_answers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "task", "estimator", "truth", "error", "standard_error", "seeds"])
        writer.writerows([*row[:3], *(f"{v:.5f}" for v in row[3:6]), row[6]] for row in rows)
    scalar = groups[next(iter(PARTS))]
    measured = {e: label for e, label in LABELS.items() if any(e in by for by in scalar.values())}
    figure = plot.errors(scalar, "error of the information [nats]", measured)
    plot.save(figure, docs / "figures", "known_answers")


def cell(errors: list[float]) -> str:
    """Mean and standard error of the mean, signed."""
    if not errors:
        return ""
    spread = f" ± {deviation(errors):.3f}" if len(errors) > 1 else ""
    return f"{np.mean(errors):+.3f}{spread}"


def deviation(errors: list[float]) -> float:
    """Standard error of the mean over seeds; NaN of one."""
    return float(np.std(errors, ddof=1) / np.sqrt(len(errors))) if len(errors) > 1 else float("nan")


def main() -> None:
    """Measure and show."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    results, docs = Path(sys.argv[1]), Path(sys.argv[2])
    measure(results, int(sys.argv[3]) if len(sys.argv) == 4 else 3)
    show(results, docs)
    print("\n**Coverage of the stated errors**\n")
    print(coverage())
    print("\n**Discrete laws, in bits**\n")
    print(discrete())


if __name__ == "__main__":
    main()
