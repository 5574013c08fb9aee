"""Averages of informations and atoms over groups of galaxies, with errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.types import ATOMS, Atoms, Curve, Floats, Summary, UserError

MEASURES: dict[str, Callable[[Floats, Floats, Floats], Atoms]] = {
    "population_min": population_min,
    "pointwise_min": pointwise_min,
}
INFORMATIONS = ("mi_x1", "mi_x2", "mi_union")
QUANTITIES = INFORMATIONS + tuple(f"{measure}/{atom}" for measure in MEASURES for atom in ATOMS)


def summarise(
    informations: Floats, group: NDArray[np.int64], names: Sequence[str], draws: int, seed: int
) -> tuple[Summary, ...]:
    """Averages over all galaxies, then over each group, in both measures, with one-sigma errors.

    informations (realisations, 3, n): pointwise informations in nats of input 1, input 2 and
    their union; group (n,) indexes ``names``. Values are of the mean over realisations of the
    fits. The variance is the bootstrap's over galaxies plus that between realisations over their
    number. One realisation alone cannot show the latter: its errors are too small. Groups without
    galaxies have NaN. Raises UserError where an information is NaN or infinite.
    """
    if not np.isfinite(informations).all():
        raise UserError("informations hold NaN or infinities; decompose only galaxies that were evaluated")
    count = len(names)
    table = _columns(informations.mean(axis=0))
    sums = group_sums(table, group, count)
    values = _quantities(sums)
    replicates = _quantities(bootstrap_sums(table, group, count, draws, seed))
    variance = np.nanvar(_masked(replicates, sums), axis=0, ddof=1)
    if len(informations) > 1:
        each = [_quantities(group_sums(_columns(one), group, count)) for one in informations]
        variance = variance + np.var(each, axis=0, ddof=1) / len(informations)
    sizes = [len(group), *np.bincount(group, minlength=count)]
    return tuple(
        Summary(
            group=name,
            count=int(sizes[row]),
            value=dict(zip(QUANTITIES, values[row].tolist(), strict=True)),
            error=dict(zip(QUANTITIES, np.sqrt(variance[row]).tolist(), strict=True)),
        )
        for row, name in enumerate(["all", *names])
    )


def summarise_along(
    informations: Floats,
    quantity: Floats,
    label: str,
    group: str,
    bins: int,
    least: int,
    draws: int,
    seed: int,
) -> Curve:
    """Averages in ``bins`` bins of ``quantity`` (n,) holding equal numbers of galaxies.

    informations as for ``summarise``. There are fewer bins where they would hold fewer than
    ``least`` galaxies; galaxies whose quantity is NaN are left out. Bin centres are medians.
    """
    known = np.isfinite(quantity)
    x = quantity[known]
    bins = max(1, min(bins, len(x) // least))
    rank = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    which = rank * bins // max(len(x), 1)
    names = [str(b) for b in range(bins)]
    centre = np.array([np.median(x[which == b]) for b in range(bins)])
    summaries = summarise(informations[..., known], which, names, draws, seed)[1:]
    return Curve(group=group, label=label, centre=centre, summaries=summaries)


def _columns(i: Floats) -> Floats:
    """What every average rests on: i1, i2, union, min(i1, i2) and 1; (3, n) -> (n, 5)."""
    return np.column_stack([i[0], i[1], i[2], np.minimum(i[0], i[1]), np.ones(i.shape[1])])


def _quantities(sums: Floats) -> Floats:
    """``QUANTITIES`` of all galaxies and of every group; sums (..., groups, 5) -> (..., 1 + groups, 11)."""
    sums = np.concatenate([sums.sum(axis=-2, keepdims=True), sums], axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mi_1, mi_2, union, minimum = np.moveaxis(sums[..., :4] / sums[..., 4:], -1, 0)
    population = population_min(mi_1, mi_2, union)
    # The mean of the pointwise atoms follows from the mean of the pointwise minimum.
    pointwise = Atoms(minimum, mi_1 - minimum, mi_2 - minimum, union - mi_1 - mi_2 + minimum)
    return np.stack([mi_1, mi_2, union, *(a for _, a in population), *(a for _, a in pointwise)], axis=-1)


def _masked(replicates: Floats, sums: Floats) -> Floats:
    """Replicates in which groups that have no galaxies count as zero spread, not as a warning."""
    empty = np.concatenate([[False], sums[:, 4] == 0])
    return np.where(empty[:, None], 0.0, replicates)
