"""Which decompositions a job computes, and those of classes of galaxies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from galaxy_causal.decomposition import (
    ALWAYS,
    MEASURES,
    TABLE_MEASURES,
    check_tables,
    count_table,
    quantiles,
    summarise_tables,
)
from galaxy_causal.estimator import Estimator
from galaxy_causal.types import Catalogue, Fit, Floats, Summary, UserError, at_most, checked

Draws = Annotated[
    int,
    Ge(2),
    at_most(100_000, "memory and time grow with it, and 10,000 draws know an error bar to a percent"),
]


@checked("decomposition.quantised")
@dataclass(frozen=True)
class Quantised:
    """How measures of classes of galaxies are computed: quantiles of each, and bootstrap draws."""

    bins: Annotated[int, Ge(2), at_most(100, "tables have the cube of it as cells")] = 3
    draws: Draws = 20


@dataclass(frozen=True)
class Measures:
    """Measures of informations galaxy by galaxy, and measures of tables of classes of galaxies."""

    of_galaxies: tuple[str, ...]
    of_tables: tuple[str, ...]

    @classmethod
    def of(cls, measure: str, also: Sequence[str], estimator: Estimator) -> Measures:
        """What is asked for and what is always shown; refuses what the estimator cannot serve."""
        asked = (measure, *also)
        possible = [name for name in ALWAYS if MEASURES[name].needs <= estimator.gives]
        galaxies = tuple(dict.fromkeys([*possible, *(name for name in asked if name in MEASURES)]))
        tables = tuple(dict.fromkeys(name for name in asked if name in TABLE_MEASURES))
        refused = [name for name in galaxies if MEASURES[name].needs > estimator.gives]
        if refused:
            served = [name for name, measure in MEASURES.items() if measure.needs <= estimator.gives]
            raise UserError(
                f"decomposition {', '.join(refused)} needs the information of each galaxy, and those that "
                f"estimator={estimator.name} gives have a meaning as averages alone; use "
                f"decomposition.measure={' or '.join(served)}, or estimator=cross_entropy, gaussian or "
                "gaussian_copula, or estimator=critic with estimator.bound=info_nce"
            )
        if tables and not estimator.predicts:
            raise UserError(
                f"decomposition {', '.join(tables)} needs predictions of the target, which "
                f"estimator={estimator.name} does not make; use estimator=cross_entropy, gaussian or "
                "gaussian_copula"
            )
        return cls(galaxies, tables)


def check_measures(measure: str, also: object, quantised: Mapping[str, int]) -> None:
    """Refuse measures that do not exist, or not as what is asked for."""
    if measure not in MEASURES:
        as_table = " among decomposition.also" if measure in TABLE_MEASURES else ""
        raise UserError(
            f"decomposition.measure={measure!r} is {'possible only' if as_table else 'unknown'}"
            f"{as_table}; choose one of {', '.join(MEASURES)}"
        )
    if isinstance(also, str) or not isinstance(also, Sequence):
        raise UserError(f"decomposition.also={also}: give a list, such as 'decomposition.also=[i_min]'")
    unknown = [name for name in also if name not in {*MEASURES, *TABLE_MEASURES}]
    if unknown:
        raise UserError(
            f"decomposition.also={', '.join(map(str, unknown))} is unknown; choose among "
            f"{', '.join([*MEASURES, *TABLE_MEASURES])}"
        )
    Quantised(**quantised)


def with_tables(
    quantised: Mapping[str, int],
    seed: int,
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    fits: Sequence[Fit],
    measures: Measures,
    summaries: Sequence[Summary],
) -> tuple[Summary, ...]:
    """The summaries with measures of classes of galaxies added, group by group.

    An input's classes are the quantiles of what it predicts of the target, those of the target its own
    quantiles, all of training galaxies; of held-out galaxies (n,) they make one joint table.
    """
    if not measures.of_tables:
        return tuple(summaries)
    bins, draws = quantised["bins"], quantised["draws"]
    check_tables(measures.of_tables, bins, draws)
    train = catalogue.split == "train"
    t = quantiles(catalogue.target, train, bins)
    sources = _predictions(fits)
    both = [
        [quantiles(prediction, train, bins) for prediction in source]
        for source in (np.concatenate([sources.mean(axis=0)[None], sources])).swapaxes(0, 1)
    ]
    found = []
    for summary in summaries:
        inside = held_out
        if summary.group != "all" and catalogue.galaxy_class is not None:
            inside = held_out & (catalogue.galaxy_class == summary.group)
        counts = np.stack(
            [count_table(a[inside], b[inside], t[inside], bins) for a, b in zip(*both, strict=True)]
        )
        value, error = summarise_tables(counts, measures.of_tables, draws, seed)
        found.append(replace(summary, value={**summary.value, **value}, error={**summary.error, **error}))
    return tuple(found)


def _predictions(fits: Sequence[Fit]) -> Floats:
    """What both inputs predict of the target, (realisations, 2, n)."""
    known = [fit.estimate for fit in fits if fit.estimate is not None]
    if len(known) < len(fits):
        raise UserError(
            "a stored fit has no predictions of the target; delete its run, so that it is made again"
        )
    return np.stack(known).reshape(3, -1, known[0].size)[:2].swapaxes(0, 1)
