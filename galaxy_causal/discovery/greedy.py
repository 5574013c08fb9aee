"""Greedy searches for the best score: GES of two libraries, and hill climbing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from galaxy_causal.discovery.knowledge import Knowledge, impose
from galaxy_causal.discovery.marks import ARROW, NONE, TAIL, Marks, cpdag, directed
from galaxy_causal.discovery.scores import Score, heeding, heeding_pairs
from galaxy_causal.discovery.search import LearnedGraph, ScoreBased, dummy_rows
from galaxy_causal.independence import Counts, Design, moments, seeded
from galaxy_causal.types import UserError, Whole, checked, option


@checked("discovery.algorithm")
@dataclass(frozen=True)
class GES(ScoreBased):
    """Greedy equivalence search (Chickering 2002, JMLR 3, 507).

    Of knowledge, which edges must or cannot be enters pgmpy's search; their directions, and all that is
    known where the library is causal-learn, are imposed on what was found.

    Parameters
    ----------
    score, penalty, least, basis
        As of any `ScoreBased`.
    library : {"pgmpy", "causal-learn"}
        The former with a turning phase and any score, the latter with Gaussian BIC of the covariance alone.

    Raises
    ------
    UserError
        For a score or ``least`` that causal-learn does not take.
    """

    library: Literal["pgmpy", "causal-learn"] = "pgmpy"

    def __post_init__(self) -> None:
        if self.library == "pgmpy":
            return
        remedy = f"use {option('discovery.algorithm.library', 'pgmpy')}"
        if self.score not in ("gaussian_bic", "nonparanormal_bic"):
            raise UserError(
                f"{option('discovery.algorithm.score', self.score)}: causal-learn's GES takes gaussian_bic "
                f"or nonparanormal_bic; {remedy}"
            )
        if self.least:
            raise UserError(f"{option('discovery.algorithm.least')}: causal-learn's GES takes none; {remedy}")

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """A CPDAG."""
        if self.library == "pgmpy":
            score = heeding_pairs(self.scored(data, counts), known)
            marks = _pgmpy("GES", score, len(data.blocks), min_improvement=1e-6)
        else:
            marks = _causal_learn(data, counts, self.penalty)
        return informed(marks, known)


@checked("discovery.algorithm")
@dataclass(frozen=True)
class HillClimbing(ScoreBased):
    """Hill climbing over DAGs by pgmpy; its result as the class of equivalent DAGs.

    Parameters
    ----------
    score, penalty, least, basis
        As of any `ScoreBased`.
    tabu : int
        Steps that are not taken back at once.
    """

    tabu: Whole = 100

    def search(self, data: Design, known: Knowledge, counts: Counts = None, seed: int = 0) -> LearnedGraph:
        """A CPDAG."""
        marks = _pgmpy(
            "HillClimbSearch", heeding(self.scored(data, counts), known), len(data.blocks),
            tabu_length=self.tabu, epsilon=1e-6, return_type="dag", show_progress=False,
        )  # fmt: skip
        return informed(cpdag(directed(marks)), known)


def informed(marks: Marks, known: Knowledge) -> LearnedGraph:
    """A CPDAG with the orientations that are known, and those that follow.

    Parameters
    ----------
    marks : array of int8 (p, p)
        What the data say.
    known : Knowledge
        What is known.

    Returns
    -------
    LearnedGraph
        With the pairs on which both disagree.
    """
    if known.empty:
        return LearnedGraph(marks)
    imposed, changed = impose(marks, known)
    return LearnedGraph(imposed, tuple(changed))


def _pgmpy(name: str, score: Score, p: int, **options: Any) -> Marks:  # noqa: ANN401
    """The graph that an algorithm of pgmpy finds with this score."""
    import pandas as pd
    import pgmpy.causal_discovery
    from pgmpy.structure_score import BaseStructureScore

    class Ours(BaseStructureScore):  # type: ignore[misc]
        """Hands pgmpy's questions to the score."""

        def local_score(self, variable: int, parents: tuple[int, ...]) -> float:
            # What is equal but for rounding shall be equal, lest the machine decide.
            return round(score(variable, tuple(sorted(parents))), DECIMALS)

    # Numbers for names: pgmpy goes through sets, whose order changes from process to process for text.
    table = pd.DataFrame(dummy_rows(p), columns=range(p))
    with quiet():
        algorithm = getattr(pgmpy.causal_discovery, name)(scoring_method=Ours(table), **options)
        algorithm.fit(table)
    marks = np.zeros((p, p), dtype=np.int8)
    edges = set(algorithm.causal_graph_.edges())
    for a, b in edges:
        marks[a, b] = TAIL if (b, a) in edges else ARROW
        if (b, a) not in edges:
            marks[b, a] = TAIL
    return marks


DECIMALS = 6  # of a score, which is in nats


@contextmanager
def quiet() -> Iterator[None]:
    """Without pgmpy's remarks on the table that it is given only for its column names."""
    logger = logging.getLogger("pgmpy")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _causal_learn(data: Design, counts: Counts, penalty: float) -> Marks:
    from causallearn.search.ScoreBased.GES import ges

    found = moments(data, counts)
    with seeded(0):
        record = ges(cov=found.correlation, n=found.n, score_func="local_score_BIC_from_cov",
                     parameters={"lambda_value": 0.5 * penalty})  # fmt: skip
    return from_causal_learn(record["G"].graph)


def from_causal_learn(ends: np.ndarray) -> Marks:
    """Marks from causal-learn's matrix, where ``ends[i, j]`` is the mark at i: -1 tail, 1 arrow, 2 circle."""
    translated = np.select([ends == -1, ends == 1, ends == 2], [TAIL, ARROW, 3], NONE)
    marks: Marks = translated.T.astype(np.int8)
    return marks
