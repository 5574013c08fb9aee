"""Which subset of each size tells the most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from galaxy_causal.decomposition.subset_values import SubsetValues
from galaxy_causal.types import SizeSummary


def best_subsets(values: SubsetValues) -> list[SizeSummary]:
    """The coalition of each size that tells the most.

    Parameters
    ----------
    values
        Of all coalitions.

    Returns
    -------
    list of SizeSummary
        For every size from one to all players.
    """
    sizes = values.coalitions.sum(axis=1)
    found = []
    for size in range(1, values.count + 1):
        rows = np.flatnonzero(sizes == size)
        best = rows[np.argmax(values.mean[rows])]
        found.append(
            SizeSummary(
                size=size,
                coalition=values.coalitions[best],
                information=float(values.mean[best]),
                error=float(values.estimates.error[best]),
                agreement=float(np.mean(rows[np.argmax(values.replicates[:, rows], axis=1)] == best)),
                mean=float(values.mean[rows].mean()),
                worst=float(values.mean[rows].min()),
            )
        )
    return found


def smallest_within(sizes: Sequence[SizeSummary], tolerance: float) -> SizeSummary:
    """The first size whose best coalition tells nearly what all players tell.

    Parameters
    ----------
    sizes
        From one to all players.
    tolerance
        Nats that may be missing.

    Returns
    -------
    SizeSummary
    """
    enough = sizes[-1].information - tolerance
    return next(one for one in sizes if one.information >= enough)
