"""Inputs as few classes of the target that they predict, and the measures that need a joint distribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition.broja import broja
from galaxy_causal.decomposition.ccs import ccs
from galaxy_causal.decomposition.i_min import table_i_min
from galaxy_causal.decomposition.population_min import population_min
from galaxy_causal.decomposition.shared_exclusions import table_shared_exclusions
from galaxy_causal.decomposition.specificity_ambiguity import specificity_ambiguity
from galaxy_causal.decomposition.tables import Parts, marginals
from galaxy_causal.types import Atoms, Floats, UserError, one_sigma

TABLE_MEASURES: Mapping[str, Callable[[Floats], Atoms | Parts]] = {
    "broja": broja,
    "ccs": ccs,
    "specificity_ambiguity": specificity_ambiguity,
    "table_i_min": table_i_min,
    "table_population_min": lambda p: population_min(*marginals(p).informations),
    "table_shared_exclusions": table_shared_exclusions,
}
_KINDS = ("mi_x1", "mi_x2", "mi_union")


def quantiles(values: Floats, train: NDArray[np.bool_], bins: int) -> NDArray[np.int64]:
    """Class (n,) of each value (n,): between which quantiles of the training galaxies it lies.

    Classes are 0 to bins - 1 and hold equally many training galaxies, but for ties, which stay together;
    of a constant there is one class.
    """
    edges = np.unique(np.quantile(values[train], np.arange(1, bins) / bins))
    return np.searchsorted(edges, values, side="right")


def count_table(s1: NDArray[np.int64], s2: NDArray[np.int64], t: NDArray[np.int64], bins: int) -> Floats:
    """Galaxies of each pair of sources' classes and class of the target, (bins, bins, bins)."""
    cell = (s1 * bins + s2) * bins + t
    return np.bincount(cell, minlength=bins**3).reshape(bins, bins, bins).astype(float)


def summarise_tables(
    counts: Floats, measures: Sequence[str], draws: int, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Values and one-sigma errors, in nats, of measures of tables.

    counts (1 + realisations, bins, bins, bins): the galaxies by the mean prediction over realisations,
    which gives the values, and by each realisation's. Keys are ``<measure>/<atom>``,
    ``<measure>/informative/<atom>`` and ``<measure>/misinformative/<atom>`` where the measure has such
    parts, and ``<measure>/mi_union`` and so on, the informations between classes, which the atoms sum to.
    Errors are of the bootstrap over galaxies (a multinomial draw of a table is that) and of the scatter
    between realisations, as in ``summarise``. Without galaxies all is NaN. Informations of a table of n
    galaxies are too high by about (cells of the sources - 1)(cells of the target - 1) / 2n (Miller 1955).
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


def check_tables(measures: Sequence[str], bins: int, draws: int) -> None:
    """Refuse measures of tables that do not exist, too few bins or draws."""
    unknown = sorted(set(measures) - set(TABLE_MEASURES))
    if unknown:
        raise UserError(f"{', '.join(unknown)}: choose among {', '.join(TABLE_MEASURES)}")
    if bins < 2 or draws < 2:
        raise UserError(
            f"decomposition.quantised needs at least 2 bins and 2 draws, got {bins} and {draws}: raise them"
        )


def _values(p: Floats, measures: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    informations = dict(zip(_KINDS, marginals(p).informations, strict=True))
    for measure in measures:
        atoms = TABLE_MEASURES[measure](p)
        total = atoms.total if isinstance(atoms, Parts) else atoms
        found |= {f"{measure}/{name}": float(value) for name, value in total}
        if isinstance(atoms, Parts):
            for part, of in (("informative", atoms.informative), ("misinformative", atoms.misinformative)):
                found |= {f"{measure}/{part}/{name}": float(value) for name, value in of}
        found |= {f"{measure}/{name}": float(value) for name, value in informations.items()}
    return found
