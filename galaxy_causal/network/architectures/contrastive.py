"""Networks whose latent is the point: the published one, and the default."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, cast

import torch
from torch import Tensor, nn

from galaxy_causal.network.architectures.paper_photometry import PUBLISHED, PUBLISHED_BINS, as_published
from galaxy_causal.network.contrastive_model import ContrastiveModel, NumbersEncoder
from galaxy_causal.network.contrastive_weights import Weights
from galaxy_causal.network.density import Curves, NetworkLatentDensity
from galaxy_causal.network.heads import LEAK, Head, SoftmaxHead, density_head
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import AsFloat32, ResidualBlock
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.residuals import WithResiduals
from galaxy_causal.network.training import (
    Blocks,
    Components,
    Correlation,
    Depth,
    Dropout,
    Latent,
    Nuisance,
    Training,
    Width,
)
from galaxy_causal.types import Column, Density, Floats, Sample, UserError, option

if TYPE_CHECKING:
    from galaxy_causal.network.lightning.module import DensityModule

FEWEST = 4  # galaxies in a mini-batch: two in each half
IN_HALVES = replace(PUBLISHED, batch_size=64, replacement=False, steps_per_epoch=None)
"""The published training of contrastive networks: each mini-batch is two halves of 32 different galaxies."""
NO_TERMS = Weights()
"""The cross-entropy alone."""
ALL_TERMS = Weights(reconstruction=1.0, consistency=1.0, contrast=1.0)
"""The published sum of the terms, for photometry."""


@dataclass(frozen=True)
class ContrastiveNetwork(Network):
    """A network that is trained by ``ContrastiveModule`` and gives a latent.

    Parameters
    ----------
    training
        How it is trained.
    weights
        Of the terms of the loss.
    latent
        Numbers that the estimator sees.
    """

    weights: Weights = NO_TERMS
    latent: Latent = 8
    skips_parameters: ClassVar[bool] = True  # those of terms without weight

    @property
    def latent_dim(self) -> int:
        """Numbers that the estimator sees."""
        return self.latent

    @abstractmethod
    def build(self, train: Sample, edges: Floats) -> ContrastiveModel:
        """A fresh model; see ``Network``. A decoder rebuilds the ``rebuilt_columns``."""

    def module(self, model: DensityModel) -> DensityModule:
        """One of all terms."""
        from galaxy_causal.network.lightning.contrastive_module import ContrastiveModule

        return ContrastiveModule(cast(ContrastiveModel, model), self.training, self.weights)

    def density(self, model: DensityModel, device: torch.device, history: Curves) -> Density:
        """One with a latent."""
        return NetworkLatentDensity(model, device, self.training.threads, history)

    def check(self, sample: Sample) -> None:
        """Refuse also mini-batches that cannot be halved."""
        super().check(sample)
        if self.training.batch_size < FEWEST:
            raise UserError(
                f"{option('network.training.batch_size', self.training.batch_size)}: two halves of "
                f"different galaxies need at least {FEWEST}"
            )


def rebuilt_columns(columns: Sequence[Column]) -> list[int]:
    """Which columns a decoder rebuilds: magnitudes, or where there are none all but errors and E(B-V)."""
    values = [(place, column) for place, column in enumerate(columns) if column.kind == "value"]
    magnitudes = [place for place, column in values if column.modality == "photometry"]
    others = [place for place, column in values if column.modality != "ebv"]
    return magnitudes or others or [place for place, _ in values]


def layers(sizes: Sequence[int], activation: type[nn.Module] | None = None) -> list[nn.Module]:
    """Fully connected layers between consecutive sizes, each followed by an activation (leaky ReLU)."""
    found: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        found += [nn.Linear(inputs, outputs), activation() if activation else nn.LeakyReLU(LEAK)]
    return found


@dataclass(frozen=True)
class PaperScl(ContrastiveNetwork):
    """The published contrastive network for photometry (Zhang et al. 2025, arXiv:2509.23901).

    Unscaled inputs, fully connected layers with leaky ReLU (slope 0.2), a linear latent of two parts; an
    estimator of 128 and 520 logits that sees the first part alone; a decoder of one layer less, then linear.
    Glorot-uniform weights, biases 0.1.

    Parameters
    ----------
    training
        How it is trained; ``IN_HALVES`` unless told otherwise. No galaxy is twice in a mini-batch, where the
        published code draws both halves with replacement and sees to it that no galaxy is paired with itself.
    weights
        Of the terms of the loss; ``ALL_TERMS`` unless told otherwise.
    latent
        Numbers of the first part.
    nuisance_dim
        Numbers of the second part, which the decoder sees and the estimator does not.
    width, depth
        Of the fully connected layers.
    """

    bins: ClassVar = PUBLISHED_BINS
    training: Training = IN_HALVES
    weights: Weights = ALL_TERMS
    nuisance_dim: Nuisance = 8
    width: Width = 128
    depth: Depth = 20

    def build(self, train: Sample, edges: Floats) -> ContrastiveModel:
        """A fresh model; see ``Network``."""
        columns = rebuilt_columns(train.columns)
        whole = self.latent + self.nuisance_dim
        hidden = [self.width] * self.depth
        encoder = nn.Sequential(*layers([train.x.shape[1], *hidden]), nn.Linear(self.width, whole))
        decoder = nn.Sequential(*layers([whole, *hidden[1:]]), nn.Linear(self.width, len(columns)))
        head = SoftmaxHead(self.latent, self.width, len(edges) - 1)
        model = ContrastiveModel(NumbersEncoder(AsFloat32(), encoder), head, self.latent, decoder, columns)
        as_published(model)
        return model


class DeepMixtureHead(Head):
    """A residual layer on the latent, then a mixture density over the bins (``MixtureHead``)."""

    def __init__(
        self,
        latent: int,
        width: int,
        components: int,
        edges: Tensor,
        start: tuple[float, float],
        dropout: float = 0.0,
        *,
        unordered: bool,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(latent, width), ResidualBlock(width, dropout), nn.SiLU())
        self.mixture = density_head(width, components, edges, start, unordered=unordered)

    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label``, shape (m,)."""
        return self.mixture.log_prob(self.layers(latent), label)

    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins)."""
        return self.mixture.probabilities(self.layers(latent))


OF_LATENTS = Training(batch_size=512, learning_rate=4e-3, weight_decay=1e-2, patience=20, threads=1)
"""How the default network with a latent is trained."""


@dataclass(frozen=True)
class Scl(ContrastiveNetwork):
    """The default: the layers of ``network=mlp`` through a narrow latent, and a contrast of neighbours.

    Standardised inputs, joined, where there is no decoder, by the residuals of those that are ``related``
    (see ``Mlp``), residual layers, a linear latent, which alone the estimator sees, a residual layer and a
    mixture density over the bins. What makes the latent sufficient is the cross-entropy through the
    bottleneck; ``weights.neighbours`` makes near in it mean alike in the target.

    Parameters
    ----------
    training
        How it is trained.
    weights
        Of the terms of the loss. The published ones can be switched on: a decoder then has as many layers as
        the encoder.
    latent
        Numbers that the estimator sees.
    nuisance_dim
        More numbers that a decoder sees, and the estimator not.
    width, blocks, dropout
        Of the residual layers.
    components
        Of the mixture.
    related
        As in ``Mlp``; not used with a decoder.
    """

    training: Training = OF_LATENTS
    nuisance_dim: Nuisance = 0
    width: Width = 128
    blocks: Blocks = 2
    components: Components = 8
    dropout: Dropout = 0.1
    related: Correlation = 0.5

    def build(self, train: Sample, edges: Floats) -> ContrastiveModel:
        """A fresh model; see ``Network``."""
        columns = rebuilt_columns(train.columns)
        whole = self.latent + self.nuisance_dim
        # a second pass replaces magnitudes, and residuals would tell it of the first ones
        inputs = WithResiduals(train.x, () if self.weights.twice else train.values, self.related)
        encoder = nn.Sequential(*self._layers(inputs.count), nn.Linear(self.width, whole))
        decoder = None
        if self.weights.twice:
            decoder = nn.Sequential(*self._layers(whole), nn.Linear(self.width, len(columns)))
        start = (float(train.y.mean()), float(train.y.std()))
        head = DeepMixtureHead(
            self.latent, self.width, self.components, torch.as_tensor(edges), start, self.dropout,
            unordered=bool(train.classes),
        )  # fmt: skip
        return ContrastiveModel(NumbersEncoder(inputs, encoder), head, self.latent, decoder, columns)

    def _layers(self, inputs: int) -> list[nn.Module]:
        blocks = [ResidualBlock(self.width, self.dropout) for _ in range(self.blocks)]
        return [nn.Linear(inputs, self.width), *blocks, nn.SiLU()]
