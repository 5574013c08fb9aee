"""A second opinion on every information, by an estimator that shares nothing with the network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from omegaconf import OmegaConf
from rich.console import Console

from galaxy_causal.jobs.crew import Task, make_fits
from galaxy_causal.jobs.fits import FitMaker
from galaxy_causal.types import Floats, InputSet

REFEREE = {"_target_": "galaxy_causal.estimator.Boosted"}


def second_opinions(
    console: Console, maker: FitMaker, inputs: Sequence[InputSet], parent: str, wanted: bool
) -> Floats | None:
    """Pointwise informations of the referee (inputs, n) in nats, NaN for training galaxies, or None.

    There is none where it is not ``wanted`` (``decomposition.referee`` or ``subsets.referee`` is false), of
    images, which it does not take, and of estimators that have no network, of whom nothing need be learnt.
    Its fits are stored and shared as all others.
    """
    if not wanted or not maker.estimator.uses_network or any(one.has_images for one in inputs):
        return None
    cfg = maker.cfg.copy()
    cfg.estimator = OmegaConf.create(REFEREE)
    cfg.fits_at_once = 1  # they take seconds, as long as another process to start
    referee = FitMaker(cfg, maker.catalogue)
    console.print("second opinion, by boosted trees:", highlight=False)
    seed = referee.seeds()[0]
    return np.stack(
        [fit.pointwise for fit in make_fits(console, referee, [Task(one, seed) for one in inputs], parent)]
    )


def excess(opinion: Floats, own: Floats, test: NDArray[np.bool_]) -> tuple[float, float]:
    """By how much an opinion (n,) exceeds one's own values (n,) on test galaxies, and the error of that."""
    difference = (opinion - own)[test & np.isfinite(opinion)]
    if len(difference) < 2:
        return float("nan"), float("nan")
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))
