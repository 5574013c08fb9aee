"""Information from a learnt conditional density over bins of the target."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.diagnostics import Scores, point_metrics, score
from galaxy_causal.estimator.interface import EVERYTHING, Estimator
from galaxy_causal.estimator.prior import PRIORS, prior
from galaxy_causal.types import SPLITS, Density, Floats, Information, Learner, Sample, UserError

CHUNK = 2048
"""Galaxies whose (bins) probabilities are held at once; larger arrays are paged in anew each time."""
MOST_OUTSIDE = 0.01
"""Share of targets that may lie outside the bins, where the end bins cannot tell them apart."""


class CrossEntropy(Estimator):
    """i(y; x) = log p(y | x) - log p(y), with p(y | x) learnt and p(y) from the training galaxies.

    Zhang et al. 2025, arXiv:2509.23901, section 2. Averaged over galaxies that the network has not
    seen, it is I(Y; X) less the network's and plus the prior's Kullback-Leibler divergence from
    the truth. Low, high and bins define the bins of the target (in its unit); see ``prior`` for p(y).
    """

    name = "cross_entropy"
    accepts = EVERYTHING
    uses_network = True
    predicts = True

    def __init__(self, low: float, high: float, bins: int, prior: str = "kernel") -> None:
        if prior not in PRIORS:
            raise UserError(f"estimator.prior={prior!r} is unknown; choose one of {', '.join(PRIORS)}")
        self.binning = Binning(low, high, bins)
        self.prior = prior

    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Pointwise information of every galaxy, of all splits; see the class."""
        self._check_range(sample.y)
        label = self.binning.index(sample.y)
        density = learner.fit(sample, label, self.binning.edges)
        scores = self._score(density, sample)
        if not np.isfinite(scores.log_p).all():
            raise UserError(
                f"the network gives probability zero (or NaN) to {np.sum(~np.isfinite(scores.log_p))} of "
                f"{len(sample.y)} galaxies: training diverged. Lower network.training.learning_rate, or "
                "look for outliers in the inputs."
            )
        log_prior = np.log(prior(label[sample.split == "train"], self.binning.count, self.prior))[label]
        pointwise = scores.log_p - log_prior
        return Information(
            pointwise=pointwise,
            metrics=self._metrics(sample, scores, pointwise),
            columns={"log_prior": log_prior} | {f.name: getattr(scores, f.name) for f in fields(scores)},
            history=density.history,
            weights=density.weights,
        )

    def _check_range(self, y: Floats) -> None:
        outside = self.binning.outside(y)
        if outside > MOST_OUTSIDE * len(y):
            raise UserError(
                f"{outside} of {len(y)} targets lie outside [{self.binning.low}, {self.binning.high}] "
                f"(they range over [{y.min():.4g}, {y.max():.4g}]); set estimator.low and estimator.high"
            )

    def _score(self, density: Density, sample: Sample) -> Scores:
        parts = [
            score(density.probabilities(sample.part(i, i + CHUNK)), sample.y[i : i + CHUNK], self.binning)
            for i in range(0, len(sample.y), CHUNK)
        ]
        return Scores(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Scores)))

    def _metrics(self, sample: Sample, scores: Scores, pointwise: Floats) -> dict[str, float]:
        test = sample.split == "test"
        metrics = point_metrics(scores.estimate[test], sample.y[test])
        metrics["cross_entropy"] = float(-scores.log_p[test].mean())
        metrics["crps"] = float(scores.crps[test].mean())
        metrics["targets_outside_bins"] = float(self.binning.outside(sample.y))
        if sample.clipped:
            metrics["fluxes_clipped"] = float(sum(sample.clipped.values()))
        for split in SPLITS:
            metrics[f"mi_{split}"] = float(pointwise[sample.split == split].mean())
        return metrics
