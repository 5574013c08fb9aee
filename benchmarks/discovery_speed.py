"""PC beside pgmpy's own, and a hundred resamples of half a million galaxies; wall-clock and CPU seconds.

python benchmarks/discovery_speed.py pc [galaxies]          PC, ours and pgmpy's default, ten variables
python benchmarks/discovery_speed.py resamples [galaxies]   a hundred bootstrap graphs, two processes
"""

import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from galaxy_causal.discovery import (
    BOSS,
    PC,
    Algorithm,
    knowledge,
    linear_gaussian,
    random_dag,
    resample,
    variables,
)

P, EDGES, REPLICATES = 10, 15, 100
NAMES = [f"v{k}" for k in range(P)]


def galaxies(n: int) -> np.ndarray:
    """(n, 10) of a linear-Gaussian graph with 15 edges."""
    rng = np.random.default_rng(0)
    return linear_gaussian(random_dag(P, EDGES, rng), n, rng)


def pc(n: int) -> None:
    """Both times, their ratio, and whether they agree on the skeleton."""
    from pgmpy.causal_discovery import PC as Library  # noqa: N811

    values = galaxies(n)
    frame = pd.DataFrame(values, columns=NAMES)
    PC().search(PC().prepare(variables(NAMES, values[:1000])), knowledge(NAMES))  # imports
    ours, marks = [], None
    for _ in range(5):
        start = clocks()
        marks = PC().search(PC().prepare(variables(NAMES, values)), knowledge(NAMES)).marks
        ours.append(clocks() - start)
    start = clocks()
    library = Library(show_progress=False).fit(frame)
    theirs, median = clocks() - start, np.median(ours, axis=0)
    same = {(i, j) for i in range(P) for j in range(i) if marks[i, j]} == {
        tuple(sorted((NAMES.index(a), NAMES.index(b)), reverse=True)) for a, b in library.skeleton_.edges()
    }
    print(f"{n:,} galaxies, {P} variables, pgmpy {version('pgmpy')}, numpy {np.__version__}")
    print(f"ours, checks included : {median[0]:8.3f} s, CPU {median[1]:8.3f} s")
    print(f"pgmpy's default       : {theirs[0]:8.3f} s, CPU {theirs[1]:8.3f} s")
    print(f"ratio                 : {theirs[0] / median[0]:8.0f}  , CPU {theirs[1] / median[1]:8.0f}")
    print(f"same skeleton         : {same}")


def clocks() -> np.ndarray:
    """Wall-clock and CPU seconds, helpers that have ended included."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return np.array([time.perf_counter(), time.process_time() + children.ru_utime + children.ru_stime])


def one(search: Algorithm, data: object, number: int) -> np.ndarray:
    """The graph of one bootstrap resample."""
    counts = resample(len(data), "bootstrap", 0.5, (0, number))
    return search.search(data, knowledge(NAMES), counts, seed=number).marks


def resamples(n: int, processes: int = 2) -> None:
    """Seconds for a hundred graphs of PC with Fisher's z, and of BOSS with additive splines."""
    table = variables(NAMES, galaxies(n))
    for search in (PC(), BOSS(score="additive_bic", least=0.03)):
        start = clocks()
        data = search.prepare(table)
        with Parallel(n_jobs=processes) as pool:
            graphs = pool(delayed(one)(search, data, number) for number in range(REPLICATES))
        wall, cpu = clocks() - start
        edges = np.mean([np.sum(g != 0) / 2 for g in graphs])
        name = type(search).__name__
        print(
            f"{n:,} galaxies, {REPLICATES} graphs, {name}: {wall:.1f} s, CPU {cpu:.1f} s; {edges:.1f} edges"
        )


def main() -> None:
    """Run the chosen one."""
    jobs = {"pc": (pc, 100_000), "resamples": (resamples, 500_000)}
    if len(sys.argv) < 2 or sys.argv[1] not in jobs:
        sys.exit(__doc__)
    job, default = jobs[sys.argv[1]]
    job(int(sys.argv[2]) if len(sys.argv) == 3 else default)


if __name__ == "__main__":
    main()
