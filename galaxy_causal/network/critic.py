"""A critic of pairs (x, y), trained on a bound of their mutual information."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from galaxy_causal.network.interface import Network
from galaxy_causal.network.model import DensityModel
from galaxy_causal.types import Floats, Sample, UserError, option

FEATURES = 32
WIDTH = 128
MOST_NEGATIVES = 2048  # of one batch; all pairs of a large validation sample would not fit


class CriticModel(DensityModel):
    """f(x, y) = g(x) . h(y), a separable critic (van den Oord et al. 2018, arXiv:1807.03748).

    g is the encoder with a linear map, h a small network of the standardised target at the centre of its
    bin; bins beyond the targets of the training galaxies count as the nearest of theirs, for what h made of
    them could fill the normalisation. In place of log-probabilities ``forward`` gives terms whose mean is
    the objective, and ``probabilities`` the scores f(x, bin) of every bin, (m, bins).
    """

    centres: Tensor

    def __init__(self, model: DensityModel, edges: Tensor, y: Floats, bound: str) -> None:
        """``model`` lends its encoder; y (n,) are the targets of the training galaxies."""
        super().__init__(model.encoder, model.head)
        self.head = model.head.requires_grad_(False)  # unused; without gradients the optimiser leaves it
        self.bound = bound
        self.of_x = nn.Linear(model.head.latent, FEATURES + 1)
        self.of_y = nn.Sequential(
            nn.Linear(1, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, FEATURES)
        )
        centres = (0.5 * (edges[1:] + edges[:-1])).clamp(float(y.min()), float(y.max()))
        self.register_buffer("centres", ((centres - float(y.mean())) / float(y.std())).float())

    def forward(self, x: Tensor, label: Tensor, pixels: Tensor | None = None) -> Tensor:
        """Terms of the objective, shape (m,), with the other galaxies of the batch as negatives."""
        scores = self._scores(self._latent(x, pixels), self.centres[label])
        return objective(scores, self.bound)

    def probabilities(self, x: Tensor, pixels: Tensor | None = None) -> Tensor:
        """Scores of every bin, shape (m, bins)."""
        return self._scores(self._latent(x, pixels), self.centres).double()

    def _scores(self, latent: Tensor, y: Tensor) -> Tensor:
        g = self.of_x(latent).float()
        scores: Tensor = g[:, :-1] @ self.of_y(y[:, None]).float().T / math.sqrt(FEATURES) + g[:, -1:]
        return scores


def objective(scores: Tensor, bound: str) -> Tensor:
    """Terms (m,), whose mean is maximised, from scores (m, m); pairs on the diagonal belong together.

    ``info_nce``: van den Oord et al. 2018, eq. 4, plus log m. ``mine``: Donsker-Varadhan over all pairs of
    the batch (Belghazi et al. 2018, ICML, eq. 10). ``nwj``: E f - E exp(f - 1) (Nguyen, Wainwright & Jordan
    2010). ``smile``: the Jensen-Shannon objective by which its critic is trained (Song & Ermon 2020, ICLR,
    section 4).
    """
    count = len(scores)
    paired = scores.diagonal()
    others = scores[:, :MOST_NEGATIVES]
    if bound == "info_nce":
        return paired - torch.logsumexp(others, dim=1) + math.log(others.shape[1])
    same = torch.eye(count, others.shape[1], dtype=torch.bool, device=scores.device)
    apart = others.masked_fill(same, -torch.inf)
    pairs = max(same.numel() - min(same.shape), 1)
    if bound == "mine":
        return paired - (torch.logsumexp(apart.flatten(), dim=0) - math.log(pairs))
    if bound == "nwj":
        return paired - torch.exp(apart - 1).sum() / pairs
    return -nn.functional.softplus(-paired) - nn.functional.softplus(apart).sum() / pairs


class CriticNetwork(Network):
    """A network whose encoder serves a critic instead of a density."""

    def __init__(self, network: Network, bound: str) -> None:
        vars(self).update(network=network, bound=bound)
        super().__init__(network.training)

    network: Network
    bound: str

    @property
    def takes_images(self) -> bool:
        """As the network does."""
        return self.network.takes_images

    @property
    def turns_images(self) -> bool:
        """As the network does."""
        return self.network.turns_images

    def check(self, sample: Sample) -> None:
        """As the network does; and refuse networks that are trained by an objective of their own."""
        if self.network.takes_subsets or self.network.has_latent:
            raise UserError(
                f"{option('estimator', 'critic')} cannot train {type(self.network).__name__}, which has an "
                f"objective of its own; use {option('network', 'mlp')}, image or another of plain densities"
            )
        self.network.check(sample)

    def build(self, train: Sample, edges: Floats) -> DensityModel:
        """A fresh critic; see ``Network``."""
        return CriticModel(self.network.build(train, edges), torch.as_tensor(edges), train.y, self.bound)
