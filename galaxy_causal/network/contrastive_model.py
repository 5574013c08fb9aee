"""An encoder, an estimator that sees a part of its latent, and a decoder that sees all of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import Head
from galaxy_causal.network.model import DensityModel


class View(NamedTuple):
    """What an encoder's layers take: prepared numbers (m, d) and, where there are images, scaled pixels."""

    numbers: Tensor
    pixels: Tensor | None = None


class Encoder(nn.Module, ABC):
    """Prepares inputs, which is what a decoder rebuilds, and then encodes them."""

    @abstractmethod
    def prepare(self, x: Tensor, pixels: Tensor | None = None) -> View:
        """Numbers (m, d), and pixels (m, c, h, w) where there are images, as the layers take them."""

    @abstractmethod
    def encode(self, view: View) -> Tensor:
        """The whole latent, shape (m, main + nuisance_dim)."""

    def forward(self, x: Tensor, pixels: Tensor | None = None) -> Tensor:
        """The whole latent, shape (m, main + nuisance_dim)."""
        return self.encode(self.prepare(x, pixels))


class NumbersEncoder(Encoder):
    """Layers on numbers, after a fixed preparation of each column."""

    def __init__(self, prepare: nn.Module, layers: nn.Module) -> None:
        super().__init__()
        self.preparation = prepare
        self.layers = layers

    def prepare(self, x: Tensor, pixels: Tensor | None = None) -> View:
        """Numbers (m, d) as the layers take them."""
        return View(self.preparation(x))

    def encode(self, view: View) -> Tensor:
        """The whole latent, shape (m, main + nuisance_dim)."""
        latent: Tensor = self.layers(view.numbers)
        return latent


class ContrastiveModel(DensityModel):
    """p(y | main part of the latent), and a reconstruction of the input from the whole latent.

    Parameters
    ----------
    encoder, head
        Of the inputs, and of the main part of the latent.
    main
        Numbers of the part that the head sees.
    decoder
        Gives scaled pixels where there are images, else the ``rebuilt`` columns of the prepared numbers. None
        where there is no decoder.
    rebuilt
        Columns; others, such as errors and E(B-V), only accompany.
    """

    rebuilt: Tensor

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        main: int,
        decoder: nn.Module | None = None,
        rebuilt: Sequence[int] = (),
    ) -> None:
        super().__init__(encoder, head)
        self.encoder: Encoder = encoder
        self.main = main
        self.decoder = decoder
        self.register_buffer("rebuilt", torch.tensor(rebuilt, dtype=torch.int64))

    def latent(self, x: Tensor, pixels: Tensor | None = None) -> Tensor:
        """The main part of the latent, shape (m, main)."""
        whole: Tensor = self.encoder(x, pixels)
        return whole[:, : self.main]

    def _latent(self, x: Tensor, pixels: Tensor | None) -> Tensor:
        return self.latent(x, pixels)

    def wanted(self, view: View) -> Tensor:
        """What the decoder should give of this view: scaled pixels (m, c, h, w), or columns (m, k)."""
        return view.numbers[:, self.rebuilt] if view.pixels is None else view.pixels

    def decode(self, whole: Tensor) -> Tensor:
        """The reconstruction from whole latents (m, main + nuisance_dim); TypeError without a decoder."""
        if self.decoder is None:
            raise TypeError("this network has no decoder")
        found: Tensor = self.decoder(whole)
        return found

    def with_rebuilt(self, view: View, found: Tensor) -> View:
        """The view with its reconstruction in place of what it rebuilds."""
        if view.pixels is not None:
            return View(view.numbers, found)
        return View(view.numbers.index_copy(1, self.rebuilt, found))
