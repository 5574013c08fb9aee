"""Which training galaxies may be neighbours, judged by single-precision products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.neighbours.search import Points, Rows

TILE = 8192
"""Training galaxies whose products with a block of galaxies are held at once: they fit into a cache."""
SMALLEST = 256
"""Training galaxies in the sample that tells how far the neighbours reach, at the least."""
DEAR = 4.0
"""Time that a candidate costs, in times that a galaxy of the sample does."""
SPARE = 4.0
"""Standard deviations by which the guess is raised."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of a galaxy of a block (``query``, ascending) and a training galaxy (``row``, ascending within).

    ``product`` is |b|^2 / 2 - ab of each pair, which orders the training galaxies b about a galaxy a as the
    distance does. No other pair of galaxy i has one of ``reach[i]`` or less; ``rounding`` (b,) bounds its
    error.
    """

    query: Rows
    row: Rows
    product: Points
    reach: NDArray[np.float64]
    rounding: NDArray[np.float64]


class Finder(Protocol):
    """Finds candidates of a block of galaxies (b, d)."""

    def __call__(self, block: Points) -> Candidates:
        """All pairs within the reach."""


class Geometry:
    """Training galaxies about their middle, where cancellation in |a|^2 - 2ab + |b|^2 is least."""

    def __init__(self, training: Points) -> None:
        self.middle = training.mean(axis=0, dtype=np.float64)
        centred = training - self.middle
        square = np.sum(centred**2, axis=1)
        self.longest = float(np.sqrt(square.max()))
        self.extended = np.column_stack([-centred, 0.5 * square]).astype(np.float32)
        """(m, d + 1): -b and |b|^2 / 2, of which the product with (a, 1) is taken."""

    def place(self, block: Points) -> tuple[Points, NDArray[np.float64]]:
        """(a, 1) of a block (b, d), and bounds (b,) of the error of its products (Higham 2002, eq. 3.5)."""
        centred = block - self.middle
        length = np.sqrt(np.sum(centred**2, axis=1))
        terms = 2 * (block.shape[1] + 2)
        rounding = terms * np.finfo(np.float32).eps * (length * self.longest + 0.5 * self.longest**2)
        return np.column_stack([centred, np.ones(len(block))]).astype(np.float32), rounding


def _sample(m: int, k: int) -> tuple[int, int]:
    """Size of the sample of m galaxies, and the rank in it beyond which the k nearest do not reach; or zeros.

    A larger sample costs more and leaves fewer candidates: the cheapest of some sizes is taken.
    """
    best, cheapest = (0, 0), float(m)
    for size in (m >> halvings for halvings in range(2, 12) if m >> halvings >= SMALLEST):
        expected = (k + 1) * size / m
        rank = int(np.ceil(expected + SPARE * np.sqrt(expected) + SPARE))
        cost = size + DEAR * rank * m / size
        if rank < size and cost < cheapest:
            best, cheapest = (size, rank), cost
    return best


class Processor:
    """Products on the processor, tile by tile; all below a limit are candidates.

    The limit comes from a sample of the training galaxies, such that with overwhelming probability more
    than k lie below it; whether they do is seen afterwards.
    """

    def __init__(self, training: Points, k: int) -> None:
        self.geometry = Geometry(training)
        self.extended = self.geometry.extended
        size, self.rank = _sample(len(training), k)
        chosen = np.random.default_rng(0).choice(len(training), size, replace=False)
        self.sample = self.extended[chosen]

    def __call__(self, block: Points) -> Candidates:
        """Pairs whose product is at most the limit."""
        queries, rounding = self.geometry.place(block)
        reach = np.full(len(block), np.inf, dtype=np.float32)
        if self.rank:
            reach = np.partition(queries @ self.sample.T, self.rank, axis=1)[:, self.rank]
        found: list[tuple[Rows, Rows, Points]] = []
        for start in range(0, len(self.extended), TILE):
            product = queries @ self.extended[start : start + TILE].T
            place = np.flatnonzero(product <= reach[:, None])
            query, row = np.divmod(place, product.shape[1])
            found.append((query, row + start, product.ravel()[place]))
        query, row, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
        narrow = np.int16 if len(block) < 2**15 else np.int64  # two bytes are sorted by counting
        order = np.argsort(query.astype(narrow), kind="stable")
        return Candidates(query[order], row[order], value[order], reach.astype(np.float64), rounding)


class Products:
    """Products by torch, on a GPU; those of the nearest k and some more are candidates."""

    def __init__(self, training: Points, k: int, device: str) -> None:
        import torch

        self.geometry = Geometry(training)
        self.device = device
        self.extended = torch.from_numpy(self.geometry.extended).to(device)
        self.count = min(len(training), k + 1 + max(16, k // 16))

    def __call__(self, block: Points) -> Candidates:
        """The nearest pairs; the last is the reach, unless they are all."""
        import torch

        queries, rounding = self.geometry.place(block)
        products = torch.from_numpy(queries).to(self.device) @ self.extended.T
        nearest = torch.topk(products, self.count, dim=1, largest=False)
        row, order = torch.sort(nearest.indices, dim=1)
        value = torch.gather(nearest.values, 1, order).cpu().numpy()
        everything = self.count == len(self.extended)
        # Products equal to the last one may have been left out.
        last = np.nextafter(value.max(axis=1), np.float32(-np.inf))
        reach = np.full(len(block), np.inf) if everything else last.astype(np.float64)
        return Candidates(
            np.repeat(np.arange(len(block)), self.count),
            row.cpu().numpy().ravel().astype(np.int64),
            value.ravel(),
            reach,
            rounding,
        )
