"""Searches over orders of the variables: BOSS and GRaSP, by causal-learn's parts."""

from __future__ import annotations

import random
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.discovery.greedy import informed
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import cpdag
from galaxy_causal.discovery.scores import Score, heeding
from galaxy_causal.discovery.search import LearnedGraph, ScoreBased
from galaxy_causal.independence import Counts, Design, seeded
from galaxy_causal.types import Count, Whole, checked


class _Tree:
    """A score in the form that causal-learn's grow-shrink trees ask for."""

    def __init__(self, score: Score, p: int) -> None:
        self.ask = score
        self.data = np.zeros((1, p))  # they read its width

    def score(self, variable: int, causes: list[int]) -> float:
        """The score of a variable given its causes."""
        return self.ask(variable, tuple(sorted(causes)))

    score_nocache = score


@dataclass(frozen=True)
class _PermutationBased(ScoreBased):
    """A search over orders, begun ``starts`` times from random orders; the best score wins."""

    starts: Count = 3

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """A CPDAG; knowledge enters by the score."""
        p, score = len(data.blocks), heeding(self.scored(data, counts), known)
        best, parents = -np.inf, np.zeros((p, p), dtype=bool)
        for start in range(self.starts):
            with seeded(seed * 1009 + start):
                causes = self._one(_Tree(score, p), p)
            value = sum(score(v, tuple(sorted(causes[v]))) for v in range(p))
            if value > best + 1e-6:
                best, parents = value, _matrix(causes)
        return informed(cpdag(parents), known)

    @abstractmethod
    def _one(self, tree: _Tree, p: int) -> dict[int, list[int]]:
        """The causes of each variable, from one random order."""


@checked("discovery.algorithm")
@dataclass(frozen=True)
class BOSS(_PermutationBased):
    """Best order score search.

    Parameters
    ----------
    score, penalty, least, basis
        As of any `ScoreBased`.
    starts : int
        Random orders to begin from; the best score wins.

    References
    ----------
    Andrews, Ramsey, Sanchez-Romero, Camchong & Kummerfeld 2023, NeurIPS.
    """

    def _one(self, tree: _Tree, p: int) -> dict[int, list[int]]:
        from causallearn.search.PermutationBased.BOSS import better_mutation
        from causallearn.search.PermutationBased.gst import GST

        trees = [GST(v, tree) for v in range(p)]
        order = random.sample(range(p), p)
        improved = True
        while improved:
            moved = [better_mutation(v, order, trees) for v in random.sample(range(p), p)]
            improved = any(moved)
        causes: dict[int, list[int]] = {v: [] for v in range(p)}
        for place, v in enumerate(order):
            trees[v].trace(order[:place], causes[v])
        return causes


@checked("discovery.algorithm")
@dataclass(frozen=True)
class GRaSP(_PermutationBased):
    """Greedy relaxation of the sparsest permutation.

    Parameters
    ----------
    score, penalty, least, basis
        As of any `ScoreBased`.
    starts : int
        Random orders to begin from; the best score wins.
    depth : int
        Steps of the search within an order.

    References
    ----------
    Lam, Andrews & Ramsey 2022, UAI.
    """

    depth: Whole = 3

    def _one(self, tree: _Tree, p: int) -> dict[int, list[int]]:
        from causallearn.search.PermutationBased.GRaSP import Order, dfs
        from causallearn.search.PermutationBased.gst import GST

        trees = [GST(v, tree) for v in range(p)]
        order = Order(p, tree)
        for place in range(p):
            v = order.get(place)
            causes = order.get_parents(v)
            order.set_local_score(v, trees[v].trace([order.get(k) for k in range(place)], causes))
            order.bump_edges(len(causes))
        while dfs(self.depth - 1, set(), [], order, trees):
            pass
        return {v: list(order.get_parents(v)) for v in range(p)}


def _matrix(causes: dict[int, list[int]]) -> NDArray[np.bool_]:
    parents = np.zeros((len(causes), len(causes)), dtype=bool)
    for effect, found in causes.items():
        parents[found, effect] = True
    return parents
