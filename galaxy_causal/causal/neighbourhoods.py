"""The local tests of all neighbourhoods, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.causal.coordinates import coordinates, trends
from galaxy_causal.causal.options import COVARIANCE, LocalTestOptions
from galaxy_causal.causal.question import LocalQuestion
from galaxy_causal.causal.regress import ReducedNeighbourhoods, linear_shares, reduce, width
from galaxy_causal.causal.statistics import PooledNulls, Statistic, by_permutations, by_signs
from galaxy_causal.types import Association, Floats, LocalTests, Neighbours, UserError, option

BLOCK = 6400
"""Members of neighbourhoods at a time: their permuted targets fill some megabytes, which stay in a cache."""
LEAST = 10
"""Members that a neighbourhood needs, beyond those that the regressions use up."""
EXPLAINED = 1e-6
"""Share of its deviation that is left of a query which is a function of what it is freed of."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Block:
    """Neighbourhoods of equal size: their numbers (b,), members (b, k), and what is left of these."""

    number: NDArray[np.int64]
    member: NDArray[np.int64]
    reduced: ReducedNeighbourhoods


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def local_tests(
    question: LocalQuestion,
    neighbours: Neighbours,
    options: LocalTestOptions,
    seed: int = 0,
    progress: Progress = silent,
) -> LocalTests:
    """Test the question in every neighbourhood.

    Parameters
    ----------
    question : LocalQuestion
        Of m training galaxies.
    neighbours : Neighbours
        Of n galaxies, among these.
    options : LocalTestOptions
        Which test, with what.
    seed : int
        Of permutations, signs and folds.
    progress : callable
        Hears of neighbourhoods done and of all of them.

    Returns
    -------
    LocalTests
        An answer for each of the n neighbourhoods.

    Raises
    ------
    UserError
        For neighbourhoods, or galaxies, that are too few for what is regressed.

    Notes
    -----
    Members without all values are left out, neighbourhood by neighbourhood; where too few remain, or nothing
    varies, the answer is NaN. Memory beyond the result does not grow with the number of neighbourhoods.
    """
    gradient = gradients(question, neighbours, options)
    asked, question = question, prepared(question, options, seed)
    n = len(neighbours)
    correlation, efficiency = Answers(n), Answers(n)
    members = question.valid[neighbours.index].sum(axis=1)
    done = 0
    for number, block in enumerate(blocks(question, neighbours, options)):
        reduced = block.reduced
        keep = ~(reduced.masked | _flat(asked, question, block.member))
        for answers, found in zip(
            (correlation, efficiency),
            measure(reduced, options, np.random.default_rng((seed, number))),
            strict=True,
        ):
            answers.add(block.number[keep], found, keep)
        done += len(block.number)
        progress(done, n)
    progress(n, n)
    return LocalTests(
        members=members,
        masked=np.isnan(correlation.value),
        correlation=correlation.association(),
        efficiency=efficiency.association(),
        target_gradient=gradient[0],
        query_gradient=gradient[1],
    )


def _flat(asked: LocalQuestion, left: LocalQuestion, member: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Neighbourhoods (b,) of members (b, k) in which the query does not vary, or nothing of it is left."""
    flat = np.ptp(asked.query[member], axis=1) == 0
    if left is not asked:
        whole = np.std(asked.query[asked.valid])
        flat |= np.std(left.query[member], axis=1) <= EXPLAINED * whole
    return np.asarray(flat)


class Answers:
    """One measure of all n neighbourhoods, filled block by block."""

    def __init__(self, n: int) -> None:
        self.value, self.null, self.p, self.pivot = (np.full(n, np.nan) for _ in range(4))
        self.pool = PooledNulls()

    def add(self, rows: NDArray[np.int64], found: Statistic, keep: NDArray[np.bool_]) -> None:
        """Write the kept of a block's neighbourhoods into their rows."""
        for name in ("value", "null", "p", "pivot"):
            getattr(self, name)[rows] = getattr(found, name)[keep]
        self.pool.add(found.pivots[keep])

    def association(self) -> Association:
        """With p-values of the pooled nulls, adjusted over all neighbourhoods."""
        from scipy.stats import false_discovery_control

        pooled = self.pool.p(self.pivot)
        known = np.isfinite(pooled)
        q = np.full(len(pooled), np.nan)
        if known.any():
            q[known] = false_discovery_control(pooled[known])
        return Association(self.value, self.null, self.p, pooled, q)


def prepared(question: LocalQuestion, options: LocalTestOptions, seed: int) -> LocalQuestion:
    """The question as it is put to each neighbourhood."""
    if options.test not in COVARIANCE:
        return question
    from galaxy_causal.causal.residuals import residuals

    return residuals(question, options, seed)


def measure(
    reduced: ReducedNeighbourhoods, options: LocalTestOptions, rng: np.random.Generator
) -> tuple[Statistic, Statistic]:
    """Correlation and efficiency as the chosen test compares them with their nulls."""
    null = by_signs if options.test in COVARIANCE else by_permutations
    return null(reduced, options.permutations, rng)


def blocks(question: LocalQuestion, neighbours: Neighbours, options: LocalTestOptions) -> Iterator[Block]:
    """All neighbourhoods that have enough members, by their number of members, reduced."""
    along = coordinates(question, options)
    given = [] if question.given is None else list(question.given.T)
    least = LEAST + regressors(question, options)
    k = neighbours.index.shape[1]
    if k < least:
        raise UserError(
            f"{option('neighbours.k', k)} members are too few for {least - LEAST} regressors inside a "
            f"neighbourhood ({len(given)} conditioning variables with their squares and products, "
            f"{len(along)} coordinates); raise {option('neighbours.k')} to at least {least}, or condition "
            "on less"
        )
    for number, member in _members(question, neighbours, least):
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


def gradients(question: LocalQuestion, neighbours: Neighbours, options: LocalTestOptions) -> Floats:
    """Shares of the variance of target and query that are linear along the latent, (2, n); see LocalTests.

    Along all that ``causal.gradient`` names, or the latent alone where it names nothing.
    """
    found = np.full((2, len(neighbours)), np.nan)
    along = trends(question, options)
    if along:
        for number, member in _members(question, neighbours, LEAST + len(along)):
            values = [question.target[member], question.query[member]]
            found[:, number] = linear_shares(values, [column[member] for column in along])
    return found


def _members(
    question: LocalQuestion, neighbours: Neighbours, least: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Numbers (b,) of neighbourhoods of at least so many valid members, equally many, and these (b, k)."""
    valid = question.valid[neighbours.index]
    members = valid.sum(axis=1)
    for count in np.unique(members[members >= least])[::-1]:
        chosen = np.flatnonzero(members == count)
        size = max(BLOCK // int(count), 1)
        for start in range(0, len(chosen), size):
            number = chosen[start : start + size]
            yield number, neighbours.index[number][valid[number]].reshape(len(number), count)


def regressors(question: LocalQuestion, options: LocalTestOptions) -> int:
    """How many columns target and query are freed of inside a neighbourhood, besides their mean.

    Parameters
    ----------
    question : LocalQuestion
        Its values do not matter.
    options : LocalTestOptions
        The test.

    Returns
    -------
    int
        Members of a neighbourhood that a regression uses up.
    """
    given = 0
    if question.given is not None and options.test not in COVARIANCE:  # there splines of all galaxies do
        given = question.given.shape[1]
    return width(given) + len(coordinates(question, options))
