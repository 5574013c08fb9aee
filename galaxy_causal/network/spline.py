"""A neural spline flow on the target."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import Head, interval_masses, log_interval

BOUND = 5.0  # deviations of the target within which the spline bends; beyond it is straight


class SplineHead(Head):
    """A Gaussian in u = s(y), with s a monotone rational-quadratic spline whose knots depend on the latent.

    Parameters
    ----------
    latent, knots
        Numbers of the latent, and of the spline's knots.
    edges, start, residual
        As of ``MixtureHead``.

    Notes
    -----
    The spline is zuko's. As in the mixture, the density is integrated over the bins, so that
    log-probabilities mean the same: Phi(s(upper edge)) - Phi(s(lower edge)). An affine map with a latent's
    own shift and scale precedes the spline, so that narrow densities need no narrow knots. The end bins
    reach to infinity.

    References
    ----------
    Durkan et al. 2019, NeurIPS, section 3.1.
    """

    edges: Tensor

    def __init__(
        self,
        latent: int,
        knots: int,
        edges: Tensor,
        start: tuple[float, float],
        residual: float | None = None,
    ) -> None:
        super().__init__()
        self.latent, self.knots, self.residual = latent, knots, residual
        mean, deviation = start if residual is None else (0.0, residual)
        self.parameters_of = nn.Linear(latent, 3 * knots + 1)
        nn.init.normal_(self.parameters_of.weight, std=0.01)
        nn.init.zeros_(self.parameters_of.bias)
        self.register_buffer("edges", (edges.double() - mean).div(deviation).float())
        self.floor = 0.1 * float(self.edges.diff().median())

    def _u(self, latent: Tensor, y: Tensor) -> Tensor:
        """s(y) of values (m, j) in standard units, each row with the spline of its latent: (m, j)."""
        from zuko.transforms import MonotonicRQSTransform

        shift, scale, widths, heights, slopes = (
            self.parameters_of(latent).float().split([1, 1, self.knots, self.knots, self.knots - 1], dim=-1)
        )
        if self.residual is not None:
            shift = shift + latent[:, -1:].float() / self.residual
        # softplus(0.5413) is one: the start is the target's own Gaussian.
        z = (y - shift) / (nn.functional.softplus(scale + 0.5413) + self.floor)
        spline = MonotonicRQSTransform(
            widths[:, None, :], heights[:, None, :], slopes[:, None, :], bound=BOUND
        )
        u: Tensor = spline(z)
        return u

    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label``, shape (m,)."""
        u = self._u(latent, torch.stack([self.edges[label], self.edges[label + 1]], dim=1))
        lower, upper = u.unbind(dim=1)
        return log_interval(lower, upper, label == 0, label == len(self.edges) - 2)

    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins)."""
        inner = self.edges[1:-1].expand(len(latent), -1)
        return interval_masses(self._u(latent, inner).double())
