"""What a column of a table can be, what it can only be by mistake, and which galaxies lack it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.photometry import check_errors, check_magnitudes, check_transmission
from galaxy_causal.dataset.tables.reading import Reading
from galaxy_causal.dataset.tables.remedies import (
    SHOWN,
    column_remedy,
    null_values_remedy,
    spelled_number,
    within_expression,
)
from galaxy_causal.dataset.tables.strays import describe_strays, piles
from galaxy_causal.dataset.tables.units import MAGNITUDE, NANOMAGGY
from galaxy_causal.dataset.tables.values import describe_nulls
from galaxy_causal.types import Floats, UserError, by_door, option

REDSHIFTS = (-0.02, 20.0)
"""Andromeda moves towards us with z = -0.001, a galaxy of Virgo with -0.0015; no galaxy is known above 20."""
REDDENINGS = (0.0, 10.0)
"""Through more dust no galaxy is seen: 10 are 23 magnitudes in r."""
LINEAR = 1e5
"""No log10 of a mass is as large, and no galaxy's mass in Suns as small."""
REQUIRED = ("photometry", "redshift", "ebv")


def check_columns(found: Reading, *, log_mass: bool, as_given: Floats | None = None) -> None:
    """Refuse, with rows and remedy, columns of numbers that cannot be what they are mapped as.

    ``log_mass`` says that the target is called a log10 mass; where its logarithm was taken here, ``as_given``
    are the values (n,) before. ``morphology`` and ``other`` are judged as inputs. NaN passes.
    """
    file, mapped, values, units = found.columns.file, found.mapped, found.values, found.photometry.units
    for band, column in mapped.errors.items():
        what = "inverse variance" if band in mapped.ivars else "photometric error"
        check_errors(file, column, values[column], f"photometry/{band}/error", what)
    for band, column in mapped.transmissions.items():
        check_transmission(file, column, values[column], f"photometry_transmission/{band}")
    bands = mapped.features.get("photometry", {})
    for band, column in bands.items():
        if units[band] == MAGNITUDE:
            scale = found.photometry.scales[column]
            check_magnitudes(file, column, values[column], f"photometry/{band}", scale)
    target = mapped.single["target"]
    if log_mass:
        part = within_expression(target, [*found.columns.expressions])
        _check_logarithm(file, target, values[target], part)
    _check_distances(found)
    _check_all_strays(found, as_given)


def _check_distances(found: Reading) -> None:
    file, mapped, values = found.columns.file, found.mapped, found.values
    if "redshift" in mapped.single:
        column = mapped.single["redshift"]
        part = within_expression(column, [*found.columns.expressions])
        _check_redshift(file, column, values[column], part)
    if "ebv" in mapped.single:
        ebv = mapped.single["ebv"]
        _check_within(file, "E(B-V)", "ebv", ebv, values[ebv], REDDENINGS)


def _check_all_strays(found: Reading, target: Floats | None) -> None:
    file, mapped, values = found.columns.file, found.mapped, found.values
    single = {role: mapped.single[role] for role in ("target", "redshift", "ebv") if role in mapped.single}
    if found.of_target:  # classes are no quantities
        del single["target"]
    for role, column in single.items():
        given = target if role == "target" else None
        _check_strays(file, f"the {role} (column {column})", role, values[column], given=given)
    for band, column in mapped.features.get("photometry", {}).items():
        scaled = found.photometry.scales[column] != 1.0 and found.photometry.units[band] == NANOMAGGY
        what = f"the {'flux' if scaled else found.photometry.units[band]} {band} (column {column})"
        _check_strays(file, what, f"photometry/{band}", values[column])
    for band, column in mapped.errors.items():
        what = f"the {'inverse variance' if band in mapped.ivars else 'error'} of {band} (column {column})"
        _check_strays(file, what, f"photometry/{band}/error", values[column], most=0.5)
    for column in mapped.label.columns:
        _check_strays(file, f"the {mapped.label.role} (column {column})", mapped.label.role, values[column])


