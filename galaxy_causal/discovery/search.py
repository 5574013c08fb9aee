"""What every algorithm offers: prepare the variables once, then search them or resamples of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from galaxy_causal.discovery import scores
from galaxy_causal.discovery.knowledge import Knowledge
from galaxy_causal.discovery.marks import Marks
from galaxy_causal.discovery.scores import Score, make_score
from galaxy_causal.discovery.variables import Variables
from galaxy_causal.independence import BASIS, TESTS, Counts, Design, Test, make_test, prepared
from galaxy_causal.types import GraphKind, UserError


@dataclass(frozen=True)
class LearnedGraph:
    """Marks (p, p), and the pairs (cause, effect) that knowledge imposed on them."""

    marks: Marks
    imposed: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Algorithm:
    """An algorithm with its settings."""

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

    def check(self) -> None:
        """Raise UserError for settings that cannot be."""

    def check_count(self, names: Sequence[str]) -> None:
        """Raise UserError for more variables than the algorithm can take."""

    def turned(self, value: float) -> Self:
        """The same algorithm with its dial at another value."""
        return replace(self, **{self.dial: value})

    def prepare(self, variables: Variables) -> Design:
        """What the search looks at; it does not depend on the resample."""
        raise TypeError(f"{type(self).__name__} does not search")

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """The graph of all galaxies, or of a resample in which galaxy i stands ``counts[i]`` times."""
        raise TypeError(f"{type(self).__name__} does not search")


@dataclass(frozen=True)
class ConstraintBased(Algorithm):
    """An algorithm that asks a test of conditional independence.

    ``test`` is one of ``TESTS``, ``alpha`` its level, ``depth`` the most variables to condition on (None: no
    limit), ``basis`` the spline functions of a variable.
    """

    __test__ = False  # not pytest's

    test: str = "fisher_z"
    alpha: float = 0.01
    depth: int | None = None
    basis: int = BASIS

    @property
    def dial(self) -> str:
        """The level of the tests."""
        return "alpha"

    @property
    def robust(self) -> str:
        """Correlations of ranks for those of values."""
        moved = self.test in ("fisher_z", "additive", "covariance_measure")
        return "discovery.algorithm.test=rank_correlation" if moved else ""

    def check(self) -> None:
        """Raise UserError for an unknown test, or a level outside (0, 1)."""
        if self.test not in TESTS:
            raise UserError(
                f"discovery.algorithm.test={self.test!r} is unknown; choose one of {', '.join(TESTS)}"
            )
        if not 0 < self.alpha < 1:
            raise UserError(f"discovery.algorithm.alpha={self.alpha}: a level lies between 0 and 1")
        if self.depth is not None and self.depth < 0:
            raise UserError(
                f"discovery.algorithm.depth={self.depth} must not be negative, or null for no limit"
            )

    def prepare(self, variables: Variables) -> Design:
        """The columns that the test needs."""
        self.check()
        return prepared(self.test, variables.values, self.basis)

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """The graph that the test's answers give."""
        return self.learn(make_test(self.test, data, counts, seed), len(data.blocks), known)

    def learn(self, test: Test, p: int, known: Knowledge) -> LearnedGraph:
        """The graph of p variables that the answers of any test give, an oracle's for one."""
        raise TypeError(f"{type(self).__name__} does not search")

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

    ``score`` is one of ``SCORES``, ``penalty`` multiplies its BIC penalty, ``least`` is the information
    [nats per galaxy] that a cause must bring, ``basis`` the number of spline functions of a variable.
    """

    score: str = "gaussian_bic"
    penalty: float = 1.0
    least: float = 0.0
    basis: int = scores.BASIS

    @property
    def dial(self) -> str:
        """The factor on the penalty."""
        return "penalty"

    @property
    def robust(self) -> str:
        """Normal scores for values."""
        moved = self.score in ("gaussian_bic", "additive_bic")
        return "discovery.algorithm.score=nonparanormal_bic" if moved else ""

    def check(self) -> None:
        """Raise UserError for an unknown score or a penalty that is not positive."""
        if self.score not in scores.SCORES:
            raise UserError(
                f"discovery.algorithm.score={self.score!r} is unknown; choose one of "
                f"{', '.join(scores.SCORES)}"
            )
        if not self.penalty > 0:
            raise UserError(f"discovery.algorithm.penalty={self.penalty} must be positive")
        if not self.least >= 0:
            raise UserError(f"discovery.algorithm.least={self.least} must not be negative")

    def prepare(self, variables: Variables) -> Design:
        """The columns that the score needs."""
        self.check()
        return scores.prepared(self.score, variables.values, self.basis)

    def scored(self, data: Design, counts: Counts) -> Score:
        """The score on these galaxies."""
        return make_score(self.score, data, self.penalty, self.least, counts)


def dummy_rows(p: int) -> np.ndarray:
    """A small table with p columns, for libraries that want data although the test or score has it."""
    return np.random.default_rng(0).normal(size=(p + 2, p))
