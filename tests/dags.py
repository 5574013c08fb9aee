"""All directed acyclic graphs of a few variables, one by one."""

from itertools import product

import numpy as np

from galaxy_causal.discovery.marks import topological


def each_dag(p):
    pairs = [(i, j) for i in range(p) for j in range(i)]
    for ways in product(range(3), repeat=len(pairs)):
        parents = np.zeros((p, p), dtype=bool)
        for (i, j), way in zip(pairs, ways, strict=True):
            if way:
                parents[(i, j) if way == 1 else (j, i)] = True
        if topological(parents) is not None:
            yield parents
