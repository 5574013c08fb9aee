"""The default networks for images: a small residual network, and one that ignores orientation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from galaxy_causal.network.equivariant import TurningConv2d
from galaxy_causal.network.heads import density_head
from galaxy_causal.network.image_network import ImageNetwork, some
from galaxy_causal.network.layers import ResidualBlock
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.pixels import ORIENTATIONS, Apertures, PreparedPixels
from galaxy_causal.network.residuals import Residuals, WithResiduals, colour_pairs
from galaxy_causal.network.training import Blocks, Components, Correlation, Width
from galaxy_causal.network.trunk import HALVINGS, Conv, Trunk
from galaxy_causal.types import IMAGES, Count, Floats, Sample, UserError, Whole, option


class ImageEncoder(nn.Module):
    """Numbers (m, d) and pixels (m, c, h, w) to a latent (m, hidden).

    Scaled pixels pass through the trunk. Its features, and the colours of the light in some apertures, are
    added to a layer on the light in all of them and on the numbers, standardised and with their residuals.
    Weights of features and colours start at zero: what numbers tell is thus learnt as fast as without images.
    The sum passes through residual layers.
    """

    def __init__(
        self,
        numbers: WithResiduals | None,
        pixels: Tensor,
        binning: int,
        scaling: str,
        apertures: int,
        colours: Tensor,
        hidden: int,
        trunk: Trunk,
    ) -> None:
        """``pixels`` (k, c, h, w) are of some training galaxies.

        ``colours`` (p, 2) are columns of their light in apertures of which one is given beyond the other.
        """
        super().__init__()
        self.prepare = PreparedPixels(pixels, scaling, binning)
        self.numbers = numbers
        self.light = Apertures(pixels, apertures)
        self.colours = Residuals(self.light(pixels), colours) if len(colours) else None
        self.trunk = trunk
        count = pixels.shape[1] * apertures + (numbers.count if numbers else 0)
        self.first = nn.Linear(count, hidden)
        self.join = nn.Linear(trunk.count + len(colours), hidden, bias=False)
        nn.init.zeros_(self.join.weight)
        self.last = nn.Sequential(ResidualBlock(hidden, 0.0), ResidualBlock(hidden, 0.0), nn.SiLU())

    def forward(self, numbers: Tensor, pixels: Tensor) -> Tensor:
        """Shape (m, hidden)."""
        known = light = self.light(pixels)
        if self.numbers is not None:
            known = torch.cat([self.numbers(numbers), light], dim=1)
        features = self.trunk(self.prepare(pixels))
        if self.colours is not None:
            features = torch.cat([features, self.colours(light)], dim=1)
        latent: Tensor = self.last(self.first(known) + self.join(features))
        return latent


@dataclass(frozen=True)
class Image(ImageNetwork):
    """The default for images: a small residual network, the light in apertures, a mixture density.

    Parameters
    ----------
    training
        How it is trained.
    width
        Channels at half the resolution, a multiple of eight, doubling with each of two further halvings.
    blocks
        Residual blocks at each resolution.
    hidden
        Of the layers on all that is made of the images.
    components
        Of the mixture.
    apertures
        Circles in which light is added up.
    colours
        Apertures (or all, if fewer), evenly spread, in which the light in every two bands is compared
        (``Residuals``), of images in units of flux: of those that are divided by their flux, colours are
        mostly noise.
    scaling
        Of pixels, as in ``PixelScaling``, with a softening of each channel from the training galaxies.
    binning
        Squares of so many pixels on a side are averaged before the convolutions, not before the apertures.
    related
        Of the numbers beside the images, as in ``Mlp``.
    augment
        Whether it trains on random orientations.
    tabular
        What learns inputs without images.
    """

    width: Width = 32
    blocks: Blocks = 1
    hidden: Width = 128
    components: Components = 8
    apertures: Count = 8
    colours: Whole = 3
    scaling: Literal["signed_log", "asinh", "linear"] = "asinh"
    binning: Count = 1
    related: Correlation = 0.5
    conv: ClassVar[type[Conv] | type[TurningConv2d]] = Conv

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        encoder = self.encoder(train, train.values)
        start = (float(train.y.mean()), float(train.y.std()))
        head = density_head(
            self.hidden, self.components, torch.as_tensor(edges), start, unordered=bool(train.classes)
        )
        return DensityModel(encoder, head)

    def encoder(self, train: Sample, values: Sequence[int]) -> ImageEncoder:
        """A fresh encoder for training galaxies; ``values`` are the columns that may have residuals."""
        images, x = self.images(train), train.x
        fields = [self.width // ORIENTATIONS * 2**stage for stage in range(HALVINGS)]
        trunk = Trunk(len(images.bands), self._binned(images.shape), fields, self.blocks, self.conv)
        pixels = torch.from_numpy(images.read(some(len(x))))
        numbers = WithResiduals(x, values, self.related) if x.shape[1] else None
        colours = self._colour_pairs(images.bands)
        return ImageEncoder(
            numbers, pixels, self.binning, self.scaling, self.apertures, colours, self.hidden, trunk
        )

    def _colour_pairs(self, bands: Sequence[str]) -> Tensor:
        """Columns of the light in apertures of which one is given beyond the other, (pairs, 2)."""
        absolute = [c for c, band in enumerate(bands) if in_flux(band)]
        chosen = sorted({self.apertures * k // (self.colours + 1) for k in range(1, self.colours + 1)})
        column = torch.arange(len(bands) * self.apertures).reshape(len(bands), -1)
        return colour_pairs(column[absolute][:, chosen])

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse options and images (height, width) that the layers cannot take."""
        if self.width < ORIENTATIONS or self.width % ORIENTATIONS:
            raise UserError(f"{option('network.width')}={self.width} must be a multiple of {ORIENTATIONS}")
        if any(side % self.binning for side in shape):
            raise UserError(
                f"{option('network.binning', self.binning)} does not divide images of "
                f"{shape[0]}x{shape[1]} pixels; choose a divisor of both sides"
            )
        if min(self._binned(shape)) < 2**HALVINGS:
            raise UserError(
                f"images of {shape[0]}x{shape[1]} pixels are too small: the network needs {2**HALVINGS} "
                f"on a side after binning; make larger cutouts, or lower {option('network.binning')}"
            )

    def _binned(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Pixels along the sides that the convolutions see."""
        return shape[0] // self.binning, shape[1] // self.binning


@dataclass(frozen=True)
class ImageD4(Image):
    """``Image`` made exactly invariant under the eight rotations by right angles and reflections.

    Parameters
    ----------
    training, width, blocks, hidden, components, apertures, colours, scaling, binning, related, tabular
        As of `Image`.
    augment
        False: there is nothing to augment.

    Notes
    -----
    Its convolutions are those of the group p4m (``TurningConv2d``). Channels and cost are those of `Image`,
    with an eighth of the trunk's parameters. Images must be square, their side a multiple of eight pixels
    after binning.

    References
    ----------
    Cohen & Welling 2016, ICML (arXiv:1602.07576).
    """

    augment: bool = field(default=False, kw_only=True)
    conv: ClassVar[type[Conv] | type[TurningConv2d]] = TurningConv2d

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Refuse also images whose side is no multiple of eight: halving would break the symmetry."""
        super().check_shape(shape)
        check_turning(shape, self.binning, option("network", "image_d4"), f"use {option('network', 'image')}")


def check_turning(shape: tuple[int, int], binning: int, network: str, remedy: str) -> None:
    """Refuse images (height, width) whose layers would not turn with them."""
    multiple = 2**HALVINGS * binning
    if shape[0] != shape[1] or shape[0] % multiple:
        raise UserError(
            f"{network} takes square images whose side is a multiple of {multiple} pixels, "
            f"these are {shape[0]}x{shape[1]}; {remedy}, or make other cutouts"
        )


def in_flux(band: str) -> bool:
    """Whether an image's pixels are in units of flux, not divided by the galaxy's own."""
    return not band.startswith(f"{IMAGES[1]}/")
