"""One answer for all neighbourhoods of a group, with regard to their overlap."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from galaxy_causal.causal.neighbourhoods import Block, blocks, measure, prepared, regressors
from galaxy_causal.causal.options import KERNEL, LocalTestOptions
from galaxy_causal.causal.overlap import Rows, disjoint, independent, member_sums
from galaxy_causal.causal.question import LocalQuestion
from galaxy_causal.causal.regress import standardise
from galaxy_causal.causal.statistics import Statistic
from galaxy_causal.independence import kci, rcit
from galaxy_causal.types import Floats, LocalTests, Neighbours, Pooled

NAN = float("nan")
FEWEST = 100
"""Galaxies that a kernel test needs."""


@dataclass(frozen=True)
class Separate:
    """Neighbourhoods without overlap: their rows (s,), efficiencies compared with nulls, and members.

    ``sample``: for each, residuals of target and query and the conditioning variables of its
    members (k, 2 + c); empty where no kernel test is asked for.
    """

    row: Rows
    efficiency: Statistic
    sample: tuple[Floats, ...]


def pooled_tests(
    question: LocalQuestion,
    neighbours: Neighbours,
    local: LocalTests,
    groups: Mapping[str, NDArray[np.bool_]],
    options: LocalTestOptions,
    seed: int = 0,
    kernel: Container[str] | None = None,
) -> tuple[Pooled, ...]:
    """Test each group of galaxies as a whole, with regard to the overlap of neighbourhoods.

    Parameters
    ----------
    question, neighbours, options, seed
        As of `local_tests`.
    local : LocalTests
        Its answers.
    groups : mapping of str to array of bool (n,)
        Galaxies of each group, by its name.
    kernel : container of str, optional
        Groups whose kernel test is made; None: all.

    Returns
    -------
    tuple of Pooled
        One for each group; NaN where it has no neighbourhood.

    Notes
    -----
    The mean local correlation of a group is a sum over training galaxies of their shares in all
    neighbourhoods that hold them; less what the correlation itself would have them share, these are
    influences, of mean zero and uncorrelated from galaxy to galaxy, so that the root of the sum of their
    squares is the standard error, however neighbourhoods overlap (a variance clustered by galaxy [1]_).
    Where the target does not depend on the query the shares alone have mean zero: so the p-value takes them.
    Where it does they are larger, and so is the p-value. The mean efficiency is compared with permutations,
    over neighbourhoods that share no galaxy; its errors are the spread of neighbourhoods over the root of
    their independent number. Memory: two numbers for each neighbour.

    References
    ----------
    .. [1] Liang & Zeger 1986, Biometrika 73, 13
    """
    given = question.given
    question = prepared(question, options, seed)
    m = len(question.target)
    rows = {name: np.flatnonzero(mask & ~local.masked) for name, mask in groups.items()}
    apart = {
        name: disjoint(neighbours.index, row, m, np.random.default_rng((seed, number)))
        for number, (name, row) in enumerate(rows.items())
    }
    every = np.unique(np.concatenate([*apart.values(), np.empty(0, dtype=np.int64)]))
    separate = _separate(question, given, neighbours, options, every, seed)
    shares, influences = _influences(question, neighbours, options)
    used = regressors(question, options)
    found = []
    for number, (name, row) in enumerate(rows.items()):
        if not len(row):
            found.append(Pooled(name, 0, 0.0, 0, *[NAN] * 13))
            continue
        own = np.searchsorted(separate.row, apart[name])
        mean = float(local.correlation.value[row].mean())
        size = float(local.members[row].mean())
        under_null = _error(neighbours.index, shares, row, m, size, used)
        count = independent(neighbours.index, row, m)
        efficiency, null = local.efficiency.value[row], local.efficiency.null[row]
        tested = options.test in KERNEL and (kernel is None or name in kernel)
        found.append(
            Pooled(
                group=name,
                galaxies=len(row),
                independent=count,
                disjoint=len(own),
                corr=mean,
                corr_null=float(local.correlation.null[row].mean()),
                corr_error=_error(neighbours.index, influences, row, m, size, used),
                corr_null_error=under_null,
                corr_p=float(2 * ndtr(-abs(mean) / under_null)),
                pred_eff=float(efficiency.mean()),
                pred_eff_error=_spread(efficiency) / math.sqrt(count),
                pred_eff_null=float(null.mean()),
                pred_eff_null_error=_spread(null) / math.sqrt(count),
                pred_eff_p=_mean_p(separate.efficiency.pivot[own], separate.efficiency.pivots[own]),
                significant=float(local.correlation.significant(options.fdr)[row].mean()),
                gradient_bound=_mean(local.gradient_bound[row]),
                kernel_p=_kernel_p(separate, own, options, seed + number) if tested else NAN,
            )
        )
    return tuple(found)


def _influences(
    question: LocalQuestion, neighbours: Neighbours, options: LocalTestOptions
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What each member adds to the correlation of its neighbourhood, and its influence on it, each (n, k).

    Of residuals y and q of length one in a neighbourhood of correlation r: y q, and y q - r (y^2 + q^2) / 2
    (Devlin, Gnanadesikan & Kettenring 1975, Biometrika 62, 531). Zero for one that is left out.
    """
    shares, influences = (np.zeros(neighbours.index.shape, dtype=np.float32) for _ in range(2))
    valid = question.valid
    for block in blocks(question, neighbours, options):
        y, q = block.reduced.target, block.reduced.query[..., 0]
        both = y * q
        expected = both.sum(axis=1, keepdims=True) * (y**2 + q**2) / 2
        for found, part in ((shares, both), (influences, both - expected)):
            slots = np.zeros((len(part), neighbours.index.shape[1]), dtype=np.float32)
            slots[valid[neighbours.index[block.number]]] = part.ravel()
            found[block.number] = slots
    return shares, influences


