"""Contrastive networks for images: the published one, and the default."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.architectures.contrastive import (
    ALL_TERMS,
    IN_HALVES,
    ContrastiveNetwork,
    DeepMixtureHead,
    PaperScl,
    Scl,
)
from galaxy_causal.network.architectures.image import Image, ImageEncoder
from galaxy_causal.network.architectures.paper_image import SMALLEST, PaperImageEncoder
from galaxy_causal.network.architectures.paper_photometry import PUBLISHED_BINS, as_published
from galaxy_causal.network.contrastive_model import ContrastiveModel, Encoder, View
from galaxy_causal.network.contrastive_weights import Weights
from galaxy_causal.network.heads import LEAK, SoftmaxHead
from galaxy_causal.network.image_network import ImageNetwork
from galaxy_causal.network.interface import Network
from galaxy_causal.network.training import OF_IMAGES, Latent, Nuisance, Training
from galaxy_causal.types import Floats, Sample, UserError, option

HIDDEN = 1024
TERMS_OF_IMAGES = replace(ALL_TERMS, reconstruction=100.0)
"""The published sum of the terms, for images."""


class PaperSclEncoder(Encoder):
    """The published Inception encoder, on scaled pixels, which are what is rebuilt."""

    def __init__(self, numbers: int, channels: int, shape: tuple[int, int], whole: int) -> None:
        super().__init__()
        self.inception = PaperImageEncoder(numbers, channels, shape, whole)

    def prepare(self, x: Tensor, pixels: Tensor | None = None) -> View:
        """Numbers as they are, pixels scaled."""
        if pixels is None:
            raise TypeError("PaperSclEncoder needs images")
        return View(x.float(), self.inception.scaling(pixels))

    def encode(self, view: View) -> Tensor:
        """The whole latent, shape (m, whole)."""
        if view.pixels is None:
            raise TypeError("PaperSclEncoder needs images")
        return self.inception.encode(view.numbers, view.pixels)


class Doubling(nn.Module):
    """Bilinear doubling of (m, c, h, w) to (m, c, 2h, 2w) without half-pixel centres, as in TensorFlow 1.

    Along each side out[2i] = in[i] and out[2i + 1] is the mean of in[i] and in[i + 1], the last repeated: the
    row [0, 1] becomes [0, 0.5, 1, 1].
    """

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, c, 2h, 2w)."""
        height, width = (2 * side for side in x.shape[-2:])
        longer = nn.functional.pad(x, (0, 1, 0, 1), mode="replicate")
        between = nn.functional.interpolate(
            longer, size=(height + 1, width + 1), mode="bilinear", align_corners=True
        )
        return between[..., :height, :width]


