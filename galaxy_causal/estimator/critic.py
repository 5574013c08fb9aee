"""Variational bounds of mutual information from a trained critic."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from galaxy_causal.estimator.interface import EVERYTHING, Estimator
from galaxy_causal.estimator.predictive import CHUNK
from galaxy_causal.estimator.target import given_bins, target_of
from galaxy_causal.types import SPLITS, Floats, Information, Learner, Sample, UserError, Values

DENSITIES = ("info_nce", "mine")
BOUNDS = (*DENSITIES, "nwj", "smile")


class Critic(Estimator):
    """Bounds of I(Y; X) from scores f(x, y) that a network learns.

    Parameters
    ----------
    bound
        - ``info_nce``: f - log Z(x), which is log p(y | x) / p(y) of a normalised density;
        - ``mine``: f - log mean_x Z(x) (Donsker-Varadhan), the log ratio of a normalised joint density;
        - ``nwj``: f - mean_x Z(x) / e: its mean is a lower bound, its single values have no meaning of their
        own;
        - ``smile``: f - log mean_x Z(x) with exp f clipped to exp(+-clip): less scatter, and no longer a
        bound.
    low, high, bins, prior
        As of ``CrossEntropy``.
    clip
        Of ``smile`` [nats].

    Raises
    ------
    UserError
        For another bound, a clip that is not positive, and bins that ``CrossEntropy`` would not take.

    Notes
    -----
    With p(y) of the training galaxies over bins, as in ``CrossEntropy``, the expectation of exp f over y is a
    sum over bins, Z(x) = sum_b p(b) exp f(x, b), and not a sample: InfoNCE is thus free of its limit
    log(batch). The first two bounds serve any decomposition, the others only those of averages. Means over x
    are over galaxies of the same split.

    References
    ----------
    Poole et al. 2019, ICML.
    """

    name = "critic"
    accepts = EVERYTHING
    uses_network = True

    def __init__(
        self,
        bound: str,
        low: float | None = None,
        high: float | None = None,
        bins: int | None = None,
        prior: str = "kernel",
        clip: float = 5.0,
    ) -> None:
        if bound not in BOUNDS:
            raise UserError(f"estimator.bound={bound!r}: choose one of {', '.join(BOUNDS)}")
        if not isinstance(clip, int | float) or not clip > 0:
            raise UserError(f"estimator.clip={clip!r} must be a positive number of nats, such as 5")
        self.bound = bound
        self.bins = given_bins(low, high, bins)
        self.prior = prior
        self.clip = clip
        self.gives = Values.OF_EACH if bound in DENSITIES else Values.OF_ALL

    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Terms of every galaxy, of all splits, whose mean over a split is the bound; see the class."""
        target = target_of(sample, self.bins, self.prior, learner.bins)
        label, log_prior = target.label, np.log(target.prior)
        critic = learner.contrast(target.sample, label, target.edges, self.bound)
        score, log_z = np.empty(len(label)), np.empty(len(label))
        for i in range(0, len(label), CHUNK):
            here = slice(i, i + CHUNK)
            f = critic.probabilities(sample.part(i, i + CHUNK)).astype(np.float64)
            score[here] = f[np.arange(len(f)), label[here]]
            clipped = np.clip(f, -self.clip, self.clip) if self.bound == "smile" else f
            log_z[here] = logsumexp(clipped + log_prior, axis=1)
        if not (np.isfinite(score).all() and np.isfinite(log_z).all()):
            raise UserError("the critic's scores are not finite; lower network.training.learning_rate")
        pointwise = score - self._penalty(log_z, sample)
        metrics = {f"mi_{split}": float(pointwise[sample.split == split].mean()) for split in SPLITS}
        return Information(
            pointwise_mi=pointwise,
            metrics=metrics
            | {
                "targets_outside_bins": float(target.cells.outside(sample.y)),
                "prior_mismatch": target.mismatch(sample.split),
            },
            columns={"score": score},
            history=critic.history,
            weights=critic.weights,
        )

    def _penalty(self, log_z: Floats, sample: Sample) -> Floats:
        if self.bound == "info_nce":
            return log_z
        penalty = np.empty(len(log_z))
        for split in np.unique(sample.split):
            inside = sample.split == split
            mean = logsumexp(log_z[inside]) - np.log(inside.sum())
            penalty[inside] = np.exp(mean - 1.0) if self.bound == "nwj" else mean
        return penalty
