"""Convolutions on images: the layers between pixels and features, with or without a symmetry."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from galaxy_causal.network.equivariant import TurningConv2d
from galaxy_causal.network.pixels import ORIENTATIONS, radii

RINGS = (1 / 16, 1 / 6, 1 / 2)  # widths of the Gaussian weights of the last pooling, in image sides
HALVINGS = 3


class Conv(nn.Module):
    """An ordinary convolution of ``8 * outputs`` channels: what ``TurningConv2d`` is without its symmetry."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int = 1, padding: int = 0, first: bool = False
    ) -> None:
        super().__init__()
        channels = inputs if first else inputs * ORIENTATIONS
        self.layer = nn.Conv2d(channels, outputs * ORIENTATIONS, size, stride, padding)
        nn.init.normal_(self.layer.weight, std=1 / math.sqrt(channels * size * size))
        nn.init.zeros_(self.layer.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, 8 * outputs, h, w)."""
        result: Tensor = self.layer(x)
        return result


class ConvBlock(nn.Module):
    """x + gain * conv(silu(conv(silu(x)))), with a gain that starts at zero in place of a normalisation
    (De & Smith 2020, NeurIPS), so that brightness survives and galaxies of a batch stay apart."""

    def __init__(self, fields: int, conv: type[Conv] | type[TurningConv2d]) -> None:
        super().__init__()
        act = nn.SiLU()
        self.layers = nn.Sequential(
            act, conv(fields, fields, 3, padding=1), act, conv(fields, fields, 3, padding=1)
        )
        self.gain = nn.Parameter(torch.zeros(fields))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, 8 * fields, h, w) in and out."""
        gain = self.gain.repeat_interleave(ORIENTATIONS)[:, None, None]
        result: Tensor = x + gain * self.layers(x)
        return result


class Trunk(nn.Module):
    """Pixels (m, c, h, w) to features (m, count): three stages of ``ConvBlock``, halving and widening.

    Features are averages over orientations and over three Gaussian circles about the centre, and so do not
    change under turning where ``conv`` turns its output with its input.
    """

    rings: Tensor

    def __init__(
        self,
        channels: int,
        shape: tuple[int, int],
        fields: Sequence[int],
        blocks: int,
        conv: type[Conv] | type[TurningConv2d],
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv(channels, fields[0], 4, stride=2, padding=1, first=True)]
        for stage, count in enumerate(fields):
            if stage:
                layers += [nn.AvgPool2d(2), conv(fields[stage - 1], count, 1)]
            layers += [ConvBlock(count, conv) for _ in range(blocks)]
        self.layers = nn.Sequential(*layers, nn.SiLU())
        self.averages_orientations = conv is TurningConv2d
        outputs = fields[-1] if self.averages_orientations else fields[-1] * ORIENTATIONS
        self.count = outputs * len(RINGS)
        final = (shape[0] >> HALVINGS, shape[1] >> HALVINGS)
        widths = torch.tensor(RINGS)[:, None] * min(final)
        weight = torch.exp(-0.5 * (radii(final).flatten() / widths) ** 2)
        self.register_buffer("rings", weight / weight.sum(dim=1, keepdim=True))

    def forward(self, pixels: Tensor) -> Tensor:
        """Shape (m, count)."""
        return self.pool(self.layers(pixels))

    def pool(self, x: Tensor) -> Tensor:
        """What the last layer gives (m, channels, h, w), averaged: (m, count)."""
        x = torch.flatten(x, 2)
        if self.averages_orientations:
            x = torch.unflatten(x, 1, (-1, ORIENTATIONS)).mean(dim=2)
        features: Tensor = x @ self.rings.T.to(x.dtype)
        return features.flatten(1)
