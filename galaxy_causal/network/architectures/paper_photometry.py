"""The published network for photometry, and what all published networks share: training and first weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from galaxy_causal.network.heads import LEAK, SoftmaxHead
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import AsFloat32
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.training import Depth, Latent, Training, Width
from galaxy_causal.types import Floats, Sample

PUBLISHED = Training(
    batch_size=128,
    learning_rate=1e-4,
    replacement=True,
    steps_per_epoch=1000,
    schedule="steps",
    milestones=(60_000,),
    decay=0.2,
    max_epochs=-1,
    max_steps=180_000,
)
"""Zhang et al. 2025 (arXiv:2509.23901): Adam, and mini-batches drawn with replacement."""

PUBLISHED_BINS = (6.0, 12.5, 520)
"""Of log10 stellar mass: low end, high end and number."""


@dataclass(frozen=True)
class PaperPhotometry(Network):
    """The published photometry network (Zhang et al. 2025, arXiv:2509.23901), unscaled inputs and all.

    Twenty fully connected layers of 128 with leaky ReLU, a linear latent of 8 (8 + 8 is of ``PaperScl``
    alone), an estimator of 128 and 520 logits; Glorot-uniform weights and biases of 0.1.

    Parameters
    ----------
    training
        How it is trained; ``PUBLISHED`` unless told otherwise.
    width, depth
        Of the fully connected layers.
    latent
        Numbers that the estimator sees.
    """

    bins: ClassVar = PUBLISHED_BINS
    training: Training = PUBLISHED
    width: Width = 128
    depth: Depth = 20
    latent: Latent = 8

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        sizes = [train.x.shape[1]] + [self.width] * self.depth
        layers: list[nn.Module] = [AsFloat32()]
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(LEAK)]
        layers.append(nn.Linear(self.width, self.latent))
        head = SoftmaxHead(self.latent, self.width, len(edges) - 1)
        return as_published(DensityModel(nn.Sequential(*layers), head))


def as_published(model: DensityModel) -> DensityModel:
    """Glorot-uniform weights and biases of 0.1 in every layer, from the global torch seed."""
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.constant_(module.bias, 0.1)
    return model
