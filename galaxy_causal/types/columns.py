"""Columns of numbers: how they are named, and what they cannot be used for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from galaxy_causal.types.images import Floats

Kind = Literal["value", "error", "limit"]
DISCRETE = 10
"""Below as many distinct values two columns may agree by chance, and agree in few ways."""
MANY = 300
"""Rows without exception, by which columns of few values are one: a law of one exception in a hundred has
such a sample once in twenty."""
ROUNDING = 1e-6
"""Of the interquartile range: what arithmetic in single precision does to an order."""
GLANCE = 1000


@dataclass(frozen=True, order=True)
class Column:
    """A column of numbers of a catalogue: a feature's values, or their errors.

    Parameters
    ----------
    modality, name
        Of the feature, such as ``photometry`` and ``g``.
    kind
        What of it stands in the column; ``limit`` is 1 where a value is an upper limit, else 0.

    Examples
    --------
    Files, checksums, recipes and messages name a column by its text.

    >>> str(Column("photometry", "g", "error"))
    'photometry/g/error'
    >>> Column.parse("photometry/g")
    Column(modality='photometry', name='g', kind='value')
    """

    modality: str
    name: str
    kind: Kind = "value"

    def __str__(self) -> str:
        kind = "" if self.kind == "value" else f"/{self.kind}"
        return f"{self.modality}/{self.name}{kind}" if self.modality else f"{self.name}{kind}"

    def parts(self, elements: int) -> tuple[Column, ...]:
        """Of a vector its numbers, ``embedding/aion[0]`` and so on; of anything else (0 elements) itself."""
        return tuple(replace(self, name=f"{self.name}[{place}]") for place in range(elements)) or (self,)

    @classmethod
    def parse(cls, text: str) -> Column:
        """The column that a text names."""
        beside: tuple[Kind, ...] = ("error", "limit")
        kind: Kind = next((one for one in beside if text.endswith(f"/{one}")), "value")
        value = text.removesuffix(f"/{kind}")
        modality, slash, name = value.partition("/")
        return cls(modality, name, kind) if slash else cls("", value, kind)


def is_constant(values: Floats) -> bool:
    """Whether values are all one number.

    Parameters
    ----------
    values
        (n,), finite.

    Returns
    -------
    bool
        True where their range is at most 1e-12 of the largest magnitude, and for no values at all.

    Examples
    --------
    >>> is_constant(np.array([0.1 + 0.2, 0.3])), is_constant(np.array([1e-20, 0.0]))
    (True, False)
    """
    return not len(values) or bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def same_order(first: Floats, second: Floats) -> bool:
    """Whether values rise or fall with other ones, all of them, but for rounding.

    Parameters
    ----------
    first, second
        Finite values (n,).

    Returns
    -------
    bool
        True where each determines the other, to the digits that are given.

    Notes
    -----
    No pair of rows may stand in one order here and in the opposite one there; ties are no exception, as
    rounding makes them. A column of few values is such a function only if its values correspond one to one to
    those of the other, in many rows: two classes that a threshold parts are no copies of what they are parted
    by. Constants are in no order.

    Examples
    --------
    >>> mass = np.linspace(9, 12, 50)
    >>> same_order(mass, -(10**mass)), same_order(mass, np.sin(9 * mass)), same_order(mass, 1.0 * (mass > 10))
    (True, False, False)
    """
    if is_constant(first) or is_constant(second):
        return False
    some = slice(GLANCE)
    for sign in (1.0, -1.0):
        turned = sign * second
        if _rises(first[some], turned[some]) and _rises(first, turned):
            return _determined(first, second)
    return False


def _rises(first: Floats, second: Floats) -> bool:
    """Whether ``second`` nowhere falls, in the order of ``first``."""
    ordered = second[np.lexsort((second, first))].astype(np.float64)
    low, high = np.percentile(ordered, (25, 75))
    return bool((np.maximum.accumulate(ordered) - ordered).max() <= ROUNDING * (high - low))


def _determined(first: Floats, second: Floats) -> bool:
    distinct = len(np.unique(first)), len(np.unique(second))
    if min(distinct) >= DISCRETE:
        return True
    pairs = len(np.unique(np.stack([first, second], axis=1), axis=0))
    return pairs == max(distinct) == min(distinct) and len(first) >= MANY
