"""The nearest of some candidates, in the order of their distances in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.neighbours.candidates import Candidates, Finder
from galaxy_causal.neighbours.search import Points, Rows

PAIRS = 1 << 13
"""Pairs whose differences are taken together."""
SHARP = 2.0**-25
"""Share of a distance by which rounding may change it: half of a unit in single precision."""
FAR = np.finfo(np.float32).max
"""The product of no pair."""

Found = tuple[Rows, NDArray[np.float32]]
"""Rows and distances (b, k)."""


def nearest(finder: Finder, training: Points, block: Points, own: Rows, k: int) -> Found:
    """Rows and distances (b, k) of the nearest training galaxies of a block (b, d)."""
    found = finder(block)
    if not len(found.place):  # rounding left all beyond the guess
        none = np.empty((len(block), k), dtype=np.int64), np.empty((len(block), k), dtype=np.float32)
        return _sorted_anew(none, np.arange(len(block)), training, block, own)
    _leave_out(found, own, len(training))
    if found.product.dtype == np.float64:
        return by_products(found, training, block, own, k)
    return by_differences(found, training, block, own, k)


def _leave_out(found: Candidates, own: Rows, m: int) -> None:
    """Move each galaxy itself beyond all others."""
    inside = np.flatnonzero(own >= 0)
    place = inside * m + own[inside]
    spot = np.minimum(np.searchsorted(found.place, place), len(found.place) - 1)
    found.product[spot[found.place[spot] == place]] = FAR


def by_products(found: Candidates, training: Points, block: Points, own: Rows, k: int) -> Found:
    """By double products; where these are nearer to each other than their rounding, by differences.

    Sorting numbers alone is twice as fast as sorting with their places, so that the last bits of each hold
    its column.
    """
    m, d = training.shape
    first = np.searchsorted(found.place, m * np.arange(len(block) + 1))
    table = _padded(found.product, np.diff(first), k + 1)
    bits = (table.shape[1] - 1).bit_length()
    coded = table.view(np.int64)
    coded &= -1 << bits
    coded |= np.arange(table.shape[1])
    table.sort(axis=1)
    ranked, column = table[:, : k + 1], coded[:, :k] & ((1 << bits) - 1)
    largest = np.abs(ranked[:, [0, k - 1]]).max(axis=1)
    slack = 2 * (found.rounding + np.ldexp(largest, bits - 52))
    tied = (ranked[:, 1:] <= ranked[:, :-1] + slack[:, None]).any(axis=1)
    missing = ranked[:, k - 1] + slack > found.reach
    column += first[:-1, None]
    index = found.place.take(column, mode="clip")
    index -= m * np.arange(len(block))[:, None]
    half = ranked[:, :k] + found.half[:, None]
    distance = (half * (2 / d)).astype(np.float32)
    near = slack / SHARP
    some = np.flatnonzero(half[:, 0] < near)
    query, rank = np.nonzero(half[some] < near[some, None])  # cancellation leaves too few of their digits
    query = some[query]
    distance[query, rank] = of_pairs(training, index[query, rank], block, query)
    _sorted_anew((index, distance), np.flatnonzero(missing), training, block, own)
    again = np.flatnonzero(tied & ~missing)
    if len(again):
        part = _of(found, again, first, m)
        index[again], distance[again] = by_differences(part, training, block[again], own[again], k)
    return index, distance


def _of(found: Candidates, some: Rows, first: Rows, m: int) -> Candidates:
    """The candidates of some galaxies of the block, as those of a block of their own."""
    count = np.diff(first)
    chosen = np.zeros(len(count), dtype=bool)
    chosen[some] = True
    inside = np.repeat(chosen, count)
    moved = np.repeat(m * (np.arange(len(some)) - some), count[some])
    return Candidates(
        found.place[inside] + moved,
        found.product[inside],
        found.reach[some],
        found.rounding[some],
        found.half[some],
    )


def by_differences(found: Candidates, training: Points, block: Points, own: Rows, k: int) -> Found:
    """By the differences of all pairs that rounding leaves among the k nearest."""
    m = len(training)
    count = np.diff(np.searchsorted(found.place, m * np.arange(len(block) + 1)))
    limit = np.partition(_padded(found.product, count, k), k - 1, axis=1)[:, k - 1] + 2 * found.rounding
    close = np.flatnonzero(found.product <= np.repeat(limit, count))
    place = found.place[close]
    query, row = np.divmod(place, m)
    exact = of_pairs(training, row, block, query)
    count = np.bincount(query, minlength=len(block))
    table = _padded(exact, count, k)
    order = _order(table, k)
    distance = _take(table, order).astype(np.float32)
    row = np.append(row, 0)  # a place for those that are looked up below
    index = row.take((np.cumsum(count) - count)[:, None] + order, mode="clip")
    missing = np.flatnonzero(limit > found.reach)  # a pair that was not found may be nearer
    return _sorted_anew((index, distance), missing, training, block, own)


def _sorted_anew(found: Found, some: Rows, training: Points, block: Points, own: Rows) -> Found:
    """What was found, with some galaxies of the block by sorting."""
    index, distance = found
    for i in some:
        index[i], distance[i] = by_sorting(training, block[i], int(own[i]), index.shape[1])
    return found


def by_sorting(training: Points, query: Points, own: int, k: int) -> Found:
    """Rows and distances (k,) of the nearest training galaxies of one (d,), by a sort of all distances."""
    every = _distances(training, query)
    if own >= 0:
        every[own] = np.inf
    index = np.argsort(every, kind="stable")[:k]
    return index, every[index].astype(np.float32)


def of_pairs(training: Points, row: Rows, block: Points, query: Rows) -> NDArray[np.float64]:
    """Distances of pairs, a cache's worth at a time."""
    exact = np.empty(len(row))
    for start in range(0, len(row), PAIRS):
        part = slice(start, start + PAIRS)
        exact[part] = _distances(training.take(row[part], axis=0), block.take(query[part], axis=0))
    return exact


def _distances(a: Points, b: Points) -> NDArray[np.float64]:
    """Mean squared difference of rows, in double precision."""
    difference = np.subtract(a, b, dtype=np.float64)
    return np.asarray(np.einsum("pd,pd->p", difference, difference) / a.shape[1])


def _order(distance: NDArray[np.floating], k: int) -> Rows:
    """Columns (b, k) of the smallest of each row, equal ones by column."""
    order = np.argsort(distance, axis=1)  # several times faster than a stable sort, which only ties need
    ranked = _take(distance, order[:, : k + 1])
    tied = ((ranked[:, 1:] == ranked[:, :-1]) & (ranked[:, 1:] < FAR)).any(axis=1)
    order[tied] = np.argsort(distance[tied], axis=1, kind="stable")
    return order[:, :k]


def _take(table: NDArray[np.floating], column: Rows) -> NDArray[np.floating]:
    """``np.take_along_axis`` along rows, faster."""
    place = column + table.shape[1] * np.arange(len(table))[:, None]
    found: NDArray[np.floating] = table.ravel().take(place)
    return found


def _padded(values: NDArray[np.floating], count: Rows, k: int) -> NDArray[np.floating]:
    """Values, ``count`` (b,) of each galaxy in turn, as rows (b, at least k), ``FAR`` beyond their end."""
    width = max(int(count.max(initial=0)), k)
    table = np.full((len(count), width), FAR, dtype=values.dtype)
    table[np.arange(width) < count[:, None]] = values
    return table
