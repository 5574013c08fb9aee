"""An encoder and a head as one model of p(y | x)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import Head
from galaxy_causal.types import Floats


class DensityModel(nn.Module):
    """Numbers x (m, d), and pixels (m, c, h, w) where there are images -> latent (m, l) -> p(y) over bins."""

    def __init__(self, encoder: nn.Module, head: Head) -> None:
        super().__init__()
        self.encoder = encoder
        self.head: Head = head

    def forward(self, x: Tensor, label: Tensor, pixels: Tensor | None = None) -> Tensor:
        """log p(label | x) in nats, shape (m,)."""
        return self.head.log_prob(self._latent(x, pixels), label)

    def probabilities(self, x: Tensor, pixels: Tensor | None = None) -> Tensor:
        """p of every bin, shape (m, bins)."""
        return self.head.probabilities(self._latent(x, pixels))

    def _latent(self, x: Tensor, pixels: Tensor | None) -> Tensor:
        latent: Tensor = self.encoder(x) if pixels is None else self.encoder(x, pixels)
        return latent


class Standardise(nn.Module):
    """asinh of the distance to the median in units of the (Gaussian) interquartile range.

    Invertible, so that no information is lost, and gentle on the long tails of magnitude errors.
    A constant column, which tells nothing, becomes zero. Statistics are of the training galaxies.
    """

    median: Tensor
    scale: Tensor

    def __init__(self, train: Floats) -> None:
        """``train`` (n, d) holds the inputs of the training galaxies."""
        super().__init__()
        x = torch.as_tensor(train, dtype=torch.float64)
        low, median, high = torch.quantile(x, torch.tensor([0.25, 0.5, 0.75], dtype=x.dtype), dim=0)
        scale = (high - low) / 1.349
        spread = x.std(dim=0, correction=0)
        scale = torch.where(scale > 0, scale, spread)
        self.register_buffer("median", median)
        self.register_buffer("scale", torch.where(scale > 0, scale, torch.ones_like(scale)))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, d) in and out; float64 in, so that close values stay apart, float32 out."""
        return self.squeezed(self.scaled(x))

    def scaled(self, x: Tensor) -> Tensor:
        """The distance to the median in units of the scale, (m, d)."""
        return (x - self.median) / self.scale

    @staticmethod
    def squeezed(z: Tensor) -> Tensor:
        """asinh of scaled values (m, d), float32."""
        return torch.asinh(z).float()
