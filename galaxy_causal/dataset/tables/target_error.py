"""What a table says of how well the target itself is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from galaxy_causal.dataset.tables.values import describe_nulls
from galaxy_causal.types import Floats, UserError, option

ENDS = ("low", "high")
FAR = 3.0
"""Deviations from the middle of its draws beyond which a target is none of them."""


@dataclass(frozen=True)
class TargetError:
    """Columns of one standard error, of two percentiles (16 and 84), or of draws of the target; or none."""

    error: str | None = None
    percentiles: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named."""
        return (*((self.error,) if self.error else ()), *self.percentiles, *self.draws)

    @property
    def role(self) -> str:
        """``target_error`` or ``target_draws``."""
        return "target_draws" if self.draws else "target_error"

    @property
    def option(self) -> str:
        """What names them."""
        return option(f"dataset.columns.{self.role}")


def target_error(error: object, draws: object, target: str) -> TargetError:
    """Check ``dataset.columns.target_error`` and ``target_draws``; both None mean that there is none.

    Raises UserError for both at once, another form, a column that stands twice, and the target's own.
    """
    if error is not None and draws is not None:
        raise UserError(
            f"{option('dataset.columns.target_error')} and {option('dataset.columns.target_draws')} are "
            "both set; an error and draws say the same thing: leave one out"
        )
    if isinstance(error, Mapping) and set(error) == set(ENDS) and None not in error.values():
        named = TargetError(percentiles=tuple(str(error[end]) for end in ENDS))
    elif error is None:
        named = TargetError(draws=_drawn(draws))
    elif isinstance(error, str) or not isinstance(error, Mapping | Sequence):
        named = TargetError(error=str(error))
    else:
        raise UserError(
            f"{option('dataset.columns.target_error', error)}: give one column of standard errors, or the "
            "columns of the 16th and 84th percentile as {low: COLUMN, high: COLUMN}; a list of draws is "
            f"{option('dataset.columns.target_draws')}"
        )
    twice = {column for column in named.columns if named.columns.count(column) > 1 or column == target}
    if twice:
        raise UserError(
            f"{named.option} names {', '.join(sorted(twice))}, which is the target or stands twice; name "
            "columns that say how far the target may be from the truth"
        )
    return named


def _drawn(draws: object) -> tuple[str, ...]:
    if draws is None:
        return ()
    if isinstance(draws, str) or not isinstance(draws, Sequence) or len(draws) < 2:
        raise UserError(
            f"{option('dataset.columns.target_draws', draws)}: give a list of two columns or more, such as "
            "[DRAW_1, DRAW_2]"
        )
    return tuple(str(column) for column in draws)


def label_error(named: TargetError, values: Mapping[str, Floats]) -> tuple[Floats | None, Floats | None]:
    """The standard error (n,) of every galaxy's target and its draws (n, d), in the target's unit, or None.

    Of percentiles half their difference: a Gaussian with another width on each side has the entropy of one of
    the mean width. Of draws their deviation (of d - 1), times what makes its logarithm right on average for
    Gaussian draws: ``exp((log((d-1)/2) - digamma((d-1)/2)) / 2)``, 1.32 of three draws and 1.03 of twenty.
    """
    if named.error:
        return values[named.error], None
    if named.percentiles:
        low, high = (values[column] for column in named.percentiles)
        return (high - low) / 2, None
    if not named.draws:
        return None, None
    drawn = np.column_stack([values[column] for column in named.draws])
    half = (len(named.draws) - 1) / 2
    return drawn.std(axis=1, ddof=1) * float(np.exp((np.log(half) - digamma(half)) / 2)), drawn


def check_target_error(
    file: Path, named: TargetError, target: str, values: Mapping[str, Floats], units: Mapping[str, str]
) -> None:
    """Refuse, with column, rows and remedy, errors that cannot be those of the column ``target``; NaN passes.

    ``values`` are the columns (n,) as numbers, ``units`` what the file says. Refused are other units than the
    target's, percentiles in the wrong order, errors of zero or less, single errors above the whole range
    of the target, errors that are mostly larger than its deviation, which holds them too, and percentiles or
    draws that are mostly not around it.
    """
    error, draws = label_error(named, values)
    if error is None:
        return
    _check_units(file, named, units[target], units)
    words = f"{file}: {named.option}, "
    what = ", ".join(named.columns[:3]) + (", ..." if len(named.columns) > 3 else "")
    _check_positive(words, what, named, error)
    both = np.isfinite(error) & np.isfinite(values[target])
    if not both.any():
        return
    known, there = error[both], values[target][both]
    _refuse(
        words, what, error > np.ptp(there),
        f"the error, up to {known.max():.4g}, is larger than the range of the target, {np.ptp(there):.4g}",
        f"if it means missing add it to {option('dataset.null_values')}, else correct it",
    )  # fmt: skip
    if np.median(known) > there.std():
        raise UserError(
            f"{words}column {what}: the median error is {np.median(known):.4g}, and the target's own "
            f"deviation, which holds the error too, is {there.std():.4g}; give the standard error in the "
            "target's unit (of a logarithm in dex), no variance, percentage or error of the linear quantity"
        )
    _check_around(words, what, named, values, values[target], draws)


def _check_positive(words: str, what: str, named: TargetError, error: Floats) -> None:
    if named.percentiles:
        fault = "the 16th percentile is above the 84th"
        _refuse(words, what, error < 0, fault, "exchange low and high, or correct these rows")
    _refuse(
        words, what, error < 0, "the error is negative",
        f"errors are positive: if it means missing add it to {option('dataset.null_values')}",
    )  # fmt: skip
    _refuse(
        words, what, error == 0, "the error is zero",
        "no target is known exactly, and such a galaxy would make the ceiling infinite: leave these rows out",
    )  # fmt: skip


def _refuse(words: str, what: str, bad: NDArray[np.bool_], fault: str, remedy: str) -> None:
    if bad.any():
        raise UserError(f"{words}{describe_nulls(what, bad)}: {fault}; {remedy}")


def _check_around(
    words: str,
    what: str,
    named: TargetError,
    values: Mapping[str, Floats],
    target: Floats,
    draws: Floats | None,
) -> None:
    if named.percentiles:
        low, high = (values[column] for column in named.percentiles)
        out = (target < low) | (target > high)
        said = "not between its percentiles"
    elif draws is not None:
        middle, spread = draws.mean(axis=1), draws.std(axis=1, ddof=1)
        out = np.abs(target - middle) > FAR * spread
        said = f"more than {FAR:g} deviations from the mean of its draws"
    else:
        return
    if out.sum() > np.isfinite(target).sum() / 2:
        raise UserError(
            f"{words}{describe_nulls(what, out)}: the target is {said}; name those of this target, in "
            "its unit"
        )


def _check_units(file: Path, named: TargetError, own: str, units: Mapping[str, str]) -> None:
    for column in named.columns:
        unit = units[column]
        logarithms = [bool(re.search(r"dex|log", one, re.IGNORECASE)) for one in (own, unit)]
        if own and unit and own != unit and not all(logarithms):
            raise UserError(
                f"{file}: {named.option}, column {column} is in {unit}, and the target in {own}; give the "
                "error in the target's own unit"
            )
