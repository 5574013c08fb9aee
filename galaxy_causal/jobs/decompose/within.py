"""What inputs tell within each class of galaxies: I(Y; X | class), against the class's own distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import INFORMATIONS, Measure, summarise
from galaxy_causal.estimator import MISFIT, class_corrections
from galaxy_causal.fitting import FitMaker, stored_pit
from galaxy_causal.jobs.decompose.verdict import judged
from galaxy_causal.jobs.life import class_order
from galaxy_causal.types import (
    Catalogue,
    Floats,
    InputSet,
    PairFits,
    PairInformations,
    Summary,
)

FEWEST_CLASSES = 2
"""Of which galaxies are: within the only class the informations are those of all galaxies."""


def added(
    maker: FitMaker,
    inputs: Sequence[InputSet],
    fits: PairFits,
    informations: PairInformations,
    measures: Sequence[Measure],
    draws: int,
    opinions: Floats | None,
) -> tuple[Summary, ...]:
    """Summaries of I(Y; X | class), of all classes together and of each, with verdicts; or none.

    There are none where the target is a class or has few values, galaxies have no classes or one, and the
    fits of ``inputs`` hold no probability integral transforms. Classes of too few galaxies are left out.
    No number is called reliable that is no larger than the misfit of the correction, `MISFIT`.
    """
    catalogue = maker.catalogue
    held_out = maker.estimator.held_out(catalogue.split)
    names, group = classes_of(catalogue, held_out)
    discrete = any("classes" in fit.metrics for fit in fits.each)
    if len(names) < FEWEST_CLASSES or catalogue.target_classes or discrete or fits.shared:
        return ()
    corrections = _corrections(maker, inputs, group, held_out)
    if corrections is None:
        return ()
    found = PairInformations(*(i + more for i, more in zip(informations, corrections, strict=True)))
    known = np.isfinite(corrections.x1[0])
    judges = held_out & known
    kept = [k for k in range(len(names)) if (group[judges] == k).any()]
    if not kept:
        return ()
    place = np.searchsorted(kept, group[judges])
    summaries = summarise(
        found.of(judges), place, [names[k] for k in kept], draws, maker.fitting.seed,
        catalogue.target[judges], measures,
    )  # fmt: skip
    if opinions is not None:  # by as much more or less as they differ from the fits' own values
        opinions = opinions + (found.mean().stacked() - informations.mean().stacked())
    summaries, _ = judged(summaries, catalogue, judges, found, fits, measures, opinions)
    return tuple(map(_within_misfit, summaries))


def _within_misfit(summary: Summary) -> Summary:
    """The same without a number called reliable that is no larger than what the correction may miss.

    An information is then a lower bound; of a difference of informations the sign is not known either.
    """
    small = {
        key: "lower bound" if key in INFORMATIONS else "not to be trusted"
        for key, word in summary.verdict.items()
        if word == "reliable" and abs(summary.value[key]) <= MISFIT
    }
    return replace(summary, verdict={**summary.verdict, **small})


def note() -> str:
    """What to know of all numbers within classes."""
    return (
        f"within classes: where an input tells the class, its information may be {MISFIT:.2f} nats too low, "
        "which is in no error"
    )


def classes_of(catalogue: Catalogue, held_out: NDArray[np.bool_]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the classes of held-out galaxies, and which of them each galaxy (n,) is of, or -1."""
    classes = catalogue.galaxy_class
    if classes is None:
        return [], np.full(len(catalogue), -1)
    names = [name for name in class_order(classes[held_out].used()) if name]
    place = np.array([names.index(name) if name in names else -1 for name in classes.names])
    return names, place[classes.codes]


def _corrections(
    maker: FitMaker, inputs: Sequence[InputSet], group: NDArray[np.int64], held_out: NDArray[np.bool_]
) -> PairInformations | None:
    """Of every fit what its values need to be of the class, each (seeds, n)."""
    catalogue, found = maker.catalogue, []
    train, validation = (catalogue.split == name for name in ("train", "validation"))
    for one in inputs:
        own = []
        for seed in maker.seeds():
            columns = stored_pit(maker.stored(one, seed))
            if columns is None:
                return None
            own.append(
                class_corrections(
                    *columns, catalogue.target, group, train, held_out, validation, maker.fitting.seed
                )
            )
        found.append(np.stack(own))
    return PairInformations(*found)
