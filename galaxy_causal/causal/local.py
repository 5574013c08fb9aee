"""The local tests of all neighbourhoods, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from galaxy_causal.causal.coordinates import coordinates
from galaxy_causal.causal.options import Options
from galaxy_causal.causal.permute import Measures, permutation_measures, studentised
from galaxy_causal.causal.question import Question
from galaxy_causal.causal.regress import Neighbourhoods, reduce, width
from galaxy_causal.types import Association, Floats, LocalTests, Neighbours, UserError

BLOCK = 64
"""Neighbourhoods at a time: their permuted targets fill some megabytes, which stay in a processor's cache."""
LEAST = 10
"""Members that a neighbourhood needs, beyond those that the regressions use up."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Block:
    """Neighbourhoods with equally many members: their numbers (b,), members (b, k), and what is left of them."""

    number: NDArray[np.int64]
    member: NDArray[np.int64]
    reduced: Neighbourhoods


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def local_tests(
    question: Question, neighbours: Neighbours, options: Options, seed: int = 0, progress: Progress = silent
) -> LocalTests:
    """Test the question in every neighbourhood; see ``Options`` for the tests, ``LocalTests`` for the answer.

    Members without all values are left out, neighbourhood by neighbourhood. ``progress(done, total)`` counts
    neighbourhoods. Memory beyond the result does not grow with the number of neighbourhoods.
    """
    question = prepared(question, options, seed)
    n = len(neighbours)
    names = ("corr", "corr_null", "corr_p", "corr_tail", "eff", "eff_null", "eff_p", "eff_tail", "y", "q")
    found = {name: np.full(n, np.nan) for name in names}
    members = question.valid[neighbours.index].sum(axis=1)
    done = 0
    for number, block in enumerate(blocks(question, neighbours, options)):
        measures = measure(block.reduced, options, np.random.default_rng((seed, number)))
        _fill(found, block, measures)
        done += len(block.number)
        progress(done, n)
    progress(n, n)
    return LocalTests(
        members=members,
        masked=np.isnan(found["corr"]),
        correlation=_association(found, "corr"),
        efficiency=_association(found, "eff"),
        target_gradient=found["y"],
        query_gradient=found["q"],
    )


def prepared(question: Question, options: Options, seed: int) -> Question:
    """The question as it is put to each neighbourhood."""
    if options.test != "gcm":
        return question
    from galaxy_causal.causal.splines import residuals

    return residuals(question, options, seed)


def measure(reduced: Neighbourhoods, options: Options, rng: np.random.Generator) -> Measures:
    """The measures of the chosen test."""
    measures = permutation_measures(reduced, options.permutations, rng)
    return studentised(reduced, measures, rng) if options.test == "gcm" else measures


def blocks(question: Question, neighbours: Neighbours, options: Options) -> Iterator[Block]:
    """All neighbourhoods that have enough members, by their number of members, reduced."""
    along = coordinates(question, options)
    given = [] if question.given is None else list(question.given.T)
    columns = regressors(question, options)
    least = LEAST if options.test == "paper" else LEAST + columns
    k = neighbours.index.shape[1]
    if k < LEAST + columns:
        raise UserError(
            f"neighbours.k={k} members are too few for {columns} regressors inside a neighbourhood "
            f"({len(given)} conditioning variables with their squares and products, {len(along)} "
            f"coordinates); raise neighbours.k to at least {LEAST + columns}, or condition on less"
        )
    valid = question.valid[neighbours.index]
    members = valid.sum(axis=1)
    for count in np.unique(members[members >= least])[::-1]:
        chosen = np.flatnonzero(members == count)
        for start in range(0, len(chosen), BLOCK):
            number = chosen[start : start + BLOCK]
            member = neighbours.index[number][valid[number]].reshape(len(number), count)
            yield Block(
                number,
                member,
                reduce(
                    question.target[member],
                    question.query[member],
                    [column[member] for column in given],
                    [column[member] for column in along],
                    published=options.test == "paper",
                ),
            )


def regressors(question: Question, options: Options) -> int:
    """How many columns target and query are freed of inside a neighbourhood, besides their mean."""
    given = 0 if question.given is None else question.given.shape[1]
    return width(given) + len(coordinates(question, options))


def _fill(found: dict[str, Floats], block: Block, measures: Measures) -> None:
    keep = ~block.reduced.masked
    rows = block.number[keep]
    for name, values in (
        ("corr", measures.correlation),
        ("corr_null", measures.correlation_null[:, 0]),
        ("corr_p", measures.correlation_p),
        ("corr_tail", measures.correlation_tail),
        ("eff", measures.efficiency),
        ("eff_null", measures.efficiency_null[:, 0]),
        ("eff_p", measures.efficiency_p),
        ("eff_tail", measures.efficiency_tail),
        ("y", block.reduced.target_gradient),
        ("q", block.reduced.query_gradient),
    ):
        found[name][rows] = values[keep]


def _association(found: dict[str, Floats], name: str) -> Association:
    tail = found[f"{name}_tail"]
    known = np.isfinite(tail)
    q = np.full(len(tail), np.nan)
    if known.any():
        q[known] = false_discovery_control(tail[known])
    return Association(found[name], found[f"{name}_null"], found[f"{name}_p"], tail, q)
