"""Parts of a question, by a quantity such as redshift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from galaxy_causal.types import UserError, option


@dataclass(frozen=True, order=True)
class Slice:
    """A part of a question.

    Parameters
    ----------
    low, high
        It holds what lies from the one up to, without, the other.
    """

    low: float
    high: float

    @property
    def name(self) -> str:
        """As files are called."""
        return f"{self.low!r}_{self.high!r}"

    @property
    def told(self) -> str:
        """As people read it."""
        return f"{self.low:g} to {self.high:g}"

    def halves(self) -> tuple[Slice, Slice]:
        """The two that it is cut into."""
        middle = round((self.low + self.high) / 2, 9)
        return Slice(self.low, middle), Slice(middle, self.high)


@dataclass(frozen=True)
class Done:
    """What is known of a slice that is whole.

    Parameters
    ----------
    low, high
        As of `Slice`.
    rows
        Of the answer.
    date
        When it was kept, in UTC.
    sha256
        Of its file.
    """

    low: float
    high: float
    rows: int
    date: str
    sha256: str = ""


def slices_of(edges: Sequence[Sequence[float]], between: Sequence[float] | None) -> list[Slice]:
    """Slices from parts of ``[from, to, step]``, without gap or overlap; those between two values alone.

    Examples
    --------
    >>> [one.name for one in slices_of([[0, 0.2, 0.1], [0.2, 0.4, 0.2]], [0.15, 1])]
    ['0.15_0.2', '0.2_0.4']
    """
    found: list[Slice] = []
    for part in edges:
        low, high, step = _three(part)
        count = max(1, round((high - low) / step))
        inner = [round(low + k * (high - low) / count, 9) for k in range(count)]
        ends = [*inner, float(high)]
        if found and found[-1].high != ends[0]:
            raise UserError(f"slices.edges: {found[-1].high:g} is followed by {ends[0]:g}; leave no gap")
        found += [Slice(a, b) for a, b in pairwise(ends)]
    if between is None:
        return found
    if len(between) != 2 or not between[0] < between[1]:
        raise UserError(f"{option('acquire.between', list(between))} must be two rising numbers")
    low, high = (float(edge) for edge in between)
    kept = [
        Slice(max(one.low, low), min(one.high, high)) for one in found if one.low < high and one.high > low
    ]
    if not kept:
        raise UserError(
            f"{option('acquire.between', list(between))} lies outside the recipe's {found[0].low:g} to "
            f"{found[-1].high:g}"
        )
    return kept


def _three(part: Any) -> tuple[float, float, float]:  # noqa: ANN401  (of a file that a user wrote)
    if len(part) != 3 or not part[0] < part[1] or not part[2] > 0:
        raise UserError(f"slices.edges: {list(part)} must be [from, to, step], rising")
    return float(part[0]), float(part[1]), float(part[2])
