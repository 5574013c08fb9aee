"""One network for every subset of its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from galaxy_causal.network.heads import MixtureHead
from galaxy_causal.network.model import DensityModel, Standardise
from galaxy_causal.network.networks import Network, ResidualBlock, Training
from galaxy_causal.network.subsets import SubsetDraw
from galaxy_causal.types import Floats, Images, Sample, UserError

Units = Mapping[str, tuple[int, ...]]


class SubsetEncoder(nn.Module):
    """Standardised inputs, zero where they are hidden, beside a mask of what is shown -> latent."""

    columns: Tensor  # (units, d), true where a column belongs to a unit
    always: Tensor  # (d,), true where it belongs to none

    def __init__(self, standardise: Standardise, trunk: nn.Module, units: Units) -> None:
        super().__init__()
        self.standardise = standardise
        self.trunk = trunk
        columns = torch.zeros(len(units), len(standardise.median), dtype=torch.bool)
        for row, own in enumerate(units.values()):
            columns[row, list(own)] = True
        self.register_buffer("columns", columns)
        self.register_buffer("always", ~columns.any(dim=0))

    def forward(self, x: Tensor, shown: Tensor | None = None) -> Tensor:
        """x (m, d) and what is shown (m, units), everything unless given, -> (m, width)."""
        if shown is None:
            shown = torch.ones(len(x), len(self.columns), dtype=torch.bool, device=x.device)
        return self.encode(self.standardise(x), shown)

    def encode(self, z: Tensor, shown: Tensor) -> Tensor:
        """The same of inputs that are already standardised, z (m, d)."""
        mask = shown.to(z.dtype)
        seen = mask @ self.columns.to(z.dtype) + self.always.to(z.dtype)
        latent: Tensor = self.trunk(torch.cat([z * seen, mask], dim=1))
        return latent


class SubsetModel(DensityModel):
    """p(y | x_S) for any subset S of the units."""

    encoder: SubsetEncoder

    def log_prob(self, x: Tensor, label: Tensor, shown: Tensor) -> Tensor:
        """log p of the bins ``label`` (m,) given what each galaxy shows (m, units), shape (m,)."""
        return self.head.log_prob(self.encoder(x, shown), label)

    def of_subsets(self, z: Tensor, label: Tensor, shown: Tensor) -> Tensor:
        """log p of every galaxy in each of the subsets ``shown`` (s, units): (s, m).

        z (m, d) are standardised inputs.
        """
        count, m = len(shown), len(z)
        latent = self.encoder.encode(z.repeat(count, 1), shown.repeat_interleave(m, dim=0))
        return self.head.log_prob(latent, label.repeat(count)).reshape(count, m)


@dataclass(frozen=True)
class Amortised(Network):
    """Residual layers on the shown inputs and a mask, a mixture density over the bins, random subsets.

    What each training galaxy shows is drawn anew at every step; see ``SubsetDraw`` for ``neighbours`` and
    ``whole``. The best weights are those of the best mean cross-entropy on fixed subsets,
    ``validated`` for every validation galaxy.
    """

    takes_subsets: ClassVar[bool] = True
    training: Training
    width: int = 128
    blocks: int = 2
    components: int = 8
    dropout: float = 0.0
    neighbours: float = 0.5
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
        always = len(sample.columns) > sum(map(len, sample.units.values()))
        return SubsetDraw(len(sample.units), self.neighbours, self.whole, least=0 if always else 1)

    def build(self, x: Floats, y: Floats, edges: Floats, images: Images | None = None) -> SubsetModel:
        """A fresh model of which every column of x is a unit."""
        return self._model(x, y, edges, {str(column): (column,) for column in range(x.shape[1])})

    def build_subsets(self, sample: Sample, rows: NDArray[Any], edges: Floats) -> SubsetModel:
        """A fresh model for these training galaxies; the global torch seed sets its weights."""
        return self._model(sample.x[rows], sample.y[rows], edges, sample.units)

    def _model(self, x: Floats, y: Floats, edges: Floats, units: Units) -> SubsetModel:
        trunk = nn.Sequential(
            nn.Linear(x.shape[1] + len(units), self.width),
            *(ResidualBlock(self.width, self.dropout) for _ in range(self.blocks)),
            nn.SiLU(),
        )
        start = (float(y.mean()), float(y.std()))
        head = MixtureHead(self.width, self.components, torch.as_tensor(edges), start)
        return SubsetModel(SubsetEncoder(Standardise(x), trunk, units), head)
