"""One network for every subset of its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import torch
from annotated_types import Ge
from torch import nn

from galaxy_causal.network.density import Curves, NetworkSubsetDensity
from galaxy_causal.network.heads import density_head
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import ResidualBlock
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.subset_model import SubsetEncoder, SubsetModel
from galaxy_causal.network.subsets import SubsetDraw
from galaxy_causal.network.training import Blocks, Components, Dropout, Training, Width
from galaxy_causal.types import Density, Floats, Fraction, Sample, UserError, at_most, option

Subsets = Annotated[int, Ge(1), at_most(1_000, "memory grows with it times the batch")]


@dataclass(frozen=True)
class SubsetNetwork(Network):
    """A network that is trained on random subsets of its inputs, drawn anew at every step.

    Parameters
    ----------
    training
        How it is trained. The best weights are those of the best mean cross-entropy on fixed subsets.
    neighbours, whole
        Shares of the drawn subsets; see ``SubsetDraw``.
    subsets
        Of every training galaxy at each step.
    validated
        Fixed subsets of every validation galaxy.
    """

    neighbours: Fraction = field(default=0.6, kw_only=True)
    whole: Fraction = field(default=0.05, kw_only=True)
    subsets: Subsets = field(default=1, kw_only=True)
    validated: Subsets = field(default=2, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neighbours + self.whole > 1:
            raise UserError(
                f"{option('network.neighbours', self.neighbours)} and {option('network.whole', self.whole)} "
                "are shares of the drawn subsets: their sum may not be above 1"
            )

    @property
    def takes_subsets(self) -> bool:
        """Whether it learns subsets of the inputs."""
        return True

    def draws(self, sample: Sample) -> tuple[SubsetDraw, SubsetDraw]:
        """How subsets of the players are drawn; none at all only where something is always shown."""
        least = 0 if sample.always_shows else 1
        draw = SubsetDraw(len(sample.players), self.neighbours, self.whole, least, self.subsets)
        return draw, replace(draw, each=self.validated)

    def density(self, model: DensityModel, device: torch.device, history: Curves) -> Density:
        """One of every subset."""
        return NetworkSubsetDensity(model, device, self.training.threads, history)


OF_SUBSETS = Training(
    batch_size=512,
    learning_rate=4e-3,
    weight_decay=2e-2,
    patience=30,
    average=4,
    max_epochs=80,
    threads=1,
)
"""How a network for all subsets of numbers is trained."""


@dataclass(frozen=True)
class Amortised(SubsetNetwork):
    """Residual layers on what is shown and a mask, a mixture density over the bins, random subsets.

    Parameters
    ----------
    training
        How it is trained.
    width, blocks, dropout
        Of the residual layers.
    components
        Of the mixture.
    neighbours, whole, subsets, validated
        As in ``SubsetNetwork``.
    """

    training: Training = OF_SUBSETS
    width: Width = 128
    blocks: Blocks = 2
    components: Components = 8
    dropout: Dropout = 0.0

    def check(self, sample: Sample) -> None:
        """Refuse images, naming the network that takes them."""
        if sample.images is not None and sample.players:
            raise UserError(
                f"{option('network', 'amortised')} takes numbers, but the inputs hold "
                f"{', '.join(sample.images.bands)}; set {option('network', 'amortised_image')}, or choose "
                "bands without images"
            )
        super().check(sample)

    def build(self, train: Sample, edges: Floats) -> SubsetModel:
        """A fresh model, with the players of the sample; see ``Network``."""
        blocks = (ResidualBlock(self.width, self.dropout) for _ in range(self.blocks))
        encoder = SubsetEncoder(train.x, train.players, self.width, nn.Sequential(*blocks, nn.SiLU()))
        start = (float(train.y.mean()), float(train.y.std()))
        head = density_head(
            self.width, self.components, torch.as_tensor(edges), start, unordered=bool(train.classes)
        )
        return SubsetModel(encoder, head)