def _check_strays(
    file: Path, what: str, role: str, values: Floats, *, most: float = 1.0, given: Floats | None = None
) -> None:
    """Refuse strays, however many rows hold them: every galaxy has a mass, a distance and a brightness.

    Of errors, which half of the galaxies may share, ``most`` is less. Where the values were made of those
    ``given`` (n,), the remedy names these.
    """
    words, found = describe_strays(values, most=most)
    if found:
        stray = np.isin(values, found)
        rest = values[np.isfinite(values) & ~stray]
        if given is not None:
            found = list(dict.fromkeys(given[stray].tolist()))
        raise UserError(
            f"{file}: {what} is {words}, far from all other values ({rest.min():.6g} to {rest.max():.6g}): a "
            f"value for missing? Set {null_values_remedy(found, role)} to leave such galaxies out, or "
            "correct them"
        )


def _check_within(
    file: Path, what: str, role: str, column: str, values: Floats, bounds: tuple[float, float]
) -> None:
    low, high = bounds
    bad = _outside(values, bounds)
    if bad.any():
        odd = list(dict.fromkeys(values[bad].tolist()))
        raise UserError(
            f"{file}: {what}, {describe_nulls(column, bad)}, lies outside {low:g} to {high:g}, such as "
            f"{', '.join(map(spelled_number, odd[:SHOWN]))}; if it means missing add it to "
            f"{option('dataset.null_values')}, as {null_values_remedy(odd, role)}"
        )


def _check_redshift(file: Path, column: str, values: Floats, part: str) -> None:
    bad = _outside(values, REDSHIFTS)
    there = values[np.isfinite(values)] if bad.any() else values[:0]
    if bad.sum() > len(there) / 2 and np.median(there) > REDSHIFTS[1]:
        raise UserError(
            f"{file}: the redshift, {describe_nulls(column, bad)}, is above {REDSHIFTS[1]:g} with median "
            f"{np.median(there):.6g}: it looks like a velocity in km/s; divide it by "
            f"299792.458: {column_remedy('redshift', f'{part}/299792.458')}"
        )
    _check_within(file, "the redshift", "redshift", column, values, REDSHIFTS)
    zero = values == 0
    if any(pile.value == 0 for pile in piles(values)):
        raise UserError(
            f"{file}: the redshift, {describe_nulls(column, zero)}, is exactly 0, as no galaxy's: a value "
            f"for missing, or stars? Set {null_values_remedy([0.0], 'redshift')} to leave them out"
        )


def _check_logarithm(file: Path, column: str, values: Floats, part: str) -> None:
    there = values[np.isfinite(values)]
    if len(there) and np.median(there) >= LINEAR:
        raise UserError(
            f"{file}: the target, column {column}, has median {np.median(there):.4g}: it looks like masses "
            "in Suns, or another quantity without its logarithm; give the log10, as "
            f"{column_remedy('target', f'log10({part})')}, or say by {option('dataset.target_kind')} or "
            f"{option('dataset.target_label')} what the target is"
        )


def _outside(values: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    return (values < bounds[0]) | (values > bounds[1])


def check_there(found: Reading, rows: NDArray[np.bool_]) -> None:
    """Refuse values of the target, its error, photometry, redshift and E(B-V) that ``rows`` (n,) lack."""
    mapped = found.mapped
    required = [mapped.single["target"], *(c for m in REQUIRED for c in mapped.features.get(m, {}).values())]
    required += [*mapped.label.columns, *mapped.transmissions.values(), *mapped.limits.values()]
    missing = ((c, rows & ~np.isfinite(found.values[c])) for c in dict.fromkeys(required))
    lacking = [describe_nulls(column, which) for column, which in missing if which.any()]
    if lacking:
        raise UserError(
            f"{found.columns.file}: missing values (NaN, infinite, empty, -9999, 9999 and the like, or in "
            f"{option('dataset.null_values')}) in {'; '.join(lacking)}; set "
            f"{option('dataset.nulls', 'drop')} to leave such galaxies out, or leave the column out"
            f"{by_door(' of dataset.columns', '')}"
        )
