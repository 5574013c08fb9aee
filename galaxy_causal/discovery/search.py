"""What every algorithm offers: prepare the variables once, then search them or resamples of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt, Lt

from galaxy_causal.discovery import scores
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import Marks
from galaxy_causal.discovery.scores import Score, ScoreName, make_score
from galaxy_causal.discovery.variables import Variables
from galaxy_causal.independence import (
    BASIS,
    Counts,
    Design,
    IndependenceTest,
    Test,
    TestName,
    make_test,
    prepared,
)
from galaxy_causal.types import GraphKind, Positive, UserError, Whole, at_most, option

Level = Annotated[float, Gt(0), Lt(1)]
Basis = Annotated[int, Ge(1), at_most(1000, "every function is a coefficient to fit")]


@dataclass(frozen=True)
class LearnedGraph:
    """What an algorithm found.

    Parameters
    ----------
    marks : array of int8 (p, p)
        ``marks[i, j]``: the mark at j's end of the edge between i and j, ``NONE`` where there is none.
    imposed : tuple of (cause, effect)
        Pairs on which knowledge overrode the data.
    """

    marks: Marks
    imposed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Algorithm(ABC):
    """An algorithm of causal discovery with its settings.

    One of your own extends it as a frozen dataclass, whose fields are its settings, and implements
    ``prepare`` and ``search``; what cannot be it refuses with a `UserError` in ``__post_init__``.
    """

    @property
    def kind(self) -> GraphKind:
        """What its graphs are."""
        return "cpdag"

    @property
    def dial(self) -> str:
        """The setting that makes graphs sparser or denser, which a sweep varies."""
        raise TypeError(f"{type(self).__name__} has no setting to sweep")

    @property
    def robust(self) -> str:
        """The option that reads ranks where this search reads values of any size; empty where none does."""
        return ""

    @property
    def most_variables(self) -> int | None:
        """How many variables it can take; None: any number."""
        return None

    def check_count(self, names: Sequence[str]) -> None:
        """Raise UserError for more variables than the algorithm can take."""
        if self.most_variables is not None and len(names) > self.most_variables:
            raise UserError(
                f"{type(self).__name__} takes at most {self.most_variables} variables, got {len(names)} "
                f"({', '.join(names)}); choose fewer, or {option('discovery', 'boss')} with its stability"
            )

    def turned(self, value: float) -> Self:
        """The same algorithm with its dial at another value."""
        return replace(self, **{self.dial: value})

    @abstractmethod
    def prepare(self, variables: Variables) -> Design:
        """What the search looks at, such as ``design(variables.values)``; the same for all resamples."""

    @abstractmethod
    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """The graph that the galaxies support.

        Parameters
        ----------
        data : Design
            What ``prepare`` made.
        known : Knowledge
            What must (``known.must``) and may (``known.may``) cause what, both (p, p).
        counts : array of int (n,), optional
            How often each galaxy stands in a resample; None: each once.
        seed : int
            For what the search draws.

        Returns
        -------
        LearnedGraph
            Its marks, and the edges on which knowledge overrode the data.
        """


@dataclass(frozen=True)
class ConstraintBased(Algorithm):
    """An algorithm that asks a test of conditional independence.

    Parameters
    ----------
    test : str or IndependenceTest
        One of ``TESTS``, or one of your own.
    alpha : float
        Its level.
    depth : int, optional
        The most variables to condition on; None: no limit.
    basis : int
        Spline functions of a variable, for ``additive`` and ``covariance_measure``.
    """

    __test__ = False  # not pytest's

    test: TestName | IndependenceTest = "fisher_z"
    alpha: Level = 0.01
    depth: Whole | None = None
    basis: Basis = BASIS

    @property
    def dial(self) -> str:
        """The level of the tests."""
        return "alpha"

    @property
    def robust(self) -> str:
        """Correlations of ranks for those of values."""
        moved = self.test in ("fisher_z", "additive", "covariance_measure")
        return option("discovery.algorithm.test", "rank_correlation") if moved else ""

    def prepare(self, variables: Variables) -> Design:
        """The columns that the test needs."""
        return prepared(self.test, variables.values, self.basis)

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """The graph that the test's answers give."""
        return self.learn(make_test(self.test, data, counts, seed), len(data.blocks), known)

    @abstractmethod
    def learn(self, test: Test, p: int, known: Knowledge) -> LearnedGraph:
        """The graph of p variables that the answers of any test give, an oracle's for one."""

    def informed(self, test: Test, known: Knowledge) -> Test:
        """The test, but knowledge answers where it can: required edges stay, impossible ones go."""
        must, may = known.must, known.may

        def ask(x: int, y: int, z: tuple[int, ...]) -> float:
            if must[x, y] or must[y, x]:
                return 0.0
            return test(x, y, z) if may[x, y] or may[y, x] else 1.0

        return ask

    def most(self, p: int) -> int:
        """The largest set to condition on."""
        return p - 2 if self.depth is None else min(self.depth, p - 2)


@dataclass(frozen=True)
class ScoreBased(Algorithm):
    """An algorithm that seeks the best score.

    Parameters
    ----------
    score : str
        One of ``SCORES``.
    penalty : float
        Factor on BIC's penalty.
    least : float
        Information [nats per galaxy] that a cause must bring.
    basis : int
        Spline functions of a variable, for ``additive_bic``.
    """

    score: ScoreName = "gaussian_bic"
    penalty: Positive = 1.0
    least: Annotated[float, Ge(0)] = 0.0
    basis: Basis = scores.BASIS

    @property
    def dial(self) -> str:
        """The factor on the penalty."""
        return "penalty"

    @property
    def robust(self) -> str:
        """Normal scores for values."""
        moved = self.score in ("gaussian_bic", "additive_bic")
        return option("discovery.algorithm.score", "nonparanormal_bic") if moved else ""

    def prepare(self, variables: Variables) -> Design:
        """The columns that the score needs."""
        return scores.prepared(self.score, variables.values, self.basis)

    def scored(self, data: Design, counts: Counts) -> Score:
        """The score on these galaxies."""
        return make_score(self.score, data, self.penalty, self.least, counts)


def dummy_rows(p: int) -> np.ndarray:
    """A small table with p columns, for libraries that want data although the test or score has it."""
    return np.random.default_rng(0).normal(size=(p + 2, p))
