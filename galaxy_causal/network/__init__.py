"""Encoders, heads and their training."""

from galaxy_causal.network.heads import MixtureHead, SoftmaxHead
from galaxy_causal.network.learner import NetworkLearner
from galaxy_causal.network.model import DensityModel, Standardise
from galaxy_causal.network.networks import Mlp, Network, PaperPhotometry, Training

__all__ = [
    "DensityModel",
    "MixtureHead",
    "Mlp",
    "Network",
    "NetworkLearner",
    "PaperPhotometry",
    "SoftmaxHead",
    "Standardise",
    "Training",
]
