"""The networks by name, each with its own way of training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import Head, MixtureHead, SoftmaxHead, density_head
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.residuals import WithResiduals
from galaxy_causal.network.spline import SplineHead
from galaxy_causal.network.trend import WithTrend, close_trend
from galaxy_causal.types import Floats, Images, Sample, UserError, check_options


@dataclass(frozen=True)
class Training:
    """How a network is trained. Steps are optimiser steps; -1 means no limit.

    ``replacement``: mini-batches are drawn with replacement and an epoch is ``steps_per_epoch``
    steps; otherwise an epoch is one pass in random order. ``patience``: validations without
    improvement before training stops and the best weights return; null trains to the end and keeps the
    last weights. ``average``: epochs over which weights are averaged, which are then validated and kept; 0:
    none. ``schedule``: ``cosine`` over max_epochs, or ``steps``: times ``decay`` at each milestone.
    ``least_steps``: steps that an epoch has at least, in smaller batches where galaxies are few.
    ``threads``: CPU threads (they change the rounding, hence belong to the recipe); null: all.
    """

    batch_size: int = 256
    least_steps: int = 1
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    replacement: bool = False
    steps_per_epoch: int | None = None
    patience: int | None = None
    average: float = 0.0
    schedule: str = "cosine"
    milestones: Sequence[int] = field(default_factory=tuple)
    decay: float = 0.2
    max_epochs: int = 100
    max_steps: int = -1
    threads: int | None = None

    def __post_init__(self) -> None:
        least = {
            "batch_size": 1,
            "least_steps": 1,
            "weight_decay": 0,
            "steps_per_epoch": 1,
            "patience": 1,
            "average": 0,
        }
        check_options("network.training", self, least | {"threads": 1, "decay": 0})
        if self.schedule not in ("cosine", "steps"):
            raise UserError(f"network.training.schedule={self.schedule!r}: choose cosine or steps")
        if self.average == float("inf"):
            raise UserError("network.training.average=inf must be a number, at least 0, of epochs")
        if self.learning_rate <= 0:
            raise UserError(f"network.training.learning_rate={self.learning_rate} must be positive")
        if self.schedule == "cosine" and self.max_epochs < 1 and self.max_steps < 1:
            raise UserError(
                "network.training.schedule=cosine needs an end: set network.training.max_epochs or "
                "network.training.max_steps, or take schedule=steps"
            )
        if self.replacement and not self.steps_per_epoch:
            raise UserError("network.training.replacement=true needs network.training.steps_per_epoch")


OF_NUMBERS = Training(
    batch_size=512, least_steps=16, learning_rate=2e-3, weight_decay=1e-2, patience=30, average=2,
    max_epochs=200, threads=1,
)  # fmt: skip
"""How the default network for numbers is trained."""
LEAST = {
    **dict.fromkeys(("width", "depth", "hidden", "components", "latent", "apertures", "embedding"), 1),
    **dict.fromkeys(("binning", "subsets", "validated"), 1),
    **dict.fromkeys(("blocks", "rest", "colours", "dropout", "related", "neighbours", "whole"), 0),
}
"""The least value of an option, in whichever network it is."""
MOST = {"dropout": "below 1: the share of numbers that are left out", "related": "at most 1: a correlation"}


class Network(ABC):
    """An architecture and its training; one for numbers, unless it is an ``ImageNetwork``."""

    training: Training
    takes_subsets: ClassVar[bool] = False
    """Whether it learns subsets of the inputs, drawn for every galaxy."""
    bins: ClassVar[tuple[float, float, int] | None] = None
    """Low end, high end and number of the equal bins of the target that it was published with."""

    def __post_init__(self) -> None:
        """Refuse options that no network can have."""
        check_options("network", self, LEAST)
        for name, beyond in MOST.items():
            value = getattr(self, name, 0)
            if value > 1 or (value == 1 and name == "dropout"):
                raise UserError(f"network.{name}={value} must be {beyond}")

    @abstractmethod
    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model for these training galaxies, over bins with these edges (bins + 1,).

        The global torch seed sets its weights.
        """

    def check(self, sample: Sample) -> None:
        """Refuse inputs that this network cannot take, with the remedy."""
        self.check_players(sample)
        if sample.images is not None:
            raise UserError(
                f"{type(self).__name__} takes numbers, but the inputs hold {', '.join(sample.images.bands)}; "
                "use network=image, image_d4 or paper_image, or choose bands without images"
            )

    def check_players(self, sample: Sample) -> None:
        """Refuse inputs of which subsets are asked where it takes none, and conversely."""
        name = type(self).__name__
        if sample.players and not self.takes_subsets:
            raise UserError(
                f"estimator=amortised needs a network that takes subsets of the inputs, and {name} does not; "
                "set network=amortised, or estimator=cross_entropy"
            )
        if self.takes_subsets and not sample.players:
            raise UserError(f"{name} learns subsets of the inputs; set estimator=amortised, or network=mlp")


