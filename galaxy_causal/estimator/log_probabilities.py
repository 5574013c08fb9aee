"""Logarithms of probabilities of the galaxies' own targets, and their averages."""

from __future__ import annotations

import numpy as np

from galaxy_causal.estimator.recalibration import Recalibration
from galaxy_causal.estimator.target import Target
from galaxy_causal.types import SPLITS, Density, Floats, Sample, UserError


def keep_logs(
    log_p: Floats, density: Density, sample: Sample, target: Target, calibration: Recalibration | None
) -> None:
    """An overfitted network can give a p that is too small for a float; its logarithm (n,) is not."""
    ruled_out = np.flatnonzero(np.isneginf(log_p))
    if len(ruled_out) and calibration is None:
        log_p[ruled_out] = density.log_prob(sample.take(ruled_out), target.label[ruled_out])


def check_finite(log_p: Floats) -> None:
    """Refuse log-probabilities (n,) of which some are none: training diverged."""
    if not np.isfinite(log_p).all():
        raise UserError(
            f"the network gives probability zero (or NaN) to {np.sum(~np.isfinite(log_p))} of "
            f"{len(log_p)} galaxies: training diverged. Lower network.training.learning_rate, or "
            "look for outliers in the inputs."
        )


def by_split(pointwise: Floats, sample: Sample) -> dict[str, float]:
    """Means over the galaxies of each split, and how many fluxes were clipped."""
    clipped = {"fluxes_clipped": float(sum(sample.clipped.values()))} if sample.clipped else {}
    return clipped | {f"mi_{split}": float(pointwise[sample.split == split].mean()) for split in SPLITS}
