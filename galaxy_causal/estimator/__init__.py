"""Mutual information, pointwise where the method allows."""

from galaxy_causal.estimator.amortised import Amortised
from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.cross_entropy import CrossEntropy
from galaxy_causal.estimator.diagnostics import Scores, point_metrics, score
from galaxy_causal.estimator.ensemble import ensemble_crps, ensemble_pit
from galaxy_causal.estimator.gaussian import Gaussian
from galaxy_causal.estimator.interface import Estimator
from galaxy_causal.estimator.ksg import KSG
from galaxy_causal.estimator.prior import prior

__all__ = [
    "KSG",
    "Amortised",
    "Binning",
    "CrossEntropy",
    "Estimator",
    "Gaussian",
    "Scores",
    "ensemble_crps",
    "ensemble_pit",
    "point_metrics",
    "prior",
    "score",
]
