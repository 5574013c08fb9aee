"""From a latent to p(y) over bins: log-probabilities of labels, and all probabilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from galaxy_causal.types import CLASSES

LEAK = 0.2  # slope of the published networks' leaky ReLU


class Head(nn.Module, ABC):
    """What a head offers: latent (m, d) to (m,) log-probabilities or (m, bins) probabilities."""

    latent: int
    """The d that it takes."""

    @abstractmethod
    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label`` (m,), shape (m,), in nats."""

    @abstractmethod
    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins); rows sum to one."""

    def log_probabilities(self, latent: Tensor) -> Tensor:
        """log p of every bin in nats, shape (m, bins), bounded below by that of the smallest float."""
        p = self.probabilities(latent)
        return p.clamp_min(torch.finfo(p.dtype).tiny).log()


class LogHead(Head):
    """One that knows the logarithms of all probabilities, and the rest by them."""

    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label``, shape (m,)."""
        return self.log_probabilities(latent).gather(1, label[:, None])[:, 0].float()

    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins)."""
        return self.log_probabilities(latent).exp()

    @abstractmethod
    def log_probabilities(self, latent: Tensor) -> Tensor:
        """log p of every bin in nats, shape (m, bins)."""


class SoftmaxHead(Head):
    """The published estimator: one hidden layer, then a logit per bin.

    Parameters
    ----------
    latent, hidden, bins
        Numbers of the latent, of the hidden layer, and of the bins.
    activation
        Of the hidden layer; a leaky ReLU unless given.

    References
    ----------
    Zhang et al. 2025, arXiv:2509.23901.
    """

    def __init__(self, latent: int, hidden: int, bins: int, activation: nn.Module | None = None) -> None:
        super().__init__()
        self.latent = latent
        activation = activation or nn.LeakyReLU(LEAK)
        self.layers = nn.Sequential(nn.Linear(latent, hidden), activation, nn.Linear(hidden, bins))

    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label``, shape (m,)."""
        return -nn.functional.cross_entropy(self.layers(latent), label, reduction="none")

    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins)."""
        return torch.softmax(self.layers(latent).double(), dim=-1)  # an overfitted network rules out a lot

    def log_probabilities(self, latent: Tensor) -> Tensor:
        """log p of every bin in nats, shape (m, bins)."""
        return torch.log_softmax(self.layers(latent), dim=-1)


class MixtureHead(Head):
    """A mixture of Gaussians in y, integrated over each bin.

    Parameters
    ----------
    latent, components
        Numbers of the latent, and of the Gaussians.
    edges
        Of the bins, shape (bins + 1,), in the target's unit.
    start
        The target's mean and deviation.
    residual
        With it, the last number of the latent is an estimate of the target, and the mixture is of its error
        in units of the residual.

    Notes
    -----
    The bins are those of the softmax, and so is the meaning of its log-probabilities; but a few smooth
    components need far fewer galaxies than a free logit per bin. The end bins reach to infinity. Deviations
    are bounded below by a tenth of a bin, so that no galaxy can be fitted to a point.

    References
    ----------
    Bishop 1994, Mixture density networks, NCRG/94/004.
    """

    edges: Tensor

    def __init__(
        self,
        latent: int,
        components: int,
        edges: Tensor,
        start: tuple[float, float],
        residual: float | None = None,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.residual = residual
        mean, deviation = start if residual is None else (0.0, residual)
        self.parameters_of = nn.Linear(latent, 3 * components)
        nn.init.normal_(self.parameters_of.weight, std=0.01)
        with torch.no_grad():
            spread = torch.linspace(-1.5, 1.5, components)
            self.parameters_of.bias.copy_(
                torch.cat([torch.zeros(components), spread, torch.zeros(components)])
            )
        self.register_buffer("edges", (edges.double() - mean).div(deviation).float())
        self.floor = 0.1 * float(self.edges.diff().median())

    def _components(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, mean, scale = self.parameters_of(latent).float().chunk(3, dim=-1)
        if self.residual is not None:
            mean = mean + latent[:, -1:].float() / self.residual
        return (
            torch.log_softmax(weight, dim=-1),
            mean,
            nn.functional.softplus(scale.contiguous()) + self.floor,
        )

    def log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        """log p of the bins ``label``, shape (m,)."""
        log_weight, mean, scale = self._components(latent)
        lower = (self.edges[label][:, None] - mean) / scale
        upper = (self.edges[label + 1][:, None] - mean) / scale
        first, last = (label == 0)[:, None], (label == len(self.edges) - 2)[:, None]
        mass = log_interval(lower, upper, first, last)
        return torch.logsumexp(log_weight + mass, dim=-1)

    def probabilities(self, latent: Tensor) -> Tensor:
        """p of every bin, shape (m, bins)."""
        log_weight, mean, scale = self._components(latent)
        weight = log_weight.exp().double()
        total = weight.new_zeros(len(latent), len(self.edges) - 1)
        for k in range(weight.shape[1]):  # one component at a time: (m, bins), never (m, bins, components)
            z = (self.edges[1:-1] - mean[:, k, None]) / scale[:, k, None]
            total += weight[:, k, None] * interval_masses(z.double())
        return total


class ClassHead(LogHead):
    """The density of another head over few bins, and a free number for each bin beside it.

    log p of a bin is, but for the normalisation, the other head's plus a linear map of the latent that starts
    at zero. Values of a target that have an order are learnt by the first, classes without one by the second.
    """

    def __init__(self, ordered: Head, bins: int) -> None:
        super().__init__()
        self.latent = ordered.latent
        self.ordered = ordered
        self.free = nn.Linear(ordered.latent, bins)
        nn.init.zeros_(self.free.weight)
        nn.init.zeros_(self.free.bias)

    def log_probabilities(self, latent: Tensor) -> Tensor:
        """log p of every bin in nats, shape (m, bins)."""
        free = self.free(latent)
        return torch.log_softmax(self.ordered.log_probabilities(latent) + free.double(), dim=-1)


class UnorderedHead(LogHead):
    """A softmax over classes without an order, which starts as the prior whatever the order they stand in.

    The logits are the logarithms of the shares of the training galaxies, which a standard normal has between
    the ``edges`` (classes + 1,), plus a linear map of the latent that starts at zero.
    """

    log_prior: Tensor

    def __init__(self, latent: int, edges: Tensor) -> None:
        super().__init__()
        self.latent = latent
        self.register_buffer("log_prior", interval_masses(edges[None, 1:-1].double())[0].log())
        self.free = nn.Linear(latent, len(edges) - 1)
        nn.init.zeros_(self.free.weight)
        nn.init.zeros_(self.free.bias)

    def log_probabilities(self, latent: Tensor) -> Tensor:
        """log p of every class in nats, shape (m, classes)."""
        return torch.log_softmax(self.log_prior + self.free(latent).double(), dim=-1)


def interval_masses(z: Tensor) -> Tensor:
    """Phi between neighbours of z (m, j), from minus to plus infinity: (m, j + 1).

    Through the nearer tail of each edge, so that small masses keep their precision; by ``erfc``, as ``ndtr``
    of PyTorch is a difference from a half, which is zero beyond eight deviations.
    """
    tail, above = 0.5 * torch.special.erfc(z.abs() / 2**0.5), z > 0
    low, high = tail[:, :-1], tail[:, 1:]
    inner = torch.where(above[:, :-1] == above[:, 1:], (high - low).abs(), 1 - low - high)
    first = torch.where(above[:, :1], 1 - tail[:, :1], tail[:, :1])
    last = torch.where(above[:, -1:], tail[:, -1:], 1 - tail[:, -1:])
    return torch.cat([first, inner, last], dim=1)


def log_interval(lower: Tensor, upper: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """log(Phi(upper) - Phi(lower)) for finite lower < upper, accurate in both tails.

    Mirrored to the lower tail, where log Phi keeps its relative precision. Where ``first``, ``lower`` counts
    as minus infinity; where ``last``, ``upper`` as infinity.
    """
    flip = last | ~first & (lower + upper > 0)
    log_low = torch.special.log_ndtr(torch.where(flip, -upper, lower))
    log_high = torch.special.log_ndtr(torch.where(flip, -lower, upper))
    # A difference that float32 cannot tell from zero has no usable logarithm or gradient.
    inner = torch.log(-torch.expm1((log_low - log_high).clamp(max=-1e-7)))
    result: Tensor = log_high + torch.where(first | last, 0.0, inner)
    return result


def density_head(
    latent: int,
    components: int,
    edges: Tensor,
    start: tuple[float, float],
    kind: Callable[..., Head] = MixtureHead,
    residual: float | None = None,
    *,
    unordered: bool = False,
) -> Head:
    """A mixture density, or another ``kind`` of the same arguments, with free numbers where bins are few.

    Of ``unordered`` classes a softmax.
    """
    if unordered:
        return UnorderedHead(latent, edges)
    head = kind(latent, components, edges, start, residual)
    return ClassHead(head, len(edges) - 1) if len(edges) - 1 < CLASSES else head
