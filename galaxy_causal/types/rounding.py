"""Numbers with their errors in letters: one style for every table, line, sentence and page."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

DECIMALS, MOST = 3, 5
"""Fewest and most decimals of nats."""
MISSING = "-"


def decimals_of(errors: Iterable[float]) -> int:
    """Decimals that all numbers of one table have.

    Parameters
    ----------
    errors
        Of all of its numbers; NaN and zero count for nothing.

    Returns
    -------
    int
        Three, or as many, up to five, as the median error needs to show two digits.

    Examples
    --------
    >>> decimals_of([0.02, 0.03, 0.0004]), decimals_of([0.0013, 0.0021]), decimals_of([])
    (3, 4, 3)
    """
    given = np.asarray([*errors], dtype=np.float64)
    known = given[np.isfinite(given) & (given > 0.0)]
    if not known.size:
        return DECIMALS
    return int(np.clip(1 - np.floor(np.log10(np.median(known))), DECIMALS, MOST))


def with_error(value: float, error: float, decimals: int = DECIMALS, sign: bool = False) -> str:
    """A number and its one-sigma error.

    Parameters
    ----------
    value, error
        In one unit.
    decimals
        Of both.
    sign
        Whether a number above zero has its sign.

    Returns
    -------
    str
        An error that would read 0.000 is less than the last digit and is said to be; a missing number, and a
        missing error, is a dash.

    Examples
    --------
    >>> with_error(0.9182, 0.0291), with_error(1.15664, 0.00771), with_error(0.25, 0.0001, sign=True)
    ('0.918 ± 0.029', '1.157 ± 0.008', '+0.250 ± <0.001')
    >>> with_error(float("nan"), 1.0), with_error(-0.0001, float("nan"))
    ('-', '0.000 ± -')
    """
    if np.isnan(value):
        return MISSING
    rounded = round(value, decimals) + 0.0  # zero has no sign
    plus = "+" if sign and rounded > 0.0 else ""
    return f"{plus}{rounded:.{decimals}f} ± {_error(error, decimals)}"


def share_with_error(share: float, error: float) -> str:
    """A share and its error, in percent.

    Parameters
    ----------
    share, error
        Of one.

    Returns
    -------
    str
        One decimal each.

    Examples
    --------
    >>> share_with_error(0.7412, 0.018), share_with_error(1.0, 0.0)
    ('74.1 ± 1.8 %', '100.0 ± <0.1 %')
    """
    text = with_error(100.0 * share, 100.0 * error, 1)
    return text if text == MISSING else f"{text} %"


def _error(error: float, decimals: int) -> str:
    if np.isnan(error):
        return MISSING
    least = 10.0**-decimals
    return f"<{least:.{decimals}f}" if round(error, decimals) < least else f"{error:.{decimals}f}"
