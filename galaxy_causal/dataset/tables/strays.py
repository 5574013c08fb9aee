"""Values that stand for something else: far from a column's other values, and most often repeated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.nulls import is_nines
from galaxy_causal.dataset.tables.remedies import SHOWN, null_values_remedy, spelled_number
from galaxy_causal.types import Floats, UserError

SOFT = (0.0, -1.0, -9.0, -9.9, -9.99, -9.999)
"""People write these for missing values too, but they may also be values."""
TOGETHER = 3
"""Of so many different strays beside each other, each hides the next."""
FEWEST = 5
"""Different values that a column must have, to say of a number that is no known code that it lies far out."""

SPREAD = 50
"""Different values without a long tail that make an exact repeat far from them no matter of rounding."""


OFTEN = 10
"""So many times as often as any other value, and so often at least, a value stands for something else."""
PILED = 5
"""So many times as often as any other value an extreme is a limit, or means something else."""


@dataclass(frozen=True)
class Stray:
    """A value that lies far from all others, and in how many rows it stands."""

    value: float
    count: int


def strays(values: Floats, most: float = 0.5) -> list[Stray]:
    """Values of a column (n,), NaN where it is missing, that lie far from all others, the lowest first.

    A value at one end is judged by the gap between it and the rest, in units of the rest's width: the larger
    of its reach from its median to that end, its two interquartile ranges, and its central four fifths. So
    floors and ceilings that adjoin the rest, skew, heavy tails and several modes are no strays.

    - Numbers that people write for missing values (``NINES`` of ``missing``) need a gap of one width; 0, -1,
      -9, -9.99 and the like of one and a half and twice as much where they stand once. Or, as widths say
      little of quantities that span decades: a negative one needs a rest that is as good as positive, a
      positive one a rest above its hundredfold.
    - Others need ten widths where they repeat, and where they stand once ten thousand, or a hundred if the
      rest has no tail.
    - All need more where the rest has few different values or a long tail of repeats, as counts have: an
      exact repeat tells less there.
    - What more than the share ``most`` of the rows hold is no stray unless it is of ``NINES``: of a quantity
      of any kind half, as many galaxies may have none of it.
    """
    left = values[np.isfinite(values)]
    left.sort()
    bound = most * len(left)
    found: list[Stray] = []
    while True:
        peeled = next(_far_out(left, bound), None)
        if peeled is None:
            return sorted(found, key=lambda stray: stray.value)
        found += peeled
        left = left[~np.isin(left, [stray.value for stray in peeled])]


def describe_strays(
    values: Floats, ids: NDArray[np.generic] | None = None, most: float = 0.5
) -> tuple[str, list[float]]:
    """Each stray of a column (n,) with its number and places, and all of them; nothing where there is none.

    ``-99 in 24 rows (first 3, 17, 50)``, or ``-99 for 24 galaxies (ids ...)`` where they have ``ids`` (n,).
    """
    found = strays(values, most)
    if not found:
        return "", []
    where, places = (
        ("in {} rows (first", np.arange(len(values))) if ids is None else ("for {} galaxies (ids", ids)
    )
    lines = [
        f"{spelled_number(s.value)} {where.format(s.count)} "
        f"{', '.join(map(str, places[values == s.value][:SHOWN]))})"
        for s in found
    ]
    return " and ".join(lines), [s.value for s in found]


def refuse_codes(file: Path, column: str, values: Floats, of: str) -> None:
    """Refuse a column (n,) with strays that people write for missing values, or that repeat."""
    words, found = describe_strays(values)
    codes = [value for value in found if is_nines(np.array(value)) or (values == value).sum() > 1]
    if codes:
        raise UserError(
            f"{file}: column {column}{of} is {words}, far from all other values: a value for missing? Set "
            f"{null_values_remedy(codes, column)} to leave such galaxies out, or correct them"
        )


def piles(values: Floats) -> list[Stray]:
    """Extremes of a column (n,), NaN where it is missing, that are far more frequent than any other value.

    They adjoin the rest, so that they may be limits, and are no strays. Of columns of fewer than 50 different
    values, and of those whose values repeat, nothing is said.
    """
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if len(found) < SPREAD:
        return []
    often = PILED * int(counts[1:-1].max())
    return [Stray(float(found[end]), int(counts[end])) for end in (0, -1) if counts[end] > often]


def often_inside(values: Floats) -> list[Stray]:
    """A value of a column (n,), no extreme, that repeats where hardly any other does; at most one.

    Of columns of fewer than 50 different values nothing is said.
    """
    found, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if len(found) < SPREAD:
        return []
    top = int(counts[1:-1].argmax()) + 1
    others = int(np.delete(counts[1:-1], top - 1).max())
    return [Stray(float(found[top]), int(counts[top]))] if counts[top] >= OFTEN * others else []


def _far_out(ordered: Floats, bound: float) -> Iterator[list[Stray]]:
    """Strays side by side at the lower or the upper end of sorted values; see ``_is_far`` of ``bound``."""
    for sign in (1.0, -1.0):
        rising = ordered if sign > 0 else -ordered[::-1]
        group: list[Stray] = []
        start = 0
        for _ in range(TOGETHER):
            if start >= len(rising):
                break
            end = int(np.searchsorted(rising, rising[start], side="right"))
            group.append(Stray(float(sign * rising[start]), end - start))
            rest = rising[end:]
            gap = float(rest[0]) - float(rising[start]) if len(rest) else 0.0
            start = end
            if gap > 0 and all(_is_far(stray, rest, gap, sign, bound) for stray in group):
                yield group
                break


def _is_far(stray: Stray, rest: Floats, gap: float, sign: float, bound: float) -> bool:
    """Whether a stray below a sorted ``rest`` (both negated where ``sign`` is -1) is too far off it.

    In more than ``bound`` rows only one of ``NINES`` is.
    """
    nines = bool(is_nines(np.array(stray.value)))
    soft = bool(np.isclose(stray.value, SOFT, rtol=1e-7, atol=0).any())
    if not nines and not soft and gap < 10 * (float(rest[(len(rest) - 1) // 2]) - float(rest[0])):
        return False  # nearly always, and without a look at all of them
    rest = rest.astype(np.float64)
    different = 1 + int(np.count_nonzero(rest[1:] != rest[:-1]))
    if different < (2 if nines else FEWEST) or (not nines and stray.count > bound):
        return False
    low, lower, upper, high = np.quantile(rest, (0.1, 0.25, 0.75, 0.9))
    reach, quartiles = float(np.median(rest) - rest[0]), float(upper - lower)
    width = max(reach, 2 * quartiles, float(high - low)) or float(rest[-1] - rest[0])
    once, tailless = stray.count == 1, reach <= 5 * quartiles
    smooth = 2 * different > len(rest) or (different >= SPREAD and tailless)
    if (nines or (soft and not once)) and smooth and _other_scale(stray.value, sign * rest):
        return True
    if nines or soft:
        needed = (1.0 if nines else 1.5) * (2 if once and soft else 1)
        return gap >= needed * (1 if smooth else 7 if once else 3) * width
    needed = 10.0 if not once else 100.0 if tailless and len(rest) >= 2 * SPREAD else 1e4
    return gap >= needed * (1 if smooth else 100) * width


def _other_scale(value: float, rest: Floats) -> bool:
    """Whether a code stands out in sign or in decades, however wide the rest is."""
    return bool(rest.min() > 100 * value if value > 0 else value < 0 and rest.min() > value / 10)
