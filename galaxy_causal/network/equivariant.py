"""Convolutions that turn with the image (Cohen & Welling 2016, ICML, group p4m)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from galaxy_causal.network.pixels import ORIENTATIONS, turned

EVERY = torch.arange(ORIENTATIONS)


def _act(grid: Tensor) -> Tensor:
    """A square array (..., k, k) in all eight orientations: (8, ..., k, k)."""
    size = grid.shape[-1]
    copies = grid.reshape(1, -1, size, size).expand(ORIENTATIONS, -1, size, size)
    return turned(copies, EVERY).reshape(ORIENTATIONS, *grid.shape)


def _relative() -> Tensor:
    """``relative[g, h]`` is the element g^-1 h of the group: applying it, then g, is applying h."""
    corner = torch.arange(4).reshape(2, 2)
    single = _act(corner)  # an array without symmetry tells the elements apart
    twice = torch.stack([_act(copy) for copy in single], dim=1)  # [g, e]: e, then g
    same = (twice[:, :, None] == single[None, None]).flatten(3).all(dim=3)  # [g, e, h]
    return same.long().argmax(dim=1)


class TurningConv2d(nn.Module):
    """A convolution whose output turns as its input does: channels are fields times eight orientations.

    From (m, c, h, w) with ``first``, else from (m, 8 * inputs, h, w), to (m, 8 * outputs, h, w), field by
    field, orientations fastest. The kernels of the eight orientations are one kernel in eight positions;
    the bias is one number a field. It costs what an ordinary convolution of as many channels costs, with
    an eighth of its parameters. Strides keep the symmetry where an even kernel meets an even image.
    """

    table: Tensor

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int = 1, padding: int = 0, first: bool = False
    ) -> None:
        super().__init__()
        of = 1 if first else ORIENTATIONS
        self.shape = (outputs * ORIENTATIONS, inputs * of, size, size)
        self.stride, self.padding = stride, padding
        self.weight = nn.Parameter(torch.empty(outputs, inputs * of * size * size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.normal_(self.weight, std=1 / math.sqrt(self.weight.shape[1]))
        place = torch.arange(self.weight.shape[1]).reshape(inputs, of, size, size)
        moved = _act(place)  # (8, inputs, of, size, size)
        if not first:
            moved = torch.stack([m[:, order] for m, order in zip(moved, _relative(), strict=True)])
        self.register_buffer("table", moved.flatten(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (m, 8 * outputs, h, w)."""
        weight = self.weight.index_select(1, self.table).reshape(self.shape)
        bias = self.bias.repeat_interleave(ORIENTATIONS)
        return nn.functional.conv2d(x, weight, bias, self.stride, self.padding)
