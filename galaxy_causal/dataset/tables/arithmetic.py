"""Numbers of expressions joined, of which whole ones stay whole: ids have more digits than doubles hold."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = Any
"""An array (n,), or a number or text for all galaxies."""
Operators = Mapping[type, Callable[[Values, Values], Values]]
CALCULATED: Operators = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.Mod: np.mod, ast.FloorDiv: np.floor_divide,
}  # fmt: skip
EXACT = 2.0**53
"""Beyond it double precision leaves whole numbers out."""
MARGIN = 1 - 2.0**-50
"""Of the largest number of a type, for the rounding of what is compared with it."""


def as_number(value: Values) -> NDArray[Any]:
    """A value as whole numbers of 64 bits, where it is whole, else in double precision."""
    found = np.asarray(value)
    if found.dtype.kind == "u" and found.size and found.max() > np.iinfo(np.int64).max:
        return found.astype(np.uint64)
    return found.astype(np.int64 if found.dtype.kind in "biu" else np.float64, copy=False)


def is_whole(value: NDArray[Any]) -> bool:
    """Whether a value is of whole numbers."""
    return value.dtype.kind in "iu"


def is_beyond(value: NDArray[Any]) -> bool:
    """Whether double precision does not tell all of its numbers from the next whole ones."""
    if not value.size:
        return False
    if is_whole(value):
        return bool(value.max() > EXACT or value.min() < -EXACT)
    return bool((np.abs(value[np.isfinite(value)]) >= EXACT).any())


def whole_constant(value: NDArray[Any]) -> NDArray[Any]:
    """One number without a fraction, such as 14.0, as a whole one; all else as it is."""
    if is_whole(value) or value.ndim or not np.isfinite(value) or value % 1 or abs(value) >= 2.0**63:
        return value
    return value.astype(np.int64)


def joined_whole(op: type, one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any] | None:
    """Two values of whole numbers joined exactly; None where the result is not whole, or too large."""
    if op is ast.Div or (op is ast.Pow and (other < 0).any()):
        return None
    if op in (ast.Mod, ast.FloorDiv) and (other == 0).any():
        return _divided_by_some(op, one, other)
    about = CALCULATED[op](one.astype(np.float64), other.astype(np.float64))
    for kind in (np.int64, np.uint64):
        low, high = np.iinfo(kind).min, np.iinfo(kind).max
        fits = (about >= low * MARGIN).all() and (about <= high * MARGIN).all()
        if fits and _holds(kind, one) and _holds(kind, other):
            found: NDArray[Any] = np.asarray(CALCULATED[op](one.astype(kind), other.astype(kind)))
            return found
    return None


def _divided_by_some(op: type, one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any] | None:
    """Quotients or remainders where some divisors are 0: there as doubles have it, NaN or infinite."""
    nothing = other == 0
    found = joined_whole(op, one, np.where(nothing, 1, other))
    if found is None or is_beyond(found):
        return None
    by_zero = CALCULATED[op](one.astype(np.float64), np.where(nothing, 0.0, 1.0))
    return np.where(nothing, by_zero, found)


def _holds(kind: type, value: NDArray[Any]) -> bool:
    limits = np.iinfo(kind)
    return not value.size or bool(value.min() >= limits.min and value.max() <= limits.max)
