"""The target's own distribution as the measure of what is learnt of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from galaxy_causal.estimator.quantile_curve import QuantileCurve, quantile_curve
from galaxy_causal.types import CLASSES, Floats, UserError

MOST = 1024
"""Cells of a target: a density of 5 nats is seven cells wide."""
ENDS = 4.5
"""Normal scores between which a smooth target has cells."""


@dataclass(frozen=True)
class Cells:
    """Intervals of the target between values of the training galaxies, as fine as these allow.

    Parameters
    ----------
    bounds
        Cell k holds what lies above ``bounds[k]`` and not above ``bounds[k + 1]``, (cells + 1,); the end
        cells also hold what lies outside.
    centres
        A value of the target for each, (cells,).
    mass
        The share of the training galaxies in each, none of them empty, (cells,); of a smooth target
        (``quantile_curve``) that of a standard normal between ``edges``.
    atom
        Which hold a single value of many galaxies, (cells,).
    discrete
        Whether all do: the target has fewer than 50 values.
    edges
        Ends in the target's normal score, (cells + 1,).

    Notes
    -----
    Information does not change under monotone maps of the target. Nor do cells: they follow from the order of
    the training galaxies alone. A density over them is given in the target's normal scores: the cell between
    cumulative masses a and b lies between the quantiles of a and b of a standard normal, so that a standard
    normal whatever the inputs *is* the prior, of any target, and tells nothing.
    """

    bounds: Floats
    centres: Floats
    mass: Floats
    atom: NDArray[np.bool_]
    discrete: bool
    edges: Floats

    @classmethod
    def of(cls, y: Floats) -> Cells:
        """The cells of training galaxies with targets y (n,), finite and not all equal."""
        curve = quantile_curve(y)
        return cls._of_values(y) if curve is None else cls._along(curve)

    @classmethod
    def _along(cls, curve: QuantileCurve) -> Cells:
        """Half of the edges at equal steps of probability, half at equal steps of the normal score."""
        count = MOST // 2
        inner = np.union1d(ndtri(np.arange(1, count) / count), np.linspace(-ENDS, ENDS, count))
        outer = 2 * inner[[0, -1]] - inner[[1, -2]]
        edges = np.concatenate([outer[:1], inner, outer[1:]])
        cumulative = np.concatenate([[0.0], ndtr(inner), [1.0]])
        return cls(
            bounds=curve.quantile(edges),
            centres=curve.quantile(0.5 * (edges[1:] + edges[:-1])),
            mass=np.diff(cumulative),
            atom=np.zeros(len(edges) - 1, dtype=bool),
            discrete=False,
            edges=edges,
        )

    @classmethod
    def _of_values(cls, y: Floats) -> Cells:
        values, counts = np.unique(y, return_counts=True)
        if len(values) < 2:
            raise UserError(
                f"all {len(y)} training galaxies have the same target {y[0] if len(y) else 'none'}: there is "
                "nothing to be known of it; give another target, or a split with others in training"
            )
        last = _last_of_cells(counts)
        first = np.concatenate([[0], last[:-1] + 1])
        total = np.add.reduceat(counts, first)
        mass = total / len(y)
        discrete = len(values) < CLASSES and 2 * len(values) <= len(y)  # few values, that repeat
        inner = ndtri(np.cumsum(mass)[:-1])
        ends = 2 * ndtri(np.array([0.5 * mass[0], 1.0 - 0.5 * mass[-1]])) - inner[[0, -1]]
        return cls(
            bounds=np.concatenate([values[:1], values[last]]),
            centres=np.add.reduceat(values * counts, first) / total,
            mass=mass,
            atom=(first == last) & ((total > 1) | discrete),
            discrete=discrete,
            edges=np.concatenate([ends[:1], inner, ends[1:]]),
        )

    @classmethod
    def of_classes(cls, y: Floats, names: Sequence[str]) -> Cells:
        """One for each class, of training galaxies with classes y (n,), numbers from 0; none may be empty."""
        counts = np.bincount(y.astype(np.int64), minlength=len(names))
        if not counts.all():
            lacking = [name for name, times in zip(names, counts.tolist(), strict=True) if not times]
            raise UserError(
                f"no galaxy of the class {', '.join(lacking)} is among {len(y)} training galaxies; join rare "
                "classes, or train on more galaxies"
            )
        mass = counts / len(y)
        inner = ndtri(np.cumsum(mass)[:-1])
        ends = 2 * ndtri(np.array([0.5 * mass[0], 1.0 - 0.5 * mass[-1]])) - inner[[0, -1]]
        places = np.arange(len(names), dtype=np.float64)
        return cls(
            bounds=np.concatenate([places[:1], places]),
            centres=places,
            mass=mass,
            atom=np.ones(len(names), dtype=bool),
            discrete=True,
            edges=np.concatenate([ends[:1], inner, ends[1:]]),
        )

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.mass)

    def index(self, y: Floats) -> NDArray[np.int64]:
        """Cell of each y (n,)."""
        return np.searchsorted(self.bounds[1:-1], y, side="left")

    def outside(self, y: Floats) -> int:
        """How many of y (n,) lie beyond the training galaxies; of classes, are none of theirs."""
        if self.discrete:
            return int(np.sum(~np.isin(y, self.bounds)))
        return int(np.sum((y < self.bounds[0]) | (y > self.bounds[-1])))

    @property
    def prior(self) -> Floats:
        """Probability of each cell, shape (cells,): that of the training galaxies."""
        return self.mass

    def score(self, y: Floats) -> Floats:
        """Normal score of each y (n,): within its cell as far as y is, and in the middle of an atom's."""
        label = self.index(y)
        low, high = self.bounds[label], self.bounds[label + 1]
        share = np.clip((y - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
        within = self.edges[label] + share * (self.edges[label + 1] - self.edges[label])
        return np.where(self.atom[label] | (high == low), self.scores[label], within)

    @cached_property
    def scores(self) -> Floats:
        """Normal score of the middle of each cell, shape (cells,)."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.mass)])
        middle: Floats = ndtri(0.5 * (cumulative[1:] + np.minimum(cumulative[:-1], 1.0)))
        return middle


def _last_of_cells(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the last value of each cell, of values in order with these counts.

    A value of many galaxies stands alone; between such values cells hold equal numbers.
    """
    least = -(-int(counts.sum()) // MOST)
    alone = counts >= max(least, 2)
    before = np.cumsum(np.where(alone, 0, counts)) - np.where(alone, 0, counts)
    run = np.cumsum(np.concatenate([[False], alone[:-1] | alone[1:]]))
    change = (np.diff(run) > 0) | (np.diff(before // least) > 0)
    return np.concatenate([np.flatnonzero(change), [len(counts) - 1]])
