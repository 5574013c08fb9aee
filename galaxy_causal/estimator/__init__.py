"""Mutual information, pointwise where the method allows."""

from collections.abc import Mapping

from galaxy_causal.estimator.amortised import Amortised
from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.boosted import Boosted, boosted_information
from galaxy_causal.estimator.ceiling import Ceilings, ceilings, obstacle
from galaxy_causal.estimator.cells import Cells
from galaxy_causal.estimator.class_scores import entropy
from galaxy_causal.estimator.critic import Critic
from galaxy_causal.estimator.cross_entropy import CrossEntropy
from galaxy_causal.estimator.diagnostics import Scores, point_metrics, scatter, score
from galaxy_causal.estimator.ensemble import ensemble_crps, ensemble_pit
from galaxy_causal.estimator.extrapolation import extrapolate
from galaxy_causal.estimator.folds import cross_fit
from galaxy_causal.estimator.gaussian import Gaussian
from galaxy_causal.estimator.gaussian_copula import GaussianCopula
from galaxy_causal.estimator.interface import Estimator
from galaxy_causal.estimator.ksg import KSG
from galaxy_causal.estimator.ksg_latent import KSGLatent, inverse_regression
from galaxy_causal.estimator.predictive import Predictive
from galaxy_causal.estimator.prior import prior
from galaxy_causal.estimator.recalibration import (
    PitMap,
    PriorShare,
    Recalibration,
    Temperature,
    recalibration,
)
from galaxy_causal.estimator.tabicl import TabICL
from galaxy_causal.estimator.target import Target, target_of
from galaxy_causal.estimator.within import MISFIT, class_corrections

ESTIMATORS: Mapping[str, Estimator] = {
    "amortised": Amortised(recalibrate="none"),
    "boosted": Boosted(),
    "critic": Critic("info_nce"),
    "cross_entropy": CrossEntropy(),
    "gaussian": Gaussian(),
    "gaussian_copula": GaussianCopula(),
    "ksg": KSG(),
    "ksg_latent": KSGLatent(),
    "tabicl": TabICL(),
}
"""By their names on the command line, with the options there."""

__all__ = [
    "ESTIMATORS",
    "KSG",
    "MISFIT",
    "Amortised",
    "Binning",
    "Boosted",
    "Ceilings",
    "Cells",
    "Critic",
    "CrossEntropy",
    "Estimator",
    "Gaussian",
    "GaussianCopula",
    "KSGLatent",
    "PitMap",
    "Predictive",
    "PriorShare",
    "Recalibration",
    "Scores",
    "TabICL",
    "Target",
    "Temperature",
    "boosted_information",
    "ceilings",
    "class_corrections",
    "cross_fit",
    "ensemble_crps",
    "ensemble_pit",
    "entropy",
    "extrapolate",
    "inverse_regression",
    "obstacle",
    "point_metrics",
    "prior",
    "recalibration",
    "scatter",
    "score",
    "target_of",
]