class ImageNetwork(Network):
    """A network that takes images; with ``augment`` it trains on them in random orientations."""

    augment: bool

    @abstractmethod
    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse images (height, width) that the layers cannot take."""

    def images(self, train: Sample) -> Images:
        """The images of training galaxies that have passed ``check``."""
        if train.images is None:
            raise TypeError(f"{type(self).__name__} needs images")
        return train.images

    def check(self, sample: Sample) -> None:
        """Refuse inputs without images, and images of a shape that does not fit."""
        self.check_players(sample)
        if sample.images is None:
            raise UserError(
                f"{type(self).__name__} takes images, but the inputs are "
                f"{', '.join(map(str, sample.columns))}; name a network for numbers beside it "
                "(network@network.numbers=mlp), use network=mlp, or choose bands with images"
            )
        height, width = sample.images.shape
        if self.augment and height != width:
            raise UserError(
                f"images of {height}x{width} pixels cannot be turned by right angles; set "
                "network.augment=false, or make square cutouts"
            )
        self.check_shape(sample.images.shape)


class ResidualBlock(nn.Module):
    """x + W2 silu(W1 norm(x)), of constant width."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, width) in and out."""
        result: Tensor = x + self.layers(x)
        return result


@dataclass(frozen=True)
class Mlp(Network):
    """The default: standardised inputs and their residuals, residual layers, a density over the bins.

    Two inputs, errors aside, whose correlation is beyond ``related`` in size are joined by what one says
    beyond the other (``Residuals``): of two magnitudes, their colour. 1 joins none.
    Where a regression in closed form tells nearly all, the network learns what it leaves (``close_trend``).
    ``head``: mixture of ``components`` Gaussians; spline, a neural spline flow of as many knots; softmax, a
    free number for each bin.
    """

    training: Training = OF_NUMBERS
    width: int = 128
    blocks: int = 2
    components: int = 8
    dropout: float = 0.1
    head: str = "mixture"
    related: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.head not in HEADS:
            raise UserError(f"network.head={self.head!r}: choose one of {', '.join(HEADS)}")

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        inputs = WithResiduals(train.x, train.values, self.related)
        start = (float(train.y.mean()), float(train.y.std()))
        if self.head == "softmax":
            head: Head = SoftmaxHead(self.width, self.width, len(edges) - 1, nn.SiLU())
            return DensityModel(nn.Sequential(inputs, *self._layers(inputs.count)), head)
        kind = MixtureHead if self.head == "mixture" else SplineHead
        trend = close_trend(train)
        bins = torch.as_tensor(edges)
        if trend is None:
            encoder: nn.Module = nn.Sequential(inputs, *self._layers(inputs.count))
            head = density_head(self.width, self.components, bins, start, kind)
        else:
            encoder = WithTrend(inputs, trend, nn.Sequential(*self._layers(inputs.count + 1)))
            head = density_head(self.width + 1, self.components, bins, start, kind, trend.residual)
        return DensityModel(encoder, head)

    def _layers(self, inputs: int) -> list[nn.Module]:
        blocks = [ResidualBlock(self.width, self.dropout) for _ in range(self.blocks)]
        return [nn.Linear(inputs, self.width), *blocks, nn.SiLU()]


HEADS = ("mixture", "spline", "softmax")


class AsFloat32(nn.Module):
    """Raw inputs in single precision."""

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, d) in and out."""
        return x.float()
