"""What a column of a table can be, what it can only be by mistake, and which galaxies lack it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import usable_rows
from galaxy_causal.dataset.tables.roles import ColumnMap
from galaxy_causal.dataset.tables.strays import strays
from galaxy_causal.dataset.tables.values import MAGNITUDE, check_errors, check_magnitudes, describe_nulls
from galaxy_causal.types import Floats, Labels, UserError, by_door, option

REDSHIFTS = (-0.02, 20.0)
"""Andromeda moves towards us with z = -0.001, a galaxy of Virgo with -0.0015; no galaxy is known above 20."""
REDDENINGS = (0.0, 20.0)
LINEAR = 1e5
"""No log10 of a mass is as large, and no galaxy's mass in Suns as small."""
SHOWN = 3
REQUIRED = ("photometry", "redshift", "ebv")


def check_columns(
    file: Path, mapped: ColumnMap, units: Mapping[str, str], values: Mapping[str, Floats], *, log_mass: bool
) -> None:
    """Refuse, with rows and remedy, columns of ``values`` that cannot be what they are mapped as.

    ``units`` are those of photometry by band; ``log_mass`` says that the target is called a log10 mass. Of
    errors only the sign is looked at; they, ``morphology`` and ``other`` are judged as inputs. NaN passes.
    """
    for column in mapped.errors.values():
        check_errors(file, column, values[column])
    bands = mapped.features.get("photometry", {})
    for band, column in bands.items():
        if units[band] == MAGNITUDE:
            check_magnitudes(file, column, values[column])
    target = mapped.single["target"]
    if log_mass:
        _check_logarithm(file, target, values[target])
    if "redshift" in mapped.single:
        _check_redshift(file, mapped.single["redshift"], values[mapped.single["redshift"]])
    if "ebv" in mapped.single:
        _check_within(file, "E(B-V)", mapped.single["ebv"], values[mapped.single["ebv"]], REDDENINGS)
    single = {role: mapped.single[role] for role in ("target", "redshift", "ebv") if role in mapped.single}
    label = dict.fromkeys(mapped.label.columns, mapped.label.option.rpartition(".")[2])
    for role, column in {**single, **bands}.items():
        what = f"the {role}" if role in single else f"the {units[role]} {role}"
        _check_strays(file, f"{what} (column {column})", values[column])
    for column, role in label.items():
        _check_strays(file, f"the {role} (column {column})", values[column])


def null_values_remedy(values: Sequence[float]) -> str:
    """``dataset.null_values=[-99] with dataset.nulls=drop``, to be pasted."""
    listed = ",".join(spelled_number(value) for value in values[:SHOWN])
    return f"{option('dataset.null_values')}=[{listed}] with {option('dataset.nulls', 'drop')}"


def spelled_number(value: float) -> str:
    """As short as reads back: ``-99``, ``99.98999786376953``."""
    short = f"{value:.12g}"
    return short if float(short) == value else repr(float(value))


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


def _check_strays(file: Path, what: str, values: Floats) -> None:
    """Refuse strays, however many rows hold them: every galaxy has a mass, a distance and a brightness."""
    words, found = describe_strays(values, most=1.0)
    if found:
        rest = values[np.isfinite(values) & ~np.isin(values, found)]
        raise UserError(
            f"{file}: {what} is {words}, far from all other values ({rest.min():.6g} to {rest.max():.6g}): a "
            f"value for missing? Set {null_values_remedy(found)} to leave such galaxies out, or correct them"
        )


def _check_within(file: Path, what: str, column: str, values: Floats, bounds: tuple[float, float]) -> None:
    low, high = bounds
    bad = _outside(values, bounds)
    if bad.any():
        odd = list(dict.fromkeys(values[bad].tolist()))
        raise UserError(
            f"{file}: {what}, {describe_nulls(column, bad)}, lies outside {low:g} to {high:g}, such as "
            f"{', '.join(map(spelled_number, odd[:SHOWN]))}; if it means missing add it to "
            f"{option('dataset.null_values')}, as {null_values_remedy(odd)}"
        )


def _check_redshift(file: Path, column: str, values: Floats) -> None:
    bad = _outside(values, REDSHIFTS)
    there = values[np.isfinite(values)] if bad.any() else values[:0]
    if bad.sum() > len(there) / 2 and np.median(there) > REDSHIFTS[1]:
        raise UserError(
            f"{file}: the redshift, {describe_nulls(column, bad)}, is above {REDSHIFTS[1]:g} with median "
            f"{np.median(there):.6g}: it looks like a velocity in km/s; divide it by 299792.458"
        )
    _check_within(file, "the redshift", column, values, REDSHIFTS)


def _check_logarithm(file: Path, column: str, values: Floats) -> None:
    there = values[np.isfinite(values)]
    if len(there) and np.median(there) >= LINEAR:
        raise UserError(
            f"{file}: the target, column {column}, has median {np.median(there):.4g}: it looks like masses "
            f"in Suns; give their log10, or say by {option('dataset.target_label')} what the target is"
        )


def _outside(values: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    return (values < bounds[0]) | (values > bounds[1])


def complete(
    values: Mapping[str, Floats], mapped: ColumnMap, classes: Labels | None
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """The rows (n,) that lack nothing, and how many are left out for which column."""
    there = {column: np.isfinite(value) for column, value in values.items()}
    if classes is not None:
        there[mapped.single["class"]] = classes != ""
    return usable_rows({f"null in {column}": rows for column, rows in there.items()})


def check_there(file: Path, values: Mapping[str, Floats], mapped: ColumnMap) -> None:
    """Refuse missing values of the target, its error, photometry, redshift and E(B-V)."""
    required = [mapped.single["target"], *(c for m in REQUIRED for c in mapped.features.get(m, {}).values())]
    required += mapped.label.columns
    missing = ((column, ~np.isfinite(values[column])) for column in dict.fromkeys(required))
    lacking = [describe_nulls(column, rows) for column, rows in missing if rows.any()]
    if lacking:
        raise UserError(
            f"{file}: missing values (NaN, infinite, empty, -9999, 9999 and the like, or in "
            f"{option('dataset.null_values')}) in {'; '.join(lacking)}; set "
            f"{option('dataset.nulls', 'drop')} to leave such galaxies out, or leave the column out"
            f"{by_door(' of dataset.columns', '')}"
        )
