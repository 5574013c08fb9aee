"""What a column of numbers cannot be used for, whatever it is used as."""

from __future__ import annotations

import numpy as np

from galaxy_causal.types.catalogue import Floats

DISCRETE = 10
"""Below as many distinct values two columns may agree by chance, and agree in few ways."""
MANY = 300
"""Rows without exception, by which columns of few values are one: a law of one exception in a hundred has
such a sample once in twenty."""
ROUNDING = 1e-6
"""Of the interquartile range: what arithmetic in single precision does to an order."""
GLANCE = 1000


def is_constant(values: Floats) -> bool:
    """Whether finite values are all one number, but for rounding; none are.

    Parameters
    ----------
    values
        (n,).

    Returns
    -------
    bool

    Examples
    --------
    >>> is_constant(np.array([0.1 + 0.2, 0.3])), is_constant(np.array([1e-20, 0.0]))
    (True, False)
    """
    return not len(values) or bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def same_order(first: Floats, second: Floats) -> bool:
    """Whether finite values rise or fall with other ones, all of them, but for rounding.

    Parameters
    ----------
    first, second
        Each (n,).

    Returns
    -------
    bool
        Each determines the other then, to the digits that are given.

    Notes ----- No pair of rows may stand in one order here and in the opposite one there; ties are no
    exception, as rounding makes them. A column of few values is such a function only if its values
    correspond one to one to those of the other, in many rows: two classes that a threshold parts are no
    copies of what they are parted by. Constants are in no order.

    Examples
    --------
    >>> mass = np.linspace(9, 12, 50)
    >>> same_order(mass, -(10**mass)), same_order(mass, np.sin(9 * mass)), same_order(mass, (mass > 10) * 1.0)
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
