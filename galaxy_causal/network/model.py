"""An encoder and a head as one model of p(y | x)."""

from __future__ import annotations

from torch import Tensor, nn

from galaxy_causal.network.heads import Head


class DensityModel(nn.Module):
    """Numbers x (m, d), and pixels (m, c, h, w) where there are images -> latent (m, l) -> p(y) over bins.

    Parameters
    ----------
    encoder
        Of x and, where there are images, pixels; it gives the latent.
    head
        Of the latent; it gives p(y).
    """

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
