"""Encoders, heads and their training."""

from galaxy_causal.network.architectures.amortised import Amortised
from galaxy_causal.network.architectures.amortised_image import AmortisedImage
from galaxy_causal.network.architectures.contrastive import ContrastiveNetwork, PaperScl, Scl
from galaxy_causal.network.architectures.contrastive_image import PaperSclImage, SclImage
from galaxy_causal.network.architectures.image import Image, ImageD4
from galaxy_causal.network.architectures.mlp import Mlp
from galaxy_causal.network.architectures.paper_image import PaperImage
from galaxy_causal.network.architectures.paper_photometry import PaperPhotometry
from galaxy_causal.network.contrastive_model import ContrastiveModel
from galaxy_causal.network.contrastive_weights import Weights
from galaxy_causal.network.heads import MixtureHead, SoftmaxHead
from galaxy_causal.network.image_network import ImageNetwork
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import Standardise
from galaxy_causal.network.lightning.checkpoints import Checkpoints
from galaxy_causal.network.lightning.feeding import Compute
from galaxy_causal.network.lightning.learner import NetworkLearner
from galaxy_causal.network.lightning.trainer import device_count
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.presets import preset
from galaxy_causal.network.spline import SplineHead
from galaxy_causal.network.training import Training

NETWORKS = (
    Amortised, AmortisedImage, Image, ImageD4, Mlp,
    PaperImage, PaperPhotometry, PaperScl, PaperSclImage, Scl, SclImage,
)  # fmt: skip
"""All that have a name on the command line, which is the class's, with its options there."""

__all__ = [
    "NETWORKS",
    "Amortised",
    "AmortisedImage",
    "Checkpoints",
    "Compute",
    "ContrastiveModel",
    "ContrastiveNetwork",
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
    "PaperScl",
    "PaperSclImage",
    "Scl",
    "SclImage",
    "SoftmaxHead",
    "SplineHead",
    "Standardise",
    "Training",
    "Weights",
    "device_count",
    "preset",
]
