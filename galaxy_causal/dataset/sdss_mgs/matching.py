"""Which row of a table belongs to which galaxy, by ids or by positions on the sky."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import Floats

Rows = NDArray[np.int64]
NONE, SEVERAL, SHARED = -1, -2, -3
"""In place of a row: there is none, there are several, or another galaxy has the same."""
REASONS: Mapping[int, str] = {
    NONE: "no row in {}",
    SEVERAL: "several rows in {}",
    SHARED: "a row in {} that another galaxy has too",
}


def reasons(row: Rows, table: str) -> dict[str, NDArray[np.bool_]]:
    """Which galaxies (n,) are good, for each reason why others have no row of their own in the table."""
    return {words.format(table): row != why for why, words in REASONS.items()}


def by_id(galaxies: NDArray[Any], table: NDArray[Any]) -> Rows:
    """The row (n,) of the same id; ids (n,) and (m,) are whole numbers or texts, those of numbers numbers."""
    mine, theirs = _comparable(galaxies, table)
    order = np.argsort(theirs, kind="stable")
    first = np.searchsorted(theirs[order], mine, side="left")
    count = np.searchsorted(theirs[order], mine, side="right") - first
    row = order[np.minimum(first, max(len(order) - 1, 0))] if len(order) else np.zeros(len(mine), np.int64)
    return _own(np.select([count == 0, count > 1], [NONE, SEVERAL], row))


def by_position(galaxies: tuple[Floats, Floats], table: tuple[Floats, Floats], radius: float) -> Rows:
    """The only row within the radius [arcsec] of each galaxy; right ascensions and declinations in degrees.

    A galaxy or row without a position matches none.
    """
    from astropy.coordinates import SkyCoord, match_coordinates_sky

    there, mine = (np.isfinite(ra) & np.isfinite(dec) for ra, dec in (table, galaxies))
    row = np.full(len(mine), NONE, dtype=np.int64)
    rows = np.flatnonzero(there)
    if not mine.any() or not len(rows):
        return row
    here = SkyCoord(galaxies[0][mine], galaxies[1][mine], unit="deg")
    others = SkyCoord(table[0][rows], table[1][rows], unit="deg")
    nearest, distance, _ = match_coordinates_sky(here, others)
    found = np.where(distance.arcsec <= radius, rows[nearest], NONE)
    if len(rows) > 1:
        second = match_coordinates_sky(here, others, nthneighbor=2)[1]
        found[second.arcsec <= radius] = SEVERAL
    row[mine] = found
    return _own(row)


def _own(row: Rows) -> Rows:
    """Without the rows that several galaxies have."""
    taken, count = np.unique(row[row >= 0], return_counts=True)
    return np.where(np.isin(row, taken[count > 1]), SHARED, row)


def _comparable(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ids as whole numbers where all are, else as texts without blanks around them."""
    texts = [np.char.strip(one) if one.dtype.kind == "U" else one for one in (first, second)]
    if all(one.dtype.kind in "iu" or bool(np.char.isdecimal(one).all()) for one in texts):
        return texts[0].astype(np.uint64), texts[1].astype(np.uint64)
    return texts[0].astype(np.str_), texts[1].astype(np.str_)
