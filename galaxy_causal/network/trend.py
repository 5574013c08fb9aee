"""A smooth estimate of the target in closed form, from which a network sets out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from galaxy_causal.types import Floats, Sample

MOST_GALAXIES = 8192
CENTRES = 200
WIDTHS = (0.7, 2.0)
"""Of the Gaussian features, relative to the typical distance of two galaxies over the square root of 2."""
MOST_SQUARED = 24
"""Inputs of which there are still products of two."""
FARTHEST = 8.0
"""Deviations from the median at which inputs are held."""
PENALTIES = np.geomspace(1e-11, 1e2, 50)


@dataclass(frozen=True)
class _Ridge:
    """Weights (f,) and the mean squared error that generalised cross-validation expects."""

    weights: Floats
    offset: float
    error: float
    freedom: float


class Trend(nn.Module):
    """Ridge regression of the target on inputs, their products and Gaussian features of them.

    A network that sets out from it learns the rest in units of what the regression leaves (``residual``),
    whether that is all of the target or the two hundredth part. The regression is of the target's normal
    scores or of the target itself, whichever leaves less of the scores; its penalty is chosen by
    generalised cross-validation (Golub, Heath & Wahba 1979, Technometrics 21, 215).
    """

    median: Tensor
    scale: Tensor
    centres: Tensor
    mean: Tensor
    deviation: Tensor
    weights: Tensor
    offset: Tensor
    known: Tensor  # predictions and the scores that they stand for, both rising
    meant: Tensor

    def __init__(self, train: Sample, floor: float) -> None:
        """Fitted to training galaxies, at most 8,192 of them; ``residual`` is at least ``floor``."""
        super().__init__()
        every = max(1, -(-len(train.y) // MOST_GALAXIES))
        x, y = train.x[::every], train.y[::every]
        low, median, high = np.quantile(x, [0.25, 0.5, 0.75], axis=0)
        scale = np.where(high > low, (high - low) / 1.349, x.std(axis=0))
        self.register_buffer("median", torch.as_tensor(median))
        self.register_buffer("scale", torch.as_tensor(np.where(scale > 0, scale, 1.0)))
        z = self._scaled(torch.as_tensor(x))
        chosen = np.linspace(0, len(z) - 1, min(CENTRES, len(z))).astype(np.int64)
        self.register_buffer("centres", z[chosen])
        features = self._features(z)
        deviation = features.std(dim=0, correction=0)
        self.register_buffer("mean", features.mean(dim=0))
        self.register_buffer("deviation", torch.where(deviation > 1e-9, deviation, torch.inf))
        design = ((features - self.mean) / self.deviation).numpy()
        fits = []
        for values in (y,) if train.measured is None else (y, train.measured[::every]):
            known, at = np.unique(values, return_index=True)
            fit = _ridge(design, values)
            left = y - np.interp(design @ fit.weights + fit.offset, known, y[at])
            left = left / (1 - fit.freedom / len(y))
            fits.append((float(1.4826 * np.median(np.abs(left))), fit, known, y[at]))
        residual, fit, known, meant = min(fits, key=lambda one: one[0])
        self.residual = max(residual, floor)
        self.register_buffer("weights", torch.as_tensor(fit.weights))
        self.register_buffer("offset", torch.tensor(fit.offset, dtype=torch.float64))
        self.register_buffer("known", torch.as_tensor(known))
        self.register_buffer("meant", torch.as_tensor(meant))

    def _scaled(self, x: Tensor) -> Tensor:
        return ((x - self.median) / self.scale).clamp(-FARTHEST, FARTHEST)

    def _features(self, z: Tensor) -> Tensor:
        """Inputs, their products and Gaussians about the centres: z (m, d) -> (m, f)."""
        count = z.shape[1]
        parts = [z]
        if count <= MOST_SQUARED:
            one, other = torch.triu_indices(count, count, device=z.device)
            parts.append(z[:, one] * z[:, other])
        distance = torch.cdist(z, self.centres) ** 2 / count
        return torch.cat([*parts, *(torch.exp(-0.5 * distance / width**2) for width in WIDTHS)], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (m, d) -> estimated normal scores (m,), between those of the training galaxies."""
        design = (self._features(self._scaled(x)) - self.mean) / self.deviation
        predicted = design @ self.weights + self.offset
        right = torch.searchsorted(self.known, predicted).clamp(1, len(self.known) - 1)
        low, high = self.known[right - 1], self.known[right]
        share = ((predicted - low) / (high - low)).clamp(0.0, 1.0)
        return torch.lerp(self.meant[right - 1], self.meant[right], share)


class WithTrend(nn.Module):
    """Layers on prepared inputs and their trend, whose output the trend joins."""

    def __init__(self, inputs: nn.Module, trend: Trend, layers: nn.Module) -> None:
        super().__init__()
        self.inputs, self.trend, self.layers = inputs, trend, layers

    def forward(self, x: Tensor) -> Tensor:
        """x (m, d) -> latent (m, l + 1), of which the last is the trend."""
        estimate = self.trend(x)[:, None].float()
        latent: Tensor = self.layers(torch.cat([self.inputs(x), estimate], dim=1))
        return torch.cat([latent, estimate], dim=1)


def _ridge(design: Floats, y: Floats) -> _Ridge:
    """Of y (n,) on columns (n, f) of mean zero."""
    n, mean = len(y), float(y.mean())
    variance = float(np.var(y))
    values, vectors = np.linalg.eigh(design.T @ design / n)
    values = np.maximum(values, 0.0)
    shared = vectors.T @ (design.T @ (y - mean)) / n
    fits = []
    for penalty in PENALTIES * max(values.max(), 1e-300):
        weights = shared / (values + penalty)
        freedom = float((values / (values + penalty)).sum()) + 1
        left = variance - 2 * float(weights @ shared) + float(weights**2 @ values)
        if freedom < n / 2:
            fits.append(_Ridge(vectors @ weights, mean, left / (1 - freedom / n) ** 2, freedom))
    return min(fits, key=lambda fit: fit.error)
