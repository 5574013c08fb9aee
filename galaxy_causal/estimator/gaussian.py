"""Information as if inputs and target were jointly Gaussian."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.folds import Folds, cross_fit
from galaxy_causal.estimator.interface import TABLES, Estimator
from galaxy_causal.estimator.target import target_of
from galaxy_causal.types import Floats, Information, Sample, UserError, checked, option


@checked("estimator")
class Gaussian(Estimator):
    """Closed form -1/2 log(1 - R^2) of a joint Gaussian.

    Parameters
    ----------
    folds
        As of ``CrossEntropy``.

    Notes
    -----
    Means and covariance come from the training galaxies, by least squares (so collinear and constant inputs
    do no harm); the pointwise values log p(y | x) - log p(y) are of every galaxy. Their mean over test
    galaxies is the estimate; the closed form itself, with R^2 of the training galaxies corrected for the
    number of inputs (Ezekiel 1930), is the metric ``closed_form``. Takes no network and has no random part:
    the seed changes nothing but folds.

    References
    ----------
    Cover & Thomas 2006, eq. 8.56 ff.
    """

    name = "gaussian"
    accepts = TABLES
    uses_network = False
    predicts = True

    def __init__(self, folds: Folds = 0) -> None:
        self.folds = folds

    def information(self, sample: Sample, learner: object, seed: int) -> Information:
        """Pointwise information of every galaxy in nats; ``seed`` deals galaxies into any folds."""
        return cross_fit(self._once, sample, self.folds, seed) if self.folds else self._once(sample)

    def _once(self, sample: Sample) -> Information:
        train = sample.split == "train"
        x, y = _standardise(sample.x, train), sample.y
        n, d = int(train.sum()), x.shape[1]
        if n < d + 3:
            raise UserError(
                f"{option('estimator', self.name)} needs more training galaxies than {d} inputs + 2, got "
                f"{n}; enlarge the training split or take fewer inputs"
            )
        mean, variance = y[train].mean(), y[train].var(ddof=1)
        design = np.column_stack([np.ones(len(y)), x])
        solution, _, rank, _ = np.linalg.lstsq(design[train], y[train], rcond=None)
        residual = y - design @ solution
        conditional = float((residual[train] ** 2).sum() / (n - rank))
        tiny = np.finfo(float).eps * variance
        if conditional <= tiny:
            raise UserError(
                f"{option('estimator', self.name)}: the inputs determine the target exactly, so the "
                "information is infinite; leave the target's own column out of the inputs"
            )
        pointwise = 0.5 * (
            np.log(variance / conditional) + (y - mean) ** 2 / variance - residual**2 / conditional
        )
        return Information(
            pointwise_mi=pointwise,
            metrics={
                "closed_form": 0.5 * float(np.log(variance / conditional)),
                "prior_mismatch": target_of(sample, None, "kernel").mismatch(sample.split),
            },
            columns={"estimate": y - residual},
        )


def _standardise(x: Floats, train: NDArray[np.bool_]) -> Floats:
    scale = x[train].std(axis=0)
    standard: Floats = (x - x[train].mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    return standard
