"""A second opinion on every information, by an estimator that shares nothing with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from galaxy_causal.estimator import Boosted
from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.question import Need
from galaxy_causal.jobs.side_by_side import Task, make_fits
from galaxy_causal.types import Floats, InputSet


def second_opinions(
    console: Console, maker: FitMaker, inputs: Sequence[InputSet], parent: str, wanted: bool
) -> Floats | None:
    """Pointwise informations of the referee (inputs, n) in nats, NaN for training galaxies, or None.

    There is none where it is not ``wanted`` (``decomposition.referee`` or ``subsets.referee`` is false), of
    images, which it does not take, and of itself. Its target has the same equal bins as that of the
    estimator, if that has any. Its fits are stored and shared as all others.
    """
    needed = opinions_needed(maker, inputs, wanted)
    if not needed:
        return None
    console.print("second opinion, by boosted trees:", highlight=False)
    referee = needed[0].maker
    return np.stack(
        [fit.pointwise_mi for fit in make_fits(console, referee, [one.task for one in needed], parent)]
    )


def opinions_needed(maker: FitMaker, inputs: Sequence[InputSet], wanted: bool) -> list[Need]:
    """The fits of second opinions, one for each of the inputs, or none where there are no opinions."""
    of_itself = isinstance(maker.estimator, Boosted)
    if not wanted or of_itself or any(one.has_images for one in inputs):
        return []
    fitting = replace(maker.fitting, estimator=Boosted(**_bins(maker, inputs[-1])))
    referee = maker.beside(fitting=fitting)  # another process takes as long to start as they
    seed = referee.seeds()[0]
    return [Need(referee, Task(one, seed)) for one in inputs]


def _bins(maker: FitMaker, inputs: InputSet) -> dict[str, Any]:
    """Options of the referee, so that its information is of the target in the same bins."""
    bins = maker.estimator.bins_of(maker.learner(inputs, maker.seeds()[0]))
    if bins is None:
        return {}
    prior = getattr(maker.estimator, "prior", "kernel")
    return {"low": bins.low, "high": bins.high, "bins": bins.count, "prior": prior}


def excess(opinion: Floats, own: Floats, test: NDArray[np.bool_]) -> tuple[float, float]:
    """By how much an opinion (n,) exceeds one's own values (n,) on test galaxies, and the error of that."""
    difference = (opinion - own)[test & np.isfinite(opinion)]
    if len(difference) < 2:
        return float("nan"), float("nan")
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))
