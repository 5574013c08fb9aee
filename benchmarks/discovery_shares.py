"""How often is an edge true that so many resamples have? Random graphs, each law with one fault.

    python benchmarks/discovery_shares.py RESULTS.jsonl [seconds]    # simulate, for at most so long
    python benchmarks/discovery_shares.py RESULTS.jsonl write        # galaxy_causal/discovery/shares.yaml

Each search of a sample is a line of RESULTS, so that the script goes on where it was stopped. 4 to 12
variables, 300 to 3,000 and 3,000 to 30,000 galaxies, nine laws of ``faulty_laws.py``, 50 subsamples of half
of the galaxies. An edge of a CPDAG is true where one of the two causes the other directly, a direction where
it is that of the cause; an edge of a PAG where the PAG of perfect tests has it (a hidden common cause is one
too), a direction where the first is an ancestor of the second. Even graphs make the file, odd ones check it.
Both ways end with the tables in Markdown. About 20 minutes on one thread.
"""

import datetime
import json
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from faulty_laws import LAWS, Sample, sampled
from known_answers import read

from galaxy_causal.discovery import (
    BOSS,
    PC,
    Algorithm,
    Marks,
    knowledge,
    resample,
    stability,
    to_graph,
    truth_of,
    variables,
)
from galaxy_causal.discovery.marks import directed, from_parents
from galaxy_causal.discovery.shares import BINS, SIMULATED, place

SIZES = ((300, 3_000), (3_000, 30_000))
GRAPHS = {"PC, Fisher z": 24, "PC, rank correlation": 24, "FCI, Fisher z": 10, "BOSS, additive BIC": 8}
MOST_GRAPHS = 24
TABLES = [
    *((name, (size,)) for name in ("PC, Fisher z", "PC, rank correlation") for size in SIZES),
    *((name, SIZES) for name in ("FCI, Fisher z", "BOSS, additive BIC")),
]
"""Slower searches have fewer graphs, and one table for both sizes."""
REPLICATES, FRACTION = 50, 0.5
WHOLE = {
    "PC, nonparanormal": PC(test="nonparanormal"),
    "PC, additive": PC(test="additive"),
    "BOSS, Gaussian BIC": BOSS(),
    "BOSS, nonparanormal BIC": BOSS(score="nonparanormal_bic"),
}
"""Searches of which the graph of all galaxies alone is measured."""
ENOUGH, LAWS_ENOUGH = 10, 5
"""Pairs that a law must have in a bin, and laws that a bin must have."""
Sizes = Sequence[tuple[int, int]]
FILE = Path(__file__).parents[1] / "galaxy_causal" / "discovery" / "shares.yaml"
COMMAND = "python benchmarks/discovery_shares.py RESULTS.jsonl"
FINE = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
"""Lower ends of the bins in which pairs are counted; the file has coarser ones, as few pairs lie between."""


def measure(results: Path, seconds: float) -> None:
    """Append what is not there yet."""
    ends = time.monotonic() + seconds
    done = {(r["law"], r["galaxies"][0], r["graph"], r["search"]) for r in read(results)}
    with results.open("a") as file:
        for graph in range(MOST_GRAPHS):
            for size in SIZES:
                for law in LAWS:
                    for name, search in {**SIMULATED, **WHOLE}.items():
                        most = GRAPHS.get(name, 20)
                        if graph >= most or (law, size[0], graph, name) in done:
                            continue
                        if time.monotonic() > ends:
                            return
                        file.write(json.dumps(one(law, size, graph, name, search)) + "\n")
                        file.flush()


def one(law: str, size: tuple[int, int], graph: int, name: str, search: Algorithm) -> dict:
    """A search of one sample: counts of pairs and of true ones by bin, and the agreement of its graph."""
    started = time.process_time()
    sample = sampled(law, size, graph)
    n, p = sample.values.shape
    names = [f"v{k}" for k in range(p)]
    table, known = variables(names, sample.values), knowledge(names)
    data = search.prepare(table)
    edge, direction = truths(sample, p, search)
    found = {
        "law": law, "galaxies": size, "graph": graph, "search": name, "n": n, "p": p,
        "agreement": counts(search.search(data, known).marks, edge, direction),
    }  # fmt: skip
    if name in SIMULATED:
        draws = (resample(n, "subsample", FRACTION, (graph, k)) for k in range(REPLICATES))
        marks = [search.search(data, known, draw, seed=k).marks for k, draw in enumerate(draws)]
        shares = stability(marks, search.kind)
        upper, apart = np.triu(np.ones((p, p), dtype=bool), 1), ~np.eye(p, dtype=bool)
        found["edge"] = binned(shares.adjacent[upper], edge[upper])
        found["direction"] = binned(shares.causes[apart], direction[apart])
    return found | {"seconds": time.process_time() - started}