class PaperDecoder(nn.Module):
    """The published decoder: (m, whole) to scaled pixels (m, channels, height, width).

    A linear layer to 8x8x16 (an eighth of the image on each side), three stages of two 3x3 convolutions of 32
    and a ``Doubling``, two 3x3 convolutions to the bands; leaky ReLU (slope 0.2) after all layers but the
    last. Of images whose side is no multiple of eight the overhang is cut off after the last doubling.
    """

    def __init__(self, whole: int, channels: int, shape: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        small = (-(-shape[0] // 8), -(-shape[1] // 8))
        layers: list[nn.Module] = [nn.Linear(whole, 16 * small[0] * small[1]), nn.LeakyReLU(LEAK)]
        layers.append(nn.Unflatten(1, (16, *small)))
        for inputs in (16, 32, 32):
            layers += [*_conv(inputs, 32), *_conv(32, 32), Doubling()]
        self.doubled = nn.Sequential(*layers)
        self.bands = nn.Sequential(*_conv(32, 32), nn.Conv2d(32, channels, 3, padding="same"))

    def forward(self, whole: Tensor) -> Tensor:
        """Shape (m, channels, height, width)."""
        height, width = self.shape
        found: Tensor = self.bands(self.doubled(whole)[..., :height, :width])
        return found


def _conv(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding="same"), nn.LeakyReLU(LEAK)


@dataclass(frozen=True)
class PaperSclImage(ContrastiveNetwork, ImageNetwork):
    """The published contrastive network for images (Zhang et al. 2025, arXiv:2509.23901).

    The Inception encoder of ``PaperImage`` with a latent of two parts, an estimator of 1024 (ReLU) and 520
    logits that sees the first part, and ``PaperDecoder``. A third pass sees another orientation of each
    image.

    Parameters
    ----------
    training, weights
        As of ``PaperScl``, the reconstruction counting a hundredfold.
    latent, nuisance_dim
        Numbers of the first part and of the second, which the decoder sees and the estimator does not.
    augment
        Whether images are turned at random.
    tabular
        What learns inputs without images.
    """

    bins: ClassVar = PUBLISHED_BINS
    training: Training = IN_HALVES
    weights: Weights = TERMS_OF_IMAGES
    latent: Latent = 16
    nuisance_dim: Nuisance = 512
    tabular: Network | None = field(default_factory=PaperScl, kw_only=True)

    def build(self, train: Sample, edges: Floats) -> ContrastiveModel:
        """A fresh model; see ``Network``."""
        images = self.images(train)
        channels, whole = len(images.bands), self.latent + self.nuisance_dim
        encoder = PaperSclEncoder(train.x.shape[1], channels, images.shape, whole)
        head = SoftmaxHead(self.latent, HIDDEN, len(edges) - 1, nn.ReLU())
        decoder = PaperDecoder(whole, channels, images.shape)
        model = ContrastiveModel(encoder, head, self.latent, decoder)
        as_published(model)
        return model

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse images that are not square or have less than 56 pixels on a side."""
        if min(shape) < SMALLEST or shape[0] != shape[1]:
            raise UserError(
                f"images are {shape[0]}x{shape[1]} pixels; {option('network', 'paper_scl_image')} needs "
                f"square ones of at least {SMALLEST} on a side (published: 64x64): use "
                f"{option('network', 'scl_image')}, or other cutouts"
            )


class NarrowImageEncoder(Encoder):
    """The encoder of ``network=image``, then a linear layer to a small latent."""

    def __init__(self, encoder: ImageEncoder, hidden: int, latent: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.narrow = nn.Linear(hidden, latent)

    def prepare(self, x: Tensor, pixels: Tensor | None = None) -> View:
        """Both as they are; the encoder scales them itself."""
        return View(x, pixels)

    def encode(self, view: View) -> Tensor:
        """The latent, shape (m, latent)."""
        latent: Tensor = self.narrow(self.encoder(view.numbers, view.pixels))
        return latent


@dataclass(frozen=True)
class SclImage(ContrastiveNetwork, Image):
    """The default for images: the layers of ``network=image`` through a narrow latent.

    The estimator is that of ``Scl``. There is no decoder, so that the published terms cannot be switched on.

    Parameters
    ----------
    weights
        Of the terms of the loss.
    latent
        Numbers that the estimator sees.
    training, width, blocks, hidden, components, apertures, colours, scaling, binning, related, augment
        As of `Image`.
    tabular
        What learns inputs without images.
    """

    training: Training = OF_IMAGES
    tabular: Network | None = field(default_factory=Scl, kw_only=True)

    def build(self, train: Sample, edges: Floats) -> ContrastiveModel:
        """A fresh model; see ``Network``."""
        encoder = NarrowImageEncoder(self.encoder(train, train.values), self.hidden, self.latent)
        start = (float(train.y.mean()), float(train.y.std()))
        head = DeepMixtureHead(
            self.latent, self.hidden, self.components, torch.as_tensor(edges), start,
            unordered=bool(train.classes),
        )  # fmt: skip
        return ContrastiveModel(encoder, head, self.latent)

    def check(self, sample: Sample) -> None:
        """Refuse also terms that need a decoder."""
        super().check(sample)
        if self.weights.twice:
            raise UserError(
                f"{option('network', 'scl_image')} has no decoder: set network.weights.reconstruction, "
                f"consistency and contrast to 0, or use {option('network', 'paper_scl_image')}"
            )
