"""An encoder and a head that know what of their inputs is shown."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from galaxy_causal.network.layers import Standardise
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.residuals import Residuals
from galaxy_causal.types import Floats

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

    def forward(
        self, x: Tensor, label: Tensor, pixels: Tensor | None = None, shown: Tensor | None = None
    ) -> Tensor:
        """log p of the bins ``label`` (m,) given what each galaxy shows (..., m, players), shape (..., m).

        Everything is shown unless given, and the shape then (m,).
        """
        return self._log_prob(self.encoder(x, pixels, shown), label)

    def of_subsets(self, features: Tensor, label: Tensor, shown: Tensor) -> Tensor:
        """log p of every galaxy in each of the subsets ``shown`` (s, players): (s, m).

        ``features`` are the encoder's, of all galaxies.
        """
        return self._log_prob(self.encoder.encode(features, shown[:, None]), label)

    def _log_prob(self, latent: Tensor, label: Tensor) -> Tensor:
        shape = latent.shape[:-1]
        return self.head.log_prob(latent.flatten(0, -2), label.expand(shape).flatten()).reshape(shape)
