"""Where galaxies lie on the sky."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from galaxy_causal.dataset.tables.files import read_columns
from galaxy_causal.dataset.tables.values import describe_nulls, identifiers, numbers
from galaxy_causal.types import Positions, UserError, option


def positions(
    path: str | None,
    ra: str = "ra",
    dec: str = "dec",
    id: str | None = None,  # noqa: A002
    hdu: int | str | None = None,
) -> Positions:
    """Where galaxies lie, from a table.

    Parameters
    ----------
    path
        Of a file as for ``table``.
    ra, dec
        Its columns [deg, ICRS].
    id
        Its column of ids; None: row numbers.
    hdu
        As in ``table``.

    Returns
    -------
    Positions
        In the order of the table.

    Raises
    ------
    UserError
        For a missing or impossible position and for an id that stands more than once.
    """
    if path is None:
        raise UserError(
            f"{option('cutouts.positions.path')} is not set; give a table with the right ascension, "
            "declination and id of each galaxy"
        )
    file = Path(str(path)).expanduser()
    raw = read_columns(file, [c for c in (ra, dec, id) if c is not None], hdu, "cutouts.positions.hdu")
    values = {}
    for column, low, high in ((ra, 0.0, 360.0), (dec, -90.0, 90.0)):
        value = numbers(file, raw[column], ())
        bad = ~((value >= low) & (value <= high))
        if bad.any():
            raise UserError(
                f"{file}: {describe_nulls(column, bad)} missing or outside {low:g} to {high:g} degrees; mend "
                "or leave out these rows"
            )
        values[column] = value
    ids = np.arange(len(values[ra])) if id is None else identifiers(file, raw[id])
    unique, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise UserError(
            f"{file}: {int((counts > 1).sum())} ids stand more than once, such as {unique[counts > 1][0]}; "
            "each galaxy needs one cutout: remove the duplicates"
        )
    if not len(ids):
        raise UserError(f"{file} has no rows; give a table with at least one galaxy")
    return Positions(ids, values[ra], values[dec])
