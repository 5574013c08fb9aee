"""Numbers that stand for a value that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats

LARGE = 9000.0
"""No magnitude, redshift or logarithm of a mass is as large."""
NINES = (99, 999, 9999, 99999, 999999, 9999999, 99.9, 99.99, 999.9, 999.99, 9999.9, 9999.99, 99999.9)
"""With either sign people write these where a value is missing."""


def is_nines(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values (of any shape) are among ``NINES``, in double precision or in single, with either sign."""
    size = np.abs(np.asarray(values, dtype=np.float64))
    found = np.zeros(size.shape, dtype=np.bool_)
    for code in NINES:
        found |= np.abs(size - code) <= 1e-7 * code
    return found


def is_missing(values: NDArray[Any], null_values: Sequence[float], flux: bool = False) -> NDArray[np.bool_]:
    """Which numbers (n,) of a column, of any type, stand for none.

    NaN, infinities and ``null_values``, compared in the precision of the column; of a ``flux`` all that is
    -9000 and less; of others the ``NINES`` from 9999, as -9999 and 99999. If most of a column is 9000 and
    more in size these are numbers like others inside the range of the rest.
    """
    number = values.astype(np.float64)
    missing = ~np.isfinite(number)
    nulls = np.asarray(null_values, dtype=np.float64)
    missing |= np.isin(number, nulls)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            missing |= np.isin(values, nulls.astype(values.dtype))
    if flux:
        return missing | (number <= -LARGE)
    codes = ~missing & (np.abs(number) >= LARGE) & is_nines(number)
    rest = number[~missing & ~codes]
    if len(rest) and holds_large(rest):
        codes &= (number < rest.min()) | (number > rest.max())
    return missing | codes


def holds_large(values: Floats) -> bool:
    """Whether more than half of the values (n,), NaN left out, are 9000 and more in size."""
    there = np.abs(values[np.isfinite(values)])
    return bool(np.mean(there >= LARGE) > 0.5) if len(there) else False
