"""Inputs as few classes of the target that they predict, and the measures that need a joint distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.interface import Parts, TableMeasure
from galaxy_causal.decomposition.tables import marginals
from galaxy_causal.types import Catalogue, Fit, Floats, PairFits, Summary, UserError, one_sigma

_KINDS = ("mi_x1", "mi_x2", "mi_union")


def quantiles(values: Floats, train: NDArray[np.bool_], bins: int) -> NDArray[np.int64]:
    """Between which quantiles of the training galaxies values lie.

    Parameters
    ----------
    values
        Of each galaxy, (n,).
    train
        Which of them are in training, (n,).
    bins
        How many classes; ties stay together, and of a constant there is one.

    Returns
    -------
    NDArray of int
        The class of each, 0 to bins - 1, (n,); they hold equally many training galaxies.

    Examples
    --------
    >>> quantiles(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool), 2).tolist()
    [0, 0, 1, 1]
    """
    edges = np.unique(np.quantile(values[train], np.arange(1, bins) / bins))
    return np.searchsorted(edges, values, side="right")


def count_table(s1: NDArray[np.int64], s2: NDArray[np.int64], t: NDArray[np.int64], bins: int) -> Floats:
    """Galaxies of each pair of sources' classes and class of the target.

    Parameters
    ----------
    s1, s2, t
        Class of each galaxy, (n,), in [0, bins).
    bins
        How many classes.

    Returns
    -------
    Floats
        Numbers of galaxies, (bins, bins, bins).
    """
    cell = (s1 * bins + s2) * bins + t
    return np.bincount(cell, minlength=bins**3).reshape(bins, bins, bins).astype(float)


def summarise_tables(
    counts: Floats, measures: Sequence[TableMeasure], draws: int, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Values and one-sigma errors of measures of tables.

    Parameters
    ----------
    counts
        The galaxies by the mean prediction over realisations, which gives the values, and by each
        realisation's: (1 + realisations, bins, bins, bins).
    measures
        Of tables.
    draws, seed
        Of the bootstrap over galaxies (a multinomial draw of a table is that).

    Returns
    -------
    values, errors : dict of str to float
        In nats. Keys are ``<measure>/<atom>``, ``<measure>/informative/<atom>`` and
        ``<measure>/misinformative/<atom>`` where the measure has such parts, and ``<measure>/mi_union`` and
        so on, the informations between classes, which the atoms sum to.

    Notes
    -----
    Without galaxies all is NaN. Informations of a table of n galaxies are too high by about (cells of the
    sources - 1)(cells of the target - 1) / 2n (Miller 1955).
    """
    n = int(counts[0].sum())
    if n == 0:
        keys = _values(np.full((2, 2, 2), 0.125), measures)
        return dict.fromkeys(keys, np.nan), dict.fromkeys(keys, np.nan)
    values = _values(counts[0] / n, measures)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n, counts[0].ravel() / n, draws).reshape(draws, *counts.shape[1:])
    replicates = [_values(table / n, measures) for table in drawn]
    realisations = [_values(table / n, measures) for table in counts[1:]]
    errors = {}
    for key in values:
        sampling = np.var([r[key] for r in replicates], ddof=1)
        errors[key] = float(one_sigma(sampling, np.array([r[key] for r in realisations])))
    return values, errors


def with_tables(
    summaries: Sequence[Summary],
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    fits: PairFits,
    measures: Sequence[TableMeasure],
    bins: int,
    draws: int,
    seed: int,
) -> tuple[Summary, ...]:
    """The summaries with measures of classes of galaxies added, group by group.

    Parameters
    ----------
    summaries
        Of all galaxies and of each class.
    catalogue
        All galaxies.
    held_out
        Which of them, (n,), make the joint table.
    fits
        They predict the target. An input's classes are the quantiles of what it predicts, those of the target
        its own quantiles, all of training galaxies.
    measures
        Of tables; without any the summaries stay as they are.
    bins, draws, seed
        Classes of each, and the bootstrap's draws.

    Returns
    -------
    tuple of Summary

    Raises
    ------
    UserError
        Where a stored fit has no predictions.
    """
    if not measures:
        return tuple(summaries)
    train = catalogue.split == "train"
    t = quantiles(catalogue.target, train, bins)
    both = [
        [quantiles(prediction, train, bins) for prediction in (one.mean(axis=0), *one)]
        for one in map(_predictions, (fits.x1, fits.x2))
    ]
    found = []
    for summary in summaries:
        inside = held_out
        if summary.group != "all" and catalogue.galaxy_class is not None:
            inside = held_out & (catalogue.galaxy_class == summary.group)
        counts = np.stack(
            [count_table(a[inside], b[inside], t[inside], bins) for a, b in zip(*both, strict=True)]
        )
        value, error = summarise_tables(counts, measures, draws, seed)
        found.append(replace(summary, value={**summary.value, **value}, error={**summary.error, **error}))
    return tuple(found)


def _predictions(fits: Sequence[Fit]) -> Floats:
    """What each realisation predicts of the target, (realisations, n)."""
    known = [fit.estimate for fit in fits if fit.estimate is not None]
    if len(known) < len(fits):
        raise UserError(
            "a stored fit has no predictions of the target; delete its run, so that it is made again"
        )
    return np.stack(known)


def _values(p: Floats, measures: Sequence[TableMeasure]) -> dict[str, float]:
    found: dict[str, float] = {}
    informations = dict(zip(_KINDS, marginals(p).informations, strict=True))
    for measure in measures:
        atoms, name = measure(p), measure.name
        total = atoms.total if isinstance(atoms, Parts) else atoms
        found |= {f"{name}/{atom}": float(value) for atom, value in total}
        if isinstance(atoms, Parts):
            for part, of in (("informative", atoms.informative), ("misinformative", atoms.misinformative)):
                found |= {f"{name}/{part}/{atom}": float(value) for atom, value in of}
        found |= {f"{name}/{atom}": float(value) for atom, value in informations.items()}
    return found
