"""Standard Bayesian networks and the data of Sachs et al. (2005), whose graphs are known.

    python benchmarks/discrete_networks.py FOLDER

FOLDER holds ``asia``, ``sachs``, ``child``, ``insurance`` and ``alarm`` as ``NAME.bif.gz`` (from the bnlearn
repository), each sampled 10,000 times, and ``sachs.2005.continuous.txt`` with
``sachs.2005.ground.truth.graph.txt`` (from cmu-phil/example-causal-datasets). Files that are not there are
left out and named.
"""

import gzip
import logging
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from galaxy_causal.discovery import BOSS, GES, PC, HillClimbing, agreement, cpdag, knowledge, variables

N = 10_000
DISCRETE = {
    "PC, G squared": PC(test="g_squared", depth=3),
    "hill climbing, BIC": HillClimbing(score="discrete_bic"),
    "BOSS, BIC": BOSS(score="discrete_bic", starts=1),
}
CONTINUOUS = {
    "PC, nonparanormal": PC(test="nonparanormal"),
    "PC, additive": PC(test="additive"),
    "GES, nonparanormal BIC": GES(score="nonparanormal_bic"),
    "BOSS, additive BIC": BOSS(score="additive_bic", least=0.03),
}


def network(file: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, samples as integers (n, p), and who causes whom."""
    from pgmpy.readwrite import BIFReader

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "network.bif"
        plain.write_bytes(gzip.decompress(file.read_bytes()))
        model = BIFReader(str(plain)).get_model()
    names = sorted(model.nodes())
    frame = model.simulate(N, seed=0, show_progress=False)[names]
    values = np.column_stack([pd.factorize(frame[name].astype(str), sort=True)[0] for name in names])
    return names, values.astype(float), edges(names, model.edges())


def cells(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The same of the cells of Sachs et al."""
    frame = pd.read_csv(folder / "sachs.2005.continuous.txt", sep=r"\s+")
    text = (folder / "sachs.2005.ground.truth.graph.txt").read_text()
    names = list(frame.columns)
    found = re.findall(r"(\S+) --> (\S+)", text)
    return names, frame.to_numpy(float), edges(names, found)


def edges(names: list[str], pairs: object) -> np.ndarray:
    """Pairs as a matrix."""
    parents = np.zeros((len(names),) * 2, dtype=bool)
    for cause, effect in pairs:
        parents[names.index(cause), names.index(effect)] = True
    return parents


def compare(
    label: str, data: tuple[list[str], np.ndarray, np.ndarray], searches: dict, discrete: bool
) -> None:
    """Rows of the table; constant samples of a network are left out of both graphs."""
    names, values, parents = data
    varying = np.ptp(values, axis=0) > 0
    table = variables(
        [n for n, v in zip(names, varying, strict=True) if v], values[:, varying], deterministic=discrete
    )
    truth = cpdag(parents[np.ix_(varying, varying)])
    for name, search in searches.items():
        start = time.perf_counter()
        found = search.search(search.prepare(table), knowledge(table.names)).marks
        seconds = time.perf_counter() - start
        a = agreement(found, truth)
        cells = [f"{share:.2f}" for share in (a.precision, a.recall, a.orientation)]
        row = [label, str(table.count), str(a.true), name, *cells, str(a.distance), f"{seconds:.1f}"]
        print(f"| {' | '.join(row)} |", flush=True)


def main() -> None:
    """Print a table in Markdown."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    print(
        "| network | variables | edges | algorithm | precision | recall | orientation | distance | seconds |"
    )
    print("|---" * 9 + "|")
    for name in ("asia", "sachs", "child", "insurance", "alarm"):
        file = folder / f"{name}.bif.gz"
        if file.is_file():
            compare(name, network(file), DISCRETE, discrete=True)
        else:
            print(f"{file} is not there: left out", file=sys.stderr)
    if (folder / "sachs.2005.continuous.txt").is_file():
        compare("Sachs et al. 2005, cells", cells(folder), CONTINUOUS, discrete=False)
    else:
        print("no sachs.2005.continuous.txt: left out", file=sys.stderr)


if __name__ == "__main__":
    main()
