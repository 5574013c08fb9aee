"""Which numbers of a column stand for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats, UserError, check_option, option

NullValues = Sequence[float] | Mapping[str, Sequence[float]] | None
LARGE = 9000.0
"""No magnitude, redshift or logarithm of a mass is as large."""
NINES = (99, 999, 9999, 99999, 999999, 9999999, 99.9, 99.99, 999.9, 999.99, 9999.9, 9999.99, 99999.9)
"""With either sign people write these where a value is missing."""
BLOCK = 1 << 18
"""Values that are looked at together."""


def nulls_of_columns(
    null_values: NullValues, columns: Sequence[str], roles: Mapping[str, Sequence[str]]
) -> dict[str, tuple[float, ...]]:
    """The null values of each of the ``columns``, which are given for all, or by their names or ``roles``.

    ``roles`` gives the columns of each, and expressions, which values for all columns do not reach. A name of
    a column wins over the same of a role. Raises UserError for values that are none, and for other names.
    """
    own = null_values if isinstance(null_values, Mapping) else {"": null_values or ()}
    unknown = [name for name in own if name and name not in columns and name not in roles]
    if unknown:
        raise UserError(
            f"{option('dataset.null_values')} names {', '.join(map(str, unknown))}, which is none of "
            f"the columns that are read as numbers, {', '.join(columns)}; nor of what "
            f"they are, {', '.join(roles)}"
        )
    found: dict[str, tuple[float, ...]] = dict.fromkeys(columns, ())
    for name, values in own.items():
        where = option("dataset.null_values") + (f".{name}" if name else "")
        check_option(where, values, Sequence[float])
        for column in columns if not name else [name] if name in columns else roles[name]:
            found[column] = (*found.get(column, ()), *(v for v in values if v not in found.get(column, ())))
    return found


def is_nines(values: NDArray[Any], least: float = 0.0) -> NDArray[np.bool_]:
    """Which values (of any shape) are among ``NINES`` from ``least`` on, with either sign.

    In double precision or in single.
    """
    size = np.abs(np.asarray(values, dtype=np.float64))
    found = np.zeros(size.shape, dtype=np.bool_)
    for code in (code for code in NINES if code >= least):
        found |= np.abs(size - code) <= 1e-7 * code
    return found


def is_missing(values: NDArray[Any], null_values: Sequence[float], flux: bool = False) -> NDArray[np.bool_]:
    """Which numbers (n,) of a column, of any type, stand for none.

    NaN, infinities and ``null_values``, compared in the precision of the column; of a ``flux`` all that is
    -9000 and less; of others the ``NINES`` from 9999, as -9999 and 99999, unless other values surround them
    (see ``_surrounded``). If most of a column is 9000 and more in size they are numbers like others inside
    the range of the rest.
    """
    missing, codes = (np.zeros(len(values), dtype=np.bool_) for _ in range(2))
    for start in range(0, len(values), BLOCK):
        here = slice(start, start + BLOCK)
        number = values[here].astype(np.float64)
        missing[here] = is_none(values[here], number, null_values)
        if flux:
            missing[here] |= number <= -LARGE
        elif (large := np.abs(number) >= LARGE).any():
            codes[here] = ~missing[here] & large & is_nines(number)
    if not codes.any():
        return missing
    number = values.astype(np.float64)
    rest = number[~missing & ~codes]
    if len(rest):
        if holds_large(rest):
            codes &= (number < rest.min()) | (number > rest.max())
        codes &= ~np.isin(
            number, [code for code in np.unique(number[codes]) if _surrounded(number, code, rest)]
        )
    return missing | codes


def is_none(values: NDArray[Any], number: Floats, null_values: Sequence[float]) -> NDArray[np.bool_]:
    """Which values, of any type and as numbers in double precision, are not finite or among null values."""
    nulls = np.asarray(null_values, dtype=np.float64)
    none: NDArray[np.bool_] = ~np.isfinite(number) | np.isin(number, nulls)
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            none |= np.isin(values, nulls.astype(values.dtype))
    return none


def _surrounded(number: Floats, code: float, rest: Floats) -> bool:
    """Whether values of the ``rest`` stand within a tenth of a code on both sides, as often as it does."""
    near = np.abs(rest - code) <= 0.1 * np.abs(code)
    sides = (near & (rest < code)).any() and (near & (rest > code)).any()
    return bool(sides and near.sum() >= (number == code).sum())


def holds_large(values: Floats) -> bool:
    """Whether more than half of the values (n,), NaN left out, are 9000 and more in size."""
    there = np.abs(values[np.isfinite(values)])
    return bool(np.mean(there >= LARGE) > 0.5) if len(there) else False