def _spread(values: Floats) -> float:
    """Standard deviation; NaN of a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else NAN


def _mean(values: Floats) -> float:
    """Of those that are known; NaN of none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else NAN


def _error(members: Rows, shares: NDArray[np.float32], row: Rows, m: int, k: float, regressors: int) -> float:
    """Standard error of the mean correlation (see ``pooled_tests``), of k members; lost freedom made good."""
    sums = member_sums(members, shares, row, m)
    return float(np.sqrt(np.sum(sums**2) * k / (k - 1 - regressors)) / len(row))


def _separate(
    question: LocalQuestion,
    given: Floats | None,
    neighbours: Neighbours,
    options: LocalTestOptions,
    row: Rows,
    seed: int,
) -> Separate:
    part = Neighbours(neighbours.index[row], neighbours.distance[row])
    value, null, pivot = np.full((3, len(row)), np.nan)
    found = Statistic(value, null, pivot, np.empty((len(row), options.permutations), np.float32))
    sample: list[Floats] = [np.empty((0, 2))] * len(row)
    for number, block in enumerate(blocks(question, part, options)):
        _, efficiency = measure(block.reduced, options, np.random.default_rng((seed, 1, number)))
        for name in ("value", "null", "pivot", "pivots"):
            getattr(found, name)[block.number] = getattr(efficiency, name)
        if options.test in KERNEL:
            for i, values in zip(block.number, _columns(given, block), strict=True):
                sample[i] = values
    return Separate(row, found, tuple(sample) if options.test in KERNEL else ())


def _mean_p(pivot: Floats, pivots: NDArray[np.float32]) -> float:
    """P-value of the mean square of pivots (s,) among those of the nulls (s, permutations)."""
    mean, means = (np.sqrt(np.mean(np.square(x, dtype=np.float64), axis=0)) for x in (pivot, pivots))
    return float(Statistic(mean[None], mean[None], mean[None], means[None].astype(np.float32)).p[0])


def _columns(given: Floats | None, block: Block) -> Floats:
    """Residuals of target and query, standardised, and conditioning variables as they are (b, k, 2 + c)."""
    left = standardise(np.stack([block.reduced.target, block.reduced.query[..., 0]])).transpose(1, 2, 0)
    return left if given is None else np.concatenate([left, given[block.member]], axis=-1)


def _kernel_p(separate: Separate, own: Rows, options: LocalTestOptions, seed: int) -> float:
    """RCIT or KCI on the members of disjoint neighbourhoods, at most so many of them."""
    if not separate.sample:
        return NAN
    values = np.concatenate([separate.sample[i] for i in own])
    if len(values) < FEWEST:
        return NAN
    rng = np.random.default_rng(seed)
    if len(values) > options.kernel_galaxies:
        values = values[np.sort(rng.choice(len(values), options.kernel_galaxies, replace=False))]
    test = kci(values) if options.test == "kci" else rcit(values, seed, approximation="hbe")
    return test(0, 1, tuple(range(2, values.shape[1])))
