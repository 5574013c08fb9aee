"""Averages of informations and atoms over groups of galaxies, with errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.bootstrap import bootstrap_sums, group_sums
from galaxy_causal.decomposition.i_min import IMin
from galaxy_causal.decomposition.interface import Measure, atoms
from galaxy_causal.decomposition.pointwise_min import pointwise_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.types import ATOMS, Curve, Floats, PairInformations, Summary, UserError, one_sigma

ALWAYS: tuple[Measure, ...] = (population_min, pointwise_min)
"""Measures that are shown whatever is asked for, where they can be."""
ONE_SIGMA = 0.841345
"""Probability that a normal law gives what is less than one deviation above its mean."""
HIDDEN = 0.5
"""Nats, over the number of galaxies, that raise a likelihood by as much as chance does (Wilks 1938)."""
COUNTED = ("mi_x1", "mi_x2", "mi_union", "redundant")
"""What may be nothing for every galaxy though the truth is not; a unique atom may be so by definition."""
INFORMATIONS = ("mi_x1", "mi_x2", "mi_union")


def quantities(measures: Sequence[Measure]) -> tuple[str, ...]:
    """Keys of a summary.

    Parameters
    ----------
    measures
        Of redundancy.

    Returns
    -------
    tuple of str
        The informations, and the atoms of each measure.
    """
    return INFORMATIONS + tuple(f"{measure.name}/{atom}" for measure in measures for atom in ATOMS)


def summarise(
    informations: PairInformations,
    group: NDArray[np.int64],
    names: Sequence[str],
    draws: int,
    seed: int,
    y: Floats | None = None,
    measures: Sequence[Measure] = ALWAYS,
) -> tuple[Summary, ...]:
    """Averages over all galaxies, then over each group, in every measure, with one-sigma errors.

    Parameters
    ----------
    informations
        Each (realisations, n) [nats]. Values are of the mean over realisations of the fits.
    group
        Of each galaxy, (n,): which of ``names``.
    names
        Of the groups.
    draws, seed
        Of the bootstrap over galaxies.
    y
        The target, (n,), which ``i_min`` needs.
    measures
        Of redundancy.

    Returns
    -------
    tuple of Summary
        Of all galaxies, then of each group.

    Raises
    ------
    UserError
        Where an information is NaN or infinite.

    Notes
    -----
    The variance is the bootstrap's plus that between realisations over their number, see ``one_sigma``.
    Intervals are one error wide on either side, but never beyond what any replicate reaches: beside such an
    edge they are one-sided, up to the quantile of one standard deviation. An information that is nothing for
    every galaxy has the error of what as many galaxies can hide. Groups without galaxies have NaN.

    References
    ----------
    Efron & Tibshirani 1993, chapter 13.
    """
    if not all(np.isfinite(one).all() for one in informations):
        raise UserError("informations hold NaN or infinities; decompose only galaxies that were evaluated")
    target = np.zeros(len(group)) if y is None else y
    if y is None and any(isinstance(measure, IMin) for measure in measures):
        raise UserError("i_min needs the target y of every galaxy; give it, or leave i_min out")
    count = len(names)
    table, widths = _columns(informations.mean().stacked(), target, measures)
    sums = group_sums(table, group, count)
    values = _quantities(sums, measures, widths)
    drawn = bootstrap_sums(table, group, count, draws, seed)
    replicates = _quantities(drawn, measures, widths)
    variance = np.nanvar(_masked(replicates, sums), axis=0, ddof=1)
    of_realisations = [_columns(one, target, measures)[0] for one in informations.stacked()]
    each = np.stack([group_sums(one, group, count) for one in of_realisations])
    error = one_sigma(variance, _quantities(each, measures, widths))
    if len(each) > 1:
        replicates = _quantities(drawn + _between_realisations(each, draws, seed), measures, widths)
    sizes = np.array([len(group), *np.bincount(group, minlength=count)])
    keys = quantities(measures)
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


def averages(
    informations: PairInformations, y: Floats | None, measures: Sequence[Measure] = ALWAYS
) -> dict[str, float]:
    """Averages over all galaxies, without errors.

    Parameters
    ----------
    informations
        Each (n,) [nats].
    y
        The target, (n,), which ``i_min`` needs.
    measures
        Of redundancy.

    Returns
    -------
    dict of str to float
        Of each of the ``quantities`` [nats].
    """
    target = np.zeros(len(informations.x1)) if y is None else y
    table, widths = _columns(informations.stacked(), target, measures)
    values = _quantities(table.sum(axis=0)[None], measures, widths)[0]
    return dict(zip(quantities(measures), values.tolist(), strict=True))


def summarise_along(
    informations: PairInformations,
    quantity: Floats,
    label: str,
    group: str,
    bins: int,
    least: int,
    draws: int,
    seed: int,
    y: Floats | None = None,
    measures: Sequence[Measure] = ALWAYS,
) -> Curve:
    """Averages in bins of a quantity that hold equal numbers of galaxies.

    Parameters
    ----------
    informations, y, measures, draws, seed
        As of ``summarise``.
    quantity
        Of each galaxy, (n,); galaxies where it is NaN are left out.
    label, group
        What people call the quantity and the galaxies.
    bins, least
        How many bins; there are fewer where they would hold fewer than ``least`` galaxies.

    Returns
    -------
    Curve
        Bin centres are medians.
    """
    known = np.isfinite(quantity)
    x = quantity[known]
    bins = max(1, min(bins, len(x) // least))
    rank = np.argsort(np.argsort(x, kind="stable"), kind="stable")
    which = rank * bins // max(len(x), 1)
    names = [str(b) for b in range(bins)]
    centre = np.array([np.median(x[which == b]) for b in range(bins)])
    target = None if y is None else y[known]
    summaries = summarise(informations.of(known), which, names, draws, seed, target, measures)[1:]
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
    own = [measure.columns(i[0], i[1], i[2], y) for measure in measures]
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
        redundant = measure.redundant(mi_1, mi_2, union, means[..., first : first + width])
        found.extend(atom for _, atom in atoms(redundant, mi_1, mi_2, union))
        first += width
    return np.stack(found, axis=-1)


def _masked(replicates: Floats, sums: Floats) -> Floats:
    """Replicates in which groups that have no galaxies count as zero spread, not as a warning."""
    empty = np.concatenate([[False], sums[:, 3] == 0])
    return np.where(empty[:, None], 0.0, replicates)
