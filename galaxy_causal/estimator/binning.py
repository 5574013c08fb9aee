"""One binning of the target, shared by labels, prior and densities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, are_numbers, check_whole


@dataclass(frozen=True)
class Binning:
    """``count`` equal bins over [low, high]; the end bins also hold what lies outside.

    The published choice for log10 stellar mass is 520 bins in [6, 12.5], of width 0.0125 dex
    (Zhang et al. 2025, arXiv:2509.23901).
    """

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        ends = (self.low, self.high)
        if not (are_numbers(ends) and np.isfinite(ends).all() and self.low < self.high):
            raise UserError(f"bins need finite estimator.low={self.low} < estimator.high={self.high}")
        check_whole("estimator.bins", self.count, 2)

    @property
    def edges(self) -> Floats:
        """Bin edges, shape (count + 1,), in the target's unit."""
        return np.linspace(self.low, self.high, self.count + 1)

    @property
    def centres(self) -> Floats:
        """Bin centres, shape (count,), in the target's unit."""
        edges = self.edges
        return 0.5 * (edges[1:] + edges[:-1])

    @property
    def width(self) -> float:
        """Bin width in the target's unit."""
        return (self.high - self.low) / self.count

    def index(self, y: Floats) -> NDArray[np.int64]:
        """Bin of each y (n,): half-open bins, closed at ``high``; outside values to the end bins."""
        inside = np.searchsorted(self.edges, y, side="right") - 1
        return np.clip(inside, 0, self.count - 1)

    def outside(self, y: Floats) -> int:
        """How many of y (n,) lie outside [low, high]."""
        return int(np.sum((y < self.low) | (y > self.high)))
