"""Which training galaxies may be neighbours, judged by matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrik

from galaxy_causal.neighbours.search import Points, Rows

WHOLE = 1 << 15
"""Training galaxies up to which the products with a block of galaxies are looked at in one piece."""
TILE = 1 << 12
"""Training galaxies of a piece beyond that: their products fit into a cache."""
DENSE = 1 / 64
"""Share of the training galaxies asked for from which double products cost less than pairs' differences."""
SMALLEST = 256
"""Training galaxies in the sample that tells how far the neighbours reach, at the least."""
DEAR = 16.0
"""Time that a candidate costs, in times that a galaxy of the sample does."""
WIDER = 1.01
"""More than rounding adds to the length of a galaxy that lies within a reach."""
SHORT = 1e-4
"""Chance that the guess from the sample is too low for a galaxy, which then costs a sort of all distances."""


@dataclass(frozen=True)
class Candidates:
    """Pairs of a galaxy i of a block and a training galaxy, as ``place`` = i m + row of m, ascending.

    ``product`` is |b|^2 / 2 - ab of each pair about the middle, which orders the training galaxies b about
    a galaxy a as the distance does. No other pair of galaxy i has one of ``reach[i]`` or less;
    ``rounding`` (b,) bounds its error. Half the squared distance is ``product`` + ``half`` (b,).
    """

    place: Rows
    product: NDArray[np.floating]
    reach: NDArray[np.float64]
    rounding: NDArray[np.float64]
    half: NDArray[np.float64]


class Finder(Protocol):
    """Finds candidates of a block of galaxies (b, d)."""

    def __call__(self, block: Points) -> Candidates:
        """All pairs within the reach."""


class Geometry:
    """Training galaxies about their middle, where cancellation in |a|^2 - 2ab + |b|^2 is least."""

    def __init__(self, training: Points, precision: type[np.floating] = np.float32) -> None:
        self.middle = training.mean(axis=0, dtype=np.float64)
        self.precision = precision
        centred = training - self.middle
        square = np.sum(centred**2, axis=1)
        self.longest = float(np.sqrt(square.max()))
        self.extended = np.ascontiguousarray(np.vstack([-centred.T, 0.5 * square]), dtype=precision)
        """(d + 1, m): -b and |b|^2 / 2, of which the product with (a, 1) is taken."""

    def place(self, block: Points) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        """(a, 1) of a block (b, d), and |a|^2 / 2 (b,)."""
        centred = block - self.middle
        half = 0.5 * np.sum(centred**2, axis=1)
        return np.column_stack([centred, np.ones(len(block))]).astype(self.precision), half

    def rounding(self, half: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bounds (b,) of the error of the products that lie within the reach, or should.

        |b|^2 / 2 - ab <= reach makes b no longer than |a| + (|a|^2 + 2 reach)^(1/2): a few galaxies that lie
        far away from all others do not matter to these. The bound for vectors of such lengths: Higham 2002,
        Accuracy and Stability of Numerical Algorithms, eq. 3.5.
        """
        length = np.sqrt(2 * half)
        longest = length + np.sqrt(np.maximum(2 * (half + reach), 0.0))
        longest = np.minimum(WIDER * longest, self.longest)
        terms = 2 * (len(self.extended) + 1)
        size = length * longest + 0.5 * longest**2 + half
        limits = np.finfo(self.precision)  # each product may also underflow
        return np.asarray(terms * (float(limits.eps) * size + float(limits.tiny)))


def _sample(m: int, k: int) -> tuple[int, int]:
    """Size of the sample of m galaxies, and the rank in it beyond which the k nearest do not reach; or zeros.

    A larger sample costs more and leaves fewer candidates: the cheapest of some sizes is taken.
    """
    best, cheapest = (0, 0), DEAR * m
    for size in (m >> halvings for halvings in range(2, 12) if m >> halvings >= SMALLEST):
        rank = int(np.ceil(bdtrik(1 - SHORT, k + 1, size / m))) + 1
        cost = size + DEAR * rank * m / size
        if rank < size and cost < cheapest:
            best, cheapest = (size, rank), cost
    return best


class Processor:
    """Products on the processor; all below a limit are candidates.

    The limit comes from a sample of the training galaxies, such that more than k almost always lie below
    it; whether they do is seen afterwards. Products are in double precision where so many
    neighbours are asked for that these shall be ranked by them (``DENSE``).
    """

    def __init__(self, training: Points, k: int) -> None:
        dense = k > DENSE * len(training)
        self.geometry = Geometry(training, np.float64 if dense else np.float32)
        self.extended = self.geometry.extended
        size, self.rank = _sample(len(training), k)
        chosen = np.random.default_rng(0).choice(len(training), size, replace=False)
        self.sample = np.ascontiguousarray(self.extended[:, chosen])

    def __call__(self, block: Points) -> Candidates:
        """Pairs whose product is at most the limit."""
        queries, half = self.geometry.place(block)
        m = self.extended.shape[1]
        reach = np.full((len(block), 1), np.inf, dtype=queries.dtype)
        if self.rank:
            reach = np.partition(queries @ self.sample, self.rank, axis=1)[:, self.rank, None]
        if m <= WHOLE:
            product = queries @ self.extended
            place = np.flatnonzero(product <= reach)
            value = product.ravel().take(place)
        else:
            found: list[tuple[Rows, NDArray[np.floating]]] = []
            for start in range(0, m, TILE):
                product = queries @ self.extended[:, start : start + TILE]
                near = np.flatnonzero(product <= reach)
                query, row = np.divmod(near, product.shape[1])
                found.append((query * m + (row + start), product.ravel().take(near)))
            place, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
            order = np.argsort(place)
            place, value = place[order], value[order]
        limit = reach[:, 0].astype(np.float64)
        return Candidates(place, value, limit, self.geometry.rounding(half, limit), half)


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

        queries, half = self.geometry.place(block)
        products = torch.from_numpy(queries).to(self.device) @ self.extended
        nearest = torch.topk(products, self.count, dim=1, largest=False)
        row, order = torch.sort(nearest.indices, dim=1)
        value = torch.gather(nearest.values, 1, order).cpu().numpy()
        m = self.extended.shape[1]
        # Products equal to the last one may have been left out.
        last = np.nextafter(value.max(axis=1), np.float32(-np.inf))
        reach = np.full(len(block), np.inf) if self.count == m else last.astype(np.float64)
        place = row.cpu().numpy().astype(np.int64) + m * np.arange(len(block))[:, None]
        rounding = self.geometry.rounding(half, reach)
        return Candidates(place.ravel(), value.ravel(), reach, rounding, half)
