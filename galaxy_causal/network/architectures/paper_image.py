"""The published image network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.architectures.paper_photometry import (
    PUBLISHED,
    PUBLISHED_BINS,
    PaperPhotometry,
    as_published,
)
from galaxy_causal.network.heads import SoftmaxHead
from galaxy_causal.network.image_network import ImageNetwork
from galaxy_causal.network.interface import Network
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.pixels import PixelScaling
from galaxy_causal.network.training import Latent, Training
from galaxy_causal.types import Floats, Sample, UserError, option

SMALLEST = 56  # pixels on a side: what the three valid convolutions leave something of


class AveragePool(nn.Module):
    """2x2 average with stride 1 and padding 'same': past the bottom and the right it divides by the
    pixels that exist (which is what repeating the last row and column gives)."""

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, c, h, w) in and out."""
        return nn.functional.avg_pool2d(nn.functional.pad(x, (0, 1, 0, 1), mode="replicate"), 2, stride=1)


class Inception(nn.Module):
    """Four branches side by side, ReLU after each convolution: (m, inputs, h, w) to (m, 522, h, w).

    1x1 (101) and 5x5 (156); 1x1 (101) and 3x3 (156); 1x1 (101) and ``AveragePool``; 1x1 (109).
    """

    def __init__(self, inputs: int, kernels: int = 156, narrow: int = 101, plain: int = 109) -> None:
        super().__init__()
        self.outputs = 2 * kernels + narrow + plain
        self.branches = nn.ModuleList(
            [
                nn.Sequential(_conv(inputs, narrow, 1), _conv(narrow, kernels, 5)),
                nn.Sequential(_conv(inputs, narrow, 1), _conv(narrow, kernels, 3)),
                nn.Sequential(_conv(inputs, narrow, 1), AveragePool()),
                _conv(inputs, plain, 1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, 522, h, w)."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class PaperImageEncoder(nn.Module):
    """Numbers (m, d), unscaled, and pixels (m, c, h, w) to a latent (m, latent)."""

    def __init__(self, numbers: int, channels: int, shape: tuple[int, int], latent: int) -> None:
        super().__init__()
        self.scaling = PixelScaling("signed_log")
        self.first = nn.Conv2d(channels, 96, 5, padding="same")
        self.numbers = nn.Linear(numbers, 96) if numbers else None
        second = nn.Sequential(nn.Conv2d(96, 96, 3, padding="same"), nn.Tanh())
        inception = [Inception(i) for i in (96, 522, 522, 522, 522, 522)]
        valid = [_conv(i, 96, 3, padding="valid") for i in (522, 96, 96)]
        pool = nn.AvgPool2d(
            2, ceil_mode=True
        )  # 'same': of an odd side the last pixels are averaged by themselves
        self.layers = nn.Sequential(
            nn.ReLU(), second, pool, *inception[:3], pool, *inception[3:5], pool, inception[5], *valid,
            AveragePool(), nn.Flatten(),
        )  # fmt: skip
        left = (-(-shape[0] // 8) - 6) * (-(-shape[1] // 8) - 6)
        self.latent = nn.Sequential(nn.Linear(96 * left, 1024), nn.ReLU(), nn.Linear(1024, latent))

    def forward(self, numbers: Tensor, pixels: Tensor) -> Tensor:
        """Shape (m, latent)."""
        return self.encode(numbers, self.scaling(pixels))

    def encode(self, numbers: Tensor, scaled: Tensor) -> Tensor:
        """Shape (m, latent), of pixels (m, c, h, w) that are scaled already."""
        x = self.first(scaled)
        if self.numbers is not None:
            with torch.autocast(x.device.type, enabled=False):  # half precision knows magnitudes to 0.1 only
                added = self.numbers(numbers.float())
            x = x + added[:, :, None, None]
        latent: Tensor = self.latent(self.layers(x))
        return latent


@dataclass(frozen=True)
class PaperImage(ImageNetwork):
    """The published image network (Zhang et al. 2025, arXiv:2509.23901; the Inception network of Treyer
    et al. 2024, MNRAS 527, 651).

    Signed-log pixels, two convolutions, six inception blocks with average pooling, a latent of 16, an
    estimator of 1024 (ReLU) and 520 logits; side inputs join unscaled as a linear 96-vector
    added to each channel of the first layer. Glorot-uniform weights, biases 0.1. For 64x64 pixels in five
    bands: 6.0 million parameters and 5.93 GFLOP a galaxy (a multiply-add counting as two).

    Parameters
    ----------
    training
        How it is trained; ``PUBLISHED`` unless told otherwise.
    latent
        Numbers that the estimator sees.
    augment
        Whether images are turned at random.
    tabular
        What learns inputs without images.
    """

    bins: ClassVar = PUBLISHED_BINS
    training: Training = PUBLISHED
    latent: Latent = 16
    tabular: Network | None = field(default_factory=PaperPhotometry, kw_only=True)

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        images = self.images(train)
        encoder = PaperImageEncoder(train.x.shape[1], len(images.bands), images.shape, self.latent)
        head = SoftmaxHead(self.latent, 1024, len(edges) - 1, nn.ReLU())
        return as_published(DensityModel(encoder, head))

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse images of less than 56 pixels on a side."""
        if min(shape) < SMALLEST:
            raise UserError(
                f"images are {shape[0]}x{shape[1]} pixels; {option('network', 'paper_image')} needs at "
                f"least {SMALLEST} on a side (published: 64x64): use {option('network', 'image')}, or larger "
                "cutouts"
            )


def _conv(inputs: int, outputs: int, size: int, padding: str = "same") -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, padding=padding), nn.ReLU())
