"""Information from a learnt conditional density over bins of the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.binning import Bins
from galaxy_causal.estimator.class_scores import class_columns, class_metrics
from galaxy_causal.estimator.diagnostics import (
    Scores,
    pit_distance,
    point_metrics,
    score,
)
from galaxy_causal.estimator.extrapolation import check_enough, check_fractions, extrapolate, fewer
from galaxy_causal.estimator.folds import Folds, calibrated_as_one, cross_fit
from galaxy_causal.estimator.interface import EVERYTHING, Estimator
from galaxy_causal.estimator.log_probabilities import by_split, check_finite, keep_logs
from galaxy_causal.estimator.predictive import CHUNK, Predictive
from galaxy_causal.estimator.prior import Prior
from galaxy_causal.estimator.recalibration import (
    Kind,
    Recalibration,
    known_recalibration,
    recalibration,
)
from galaxy_causal.estimator.target import Target, given_bins, target_of
from galaxy_causal.types import (
    Density,
    Floats,
    Information,
    LatentDensity,
    Learner,
    Sample,
    UserError,
    checked,
    option,
)

MOST_VALIDATION = 5000
"""Galaxies that a recalibration of one or two numbers is fitted on."""


@checked("estimator")
class CrossEntropy(Estimator):
    """i(y; x) = log p(y | x) - log p(y), with p(y | x) learnt and p(y) from the training galaxies.

    Parameters
    ----------
    low, high, bins
        Of the target, all three: equal bins, in its unit. None: ``Cells`` that follow the target, or the bins
        that the network was published with.
    prior
        p(y) of equal bins: ``kernel``, or ``histogram`` as published; see `prior`.
    recalibrate
        ``prior``, ``temperature`` or ``pit``, fitted on the validation galaxies, or ``none``; None is
        ``prior``, but for networks with bins of their own ``none``, as published.
    folds
        Parts that take turns as the test sample (see `cross_fit`), so that every galaxy has a held-out value;
        0: none.
    fractions
        Further fits on these shares of the training galaxies, whose estimates show, as ``mi_extrapolated``,
        what very many would give (see `extrapolate`).

    Raises
    ------
    UserError
        For some of ``low``, ``high`` and ``bins`` without the others, values that they cannot have, and
        fractions that are none or beside folds.

    Notes
    -----
    Averaged over galaxies that the network has not seen, it is I(Y; X) less the network's and plus the
    prior's Kullback-Leibler divergence from the truth. The target's own distribution among the training
    galaxies is the measure (``Cells``), so that an estimate does not change under monotone maps of the
    target, and an input that tells nothing gives zero for any target.

    References
    ----------
    Zhang et al. 2025, arXiv:2509.23901, section 2.
    """

    name = "cross_entropy"
    accepts = EVERYTHING
    uses_network = True
    predicts = True
    takes_classes = True
    single = True
    keeps_density = True
    """Whether a fit keeps what its density is restored from."""

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        bins: Bins | None = None,
        prior: Prior = "kernel",
        recalibrate: Kind | None = None,
        folds: Folds = 0,
        fractions: Sequence[float] = (),
    ) -> None:
        check_fractions(fractions)
        if folds and fractions:
            both = f"{option('estimator.folds', folds)} and {option('estimator.fractions', list(fractions))}"
            raise UserError(f"{both} are judged on different galaxies; give one of them")
        self.bins = given_bins(low, high, bins)
        self.prior = prior
        self.recalibrate = recalibrate
        self.folds = folds
        self.fractions = tuple(fractions)

    def check(self, sample: Sample) -> None:
        """Refuse also fractions of too few training galaxies."""
        super().check(sample)
        check_enough(self.fractions, sample.split)
        if sample.classes and self.recalibrate == "pit":
            raise UserError(
                f"{option('estimator.recalibrate', 'pit')}: a class has no order, and so no probability "
                "integral transform; use prior or temperature"
            )

    def information(self, sample: Sample, learner: Learner, seed: int) -> Information:
        """Pointwise information of every galaxy, of all splits; see the class."""
        if self.folds:
            folded = cross_fit(lambda part: self._once(part, learner, seed), sample, self.folds, seed)
            found = calibrated_as_one(folded, sample)
        else:
            found = self._once(sample, learner, seed)
        if not self.fractions:
            return found
        return replace(found, metrics={**found.metrics, **self._extrapolated(found, sample, learner, seed)})

    def _extrapolated(
        self, found: Information, sample: Sample, learner: Learner, seed: int
    ) -> dict[str, float]:
        train, test = sample.split == "train", sample.split == "test"
        sizes, values = [int(train.sum())], [float(found.pointwise_mi[test].mean())]
        metrics = {}
        for fraction in self.fractions:
            part = replace(sample, split=fewer(sample.split, fraction, seed))
            values.append(self._once(part, learner, seed).metrics["mi_test"])
            sizes.append(int(np.sum(part.split == "train")))
            metrics[f"mi_of_{fraction:g}"] = values[-1]
        limit, error = extrapolate(sizes, values)
        return metrics | {"mi_extrapolated": limit, "mi_extrapolated_err": error}

    def _density(self, target: Target, learner: Learner, seed: int) -> Density:
        return learner.fit(target.sample, target.label, target.edges)

    def _once(self, sample: Sample, learner: Learner, seed: int) -> Information:
        target = self.target(sample, learner)
        density = self._density(target, learner, seed)
        calibration = self._calibration(density, sample, target, learner)
        if sample.classes:
            return self._of_classes(density, sample, target, calibration)
        scores = self._score(density, sample, target, calibration)
        check_finite(scores.log_p)
        log_prior = target.log_prior
        pointwise = scores.log_p - log_prior
        return Information(
            pointwise_mi=pointwise,
            metrics=self._metrics(sample, target, scores, pointwise)
            | (calibration.metrics() if calibration else {}),
            columns={"log_prior": log_prior} | {f.name: getattr(scores, f.name) for f in fields(scores)},
            history=density.history,
            weights=density.weights,
            latent=_latent(density, sample),
        )

    def _of_classes(
        self, density: Density, sample: Sample, target: Target, calibration: Recalibration | None
    ) -> Information:
        """Of a target that is a class: log-probabilities, and nothing that needs distances."""
        predictive = Predictive(density, calibration, target)
        starts = range(0, len(sample.y), CHUNK)
        parts = [predictive.probabilities(sample.part(i, i + CHUNK)) for i in starts]
        p, log_prior = np.concatenate(parts).astype(np.float64), target.log_prior
        with np.errstate(divide="ignore"):
            log_p = np.log(p[np.arange(len(p)), target.label])
        keep_logs(log_p, density, sample, target, calibration)
        check_finite(log_p)
        pointwise, test = log_p - log_prior, sample.split == "test"
        metrics = class_metrics(p[test], target.label[test], target.prior)
        metrics["cross_entropy"] = float(-log_p[test].mean())
        metrics["prior_mismatch"] = target.mismatch(sample.split)
        metrics |= by_split(pointwise, sample) | (calibration.metrics() if calibration else {})
        return Information(
            pointwise_mi=pointwise,
            metrics=metrics,
            columns={"log_prior": log_prior, "log_p": log_p} | class_columns(p, sample.classes),
            history=density.history,
            weights=density.weights,
            latent=_latent(density, sample),
        )

    def target(self, sample: Sample, learner: Learner) -> Target:
        """The target of a sample in cells, as the learner learns it; see ``target_of``."""
        return target_of(sample, self.bins, self.prior, self.published(learner))

    def predictive(self, density: Density, sample: Sample, target: Target, learner: Learner) -> Predictive:
        """The density that was learnt of a sample, calibrated as for its informations."""
        return Predictive(density, self._calibration(density, sample, target, learner), target)

    def stored_predictive(self, density: Density, metrics: Mapping[str, float], target: Target) -> Predictive:
        """As ``predictive``, of a fit with these ``metrics``, which hold its calibration: at once."""
        return Predictive(density, known_recalibration(metrics, target.prior), target)

    def _usual(self, learner: Learner) -> str:
        """The recalibration where none is asked for."""
        return "prior" if self.published(learner) is None else "none"

    def _calibration(
        self, density: Density, sample: Sample, target: Target, learner: Learner
    ) -> Recalibration | None:
        """Fitted on the validation galaxies, on evenly spread ones where there are very many."""
        kind = self.recalibrate or self._usual(learner)
        if kind == "none":
            return None
        rows = np.flatnonzero(sample.split == "validation")
        rows = rows[:: max(1, len(rows) // MOST_VALIDATION)]
        parts = [density.probabilities(sample.take(rows[i : i + CHUNK])) for i in range(0, len(rows), CHUNK)]
        return recalibration(kind, np.concatenate(parts), sample.y[rows], target)

    def _score(
        self, density: Density, sample: Sample, target: Target, calibration: Recalibration | None
    ) -> Scores:
        scores = Scores(*(np.empty(len(sample.y)) for _ in fields(Scores)))
        rng = np.random.default_rng(0)  # a number for each galaxy, in order
        for i in range(0, len(sample.y), CHUNK):
            predicted = density.probabilities(sample.part(i, i + CHUNK))
            p = calibration.apply(predicted) if calibration else predicted
            here = slice(i, i + CHUNK)
            part = score(p, sample.y[here], target.cells, rng.random(len(p)))
            for f in fields(Scores):
                getattr(scores, f.name)[here] = getattr(part, f.name)
        keep_logs(scores.log_p, density, sample, target, calibration)
        return scores

    def _metrics(self, sample: Sample, target: Target, scores: Scores, pointwise: Floats) -> dict[str, float]:
        test = sample.split == "test"
        metrics = point_metrics(scores.estimate[test], sample.y[test])
        metrics["cross_entropy"] = float(-scores.log_p[test].mean())
        metrics["crps"] = float(scores.crps[test].mean())
        metrics["targets_outside_bins"] = float(target.cells.outside(sample.y))
        metrics["prior_mismatch"] = target.mismatch(sample.split)
        metrics["pit_distance"] = pit_distance(scores.pit[test])
        if target.cells.discrete:
            metrics["classes"] = float(target.cells.count)
        return metrics | by_split(pointwise, sample)


def _latent(density: Density, sample: Sample) -> NDArray[np.float32] | None:
    if not isinstance(density, LatentDensity):
        return None
    starts = range(0, len(sample.y), CHUNK)
    return np.concatenate([density.latent(sample.part(i, i + CHUNK)) for i in starts])
