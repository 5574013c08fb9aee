"""What every network for images says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from galaxy_causal.network.architectures.mlp import Mlp
from galaxy_causal.network.interface import Network, over_bins
from galaxy_causal.network.layers import ResidualBlock, Standardise
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.pixels import PreparedPixels
from galaxy_causal.network.training import OF_IMAGES, Training
from galaxy_causal.types import Floats, Images, Sample, UserError, by_door, option

LOOK = 1024  # training galaxies whose pixels set scales
HIDDEN = 128


class OwnImageEncoder(nn.Module):
    """Scaled pixels through layers of one's own, whose features are joined by standardised numbers."""

    def __init__(self, prepare: PreparedPixels, layers: nn.Module, count: int, numbers: Floats) -> None:
        """The layers give ``count`` features; ``numbers`` (n, d) are of training galaxies."""
        super().__init__()
        self.pixels = nn.Sequential(prepare, layers)
        self.numbers = Standardise(numbers) if numbers.shape[1] else None
        self.join = nn.Sequential(
            nn.Linear(count + numbers.shape[1], HIDDEN), ResidualBlock(HIDDEN, 0.0), nn.SiLU()
        )

    def forward(self, numbers: Tensor, pixels: Tensor) -> Tensor:
        """Numbers (m, d) and pixels (m, c, h, w) to a latent (m, HIDDEN)."""
        features = self.pixels(pixels)
        if self.numbers is not None:
            features = torch.cat([features, self.numbers(numbers)], dim=1)
        latent: Tensor = self.join(features)
        return latent


@dataclass(frozen=True)
class ImageNetwork(Network):
    """A network that takes images, and numbers beside them; one of your own has ``layers`` for its pixels.

    Parameters
    ----------
    training
        How it is trained.
    augment
        Whether it trains on images in random orientations, which then must be square.
    tabular
        What learns inputs without images; None: nothing does, and they are refused.
    """

    training: Training = OF_IMAGES
    augment: bool = field(default=True, kw_only=True)
    tabular: Network | None = field(default_factory=Mlp, kw_only=True)

    @property
    def takes_images(self) -> bool:
        """Whether it learns from images."""
        return True

    @property
    def turns_images(self) -> bool:
        """Whether it trains on images in random orientations."""
        return self.augment

    def learning(self, images: bool) -> Network:
        """Itself, or ``tabular`` where inputs hold no images."""
        return self if images or self.tabular is None else self.tabular

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        images = self.images(train)
        pixels = torch.from_numpy(images.read(some(len(train.y))))
        prepare, layers = PreparedPixels(pixels, "asinh"), self.layers(len(images.bands))
        count = self.features(nn.Sequential(prepare, layers), pixels[:2])
        return over_bins(OwnImageEncoder(prepare, layers, count, train.x), HIDDEN, train, edges)

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse images (height, width) that the layers cannot take; there is nothing to refuse here."""

    def images(self, train: Sample) -> Images:
        """The images of training galaxies that have passed ``check``."""
        if train.images is None:
            raise TypeError(f"{type(self).__name__} needs images")
        return train.images

    def check(self, sample: Sample) -> None:
        """Refuse inputs without images, and images of a shape that does not fit."""
        self.check_units(sample)
        if sample.images is None:
            beside = by_door("network@network.tabular=mlp", "tabular=Mlp()")
            raise UserError(
                f"{type(self).__name__} takes images, but the inputs are "
                f"{', '.join(map(str, sample.columns))}; name a network for tables beside it ({beside}), use "
                f"{option('network', 'mlp')}, or choose bands with images"
            )
        height, width = sample.images.shape
        if self.augment and height != width:
            raise UserError(
                f"images of {height}x{width} pixels cannot be turned by right angles; set "
                f"{option('network.augment')}=false, or make square cutouts"
            )
        self.check_shape(sample.images.shape)


def some(count: int) -> NDArray[np.int64]:
    """At most ``LOOK`` row numbers, spread evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, LOOK)).astype(np.int64))
