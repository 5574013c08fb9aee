"""What a decomposition's numbers are worth: evidence from its fits, verdicts in words and as tracked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.decomposition import (
    FEWEST,
    INFORMATIONS,
    Evidence,
    Measure,
    averages,
    evidence,
    impossible,
    judge,
    raised,
    telling,
    widened,
)
from galaxy_causal.jobs.referee import excess
from galaxy_causal.types import (
    Catalogue,
    Curve,
    Fit,
    Floats,
    InputPair,
    PairFits,
    PairInformations,
    Summary,
    Values,
    metric_name,
    option,
)

FEWEST_OTHERS = 20
"""Held-out galaxies of other targets than the commonest: of fewer no error bar knows how they scatter."""
LABELS = dict(zip(INFORMATIONS, ("I(Y; x1)", "I(Y; x2)", "I(Y; both)"), strict=True))
OF_FITS = ("mi_extrapolated_err", "prior_mismatch", "pit_distance", "calibration_distance", "learnt_share")
"""Metrics of a fit that are evidence, of all galaxies, and of each group as well."""
OF_TARGET = ("prior_mismatch",)
"""Of these such as are the same whatever the inputs."""
OF_ALL = ("mi_extrapolated", "mi_train")
"""Informations of a fit of all galaxies, whose excess over its test galaxies is evidence of each group."""


def judged(
    summaries: Sequence[Summary],
    catalogue: Catalogue,
    held_out: NDArray[np.bool_],
    informations: PairInformations,
    fits: PairFits,
    measures: Sequence[Measure],
    opinions: Floats | None = None,
) -> tuple[tuple[Summary, ...], dict[str, dict[str, Evidence]]]:
    """Summaries with verdicts, and the evidence of each group by information.

    ``informations`` are pointwise, each (realisations, n); ``measures`` are those of galaxies; ``opinions``
    (3, n) of a referee.
    """
    classes = catalogue.galaxy_class
    found: dict[str, dict[str, Evidence]] = {}
    result = []
    each_galaxy = {one.name for one in measures if one.needs is Values.OF_EACH}
    unseen = _unseen(summaries[0], informations, catalogue.split == "train", held_out)
    for summary in summaries:
        group = np.ones(len(catalogue), dtype=bool)
        if summary.group != "all" and classes is not None:
            group = classes == summary.group
        train, test = group & (catalogue.split == "train") & ~held_out, group & held_out
        found[summary.group] = {
            name: evidence(
                _metrics(values, train, test, [_told(fit, fits.shared) for fit in own]),
                summary.error[name],
                None if opinions is None else excess(opinions[k], values.mean(axis=0), test),
            )
            for k, (name, values, own) in enumerate(zip(INFORMATIONS, informations, fits, strict=True))
        }
        of_class = catalogue.target_classes and summary.group != "all"  # such a group may be one class
        fault = "" if of_class else alike(catalogue.target[test])
        found[summary.group] = {name: with_fault(one, fault) for name, one in found[summary.group].items()}
        short = np.array([found[summary.group][name].shortfall for name in INFORMATIONS])
        mean, y = informations.of(test).mean(), catalogue.target[test]
        higher, likely = (averages(raised(mean, less), y, measures) for less in (short, unseen))
        more = {
            key: likely[key] - summary.value[key] for key in likely if key.rpartition("/")[0] in each_galaxy
        }
        result.append(judge(widened(summary, more), found[summary.group], higher))
    return tuple(result), found


def _unseen(
    summary: Summary,
    informations: PairInformations,
    train: NDArray[np.bool_],
    held_out: NDArray[np.bool_],
) -> Floats:
    """Nats (3,) that each information may miss unseen: half the error of its training galaxies' excess.

    Averages of what differs between the inputs galaxy by galaxy shrink with them, and by more than such an
    average's own scatter: their errors hold it.
    """
    errors = []
    for name, row in zip(INFORMATIONS, informations.mean(), strict=True):
        known = row[train & ~held_out & np.isfinite(row)]
        of_train = known.std() / np.sqrt(len(known)) if len(known) else summary.error[name]
        errors.append(0.5 * float(np.hypot(of_train, summary.error[name])))
    unseen: Floats = np.nan_to_num(np.array(errors))
    return unseen


def alike(y: Floats) -> str:
    """In words, that all but a few of these targets (n,) are the same; else empty."""
    others = len(y) - int(np.unique(y, return_counts=True)[1].max(initial=0))
    if others >= FEWEST_OTHERS or not len(y):
        return ""
    return f"all but {others} of its {len(y)} held-out galaxies have the same target"


def with_fault(one: Evidence, fault: str) -> Evidence:
    """The evidence with a further fault, unless that is empty."""
    return replace(one, faults=(*one.faults, fault)) if fault else one


def too_few(count: int, which: str) -> Iterator[str]:
    """A warning where of so many galaxies nothing can be trusted."""
    if count < FEWEST:
        yield f"warning: of {count} {which} galaxies nothing is to be trusted; at least {FEWEST} are needed"


def of_curves(curves: Sequence[Curve], summaries: Sequence[Summary]) -> tuple[Curve, ...]:
    """Curves with the verdicts on all galaxies of their group: of a bin of a few no more can be said."""
    found = {one.group: one.verdict for one in summaries}
    return tuple(replace(curve, verdict=found.get(curve.group, {})) for curve in curves)


def _told(fit: Fit, shared: bool) -> Mapping[str, float]:
    """The metrics of a fit of one input; of one that gives all informations what is of the target alone."""
    return {k: v for k, v in fit.metrics.items() if k in OF_TARGET} if shared else fit.metrics


def _metrics(
    values: Floats, train: NDArray[np.bool_], test: NDArray[np.bool_], own: Sequence[Mapping[str, float]]
) -> list[dict[str, float]]:
    """Evidence of each realisation: means of values (realisations, n) and what its fit says of itself.

    What a fit says is of all galaxies; of a group it is what all galaxies miss.
    """
    found = []
    for row, metrics in zip(values, own, strict=True):
        here = float(row[test].mean()) if test.any() else np.nan
        of_fit = {name: metrics[name] for name in OF_FITS if name in metrics}
        missing = {name: metrics[name] - metrics["mi_test"] for name in OF_ALL if name in metrics}
        shifted = {name: here + more for name, more in missing.items()}
        if train.any() and test.any():
            shifted["mi_train"] = float(row[train].mean())
            of_fit["gap_err"] = float(
                np.hypot(row[train].std() / np.sqrt(train.sum()), row[test].std() / np.sqrt(test.sum()))
            )
        found.append({"mi_test": here, "count": float(test.sum()), **of_fit, **shifted})
    return found


def words(summary: Summary, found: Mapping[str, Evidence], pair: InputPair) -> Iterator[str]:
    """Warnings about the informations of all galaxies: of a mark's few nats its legend tells."""
    names = LABELS
    labels = dict(zip(INFORMATIONS, (pair.x1.label, pair.x2.label, pair.union.label), strict=True))
    for line in impossible(summary):
        yield f"warning: {line}: training is short, or there are outliers in the target"
    yield from too_few(summary.count, "held-out")
    for name in INFORMATIONS:
        one, verdict = found[name], summary.verdict.get(name)
        for fault in one.faults:
            yield f"warning: {names[name]} ({labels[name]}) is not to be trusted: {fault}"
        value, error = summary.value[name], summary.error[name]
        at_edge = value == 0.0 and verdict == "not to be trusted" and one.shortfall > 0.0
        if at_edge or (verdict == "lower bound" and telling(one.shortfall, value, error)):
            what = "not to be trusted" if at_edge else "a lower bound"
            yield (
                f"warning: {names[name]} ({labels[name]}) is {what}, some {one.shortfall:.2f} nats too low: "
                f"{one.why}. More galaxies help, a longer training where it was short "
                f"({option('network.training.max_epochs')}), or another estimator or network"
            )


def missing(summary: Summary, shortfall: Mapping[str, float]) -> str:
    """One line: how many nats the lower bounds among the informations of all galaxies miss, or nothing."""
    parts = [
        f"{shortfall[f'{name}_shortfall']:.2f} of {label}"
        for name, label in LABELS.items()
        if summary.verdict.get(name) == "lower bound" and f"{name}_shortfall" in shortfall
    ]
    return f"nats that seem to be missing: {', '.join(parts)}" if parts else ""


def shortfalls(found: Mapping[str, Mapping[str, Evidence]]) -> dict[str, float]:
    """Nats that each information of each group misses, by the names of metrics."""
    return {
        f"{'' if group == 'all' else f'{metric_name(group)}/'}{name}_shortfall": one.shortfall
        for group, of_group in found.items()
        for name, one in of_group.items()
    }
