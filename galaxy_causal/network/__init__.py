"""Encoders, heads and their training."""

from galaxy_causal.network.feeding import Compute
from galaxy_causal.network.heads import MixtureHead, SoftmaxHead
from galaxy_causal.network.image import Image, ImageD4
from galaxy_causal.network.learner import NetworkLearner
from galaxy_causal.network.model import DensityModel, Standardise
from galaxy_causal.network.networks import ImageNetwork, Mlp, Network, PaperPhotometry, Training
from galaxy_causal.network.paper_image import PaperImage
from galaxy_causal.network.spline import SplineHead

__all__ = [
    "Compute",
    "DensityModel",
    "Image",
    "ImageD4",
    "ImageNetwork",
    "MixtureHead",
    "Mlp",
    "Network",
    "NetworkLearner",
    "PaperImage",
    "PaperPhotometry",
    "SoftmaxHead",
    "SplineHead",
    "Standardise",
    "Training",
]
