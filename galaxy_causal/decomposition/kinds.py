"""Which galaxies show best what each atom means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import KINDS, Floats, PairInformations

LITTLE = 0.25
"""Nats up to which an input is said to tell next to nothing of a galaxy: odds of 1.3 to 1."""


def most_telling(
    informations: PairInformations,
    ids: NDArray[np.str_] | NDArray[np.int64],
    candidates: NDArray[np.bool_],
    count: int,
) -> dict[str, NDArray[np.int64]]:
    """Galaxies of each of ``KINDS``.

    Parameters
    ----------
    informations
        Pointwise, each (n,) [nats].
    ids
        (n,), which decide between equals.
    candidates
        (n,), those among which to choose; such as lack an information are none.
    count
        How many of a kind at most.

    Returns
    -------
    dict of str to ndarray
        Row numbers, the most telling first. Kinds without a galaxy are left out.

    Notes
    -----
    With i1, i2, i12 the informations of x1, x2 and both:

    - ``typical``: nearest to the three medians, in median absolute deviations;
    - ``redundant``: largest min(i1, i2), above zero;
    - ``unique_1``: largest i1 where x2 tells next to nothing, abs(i2) of at most ``LITTLE``; ``unique_2``
      alike;
    - ``synergistic``: largest i12 - max(i1, i2), above zero, where neither input misleads;
    - ``added_2``: largest i12 - i1, above zero, where x1 does not mislead;
    - ``misled_1``: lowest i1, below -``LITTLE``: x1 makes the true target less likely than it was without;
      ``misled_2`` alike.

    The largest pointwise unique atoms, i1 - min(i1, i2), are mostly of galaxies that the other input
    misleads: these are kinds of their own.
    """
    i1, i2, union = informations
    known = candidates & np.isfinite(informations.stacked()).all(axis=-2)
    fair_1, fair_2 = i1 >= -LITTLE, i2 >= -LITTLE
    together, added = union - np.maximum(i1, i2), union - i1
    keys = {
        "typical": (-_distance(informations, known), known),
        "redundant": (np.minimum(i1, i2), np.minimum(i1, i2) > 0),
        "unique_1": (i1, (i1 > LITTLE) & (np.abs(i2) <= LITTLE)),
        "unique_2": (i2, (i2 > LITTLE) & (np.abs(i1) <= LITTLE)),
        "synergistic": (together, (together > 0) & fair_1 & fair_2),
        "added_2": (added, (added > 0) & fair_1),
        "misled_1": (-i1, ~fair_1),
        "misled_2": (-i2, ~fair_2),
    }
    found = {kind: _first(key, known & allowed, ids, count) for kind, (key, allowed) in keys.items()}
    return {kind: found[kind] for kind in KINDS if len(found[kind])}


def _distance(informations: PairInformations, known: NDArray[np.bool_]) -> Floats:
    """How far each galaxy is from the three medians, in median absolute deviations, (n,)."""
    values = informations.stacked()
    if not known.any():
        return np.full(values.shape[-1], np.nan)
    middle = np.median(values[:, known], axis=1, keepdims=True)
    width = np.median(np.abs(values[:, known] - middle), axis=1, keepdims=True)
    distance: Floats = np.sqrt((((values - middle) / np.where(width > 0, width, 1.0)) ** 2).sum(axis=0))
    return distance


def _first(
    key: Floats, allowed: NDArray[np.bool_], ids: NDArray[np.str_] | NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Row numbers of the largest keys, equals in the order of their ids."""
    rows = np.flatnonzero(allowed)
    if len(rows) > count:  # ids are compared of those alone that can be among the first
        least = np.partition(key[rows], len(rows) - count)[len(rows) - count]
        rows = rows[key[rows] >= least]
    return rows[np.lexsort((ids[rows], -key[rows]))][:count]
