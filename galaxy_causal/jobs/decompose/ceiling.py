"""The most that inputs could tell of a target that is measured with an error, beside what they tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import INFORMATIONS
from galaxy_causal.estimator import ceilings, obstacle
from galaxy_causal.jobs.decompose.verdict import LABELS
from galaxy_causal.types import (
    Catalogue,
    Floats,
    PairInformations,
    Summary,
    share_with_error,
    with_error,
)

NAME = "mi_ceiling"
MOST_HALVES = 200
"""Each is estimated anew; so many give an error to one part in twenty."""
SURE = 3.0
"""Errors by which a ceiling must stand above zero to be divided by."""
ABOVE = 2.0
"""Errors by which an information is above its ceiling."""


def recipe(checksums: Mapping[str, str]) -> dict[str, str]:
    """What a decomposition depends on more where the target's error is known."""
    return {name: checksums[name] for name in ("target_error",) if name in checksums}


def added(
    draws: int,
    seed: int,
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    informations: PairInformations,
    summaries: Sequence[Summary],
) -> tuple[tuple[Summary, ...], tuple[str, ...]]:
    """The summaries with ``mi_ceiling`` and each information's share of it, and what to print of them.

    ``informations`` are of all galaxies, the summaries of those ``held_out`` (n,) and of
    their classes. Without errors of the target there is nothing to add or to print.
    """
    if catalogue.target_error is None:
        return tuple(summaries), ()
    error, of_target = catalogue.target_error[held_out], catalogue.target_draws
    truths = catalogue.target[held_out, None] if of_target is None else of_target[held_out]
    what = "the target" if of_target is None else "a draw of the target"
    reasons = [reason for column in truths.T if (reason := obstacle(column, error, what)) is not None]
    if reasons:
        return tuple(summaries), (f"no ceiling: {reasons[0]}",)
    names = [summary.group for summary in summaries[1:]]
    group = np.full(len(catalogue), len(names), dtype=np.int64)
    for row, name in enumerate(names):
        group[catalogue.galaxy_class == name] = row
    found = ceilings(
        truths, error, informations.of(held_out).stacked(), group[held_out], len(names) + 1,
        min(draws, MOST_HALVES), seed,
    )  # fmt: skip
    with_it = tuple(
        _with(summary, found.value[row], found.error[row], found.share[:, row], found.share_error[:, row])
        for row, summary in enumerate(summaries)
    )
    return with_it, tuple(_words(with_it, drawn=of_target is not None))


def _with(summary: Summary, value: float, error: float, share: Floats, share_error: Floats) -> Summary:
    """A group without galaxies has no ceiling, and one that may be zero has no shares of it."""
    if not np.isfinite(value):
        return summary
    values, errors = {NAME: float(value)}, {NAME: float(error)}
    if value > SURE * error:
        names = [f"{name}_share" for name in INFORMATIONS]
        values |= dict(zip(names, share.tolist(), strict=True))
        errors |= dict(zip(names, share_error.tolist(), strict=True))
    return replace(summary, value={**summary.value, **values}, error={**summary.error, **errors})


def _words(summaries: Sequence[Summary], drawn: bool) -> Iterator[str]:
    everyone = summaries[0]
    what = (
        "I(true Y; its measurement), by the target's draws"
        if drawn
        else "I(Y; true Y), by the target's errors"
    )
    line = f"ceiling {what}: {with_error(everyone.value[NAME], everyone.error[NAME])} nats"
    shares = [
        f"{label} {share_with_error(everyone.value[key], everyone.error[key])}"
        for name, label in LABELS.items()
        if (key := f"{name}_share") in everyone.value
    ]
    yield f"{line}; of it {', '.join(shares)}" if shares else f"{line}, which may be zero: no shares of it"
    for name, label in LABELS.items():
        above = [s for s in summaries if _is_above(s, f"{name}_share")]
        if above:
            groups = ", ".join(f"{s.value[name] - s.value[NAME]:.3f} nats ({s.group})" for s in above)
            yield (
                f"warning: {label} is above the ceiling by {groups}: the stated errors are too large, "
                "or the inputs share the target's error, so that the result is circular"
            )


def _is_above(summary: Summary, key: str) -> bool:
    return key in summary.value and summary.value[key] - 1 > ABOVE * summary.error[key]
