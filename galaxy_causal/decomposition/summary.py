"""Averages of informations and atoms over groups of galaxies, with errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums
from galaxy_causal.decomposition.i_min import IMin
from galaxy_causal.decomposition.interface import Measure, atoms
from galaxy_causal.decomposition.pointwise_min import PointwiseMin
from galaxy_causal.decomposition.population_min import PopulationMin
from galaxy_causal.decomposition.shared_exclusions import SharedExclusions
from galaxy_causal.types import ATOMS, Curve, Floats, Summary, UserError, between_realisations

MEASURES: dict[str, Measure] = {
    measure.name: measure for measure in (PopulationMin(), PointwiseMin(), SharedExclusions(), IMin())
}
ALWAYS = ("population_min", "pointwise_min")
ONE_SIGMA = 0.841345
"""Probability that a normal law gives what is less than one deviation above its mean."""
HIDDEN = 0.5
"""Nats, over the number of galaxies, that raise a likelihood by as much as chance does (Wilks 1938)."""
COUNTED = ("mi_x1", "mi_x2", "mi_union", "redundant")
"""What may be nothing for every galaxy though the truth is not; a unique atom may be so by definition."""
INFORMATIONS = ("mi_x1", "mi_x2", "mi_union")


def quantities(measures: Sequence[str]) -> tuple[str, ...]:
    """Keys of a summary: the informations, and the atoms of each measure."""
    return INFORMATIONS + tuple(f"{measure}/{atom}" for measure in measures for atom in ATOMS)


def summarise(
    informations: Floats,
    group: NDArray[np.int64],
    names: Sequence[str],
    draws: int,
    seed: int,
    y: Floats | None = None,
    measures: Sequence[str] = ALWAYS,
) -> tuple[Summary, ...]:
    """Averages over all galaxies, then over each group, in every measure, with one-sigma errors.

    informations (realisations, 3, n): pointwise informations in nats of input 1, input 2 and
    their union; group (n,) indexes ``names``; y (n,) is the target, which ``i_min`` needs. Values are of the
    mean over realisations of the fits. The variance is the bootstrap's over galaxies plus that between
    realisations over their number. One realisation alone cannot show the latter: its errors are too small.
    Intervals are one error wide on either side, but never beyond what any replicate reaches: beside such an
    edge they are one-sided, up to the quantile of one standard deviation (percentile bootstrap: Efron &
    Tibshirani 1993, chapter 13). An information that is nothing for every galaxy has the error of what as
    many galaxies can hide.
    Groups without galaxies have NaN. Raises UserError where an information is NaN or infinite.
    """
    if not np.isfinite(informations).all():
        raise UserError("informations hold NaN or infinities; decompose only galaxies that were evaluated")
    chosen = [MEASURES[name] for name in measures]
    target = np.zeros(len(group)) if y is None else y
    if y is None and "i_min" in measures:
        raise UserError("i_min needs the target y of every galaxy; give it, or leave i_min out")
    count = len(names)
    table, widths = _columns(informations.mean(axis=0), target, chosen)
    sums = group_sums(table, group, count)
    values = _quantities(sums, chosen, widths)
    drawn = bootstrap_sums(table, group, count, draws, seed)
    replicates = _quantities(drawn, chosen, widths)
    variance = np.nanvar(_masked(replicates, sums), axis=0, ddof=1)
    if len(informations) > 1:
        each = np.stack([group_sums(_columns(one, target, chosen)[0], group, count) for one in informations])
        variance = variance + between_realisations(_quantities(each, chosen, widths))
        replicates = _quantities(drawn + _between_realisations(each, draws, seed), chosen, widths)
    sizes = np.array([len(group), *np.bincount(group, minlength=count)])
    keys = quantities(measures)
    error = np.sqrt(variance)
    low, high = _interval(values, error, _masked(replicates, sums))
    unseen = (error == 0.0) & np.array([key.rpartition("/")[2] in COUNTED for key in keys])
    hidden = np.where(unseen, HIDDEN / np.maximum(sizes, 1)[:, None], 0.0)
    error, high = error + hidden, high + hidden
    return tuple(
        Summary(
            group=name,
            count=int(sizes[row]),
            value=dict(zip(keys, values[row].tolist(), strict=True)),
            error=dict(zip(keys, error[row].tolist(), strict=True)),
            low=dict(zip(keys, low[row].tolist(), strict=True)),
            high=dict(zip(keys, high[row].tolist(), strict=True)),
        )
        for row, name in enumerate(["all", *names])
    )


def averages(informations: Floats, y: Floats | None, measures: Sequence[str] = ALWAYS) -> dict[str, float]:
    """Values of ``quantities`` over all galaxies, without errors; informations (3, n), y (n,) of them."""
    chosen = [MEASURES[name] for name in measures]
    target = np.zeros(informations.shape[1]) if y is None else y
    table, widths = _columns(informations, target, chosen)
    values = _quantities(table.sum(axis=0)[None], chosen, widths)[0]
    return dict(zip(quantities(measures), values.tolist(), strict=True))


def summarise_along(
    informations: Floats,
    quantity: Floats,
    label: str,
    group: str,
    bins: int,
    least: int,
    draws: int,
    seed: int,
    y: Floats | None = None,
    measures: Sequence[str] = ALWAYS,
) -> Curve:
    """Averages in ``bins`` bins of ``quantity`` (n,) holding equal numbers of galaxies.

    informations, y and measures as for ``summarise``. There are fewer bins where they would hold fewer than
    ``least`` galaxies; galaxies whose quantity is NaN are left out. Bin centres are medians.
    """
    known = np.isfinite(quantity)
    x = quantity[known]
    bins = max(1, min(bins, len(x) // least))
    rank = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    which = rank * bins // max(len(x), 1)
    names = [str(b) for b in range(bins)]
    centre = np.array([np.median(x[which == b]) for b in range(bins)])
    target = None if y is None else y[known]
    summaries = summarise(informations[..., known], which, names, draws, seed, target, measures)[1:]
    return Curve(group=group, label=label, centre=centre, summaries=summaries)


def _interval(value: Floats, error: Floats, replicates: Floats) -> tuple[Floats, Floats]:
    """Ends of the intervals of quantities (g, q) with these replicates (draws, g, q)."""
    least, most = np.nanmin(replicates, axis=0), np.nanmax(replicates, axis=0)
    at_edge = value - error < least
    upper = np.where(at_edge, np.nanquantile(replicates, ONE_SIGMA, axis=0), -np.inf)
    low, high = np.maximum(value - error, least), np.maximum(np.minimum(value + error, most), upper)
    return np.minimum(low, value), np.maximum(high, value)  # a few draws may lie all on one side


def _between_realisations(each: Floats, draws: int, seed: int) -> Floats:
    """Normal draws of what another set of realisations would add to sums (realisations, groups, k).

    Their covariance is that between realisations over their number; (draws, groups, k).
    """
    count = len(each)
    deviation = (each - each.mean(axis=0)) / np.sqrt(count * (count - 1))
    weights = np.random.default_rng([seed, count]).normal(size=(draws, count))
    result: Floats = np.tensordot(weights, deviation, axes=1)
    return result


def _columns(i: Floats, y: Floats, measures: Sequence[Measure]) -> tuple[Floats, list[int]]:
    """What every average rests on: i1, i2, union, 1, and the measures' own; (3, n) -> (n, k).

    With it, how many columns each measure has.
    """
    own = [measure.columns(i[0], i[1], y) for measure in measures]
    return np.hstack([i.T, np.ones((len(y), 1)), *own]), [columns.shape[1] for columns in own]


def _quantities(sums: Floats, measures: Sequence[Measure], widths: Sequence[int]) -> Floats:
    """``quantities`` of all galaxies and of every group; sums (..., groups, k) -> (..., 1 + groups, q).

    Averages of pointwise atoms follow from that of the pointwise redundancy.
    """
    sums = np.concatenate([sums.sum(axis=-2, keepdims=True), sums], axis=-2)
    sums = np.where(sums[..., 3:4] > 0, sums, np.nan)  # of no galaxies nothing is known
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / sums[..., 3:4]
    mi_1, mi_2, union = np.moveaxis(means[..., :3], -1, 0)
    found = [mi_1, mi_2, union]
    first = 4
    for measure, width in zip(measures, widths, strict=True):
        redundant = measure.redundant(mi_1, mi_2, means[..., first : first + width])
        found.extend(atom for _, atom in atoms(redundant, mi_1, mi_2, union))
        first += width
    return np.stack(found, axis=-1)


def _masked(replicates: Floats, sums: Floats) -> Floats:
    """Replicates in which groups that have no galaxies count as zero spread, not as a warning."""
    empty = np.concatenate([[False], sums[:, 3] == 0])
    return np.where(empty[:, None], 0.0, replicates)
