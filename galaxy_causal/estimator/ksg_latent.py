"""Nearest neighbours in what a network keeps of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from galaxy_causal.estimator.binning import Binning, Bins
from galaxy_causal.estimator.cross_entropy import CrossEntropy
from galaxy_causal.estimator.folds import Folds
from galaxy_causal.estimator.ksg import KSG, Transform
from galaxy_causal.estimator.prior import Prior
from galaxy_causal.types import Count, Floats, Information, Learner, Sample, UserError, Values, checked

SLICES = 20
"""Of the target, with equally many galaxies each, between which inverse regression looks for differences."""
OF_DENSITY = ("prior_mismatch", "pit_distance")
"""Metrics of what the network's density lacks, which the estimate does not rest on."""
FLAT = 1e-6
"""Variance of a direction, relative to the largest, below which it is taken for rounding."""


@checked("estimator")
class KSGLatent(CrossEntropy):
    """``KSG`` between the target and a few directions of a network's latent, on galaxies it has not seen.

    Parameters
    ----------
    low, high, bins, prior, folds, fractions
        As of ``CrossEntropy``.
    k, transform
        As of ``KSG``.
    dimensions
        Directions of the latent, found by `inverse_regression` on the training galaxies.

    Notes
    -----
    In more than a few dimensions nearest neighbours are not near, and KSG finds too little. Here a network
    with a latent (``network=scl``, ``scl_image``) learns p(y | x) of the training galaxies as for
    ``CrossEntropy``; KSG is applied to the test galaxies alone, whose latents the network has not fitted.
    Whatever the network is, its latent is a function of the inputs, so that the information of the latent is
    at most I(Y; X): a lower bound in the population. What KSG makes of a finite sample scatters about it, and
    can lie above; where the information is high, beyond two nats of some thousand galaxies, it lies below.

    The network's density is not used, so that errors of its calibration do no harm; its own estimate is the
    metric ``mi_cross_entropy``.

    References
    ----------
    Cover & Thomas 2006, theorem 2.8.1 (data-processing inequality).
    """

    name = "ksg_latent"
    needs_latent = True
    takes_classes = False
    gives = Values.OF_PARTS

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        bins: Bins | None = None,
        prior: Prior = "kernel",
        folds: Folds = 0,
        fractions: Sequence[float] = (),
        k: Count = 3,
        transform: Transform = "normal_scores",
        dimensions: Count = 2,
    ) -> None:
        super().__init__(low, high, bins, prior, "none", folds, fractions)
        self.ksg = KSG(k, transform)
        self.dimensions = dimensions

    def bins_of(self, learner: Learner) -> Binning | None:
        """None: nearest neighbours are of the target as it is."""
        return None

    def check(self, sample: Sample) -> None:
        """Refuse also too few test galaxies for k neighbours."""
        super().check(sample)
        test = len(sample.y) // self.folds if self.folds else int(np.sum(sample.split == "test"))
        self.ksg.check_count(test, self.name)

    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Pointwise information of the galaxies that are judged, others NaN; see the class."""
        self.check(sample)
        self.check_learner(learner)
        return super().information(sample, learner, seed)

    def _once(self, sample: Sample, learner: Learner, seed: int) -> Information:
        found = super()._once(sample, learner, seed)
        if found.latent is None:
            raise TypeError("a learner with has_latent gave none")
        latent = found.latent.astype(np.float64)
        if not np.isfinite(latent).all():
            raise UserError(
                f"the latent is NaN or infinite for {np.sum(~np.isfinite(latent).all(axis=1))} of "
                f"{len(latent)} galaxies: training diverged. Lower network.training.learning_rate, or look "
                "for outliers in the inputs."
            )
        train, test = sample.split == "train", sample.split == "test"
        seen = latent @ inverse_regression(latent[train], sample.y[train], self.dimensions)
        pointwise = np.full(len(latent), np.nan)
        pointwise[test] = self.ksg.local(seen[test], sample.y[test, None], seed=0)
        own = {
            name: value
            for name, value in found.metrics.items()
            if not name.startswith("mi_") and name not in OF_DENSITY
        }
        metrics = {
            "mi_test": float(pointwise[test].mean()),
            "mi_cross_entropy": found.metrics["mi_test"],
            "dimensions": float(seen.shape[1]),
        }
        return replace(found, pointwise_mi=pointwise, metrics=own | metrics)


def inverse_regression(z: Floats, y: Floats, dimensions: int) -> Floats:
    """Directions along which the mean of z changes most with y, of unit variance in z.

    Parameters
    ----------
    z
        Latent, (n, l).
    y
        Target, (n,).
    dimensions
        How many.

    Returns
    -------
    Floats
        (l, d): as many as asked for, or as z has directions that vary; of a constant z one that is zero.

    Notes
    -----
    Sliced inverse regression: eigenvectors of the covariance between the means of z in slices of y, relative
    to the covariance of z.

    References
    ----------
    Li 1991, J. Am. Stat. Assoc. 86, 316.
    """
    centred = z - z.mean(axis=0)
    variance, axes = np.linalg.eigh(centred.T @ centred / len(z))
    kept = (variance > FLAT * variance.max()) & (variance > 0)
    if not kept.any():
        return np.zeros((z.shape[1], 1))
    whiten = axes[:, kept] / np.sqrt(variance[kept])
    slices = np.array_split(np.argsort(y, kind="stable"), min(SLICES, len(y)))
    means = np.stack([(centred[rows] @ whiten).mean(axis=0) for rows in slices])
    share = np.array([len(rows) for rows in slices]) / len(y)
    _, directions = np.linalg.eigh(means.T @ (means * share[:, None]))
    chosen: Floats = whiten @ directions[:, ::-1][:, :dimensions]
    return chosen
