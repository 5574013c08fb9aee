"""The posterior over all DAGs of a few variables, summed exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from galaxy_causal.discovery.bge import bge
from galaxy_causal.discovery.greedy import informed
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import cpdag
from galaxy_causal.discovery.search import Algorithm, LearnedGraph
from galaxy_causal.discovery.variables import Variables
from galaxy_causal.independence import Counts, Design, design, moments, normal_scores, standardise
from galaxy_causal.types import Floats, Positive, checked, option

MOST = 7
Weights = list[dict[int, float]]
"""For each variable, the log weight of each set of causes; a set is the integer whose bits it has."""


@dataclass(frozen=True)
class Posterior:
    """The posterior over all DAGs of p variables.

    Parameters
    ----------
    edge : array (p, p)
        Probabilities that i causes j.
    evidence : float
        Logarithm of the sum over DAGs [nats].
    likeliest : array of bool (p, p)
        The most probable DAG: where i causes j.
    probability : float
        Its posterior.
    """

    edge: Floats
    evidence: float
    likeliest: NDArray[np.bool_]
    probability: float


@checked("discovery.algorithm")
@dataclass(frozen=True)
class ExactPosterior(Algorithm):
    """The exact posterior over DAGs, each DAG as likely as any other beforehand.

    BGe marginal likelihood, so jointly Gaussian variables (or, with ``transform: normal_scores``,
    nonparanormal ones), no hidden common causes, at most seven variables. The graph is the class of the
    likeliest DAG.

    Parameters
    ----------
    mean_weight : float
        BGe's alpha_mu.
    transform : {"none", "normal_scores"}
        What is done with each variable.
    """

    mean_weight: Positive = 1.0
    transform: Literal["none", "normal_scores"] = "none"

    @property
    def robust(self) -> str:
        """Normal scores for values."""
        return option("discovery.algorithm.transform", "normal_scores") if self.transform == "none" else ""

    @property
    def most_variables(self) -> int:
        """The sum over DAGs takes some 4^p steps."""
        return MOST

    def prepare(self, variables: Variables) -> Design:
        """The variables themselves; raises UserError for more than seven."""
        self.check_count(variables.names)
        plain = self.transform == "none"
        return design(variables.values if plain else standardise(normal_scores(variables.values)))

    def posterior(self, data: Design, known: Knowledge, counts: Counts = None) -> Posterior:
        """The posterior given what is known: DAGs that breach it have none."""
        score = bge(moments(data, counts), self.mean_weight)
        return posterior(weights(score, known))

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """The class of the likeliest DAG."""
        return informed(cpdag(self.posterior(data, known, counts).likeliest), known)


def weights(score: Callable[[int, Sequence[int]], float], known: Knowledge) -> Weights:
    """Log weights of the sets of causes that knowledge allows."""
    may, must = known.may, known.must
    found: Weights = []
    for v in range(len(may)):
        needed = np.flatnonzero(must[:, v]).tolist()
        free = [w for w in np.flatnonzero(may[:, v]).tolist() if w not in needed]
        sets = [
            sorted([*needed, *more]) for size in range(len(free) + 1) for more in combinations(free, size)
        ]
        found.append({_bits(chosen): score(v, chosen) for chosen in sets})
    return found


def posterior(log_weights: Weights) -> Posterior:
    """Sum over DAGs by layers, every DAG once and every term positive.

    A DAG falls into layers in one way: its sources; then the variables whose causes lie in earlier layers,
    at least one in the last; and so on (Kuipers & Moffa 2017, JASA 112, 282; as no DAG is counted for
    several orders, no correction from orders to DAGs is needed). With S the variables placed and L their
    last layer, the sum goes from (S, L) to (S + M, M), the weight being the product over v in M of the
    sum of w(v, C) over the sets of causes C in S that meet L: about 4^p steps.
    """
    p = len(log_weights)
    edges = [(i, j) for i in range(p) for j in range(p) if i != j]
    tables = _tables(log_weights, edges)
    total, _ = _sum(p, tables)
    edge = np.zeros((p, p))
    for number, (i, j) in enumerate(edges, start=1):
        edge[i, j] = np.exp(total[number] - total[0])
    likeliest, best = _likeliest(log_weights)
    return Posterior(np.minimum(edge, 1.0), float(total[0]), likeliest, float(np.exp(best - total[0])))


def _bits(chosen: Sequence[int]) -> int:
    return sum(1 << v for v in chosen)


def _subsets(whole: int) -> list[int]:
    """Non-empty subsets of a set of bits."""
    found, part = [], whole
    while part:
        found.append(part)
        part = (part - 1) & whole
    return found


def _tables(log_weights: Weights, edges: list[tuple[int, int]]) -> Callable[[int, int, int], Floats]:
    """``table(v, S, L)``: log sum of the weights of v's sets of causes in S that meet L, for S not empty.

    One number for all DAGs, and one for the DAGs with each edge, (1 + edges,).
    """
    sets = [np.array(sorted(w)) for w in log_weights]
    values = []
    for v, w in enumerate(log_weights):
        column = np.array([w[c] for c in sets[v].tolist()])
        has = np.array([[j != v or bool(c >> i & 1) for c in sets[v].tolist()] for i, j in edges])
        values.append(np.vstack([column, np.where(has, column, -np.inf)]))
    kept: dict[tuple[int, int, int], Floats] = {}

    def table(v: int, placed: int, last: int) -> Floats:
        key = (v, placed, last)
        if key not in kept:
            inside = (sets[v] & ~placed) == 0
            chosen = inside & ((sets[v] & last) != 0) if placed else inside
            kept[key] = _logsum(values[v][:, chosen])
        return kept[key]

    return table


def _logsum(terms: Floats) -> Floats:
    if not terms.shape[1]:
        return np.full(len(terms), -np.inf)
    summed: Floats = logsumexp(terms, axis=1)
    return summed


def _sum(p: int, table: Callable[[int, int, int], Floats]) -> tuple[Floats, dict[tuple[int, int], Floats]]:
    """Log sums over DAGs of all variables, and over those that fill each (placed, last layer)."""
    everything = (1 << p) - 1
    states: dict[tuple[int, int], list[Floats]] = {(0, 0): [np.zeros(1)]}
    sums: dict[tuple[int, int], Floats] = {}
    for state in sorted(
        [(0, 0), *((s, last) for s in range(1, 1 << p) for last in _subsets(s))],
        key=lambda pair: pair[0].bit_count(),
    ):
        if state not in states:
            continue
        placed, last = state
        here = sums[state] = logsumexp(np.stack(np.broadcast_arrays(*states.pop(state))), axis=0)
        for layer in _subsets(everything & ~placed):
            step = sum((table(v, placed, last) for v in range(p) if layer >> v & 1), start=here)
            if np.isfinite(step).any():
                states.setdefault((placed | layer, layer), []).append(step)
    total: Floats = logsumexp(np.stack([sums[s] for s in sums if s[0] == everything]), axis=0)
    return total, sums


def _likeliest(log_weights: Weights) -> tuple[NDArray[np.bool_], float]:
    """The DAG of the largest weight, and its log weight (Silander & Myllymaki 2006, UAI)."""
    p = len(log_weights)
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
    for placed in range(1, 1 << p):
        options = []
        for v in range(p):
            before = placed & ~(1 << v)
            if placed >> v & 1 and before in best:
                allowed = [(w, c) for c, w in log_weights[v].items() if not c & ~before]
                if allowed:
                    weight, causes = max(allowed)
                    options.append((best[before][0] + weight, [*best[before][1], v, causes]))
        if options:
            best[placed] = max(options)
    value, steps = best[(1 << p) - 1]
    parents = np.zeros((p, p), dtype=bool)
    for v, causes in zip(steps[::2], steps[1::2], strict=True):
        parents[[i for i in range(p) if causes >> i & 1], v] = True
    return parents, value
