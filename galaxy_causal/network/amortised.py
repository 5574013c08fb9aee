"""One network for every subset of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from galaxy_causal.network.heads import MixtureHead
from galaxy_causal.network.model import DensityModel, Standardise
from galaxy_causal.network.networks import Network, ResidualBlock, Training
from galaxy_causal.network.residuals import Residuals
from galaxy_causal.network.subsets import SubsetDraw
from galaxy_causal.types import Floats, Sample, UserError

Units = Mapping[str, tuple[int, ...]]


class SubsetEncoder(nn.Module):
    """Inputs, zero where they are hidden, and a mask of what is shown -> latent.

    Inputs are standardised, and joined by the residuals of every pair of which both are shown.
    """

    columns: (
        Tensor  # (units, d + pairs), true where a column belongs to a unit, or to a pair of which it is one
    )
    needed: Tensor  # (d + pairs,), how many units a column belongs to

    def __init__(
        self,
        train: Floats,
        units: Units,
        trunk: Callable[[int], nn.Module],
        pairs: Tensor | None = None,
        extra: Tensor | None = None,
    ) -> None:
        """``trunk`` makes the layers for so many features and masks.

        ``pairs`` (p, 2) are columns that have residuals beside those of the units' first columns, their
        values. ``extra`` (units, e) says to whom further features belong, which a subclass puts last.
        """
        super().__init__()
        self.standardise = Standardise(train)
        value = torch.tensor([own[0] for own in units.values()])  # errors have no part in pairs
        both = torch.combinations(value, 2)
        both = both if pairs is None else torch.cat([both, pairs])
        self.residuals = Residuals(self.standardise.scaled(torch.as_tensor(train)), both)
        columns = torch.zeros(len(units), train.shape[1])
        for row, own in enumerate(units.values()):
            columns[row, list(own)] = 1.0
        columns = torch.cat([columns, columns[:, both[:, 0]] + columns[:, both[:, 1]]], dim=1)
        columns = columns if extra is None else torch.cat([columns, extra], dim=1)
        self.register_buffer("columns", columns)
        self.register_buffer("needed", columns.sum(dim=0))
        self.trunk = trunk(columns.shape[1] + len(units))

    def forward(self, x: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """x (m, d) and what is shown (m, units), everything unless given, -> (m, width)."""
        if shown is None:
            shown = torch.ones(len(x), len(self.columns), dtype=torch.bool, device=x.device)
        return self.encode(self.features(x, pixels, shown), shown)

    def features(self, x: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None) -> Tensor:
        """All that can be shown of x (m, d): (m, d + pairs)."""
        z = self.standardise.scaled(x)
        return torch.cat([self.standardise.squeezed(z), self.residuals(z)], dim=1)

    def encode(self, features: Tensor, shown: Tensor) -> Tensor:
        """(..., d + pairs) and what is shown (..., units) -> (..., width); leading dimensions may be one."""
        mask = shown.to(features.dtype)
        seen = features * (mask @ self.columns == self.needed)
        latent: Tensor = self.trunk(torch.cat([seen, mask.expand(*seen.shape[:-1], -1)], dim=-1))
        return latent


class SubsetModel(DensityModel):
    """p(y | x_S) for any subset S of the units."""

    encoder: SubsetEncoder

    def log_prob(self, x: Tensor, label: Tensor, shown: Tensor, pixels: Tensor | None = None) -> Tensor:
        """log p of the bins ``label`` (m,) given what each galaxy shows (m, units), shape (m,)."""
        return self.head.log_prob(self.encoder(x, pixels, shown), label)

    def of_subsets(self, features: Tensor, label: Tensor, shown: Tensor) -> Tensor:
        """log p of every galaxy in each of the subsets ``shown`` (s, units): (s, m).

        ``features`` are the encoder's, of all galaxies.
        """
        count, m = len(shown), len(features)
        latent = self.encoder.encode(features, shown[:, None]).reshape(count * m, -1)
        return self.head.log_prob(latent, label.repeat(count)).reshape(count, m)


@dataclass(frozen=True, kw_only=True)
class SubsetNetwork(Network):
    """A network that is trained on random subsets of its inputs.

    What each training galaxy shows is drawn anew at every step; see ``SubsetDraw`` for ``neighbours`` and
    ``whole``. The best weights are those of the best mean cross-entropy on fixed subsets,
    ``validated`` for every validation galaxy.
    """

    takes_subsets: ClassVar[bool] = True
    neighbours: float = 0.6
    whole: float = 0.05
    validated: int = 2

    def __post_init__(self) -> None:
        if min(self.neighbours, self.whole) < 0 or self.neighbours + self.whole > 1:
            raise UserError(
                f"network.neighbours={self.neighbours} and network.whole={self.whole} are shares of the "
                "drawn subsets: neither may be negative, nor their sum above 1"
            )
        if self.validated < 1:
            raise UserError(f"network.validated={self.validated} subsets of a galaxy: give at least 1")

    def draw(self, sample: Sample) -> SubsetDraw:
        """How subsets of this sample's units are drawn; none at all only where something is always shown."""
        return SubsetDraw(
            len(sample.units), self.neighbours, self.whole, least=0 if sample.always_shows else 1
        )


@dataclass(frozen=True)
class Amortised(SubsetNetwork):
    """Residual layers on what is shown and a mask, a mixture density over the bins, random subsets."""

    training: Training
    width: int = 128
    blocks: int = 2
    components: int = 8
    dropout: float = 0.0

    def check(self, sample: Sample) -> None:
        """Refuse images, naming the network that takes them."""
        if sample.images is not None and sample.units:
            raise UserError(
                f"network=amortised takes numbers, but the inputs hold {', '.join(sample.images.bands)}; set "
                "network=amortised_image, or choose bands without images"
            )
        super().check(sample)

    def build(self, train: Sample, edges: Floats) -> SubsetModel:
        """A fresh model, with the units of the sample; see ``Network``."""
        encoder = SubsetEncoder(train.x, train.units, self._trunk)
        start = (float(train.y.mean()), float(train.y.std()))
        head = MixtureHead(self.width, self.components, torch.as_tensor(edges), start)
        return SubsetModel(encoder, head)

    def _trunk(self, inputs: int) -> nn.Module:
        blocks = (ResidualBlock(self.width, self.dropout) for _ in range(self.blocks))
        return nn.Sequential(nn.Linear(inputs, self.width), *blocks, nn.SiLU())
