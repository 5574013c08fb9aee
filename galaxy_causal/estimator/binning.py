"""One binning of the target, shared by labels, prior and densities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, are_numbers, at_most, check_option, option

Several = Annotated[int, Ge(2)]
Bins = Annotated[Several, at_most(10_000, "memory grows with it times the galaxies")]
ROUNDINGS = 8  # of y, low, high, their differences and their quotient, each at most one of the largest


@dataclass(frozen=True)
class Binning:
    """Equal bins over [low, high]; the end bins also hold what lies outside.

    Parameters
    ----------
    low, high
        Ends, in the target's unit.
    count
        How many bins.

    Raises
    ------
    UserError
        For ends that are not finite or in the wrong order, and fewer than two bins.

    References
    ----------
    The published choice for log10 stellar mass is 520 bins in [6, 12.5], of width 0.0125 dex (Zhang et al.
    2025, arXiv:2509.23901).

    Examples
    --------
    >>> bins = Binning(6.0, 12.5, 520)
    >>> bins.index(np.array([5.0, 6.0, 10.0375, 12.5])).tolist()
    [0, 0, 323, 519]
    """

    low: float
    high: float
    count: int

    def __post_init__(self) -> None:
        ends = (self.low, self.high)
        if not (are_numbers(ends) and np.isfinite(ends).all() and self.low < self.high):
            low, high = option("estimator.low", self.low), option("estimator.high", self.high)
            raise UserError(f"bins need finite {low} < {high}")
        check_option(option("estimator.bins"), self.count, Several)

    @property
    def edges(self) -> Floats:
        """Bin edges, shape (count + 1,), in the target's unit."""
        return np.linspace(self.low, self.high, self.count + 1)

    @property
    def bounds(self) -> Floats:
        """The same as ``edges``: the learner's coordinate is the target itself."""
        return self.edges

    @property
    def atom(self) -> NDArray[np.bool_]:
        """Which bins stand for a single value, shape (count,): none."""
        return np.zeros(self.count, dtype=bool)

    @property
    def discrete(self) -> bool:
        """Whether the bins are the target's own few values: no."""
        return False

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
        """The bin of each value: half-open ones, closed at ``high``; what lies outside is in the end bins.

        Parameters
        ----------
        y
            (n,), in the target's unit.

        Returns
        -------
        ndarray
            Of int, (n,).

        Notes
        -----
        A y that is an edge in decimals belongs to the bin that begins there: 10.0375 = 6 + 323 * 0.0125 to
        bin 323, though in binary one lies below the other; and so does one rounded to single precision.
        """
        return np.clip(np.floor(self._position(y)), 0, self.count - 1).astype(np.int64)

    def outside(self, y: Floats) -> int:
        """How many of y (n,) lie outside [low, high]."""
        position = self._position(y)
        return int(np.sum((position < 0) | (position > self.count)))

    def _position(self, y: Floats) -> Floats:
        """y (n,) in widths from ``low``: whole where it is an edge but for rounding, at most one outside."""
        value = np.clip(np.asarray(y, dtype=np.float64), self.low - self.width, self.high + self.width)
        position = (value - self.low) / self.width
        nearest = np.rint(position)
        double = ROUNDINGS * np.finfo(np.float64).eps * max(abs(self.low), abs(self.high))
        close = np.abs(position - nearest) * self.width <= np.maximum(double, single_rounding(value))
        return np.where(close, nearest, position)


def single_rounding(value: Floats) -> Floats:
    """How far off a decimal may be that was rounded to single precision, (n,); zero where it was not.

    It was where single precision holds the value (n,) exactly, as it does those of a column of float32. Of
    other values in double precision one in 2^29 looks so, too.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # beyond the range of single precision
        single = value.astype(np.float32)
        return np.where(single == value, 0.5 * np.abs(np.spacing(single)), 0.0)
