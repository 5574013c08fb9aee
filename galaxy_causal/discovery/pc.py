"""The PC algorithm of pgmpy, with fast tests and with knowledge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.knowledge import Knowledge, impose
from galaxy_causal.discovery.marks import NONE, TAIL, Marks, meek, orient, undirected
from galaxy_causal.discovery.search import ConstraintBased, LearnedGraph, dummy_rows
from galaxy_causal.independence import Test
from galaxy_causal.types import checked

Separators = Mapping[frozenset[int], frozenset[int]]


@checked("discovery.algorithm")
@dataclass(frozen=True)
class PC(ConstraintBased):
    """PC-stable: skeleton by pgmpy, then colliders and Meek's rules (Colombo & Maathuis 2014, JMLR 15, 3741).

    Assumes no hidden common causes. Where two colliders want opposite arrows on an edge, the one whose
    separation is surer (higher p-value) has it.

    Parameters
    ----------
    test, alpha, depth, basis
        As of any `ConstraintBased`.
    majority : bool
        Whether a node is a collider where fewer than half of the sets that separate its neighbours hold it
        (ibid.), else by the first separating set found.
    """

    majority: bool = True

    def learn(self, test: Test, p: int, known: Knowledge) -> LearnedGraph:
        """A CPDAG; knowledge enters the skeleton and the orientations."""
        test = self.informed(test, known)
        skeleton, separators = find_skeleton(test, p, self.alpha, self.most(p))
        marks = np.where(skeleton, TAIL, NONE).astype(np.int8)
        possible, against = known.may | known.may.T, set()
        for _, a, b, v in self._colliders(test, skeleton, separators, possible):
            blocked = {(v, end) for end in (a, b) if not known.may[end, v]}
            against |= blocked
            if not blocked and _free(marks, a, v) and _free(marks, b, v):
                orient(marks, a, v)
                orient(marks, b, v)
        if known.empty:
            return LearnedGraph(meek(marks))
        imposed, changed = impose(marks, known)
        return LearnedGraph(imposed, tuple(sorted(against.union(changed))))

    def _colliders(
        self, test: Test, skeleton: NDArray[np.bool_], separators: Separators, possible: NDArray[np.bool_]
    ) -> list[tuple[float, int, int, int]]:
        """(1 - p, a, b, v) with a and b apart and v between them a collider, the surest first."""
        found = []
        for a, b in combinations(range(len(skeleton)), 2):
            if skeleton[a, b] or not possible[a, b]:
                continue
            for v in np.flatnonzero(skeleton[a] & skeleton[b]).tolist():
                separator = separators[frozenset((a, b))]
                if self.majority:
                    collider, p_value = self._vote(test, skeleton, a, b, v, separator)
                else:
                    collider, p_value = v not in separator, test(a, b, tuple(sorted(separator)))
                if collider:
                    found.append((1 - p_value, a, b, v))
        return sorted(found)

    def _vote(
        self, test: Test, skeleton: NDArray[np.bool_], a: int, b: int, v: int, separator: frozenset[int]
    ) -> tuple[bool, float]:
        """Whether fewer than half of the separating sets hold v, and the highest p-value."""
        sets = {tuple(sorted(separator))}
        for one, other in ((a, b), (b, a)):
            around = [w for w in np.flatnonzero(skeleton[one]).tolist() if w != other]
            for size in range(min(len(around), self.most(len(skeleton))) + 1):
                sets |= set(combinations(around, size))
        separating = {z: p for z in sets if (p := test(a, b, z)) > self.alpha}
        if not separating:
            return v not in separator, 0.0
        share = sum(v in z for z in separating) / len(separating)
        return share < 0.5, max(separating.values())


def _free(marks: Marks, cause: int, effect: int) -> bool:
    """Whether the edge may still be pointed at the effect."""
    return bool(undirected(marks)[cause, effect]) or bool(
        marks[cause, effect] == 2 and marks[effect, cause] == 1
    )


def by_order(separators: Separators) -> dict[tuple[int, int], frozenset[int]]:
    """The separating set of each ordered pair."""
    return {order: z for (a, b), z in map(_pair, separators.items()) for order in ((a, b), (b, a))}


def _pair(item: tuple[frozenset[int], frozenset[int]]) -> tuple[tuple[int, int], frozenset[int]]:
    a, b = sorted(item[0])
    return (a, b), item[1]


def find_skeleton(test: Test, p: int, alpha: float, most: int) -> tuple[NDArray[np.bool_], Separators]:
    """Adjacencies (p, p) and the set that separates each pair that has none, by pgmpy."""
    import pandas as pd
    from pgmpy.causal_discovery import PC as Library  # noqa: N811

    def ask(x: int, y: int, z: Sequence[int], **_: object) -> bool:
        return test(x, y, tuple(sorted(z))) >= alpha

    library = Library(variant="stable", ci_test=ask, significance_level=alpha, max_cond_vars=most,
                      n_jobs=1, show_progress=False)  # fmt: skip
    # Numbers for names: sets of text have another order in every process.
    library.fit(pd.DataFrame(dummy_rows(p), columns=range(p)))
    skeleton = np.zeros((p, p), dtype=bool)
    for a, b in library.skeleton_.edges():
        skeleton[a, b] = skeleton[b, a] = True
    separators = {frozenset(pair): frozenset(z) for pair, z in library.separating_sets_.items()}
    return skeleton, separators
