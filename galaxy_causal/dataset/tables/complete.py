"""Which galaxies of a table lack a value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import usable_rows
from galaxy_causal.dataset.tables.roles import ColumnMap
from galaxy_causal.dataset.tables.values import describe_nulls
from galaxy_causal.types import Floats, UserError

REQUIRED = ("photometry", "redshift", "ebv")


def complete(
    values: Mapping[str, Floats], mapped: ColumnMap, classes: NDArray[np.str_] | None
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """The rows (n,) that lack nothing, and how many are left out for which column."""
    there = {column: np.isfinite(value) for column, value in values.items()}
    if classes is not None:
        there[mapped.single["class"]] = classes != ""
    return usable_rows({f"null in {column}": rows for column, rows in there.items()})


def check_there(file: Path, values: Mapping[str, Floats], mapped: ColumnMap) -> None:
    """Refuse missing values of the target, its error, photometry, redshift and E(B-V)."""
    there = {column: np.isfinite(value) for column, value in values.items()}
    required = [mapped.single["target"], *(c for m in REQUIRED for c in mapped.features.get(m, {}).values())]
    required += mapped.label.columns
    lacking = [describe_nulls(c, ~there[c]) for c in dict.fromkeys(required) if not there[c].all()]
    if lacking:
        raise UserError(
            f"{file}: missing values (NaN, infinite, empty, -9999, 9999 and the like, or in "
            f"dataset.null_values) in {'; '.join(lacking)}; set dataset.nulls=drop to leave such galaxies "
            "out, or leave the column out of dataset.columns"
        )
