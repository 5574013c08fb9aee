"""Warnings of what is odd about the columns of a table, and may be right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from galaxy_causal.dataset.tables.nulls import is_nines
from galaxy_causal.dataset.tables.reading import Reading
from galaxy_causal.dataset.tables.remedies import null_values_remedy, spelled_number
from galaxy_causal.dataset.tables.strays import often_inside, piles
from galaxy_causal.types import Column, Floats, option

THINNEST = 0.5
"""Transmission of a band that half of a survey's galaxies do not have: 0.75 mag of dust before them."""


def remarks_on(found: Reading) -> tuple[str, ...]:
    """Warnings of values that many galaxies share, of errors of 0, of dust, and of odd classes."""
    parts = (_shared(found), _without_error(found), _dust(found), _codes_as_classes(found))
    return tuple(f"warning: {remark}" for part in parts for remark in part)


def _shared(found: Reading) -> Iterator[str]:
    """Limits, or values for missing among the others."""
    for role, column in _numbers(found).items():
        values = _measured(found, column)
        for pile in piles(values):
            end = "lowest" if pile.value == np.nanmin(found.values[column]) else "highest"
            yield (
                f"{role} (column {column}) is {spelled_number(pile.value)}, its {end} value, for "
                f"{pile.count:,} of {len(values):,} galaxies: a limit, or a value for missing?"
            )
        for often in often_inside(values):
            yield (
                f"{role} (column {column}) is {spelled_number(often.value)} for {often.count:,} of "
                f"{len(values):,} galaxies, and hardly any other value repeats: a value for missing, or a "
                "default?"
            )


def _numbers(found: Reading) -> dict[str, str]:
    """Columns of quantities by what they are."""
    mapped = found.mapped
    quantities = ("redshift",) if found.of_target else ("target", "redshift")
    columns = {role: mapped.single[role] for role in quantities if role in mapped.single}
    for modality in ("photometry", "morphology", "other"):
        columns |= {str(Column(modality, n)): c for n, c in mapped.features.get(modality, {}).items()}
    return columns | {str(Column("photometry", b, "error")): c for b, c in mapped.errors.items()}


def _measured(found: Reading, column: str) -> Floats:
    """A column (n,), NaN where a flag says that a band has an upper limit, and errors that are 0."""
    mapped, values = found.mapped, found.values[column]
    for band, flag in mapped.limits.items():
        if mapped.features["photometry"][band] == column:
            values = np.where(found.values[flag] == 1.0, np.nan, values)
    return np.where(values == 0, np.nan, values) if column in mapped.errors.values() else values


def _without_error(found: Reading) -> Iterator[str]:
    """Of an inverse variance 0 is missing, and no error is."""
    for band, column in found.mapped.errors.items():
        count = int(np.sum(found.values[column] == 0))
        if count and band not in found.mapped.ivars:
            remedy = null_values_remedy([0.0], str(Column("photometry", band, "error")))
            yield (
                f"the error of {band} (column {column}) is 0 for {count:,} of "
                f"{len(found.values[column]):,} galaxies, as of no measurement; if it means missing set "
                f"{remedy}"
            )


def _dust(found: Reading) -> Iterator[str]:
    mapped = found.mapped
    for band, column in mapped.transmissions.items():
        half = float(np.nanmedian(found.values[column])) if np.isfinite(found.values[column]).any() else 1.0
        if half < THINNEST:
            yield (
                f"the transmission of {band} (column {column}) has median {half:.3g}, so that dust would "
                "take most of the light; if it is the extinction in magnitudes give "
                f"10**(-0.4*{column}) as {option('dataset.columns.photometry_transmission')}"
            )
    bands = list(mapped.features.get("photometry", {}))
    corrected = [band for band in bands if band in {*mapped.transmissions, *found.photometry.extinction}]
    others = [band for band in bands if band not in corrected]
    if corrected and others:
        those, not_those = ", ".join(corrected), ", ".join(others)
        yield f"the light of {those} is corrected for extinction, that of {not_those} not"


def _codes_as_classes(found: Reading) -> Iterator[str]:
    """Numbers that people write for missing values among the classes of the target."""
    for place, name in enumerate(found.of_target):
        try:
            number = float(name)
        except ValueError:
            continue
        if number < 0 or is_nines(np.array(number)):
            count = int(np.sum(found.values[found.mapped.single["target"]] == place))
            yield (
                f"{name} is a class of the target, of {count:,} galaxies; if it means missing set "
                f"{null_values_remedy([number], 'target')}"
            )
