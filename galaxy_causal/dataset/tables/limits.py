"""Upper limits among the values of a table: which are, and what can be made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.tables.roles import ColumnMap
from galaxy_causal.dataset.tables.values import describe_nulls
from galaxy_causal.types import Floats, UserError, option

OF_TARGET = "target_limit"
LEFT_OUT = "upper limits of the target"


def _check_flags(
    file: Path, mapped: ColumnMap, values: Mapping[str, Floats], rows: NDArray[np.bool_]
) -> None:
    """Refuse columns that say which values are upper limits, and hold anything but 0 and 1; NaN passes."""
    flags = [(f"photometry_limit.{band}", column) for band, column in mapped.limits.items()]
    if OF_TARGET in mapped.single:
        flags.append((OF_TARGET, mapped.single[OF_TARGET]))
    for name, column in flags:
        value = np.where(rows, values[column], np.nan)
        odd = np.isfinite(value) & ~np.isin(value, (0.0, 1.0))
        if odd.any():
            raise UserError(
                f"{file}: {option(f'dataset.columns.{name}')}, {describe_nulls(column, np.asarray(odd))}, "
                "holds "
                f"{float(value[odd][0]):g}: a flag is 1 where the value is an upper limit, and 0 where it "
                "is measured"
            )
        if name != OF_TARGET and np.isfinite(value).any() and np.nanmin(value) == 1.0:
            raise UserError(
                f"{file}: {option(f'dataset.columns.{name}')}: all values are upper limits, so that none is "
                "measured; leave this band out"
            )


def measured_targets(
    file: Path, mapped: ColumnMap, values: Mapping[str, Floats], nulls: str, rows: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    """Which targets (n,) are no upper limits, None where nobody says; of ``rows`` (n,), others pass.

    Raises UserError for flags that are none, and for limits, unless galaxies are to be left out: of a target
    that is only known to lie below a limit no density is learnt.
    """
    _check_flags(file, mapped, values, rows)
    if OF_TARGET not in mapped.single:
        return None
    column = mapped.single[OF_TARGET]
    limit = rows & (values[column] == 1.0)
    unknown = rows & ~np.isfinite(values[column])
    if unknown.any() and nulls == "error":
        raise UserError(
            f"{file}: missing values in {describe_nulls(column, unknown)}: it is not known whether these "
            "targets are "
            f"upper limits; fill them, or set {option('dataset.nulls', 'drop')} to leave such galaxies out"
        )
    if limit.any() and nulls == "error":
        raise UserError(
            f"{file}: the target is an upper limit in {describe_nulls(column, limit)}, and what is only "
            "known to lie "
            f"below a value cannot be learnt here; set {option('dataset.nulls', 'drop')} to leave such "
            "galaxies out "
            "(what is found then holds for galaxies with a measured target alone), or ask of all galaxies "
            f"which are limits, by {option('dataset.columns.target', column)} with "
            f"{option('dataset.target_kind', 'class')}"
        )
    measured: NDArray[np.bool_] = ~limit & ~unknown
    return measured