def truths(sample: Sample, p: int, search: Algorithm) -> tuple[np.ndarray, np.ndarray]:
    """Which edges and which directions are true of the observed variables, each (p, p)."""
    parents = sample.parents
    if search.kind == "cpdag":
        direct = parents[:p, :p]
        return direct | direct.T, direct
    names = [f"v{k}" for k in range(len(parents))]
    selected = [names[v] for v in sample.selected]
    pag = truth_of(to_graph(from_parents(parents), names, "dag"), names[:p], "pag", selected)
    return pag != 0, ancestors(parents)[:p, :p]


def ancestors(parents: np.ndarray) -> np.ndarray:
    """Where i is a cause of j, directly or through others."""
    reached = parents.copy()
    for _ in parents:
        reached |= (reached.astype(int) @ parents.astype(int)) > 0
    return reached


def binned(shares: np.ndarray, true: np.ndarray) -> list[tuple[int, int]]:
    """Pairs, and true ones, in each bin."""
    bins = np.array([place(float(share), FINE) for share in shares])
    return [(int(np.sum(bins == b)), int(np.sum(true[bins == b]))) for b in range(len(FINE) + 1)]


def labels(bins: Sequence[float]) -> list[str]:
    """Names of the bins with these lower ends."""
    return ["never", *(f"{low:g} to {high:g}" for low, high in pairwise([*bins, 1.0]))]


def merged(fine: np.ndarray) -> np.ndarray:
    """Counts (..., fine bins, 2) in the bins of the file."""
    into = np.array([0, *(place(low or 0.01) for low in FINE)])
    return np.stack([fine[..., into == b, :].sum(axis=-2) for b in range(len(BINS) + 1)], axis=-2)


