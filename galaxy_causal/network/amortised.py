"""One network for every subset of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import density_head
from galaxy_causal.network.model import DensityModel, Standardise
from galaxy_causal.network.networks import Network, ResidualBlock, Training
from galaxy_causal.network.residuals import Residuals
from galaxy_causal.network.subsets import SubsetDraw
from galaxy_causal.types import Floats, Sample, UserError

Players = Mapping[str, tuple[int, ...]]
HIDDEN = 64  # numbers between a mask and what it does


class FirstLayer(nn.Module):
    """Features, zero where hidden, to (..., width): linear, in ways that depend on what is shown.

    A small network makes of the mask a gain from 0 to 2 for every feature, and an offset: what a feature
    is worth depends on what is shown beside it.
    """

    def __init__(self, features: int, players: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, width)
        last = nn.Linear(HIDDEN, features + width)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.told = nn.Sequential(nn.Linear(players, HIDDEN), nn.SiLU(), last)

    def forward(self, seen: Tensor, mask: Tensor) -> Tensor:
        """Features (..., m, f) and mask (..., m or 1, players) of zeros and ones."""
        gain, offset = self.told(mask).split([self.linear.in_features, self.linear.out_features], dim=-1)
        hidden: Tensor = self.linear(seen * (1 + torch.tanh(gain))) + offset
        return hidden


class SubsetEncoder(nn.Module):
    """Inputs, zero where they are hidden, and a mask of what is shown -> latent.

    Inputs are standardised, and joined by the residuals of every pair of which both are shown.
    """

    columns: Tensor  # (players, d + pairs), true where a column is of a player, or of a pair with it
    needed: Tensor  # (d + pairs,), how many players a column belongs to

    def __init__(
        self,
        train: Floats,
        players: Players,
        width: int,
        rest: nn.Module,
        pairs: Tensor | None = None,
        extra: Tensor | None = None,
    ) -> None:
        """``width`` numbers of the first layer pass through the layers ``rest``.

        ``pairs`` (p, 2) are columns that have residuals beside those of the players' first columns, their
        values. ``extra`` (players, e) says to whom further features belong, which a subclass puts last.
        """
        super().__init__()
        self.standardise = Standardise(train)
        value = torch.tensor([own[0] for own in players.values()])  # errors have no part in pairs
        both = torch.combinations(value, 2)
        both = both if pairs is None else torch.cat([both, pairs])
        scaled = self.standardise.scaled(torch.as_tensor(train))
        self.residuals = Residuals(scaled, both) if len(both) else None
        columns = torch.zeros(len(players), train.shape[1])
        for row, own in enumerate(players.values()):
            columns[row, list(own)] = 1.0
        columns = torch.cat([columns, columns[:, both[:, 0]] + columns[:, both[:, 1]]], dim=1)
        columns = columns if extra is None else torch.cat([columns, extra], dim=1)
        self.register_buffer("columns", columns)
        self.register_buffer("needed", columns.sum(dim=0))
        self.first = FirstLayer(columns.shape[1], len(players), width)
        self.rest = rest

    def forward(self, x: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """x (m, d) and what is shown (..., m, players), everything unless given, -> (..., m, width)."""
        if shown is None:
            shown = torch.ones(len(x), len(self.columns), dtype=torch.bool, device=x.device)
        ever = shown.flatten(0, -3).any(dim=0) if shown.ndim > 2 else shown
        return self.encode(self.features(x, pixels, ever), shown)

    def features(self, x: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """All that can be shown of x (m, d): (m, d + pairs)."""
        z = self.standardise.scaled(x)
        values = self.standardise.squeezed(z)
        return values if self.residuals is None else torch.cat([values, self.residuals(z)], dim=1)

    def encode(self, features: Tensor, shown: Tensor) -> Tensor:
        """(..., d + pairs) and what is shown (..., players) -> (..., width); leading axes may be one."""
        mask = shown.to(features.dtype)
        seen = features * (mask @ self.columns == self.needed)
        latent: Tensor = self.rest(self.first(seen, mask))
        return latent


class SubsetModel(DensityModel):
    """p(y | x_S) for any subset S of the players."""

    encoder: SubsetEncoder

    def log_prob(self, x: Tensor, label: Tensor, shown: Tensor, pixels: Tensor | None = None) -> Tensor:
        """log p of the bins ``label`` (m,) given what each galaxy shows (..., m, players), shape (..., m)."""
        return self._log_prob(self.encoder(x, pixels, shown), label)

    def of_subsets(self, features: Tensor, label: Tensor, shown: Tensor) -> Tensor:
        """log p of every galaxy in each of the subsets ``shown`` (s, players): (s, m).

        ``features`` are the encoder's, of all galaxies.
        """
        return self._log_prob(self.encoder.encode(features, shown[:, None]), label)

    def _log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        shape = latent.shape[:-1]
        return self.head.log_prob(latent.flatten(0, -2), label.expand(shape).flatten()).reshape(shape)


@dataclass(frozen=True, kw_only=True)
class SubsetNetwork(Network):
    """A network that is trained on random subsets of its inputs.

    What each training galaxy shows is drawn anew at every step, ``subsets`` times; see ``SubsetDraw`` for
    ``neighbours`` and ``whole``. The best weights are those of the best mean cross-entropy on fixed subsets,
    ``validated`` for every validation galaxy.
    """

    takes_subsets: ClassVar[bool] = True
    neighbours: float = 0.6
    whole: float = 0.05
    subsets: int = 1
    validated: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neighbours + self.whole > 1:
            raise UserError(
                f"network.neighbours={self.neighbours} and network.whole={self.whole} are shares of the "
                "drawn subsets: their sum may not be above 1"
            )

    def draw(self, sample: Sample) -> SubsetDraw:
        """How subsets of this sample's players are drawn; none at all where something is always shown."""
        least = 0 if sample.always_shows else 1
        return SubsetDraw(len(sample.players), self.neighbours, self.whole, least, self.subsets)


OF_SUBSETS = Training(
    batch_size=512,
    learning_rate=4e-3,
    weight_decay=2e-2,
    patience=30,
    average=4,
    max_epochs=80,
    threads=1,
)
"""How a network for all subsets of numbers is trained."""


@dataclass(frozen=True)
class Amortised(SubsetNetwork):
    """Residual layers on what is shown and a mask, a mixture density over the bins, random subsets."""

    training: Training = OF_SUBSETS
    width: int = 128
    blocks: int = 2
    components: int = 8
    dropout: float = 0.0

    def check(self, sample: Sample) -> None:
        """Refuse images, naming the network that takes them."""
        if sample.images is not None and sample.players:
            raise UserError(
                f"network=amortised takes numbers, but the inputs hold {', '.join(sample.images.bands)}; set "
                "network=amortised_image, or choose bands without images"
            )
        super().check(sample)

    def build(self, train: Sample, edges: Floats) -> SubsetModel:
        """A fresh model, with the players of the sample; see ``Network``."""
        blocks = (ResidualBlock(self.width, self.dropout) for _ in range(self.blocks))
        encoder = SubsetEncoder(train.x, train.players, self.width, nn.Sequential(*blocks, nn.SiLU()))
        start = (float(train.y.mean()), float(train.y.std()))
        head = density_head(self.width, self.components, torch.as_tensor(edges), start)
        return SubsetModel(encoder, head)
