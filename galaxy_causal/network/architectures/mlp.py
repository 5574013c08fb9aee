"""The default network for tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from galaxy_causal.network.heads import Head, MixtureHead, SoftmaxHead, density_head
from galaxy_causal.network.interface import Network
from galaxy_causal.network.layers import ResidualBlock
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.residuals import WithResiduals
from galaxy_causal.network.spline import SplineHead
from galaxy_causal.network.training import Blocks, Components, Correlation, Dropout, Width
from galaxy_causal.network.trend import WithTrend, close_trend
from galaxy_causal.types import Floats, Sample


@dataclass(frozen=True)
class Mlp(Network):
    """The default: standardised inputs and their residuals, residual layers, a density over the bins.

    Where a regression in closed form tells nearly all, the network learns what it leaves (``close_trend``).

    Parameters
    ----------
    training
        How it is trained.
    width, blocks, dropout
        Of the residual layers.
    components
        Of the mixture, or knots of the spline.
    head
        A mixture of Gaussians; a neural spline flow; or softmax, a free number for each bin.
    related
        Two inputs, errors aside, whose correlation is beyond it in size are joined by what one says beyond
        the other (``Residuals``): of two magnitudes, their colour. 1 joins none.
    """

    width: Width = 128
    blocks: Blocks = 2
    components: Components = 8
    dropout: Dropout = 0.1
    head: Literal["mixture", "spline", "softmax"] = "mixture"
    related: Correlation = 0.5

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh model; see ``Network``."""
        inputs = WithResiduals(train.x, train.values, self.related)
        start = (float(train.y.mean()), float(train.y.std()))
        if self.head == "softmax":
            head: Head = SoftmaxHead(self.width, self.width, len(edges) - 1, nn.SiLU())
            return DensityModel(nn.Sequential(inputs, *self._layers(inputs.count)), head)
        kind = MixtureHead if self.head == "mixture" else SplineHead
        trend = None if train.classes else close_trend(train)
        bins = torch.as_tensor(edges)
        if trend is None:
            encoder: nn.Module = nn.Sequential(inputs, *self._layers(inputs.count))
            head = density_head(self.width, self.components, bins, start, kind, unordered=bool(train.classes))
        else:
            encoder = WithTrend(inputs, trend, nn.Sequential(*self._layers(inputs.count + 1)))
            head = density_head(
                self.width + 1, self.components, bins, start, kind, trend.residual, unordered=False
            )
        return DensityModel(encoder, head)

    def _layers(self, inputs: int) -> list[nn.Module]:
        blocks = [ResidualBlock(self.width, self.dropout) for _ in range(self.blocks)]
        return [nn.Linear(inputs, self.width), *blocks, nn.SiLU()]
