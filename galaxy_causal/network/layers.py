"""Layers that many networks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from galaxy_causal.types import Floats


class Standardise(nn.Module):
    """asinh of the distance to the median in units of the (Gaussian) interquartile range.

    Parameters
    ----------
    train
        Inputs of the training galaxies, shape (n, d).

    Notes
    -----
    Invertible, so that no information is lost, and gentle on the long tails of magnitude errors. A constant
    column, which tells nothing, becomes zero.
    """

    median: Tensor
    scale: Tensor

    def __init__(self, train: Floats) -> None:
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


class AsFloat32(nn.Module):
    """Raw inputs in single precision."""

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, d) in and out."""
        return x.float()
