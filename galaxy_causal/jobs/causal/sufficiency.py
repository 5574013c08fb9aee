"""What a latent has lost of what its input tells, and how well its neighbours know the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from galaxy_causal.decomposition import mean_with_error
from galaxy_causal.estimator import ensemble_crps, ensemble_pit
from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.types import Catalogue, Feature, Fit, Floats, Input, InputSet, Neighbours

MODALITY = "latent"
DRAWS = 1000
PIT, CRPS, SHARE = "neighbours_pit", "neighbours_crps", "neighbours_share"
"""Columns of how well neighbours know the target."""


def calibration(
    catalogue: Catalogue, training: NDArray[np.int64], tested: NDArray[np.int64], found: Neighbours, seed: int
) -> dict[str, Floats]:
    """Probability integral transform and CRPS [target unit] of each tested galaxy's target, (n,) each.

    Among the targets of its neighbours, itself excluded; ``training`` and ``tested`` are rows. Of two classes
    the share of neighbours in the second.
    """
    members, y = catalogue.target[training][found.index], catalogue.target[tested]
    if catalogue.target_classes:
        return {SHARE: members.mean(axis=1)}
    return {PIT: ensemble_pit(members, y, seed), CRPS: ensemble_crps(members, y)}


def calibrated(columns: Mapping[str, NDArray[Any]], rows: NDArray[np.bool_]) -> dict[str, float]:
    """Mean CRPS, and the distance of the PIT from uniform with its p-value; of classes the Brier score.

    Of ``rows`` (n,), galaxies whose targets the latent has not learnt from, which alone judge it.
    """
    if SHARE in columns:
        return {"neighbours/brier": 2.0 * float(np.mean((columns[SHARE][rows] - columns["y"][rows]) ** 2))}
    from scipy.stats import kstest

    crps, found = columns[CRPS][rows], kstest(columns[PIT][rows], "uniform")
    return {
        "neighbours/crps": float(crps.mean()),
        "neighbours/pit_distance": float(found.statistic),
        "neighbours/pit_p": float(found.pvalue),
    }


def of_latent(catalogue: Catalogue, latent: NDArray[np.float32], label: str) -> tuple[Catalogue, InputSet]:
    """The catalogue with the coordinates (n, l) of a latent as its features, and all of them as inputs."""
    features = {
        f"{place:03d}": Feature(column.astype(np.float64), "") for place, column in enumerate(latent.T)
    }
    items = tuple(Input(MODALITY, name) for name in features)
    inputs = InputSet(f"latent of {label}", items)
    return replace(catalogue, features={MODALITY: features}, images=None), inputs


def lost(
    console: Console,
    probe: FitMaker,
    inputs: InputSet,
    latents: Mapping[int, NDArray[np.float32]],
    parent: str,
) -> dict[str, float]:
    """Information [nats] that the input has on the target beyond the latent, with one-sigma errors.

    Test cross-entropy of the ``probe``'s network on the latent of each seed less that of the same network
    with the same seed on the input. The variance is that of the mean over test galaxies (bootstrap) plus that
    between seeds. Both networks are trained on what the latent's own network was: a latent that has
    overfitted loses. Negative where the network learns more from the latent than from the input.
    """
    catalogue = probe.catalogue
    on_input = make_fits(console, probe, [Task(inputs, seed) for seed in latents], parent)
    on_latent: list[Fit] = []
    for seed, latent in latents.items():
        galaxies, coordinates = of_latent(catalogue, latent, inputs.label)
        maker = probe.beside(catalogue=galaxies)
        on_latent += make_fits(console, maker, [Task(coordinates, seed)], parent)
    test = catalogue.split == "test"
    first, second = (np.stack([fit.pointwise_mi[test] for fit in fits]) for fits in (on_input, on_latent))
    named = {"mi_input": first, "mi_latent": second, "mi_lost": first - second}
    found: dict[str, float] = {}
    for name, pointwise in named.items():
        value, error = mean_with_error(pointwise, DRAWS, min(latents))
        found |= {f"sufficiency/{name}": value, f"sufficiency/{name}_err": error}
    return found


def informations(fits: Sequence[Fit], test: NDArray[np.bool_], seed: int) -> dict[str, float]:
    """Information that the latent's own estimator has, in nats, with its one-sigma error."""
    value, error = mean_with_error(np.stack([fit.pointwise_mi[test] for fit in fits]), DRAWS, seed)
    return {"mi": value, "mi_err": error}
