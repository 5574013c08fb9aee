"""Information of every subset of the inputs, from one training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.binning import Bins
from galaxy_causal.estimator.cross_entropy import CrossEntropy
from galaxy_causal.estimator.folds import Folds
from galaxy_causal.estimator.prior import Prior
from galaxy_causal.estimator.recalibration import Kind
from galaxy_causal.estimator.target import Target
from galaxy_causal.types import Density, Floats, Learner, Sample, SubsetDensity, UserError, checked, option


@checked("estimator")
class Amortised(CrossEntropy):
    """i(y; x_S) = log p(y | x_S) - log p(y) for every subset S, by one network that is told S.

    Parameters
    ----------
    low, high, bins, prior
        As of ``CrossEntropy``; it takes no ``recalibrate``, ``folds`` or ``fractions``.
    recalibrate, folds, fractions
        Only as they are by default.

    Notes
    -----
    A network trained on random subsets of its inputs, the others hidden, learns all the conditional densities
    at once. As for ``CrossEntropy``, the mean over unseen galaxies is I(Y; X_S) less what the network has not
    learnt.

    References
    ----------
    Ivanov, Figurnov & Vetrov 2019, arXiv:1806.02382 (arbitrary conditioning); Covert, Lundberg & Lee 2021,
    JMLR 22, 209 (missingness during training).
    """

    name = "amortised"
    takes_subsets = True
    predicts = False  # of each subset, that is

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        bins: Bins | None = None,
        prior: Prior = "kernel",
        recalibrate: Kind | None = "none",
        folds: Folds = 0,
        fractions: Sequence[float] = (),
    ) -> None:
        super().__init__(low, high, bins, prior, recalibrate, folds, fractions)

    def check(self, sample: Sample) -> None:
        """As other estimators do; and refuse options of single fits."""
        if self.folds or self.fractions or self.recalibrate not in (None, "none"):
            raise UserError(
                f"{option('estimator', 'amortised')} takes no folds={self.folds}, "
                f"fractions={list(self.fractions)} or recalibrate={self.recalibrate}; "
                f"leave them, or use {option('estimator', 'cross_entropy')}"
            )
        super().check(sample)

    def _usual(self, learner: Learner) -> str:
        """None: one share of the prior would not fit all subsets."""
        return "none"

    def of_subsets(
        self, density: Density, target: Target, rows: NDArray[np.int64]
    ) -> Callable[[NDArray[np.bool_]], Floats]:
        """A function from coalitions to pointwise informations.

        Parameters
        ----------
        density
            That was fitted on ``target``.
        target
            Of all galaxies.
        rows
            Which galaxies are wanted, (m,). They are encoded here, images among them, and only once.

        Returns
        -------
        callable
            From coalitions (s, players), which say what each subset holds, to the pointwise information of
            the wanted galaxies [nats], (s, m). The empty subset is that of the inputs that are always shown;
            where there are none its information is zero. It raises UserError where the network gives
            probability zero or NaN.

        Raises
        ------
        UserError
            For a density that knows no subsets.
        """
        if not isinstance(density, SubsetDensity):
            raise UserError(
                f"{option('estimator', 'amortised')} needs a network that takes subsets; set "
                f"{option('network', 'amortised')}, or amortised_image for images"
            )
        wanted, log_prior = target.label[rows], target.log_prior[rows]
        sample = target.sample
        log_prob = density.of_subsets(sample.take(rows))

        def informations(coalitions: NDArray[np.bool_]) -> Floats:
            information = log_prob(wanted, coalitions) - log_prior
            if not sample.always_shows:
                information[~coalitions.any(axis=1)] = 0.0
            lost = int(np.sum(~np.isfinite(information).all(axis=0)))
            if lost:
                raise UserError(
                    f"the network gives probability zero (or NaN) to {lost} of {len(rows)} galaxies in some "
                    "subset: training diverged. Lower network.training.learning_rate, or look for outliers "
                    "in the inputs."
                )
            return information

        return informations
