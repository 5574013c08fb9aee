"""A held-out value for every galaxy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from galaxy_causal.estimator.class_scores import calibration_distance, probabilities_of
from galaxy_causal.estimator.diagnostics import pit_distance
from galaxy_causal.types import Information, Labels, Sample, UserError, at_most, one_sigma, option

Folds = Annotated[int, Ge(0), at_most(100, "each trains every network anew")]
VALIDATION = 0.15  # of the galaxies outside a fold
LEAST = 20
"""Galaxies in a fold; with fewer a training would have too few of them for validation."""


def cross_fit(
    estimate: Callable[[Sample], Information], sample: Sample, folds: int, seed: int
) -> Information:
    """Information of every galaxy from a fit that has not seen it.

    Parameters
    ----------
    estimate
        Gives the information of a sample.
    sample
        Its galaxies of all splits are dealt into folds at random, the same for the same seed. Each fold in
        turn is the test sample of an estimate whose training and validation galaxies are the others.
    folds
        How many.
    seed
        Of the dealing.

    Returns
    -------
    Information
        Metrics are averages over folds but counts, and ``mi_folds_err`` is the error of the mean from the
        scatter between folds, which share most of their training galaxies.

    Raises
    ------
    UserError
        Where folds hold fewer than 20 galaxies.

    References
    ----------
    Chernozhukov et al. 2018, Econom. J. 21, C1.
    """
    n = len(sample.y)
    if folds < 2 or n // folds < LEAST:
        raise UserError(
            f"{option('estimator.folds', folds)} of {n} galaxies: give 0 (none), or from 2 to "
            f"{max(n // LEAST, 2)}, so that folds hold at least {LEAST} galaxies"
        )
    rng = np.random.default_rng([seed, folds])
    fold = rng.permutation(n) % folds
    draw = rng.random(n)
    found = [estimate(replace(sample, split=_split(fold == k, draw))) for k in range(folds)]
    return Information(
        pointwise_mi=_own([part.pointwise_mi for part in found], fold),
        metrics=_metrics([part.metrics for part in found]),
        columns={name: _own([part.columns[name] for part in found], fold) for name in found[0].columns},
        history={
            f"{name} {k}": curve for k, part in enumerate(found) for name, curve in part.history.items()
        },
        weights=_weights([part.weights for part in found]),
    )


def calibrated_as_one(found: Information, sample: Sample) -> Information:
    """With the distance from calibration of all galaxies, where it was a mean over folds.

    Of fewer galaxies chance makes more.
    """
    if "calibration_distance" in found.metrics:
        p = probabilities_of(found.columns)
        label = sample.y.astype(np.int64)
        distance = calibration_distance(p, label)
        return replace(found, metrics={**found.metrics, "calibration_distance": distance})
    if "pit_distance" not in found.metrics:
        return found
    return replace(found, metrics={**found.metrics, "pit_distance": pit_distance(found.columns["pit"])})


def _split(inside: NDArray[np.bool_], draw: NDArray[np.float64]) -> Labels:
    split = Labels.filled("train", len(draw)).replaced(draw < VALIDATION, "validation")
    return split.replaced(inside, "test")


def _own(values: list[NDArray[np.float64]], fold: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each galaxy the value of the estimate that had it in its test sample."""
    chosen: NDArray[np.float64] = np.stack(values)[fold, np.arange(len(fold))]
    return chosen


def _metrics(found: list[Mapping[str, float]]) -> dict[str, float]:
    shared = [name for name in found[0] if all(name in metrics for metrics in found)]
    averages = {name: float(np.mean([metrics[name] for metrics in found])) for name in shared}
    if "mi_test" in averages:
        each = np.array([metrics["mi_test"] for metrics in found])
        averages["mi_folds_err"] = float(one_sigma(0.0, each))
    return averages


def _weights(found: list[Mapping[str, object] | None]) -> dict[str, object] | None:
    named = {f"fold_{k}/{name}": value for k, one in enumerate(found) for name, value in (one or {}).items()}
    return named or None