def counts(marks: Marks, edge: np.ndarray, direction: np.ndarray) -> dict[str, int]:
    """Edges and directions found, true, and both, in the graph of all galaxies."""
    found, points = marks != 0, directed(marks)
    return {
        "found": int(found.sum() // 2),
        "true": int(edge.sum() // 2),
        "shared": int((found & edge).sum() // 2),
        "directed": int(points.sum()),
        "right": int((points & direction).sum()),
        "directions": int(direction.sum()),
    }


def counted(lines: Sequence[dict], what: str) -> np.ndarray:
    """Pairs and true ones in the bins of the file; (graphs, bins, 2)."""
    return merged(np.array([line[what] for line in lines]).reshape(len(lines), len(FINE) + 1, 2))


def rates(lines: Sequence[dict], what: str) -> list[tuple[float, float, int]]:
    """By bin: the share of true ones, its error by a bootstrap over graphs, and how many there are."""
    return [rate(numbers) for numbers in counted(lines, what).swapaxes(0, 1)]


def rate(numbers: np.ndarray) -> tuple[float, float, int]:
    """The same of one bin, whose counts are (graphs, 2); NaN for fewer than ``ENOUGH`` pairs."""
    total, true = numbers.sum(axis=0)
    if total < ENOUGH:
        return np.nan, np.nan, int(total)
    draws = np.random.default_rng(0).integers(0, len(numbers), (400, len(numbers)))
    drawn = numbers[draws].sum(axis=1)
    share = drawn[drawn[:, 0] > 0]
    # none or all true: one more pair of the other kind bounds the error
    bound = np.sqrt((true + 1) * (total - true + 1) / (total + 2) ** 3)
    return true / total, max(float(np.std(share[:, 1] / share[:, 0])), float(bound)), int(total)


def chosen(lines: list[dict], name: str, sizes: Sizes, law: str, odd: int | None) -> list[dict]:
    """Lines of a search, sizes and a law; of even graphs, of odd ones or of both."""
    return [
        line
        for line in lines
        if (line["search"], line["law"]) == (name, law)
        and tuple(line["galaxies"]) in sizes
        and odd in (None, line["graph"] % 2)
    ]


def spans(lines: list[dict], name: str, sizes: Sizes, what: str, odd: int) -> list[dict | None]:
    """By bin: the lowest and highest share of true ones over laws; None where too few laws have enough.

    Bins between that have too few share one range, of the pairs of them all.
    """
    by_law = [counted(chosen(lines, name, sizes, law, odd), what) for law in LAWS]
    found = [span([numbers[:, b] for numbers in by_law]) for b in range(len(BINS) + 1)]
    between = range(2, len(BINS))
    if any(found[b] is None for b in between):
        together = span([numbers[:, between].sum(axis=1) for numbers in by_law])
        for b in between:
            found[b] = together and {**together, "together": True}
    return found


def span(by_law: Sequence[np.ndarray]) -> dict | None:
    """Lowest and highest rate over laws, each with counts (graphs, 2)."""
    shares = [(share, total) for share, _, total in map(rate, by_law) if np.isfinite(share)]
    if len(shares) < LAWS_ENOUGH:
        return None
    low, high = min(share for share, _ in shares), max(share for share, _ in shares)
    pairs = sum(total for _, total in shares)
    return {"low": round(float(low), 2), "high": round(float(high), 2), "laws": len(shares), "pairs": pairs}


def held(lines: list[dict], what: str) -> str:
    """How many laws lie in the range of their bin (bins that share one left out), of the other graphs."""
    inside, near, total = 0, 0, 0
    for name, sizes in TABLES:
        ranges = spans(lines, name, sizes, what, 0)
        for law in LAWS:
            found = rates(chosen(lines, name, sizes, law, 1), what)
            for row, (share, error, _) in zip(ranges, found, strict=True):
                if row is not None and "together" not in row and np.isfinite(share):
                    inside += row["low"] - 0.005 <= share <= row["high"] + 0.005
                    near += row["low"] - 2 * error <= share <= row["high"] + 2 * error
                    total += 1
    return f"{inside} of {total} lie in the range, {near} within two errors of it"


def write(lines: list[dict]) -> None:
    """The file that the package ships, of even graphs alone."""
    tables = [
        {
            "search": name,
            "galaxies": [sizes[0][0], sizes[-1][1]],
            **{what: spans(lines, name, sizes, what, 0) for what in ("edge", "direction")},
        }
        for name, sizes in TABLES
    ]
    made = {
        "made": datetime.date.today().isoformat(),
        "command": COMMAND,
        "resamples": {"method": "subsample", "fraction": FRACTION, "replicates": REPLICATES},
        "variables": [4, 12],
        "laws": list(LAWS),
        "bins": labels(BINS),
        "tables": tables,
    }
    head = (
        "# Made by benchmarks/discovery_shares.py, which says how; "
        "explained in docs/evidence/discovery_shares.md.\n"
    )
    FILE.write_text(head + yaml.safe_dump(made, sort_keys=False, default_flow_style=None, width=110))


def show(lines: list[dict]) -> None:
    """Tables in Markdown: spans with the half held out, laws one by one, and the graphs of all galaxies."""
    for what in ("edge", "direction"):
        print(f"\n**{what}: lowest and highest over laws, and (of other graphs)**\n")
        print(f"| search | galaxies | {' | '.join(labels(BINS))} |\n|{'---|' * (len(BINS) + 3)}")
        for name, sizes in TABLES:
            both = zip(*(spans(lines, name, sizes, what, odd) for odd in (0, 1)), strict=True)
            cells = [f"{_span(a)} ({_span(b)})" for a, b in both]
            print(f"| {name} | {sizes[0][0]:,} to {sizes[-1][1]:,} | {' | '.join(cells)} |")
        print("\nof the laws and bins of other graphs", held(lines, what))
        pooled(lines, what)
        for name in ("PC, Fisher z", "PC, rank correlation"):
            for size in SIZES:
                print(f"\n**{what}, {name}, {size[0]:,} to {size[1]:,} galaxies, all graphs**\n")
                print(f"| law | {' | '.join(labels(BINS))} |\n|{'---|' * (len(BINS) + 2)}")
                for law in LAWS:
                    found = rates(chosen(lines, name, (size,), law, None), what)
                    cells = ["" if np.isnan(r) else f"{r:.2f} +- {e:.2f} ({n})" for r, e, n in found]
                    print(f"| {law} | {' | '.join(cells)} |")
    for size in SIZES:
        print(f"\n**{size[0]:,} to {size[1]:,}: edges right of found, found of true; directions**\n")
        names = [*SIMULATED, *WHOLE]
        print(f"| law | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
        for law in LAWS:
            print(f"| {law} | {' | '.join(_quality(chosen(lines, n, (size,), law, None)) for n in names)} |")
    print(f"\n{sum(line['seconds'] for line in lines):.0f} s of one processor, {len(lines)} searches")


def pooled(lines: list[dict], what: str) -> None:
    """All laws and graphs together, in the finer bins."""
    print(f"\n**{what}: all laws and graphs together**\n")
    print(f"| search | galaxies | {' | '.join(labels(FINE))} |\n|{'---|' * (len(FINE) + 3)}")
    for name, sizes in TABLES:
        every = [line for law in LAWS for line in chosen(lines, name, sizes, law, None)]
        total = np.array([line[what] for line in every]).sum(axis=0)
        cells = [f"{true / n:.2f} ({n:,})" if n else "-" for n, true in total.tolist()]
        print(f"| {name} | {sizes[0][0]:,} to {sizes[-1][1]:,} | {' | '.join(cells)} |")


def _span(found: dict | None) -> str:
    return "-" if found is None else f"{found['low']:.2f} to {found['high']:.2f}"


def _quality(lines: list[dict]) -> str:
    if not lines:
        return "-"
    total = {key: sum(line["agreement"][key] for line in lines) for key in lines[0]["agreement"]}
    pairs = (("shared", "found"), ("shared", "true"), ("right", "directed"), ("right", "directions"))
    return "; ".join(
        ", ".join(f"{total[a] / total[b]:.2f}" if total[b] else "-" for a, b in two)
        for two in (pairs[:2], pairs[2:])
    )


def main() -> None:
    """Measure or write, then show."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    results = Path(sys.argv[1])
    last = sys.argv[2] if len(sys.argv) == 3 else "1200"
    if last == "write":
        write(read(results))
    else:
        measure(results, float(last))
    show(read(results))


if __name__ == "__main__":
    main()
