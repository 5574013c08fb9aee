"""The terms of a contrastive loss, each a scalar averaged over the galaxies of a batch.

Zhang et al. 2025 (arXiv:2509.23901) add up the first four; ``neighbour_contrast`` is ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

Pair = tuple[Tensor, Tensor]


def cross_entropy(log_prob: Tensor) -> Tensor:
    """Mean of -log q(y-bin) over galaxies, (m,) -> scalar, in nats (Zhang et al. 2025, section 3)."""
    return -log_prob.mean()


def reconstruction(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of a reconstruction over all of its elements, in their unit squared.

    Magnitudes (m, k) or scaled pixels (m, c, h, w); both of one shape (Zhang et al. 2025, section 3).
    """
    return (found - wanted).square().mean()


def label_consistency(one: Tensor, other: Tensor) -> Tensor:
    """Symmetric cross-entropy -sum(q log q') - sum(q' log q) of log-probabilities (m, bins), in nats.

    The distribution that serves as target is detached: each side is pulled towards the other as it
    stands, and the target is not pulled towards its prediction (Zhang et al. 2025, section 3).
    """
    towards_one = -(one.detach().exp() * other).sum(dim=1)
    towards_other = -(other.detach().exp() * one).sum(dim=1)
    return (towards_one + towards_other).mean()


def separation(pairs: Sequence[Pair]) -> Tensor:
    """RMS difference of latents (m, l), averaged over the rows of all pairs together (Zhang et al. 2025)."""
    one, other = (torch.cat(side) for side in zip(*pairs, strict=True))
    rms: Tensor = torch.linalg.vector_norm(one - other, dim=1) / math.sqrt(one.shape[1])
    return rms.mean()


def latent_contrast(positive: Sequence[Pair], negative: Sequence[Pair]) -> Tensor:
    """-log(p / (p + n)), p = exp(-``separation``) of positive pairs, n of negative ones (Zhang et al. 2025).

    Latents of one galaxy seen twice are drawn together, those of different galaxies apart. However many pairs
    there are, p and n are one number each in (0, 1]: where all latents coincide the term is log 2. It is
    log(1 + exp(d)) of the difference d of the two separations, which holds where p and n are below the
    smallest float.
    """
    return nn.functional.softplus(separation(positive) - separation(negative))


def neighbour_contrast(latent: Tensor, y: Tensor, bandwidth: float) -> Tensor:
    """-log of the density of y_i that the other galaxies of a batch predict as its neighbours, in nats.

    Galaxy j is a neighbour of i with probability softmax_j(-|l_i - l_j|^2), and predicts a Gaussian of width
    ``bandwidth`` about y_j: the loss is -mean_i log sum_j softmax_ij N(y_i; y_j, bandwidth), constants left
    out. Latent (m, l), y (m,) in the unit of the bandwidth, m >= 2. Neighbourhood components analysis
    (Goldberger et al. 2004, NIPS 17, eq. 1 and 6) with a kernel for a continuous label; it makes near in the
    latent mean alike in y, which the search for neighbours takes for granted.
    """
    own = torch.eye(len(y), dtype=torch.bool, device=y.device)
    distance = (latent[:, None] - latent[None, :]).square().sum(dim=2)
    weight = torch.log_softmax((-distance).masked_fill(own, -torch.inf), dim=1)
    kernel = -0.5 * ((y[:, None] - y[None, :]) / bandwidth).square()
    return -torch.logsumexp(weight + kernel, dim=1).mean()
