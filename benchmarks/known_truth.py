"""Every algorithm on random graphs of seven variables whose truth is known.

    python benchmarks/known_truth.py RESULTS.jsonl [graphs]

20 graphs each of linear-Gaussian data and of perceptron networks, with 12 to 16 of 21 possible edges as in
Desmond & Ramsey (2025, arXiv:2510.01112), at 10^3, 10^4 and 10^5 galaxies (BOSS also at their 445,763; slow
tests at fewer). Each result
is a line of RESULTS, so that the script goes on where it was stopped; then it prints the table of medians,
in Markdown. The settings of ``additive_bic`` were chosen on other graphs.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from galaxy_causal.discovery import (
    BOSS,
    FCI,
    GES,
    PC,
    ExactPosterior,
    GRaSP,
    HillClimbing,
    agreement,
    cpdag,
    knowledge,
    linear_gaussian,
    perceptron_network,
    random_dag,
    to_graph,
    truth_of,
    variables,
)
from galaxy_causal.discovery.marks import from_parents

NAMES = [f"v{k}" for k in range(7)]
MOCKS = {"linear-Gaussian": linear_gaussian, "perceptron network": perceptron_network}
SIZES = (1_000, 10_000, 100_000, 445_763)
SPLINES = {"score": "additive_bic", "least": 0.03}
SEARCHES = {
    "PC, Fisher z": (PC(), 100_000),
    "PC, nonparanormal": (PC(test="nonparanormal"), 100_000),
    "PC, additive": (PC(test="additive"), 100_000),
    "PC, covariance measure": (PC(test="covariance_measure"), 10_000),
    "PC, RCIT": (PC(test="rcit", depth=2), 1_000),
    "FCI, Fisher z": (FCI(), 100_000),
    "FCI, additive": (FCI(test="additive"), 100_000),
    "GES (pgmpy), Gaussian BIC": (GES(), 100_000),
    "GES (causal-learn), Gaussian BIC": (GES(library="causal-learn"), 100_000),
    "hill climbing, Gaussian BIC": (HillClimbing(), 100_000),
    "GRaSP, Gaussian BIC": (GRaSP(), 100_000),
    "BOSS, Gaussian BIC": (BOSS(), 100_000),
    "GES (pgmpy), additive BIC": (GES(**SPLINES), 100_000),
    "hill climbing, additive BIC": (HillClimbing(**SPLINES), 100_000),
    "GRaSP, additive BIC": (GRaSP(**SPLINES), 100_000),
    "BOSS, additive BIC": (BOSS(**SPLINES), 445_763),
    "exact posterior, BGe": (ExactPosterior(), 100_000),
    "exact posterior, BGe of normal scores": (ExactPosterior(transform="normal_scores"), 100_000),
}


def measure(results: Path, graphs: int) -> None:
    """Append what is not there yet."""
    done = {tuple(r[k] for k in ("mock", "n", "graph", "search")) for r in read(results)}
    with results.open("a") as file:
        for graph in range(graphs):
            for n in SIZES:
                for mock in MOCKS:
                    wanted = [
                        s
                        for s, (_, most) in SEARCHES.items()
                        if n <= most and (mock, n, graph, s) not in done
                    ]
                    if wanted:
                        for line in compare(mock, n, graph, wanted):
                            file.write(json.dumps(line) + "\n")
                            file.flush()


def compare(mock: str, n: int, graph: int, wanted: list[str]) -> Iterator[dict]:
    """One line for each of the wanted searches."""
    rng = np.random.default_rng([graph, n])
    parents = random_dag(7, int(rng.integers(12, 17)), rng)
    table = variables(NAMES, MOCKS[mock](parents, n, rng))
    dag = to_graph(from_parents(parents), NAMES, "dag")
    truth = {"cpdag": cpdag(parents), "pag": truth_of(dag, NAMES, "pag")}
    known = knowledge(NAMES)
    for name in wanted:
        search, _ = SEARCHES[name]
        started = time.perf_counter()
        found = agreement(search.search(search.prepare(table), known).marks, truth[search.kind])
        seconds = time.perf_counter() - started
        yield {"mock": mock, "n": n, "graph": graph, "search": name, "seconds": seconds, **found.metrics()}


def read(results: Path) -> list[dict]:
    """Lines of earlier runs; one that was cut off is left out."""
    lines = results.read_text().splitlines() if results.exists() else []
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            print(f"left out a damaged line: {line[:60]}", file=sys.stderr)
    return found


def show(results: Path) -> None:
    """Medians over graphs."""
    groups = defaultdict(list)
    for r in read(results):
        groups[r["mock"], r["n"], r["search"]].append(r)
    columns = (
        "adjacency_precision",
        "adjacency_recall",
        "orientation_accuracy",
        "hamming_distance",
        "seconds",
    )
    for mock in MOCKS:
        print(f"\n**{mock}**\n")
        heads = (
            "algorithm",
            "n",
            "graphs",
            "adjacency precision",
            "recall",
            "orientation",
            "distance",
            "seconds",
        )
        print(f"| {' | '.join(heads)} |")
        print("|---|---|---|---|---|---|---|---|")
        for name in SEARCHES:
            for n in SIZES:
                lines = groups.get((mock, n, name))
                if lines:
                    p, r, o, d, s = (np.nanmedian([line[c] for line in lines]) for c in columns)
                    print(
                        f"| {name} | {n:,} | {len(lines)} | {p:.2f} | {r:.2f} | {o:.2f} | {d:.1f} | {s:.2f} |"
                    )


def main() -> None:
    """Measure and show."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    results = Path(sys.argv[1])
    measure(results, int(sys.argv[2]) if len(sys.argv) == 3 else 20)
    show(results)


if __name__ == "__main__":
    main()
