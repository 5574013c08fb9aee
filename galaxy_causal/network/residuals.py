"""What one input says beyond another: of two magnitudes, their colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from galaxy_causal.network.layers import Standardise
from galaxy_causal.types import CLASSES, Floats

LEAST_CLASSES = 3
"""Values of a column below which one of them tells no more as a class."""
LEAST_OF_CLASS = 5
"""Training galaxies of a value, on average."""
FARTHEST = 5.0  # deviations from the median beyond which a value does not pull at a line


class Residuals(nn.Module):
    """Residuals of straight lines through the training galaxies, one for each pair of columns.

    Bands share most of their variation, and a network that is given magnitudes alone resolves the little in
    which they differ only after long training. Lines are fitted to values within five deviations of the
    median.
    """

    one: Tensor  # (pairs,), the columns of each pair
    other: Tensor
    slope: Tensor  # (pairs,)

    def __init__(self, train: Tensor, pairs: Tensor) -> None:
        """``train`` (n, d) are scaled values of training galaxies, ``pairs`` (pairs, 2) two columns each."""
        super().__init__()
        one, other = pairs.unbind(dim=1)
        self.register_buffer("one", one)
        self.register_buffer("other", other)
        covariance = covariances(train)
        variance = covariance.diagonal()[other]
        self.register_buffer("slope", covariance[one, other] / torch.where(variance > 0, variance, 1.0))
        self.standardise = Standardise(self._of(train).numpy())

    def _of(self, z: Tensor) -> Tensor:
        return z[:, self.one] - self.slope * z[:, self.other]

    def forward(self, z: Tensor) -> Tensor:
        """Scaled values (m, d) -> standardised residuals (m, pairs)."""
        residuals: Tensor = self.standardise(self._of(z))
        return residuals


class Classes(nn.Module):
    """Which of its few values a column has: numbers that may stand for classes in any order.

    A value that no training galaxy has is none of them.
    """

    column: Tensor  # (k,), which column each value belongs to
    value: Tensor  # (k,)

    def __init__(self, train: Floats, columns: Sequence[int]) -> None:
        """Of those ``columns`` of training galaxies (n, d) with 3 to 50 values of five galaxies each."""
        super().__init__()
        owners, values = [], []
        for column in columns:
            found, counts = np.unique(train[:, column], return_counts=True)
            if LEAST_CLASSES <= len(found) < CLASSES and counts.mean() >= LEAST_OF_CLASS:
                owners += [column] * len(found)
                values += found.tolist()
        self.register_buffer("column", torch.tensor(owners, dtype=torch.int64))
        self.register_buffer("value", torch.tensor(values, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """x (m, d) -> ones and zeros (m, k), float32."""
        return (x[:, self.column] == self.value).float()


class WithResiduals(nn.Module):
    """Standardised inputs, joined by the residuals of every pair of ``columns`` that is closely related.

    Those of few values are joined also by which of them they have (``Classes``).
    """

    def __init__(self, train: Floats, columns: Sequence[int], least: float) -> None:
        """``train`` (n, d) holds the inputs of the training galaxies; ``least`` as in ``related_pairs``."""
        super().__init__()
        self.standardise = Standardise(train)
        scaled = self.standardise.scaled(torch.as_tensor(train))
        pairs = related_pairs(scaled, columns, least)
        self.residuals = Residuals(scaled, pairs) if len(pairs) else None
        self.classes = Classes(train, columns)
        self.count = train.shape[1] + len(pairs) + len(self.classes.value)

    def forward(self, x: Tensor) -> Tensor:
        """x (m, d) -> (m, count)."""
        z = self.standardise.scaled(x)
        values = self.standardise.squeezed(z)
        parts = [values] if self.residuals is None else [values, self.residuals(z)]
        return torch.cat([*parts, self.classes(x)], dim=1)


def related_pairs(train: Tensor, columns: Sequence[int], least: float) -> Tensor:
    """Pairs of ``columns`` of scaled values (n, d) whose correlation is beyond ``least`` in size: (pairs, 2).

    Of two columns that share less, the residual is hardly other than the value itself.
    """
    covariance = covariances(train)
    deviation = covariance.diagonal().sqrt()
    norm = deviation * deviation[:, None]
    correlation = covariance / torch.where(norm > 0, norm, 1.0)
    pairs = torch.combinations(torch.tensor(sorted(columns), dtype=torch.int64), 2)
    related: Tensor = pairs[correlation[pairs[:, 0], pairs[:, 1]].abs() > least]
    return related


def colour_pairs(columns: Tensor) -> Tensor:
    """Every two bands within one aperture, of columns (bands, apertures) of light: (p, 2)."""
    one, other = torch.triu_indices(len(columns), len(columns), 1)
    return torch.stack([columns[one], columns[other]], dim=-1).flatten(0, 1)


def profile_pairs(columns: Tensor) -> Tensor:
    """Neighbouring apertures of every band, of columns (bands, apertures) of light: (p, 2)."""
    return torch.stack([columns[:, :-1], columns[:, 1:]], dim=-1).flatten(0, 1)


def covariances(scaled: Tensor) -> Tensor:
    """Covariances (d, d) of scaled values (n, d), of those within five deviations."""
    values = scaled.clamp(-FARTHEST, FARTHEST)
    centred = values - values.mean(dim=0)
    return centred.T @ centred / len(values)
