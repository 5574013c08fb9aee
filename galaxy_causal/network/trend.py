"""A closed-form estimate of the target, from which a network sets out where it says nearly everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from galaxy_causal.types import Floats, Sample

CLOSE = 0.1
"""Deviations of the target that a regression may leave to be worth setting out from."""
MOST_GALAXIES = 8192
MOST_SQUARED = 24
"""Inputs of which there are products of two."""
MOST_WAVED = 8
"""Inputs of which there are waves."""
WAVES = 300
LENGTHS = (0.5, 6.0)
"""Of waves, over two pi, in deviations of the inputs."""
WORTHWHILE = 0.95
"""Share of what is left without products, or without waves, that they may leave."""
FREEDOM = 0.05
"""Degrees of freedom for each galaxy that waves may take: with more they fit the galaxies themselves, and the
network would learn from errors smaller than those of others."""
FARTHEST = 8.0
"""Deviations from the median at which inputs are held."""
PENALTIES = np.geomspace(1e-11, 1e2, 50)


@dataclass(frozen=True)
class Ridge:
    """Weights (f,) of centred columns, the mean of the target, degrees of freedom."""

    weights: Floats
    offset: float
    error: float
    freedom: float


class Trend(nn.Module):
    """Ridge regression of the target on inputs and, where these leave clearly less, their products and waves.

    A network that sets out from it learns the rest in units of what the regression leaves, ``residual``
    [normal scores], be that the two hundredth part of the target. The regression is of the target's normal
    scores or of the target itself, whichever leaves less of the scores; its penalty is chosen by generalised
    cross-validation (Golub, Heath & Wahba 1979, Technometrics 21, 215). Waves in random directions stand for
    any smooth function (Rahimi & Recht 2007, NIPS).
    """

    median: Tensor
    scale: Tensor
    pairs: Tensor  # of inputs whose products there are, (2, p)
    waves: Tensor  # directions, and phases last: (d + 1, waves)
    mean: Tensor
    deviation: Tensor
    weights: Tensor
    offset: Tensor
    known: Tensor  # predictions and the scores that they stand for, both rising
    meant: Tensor

    def __init__(self, train: Sample) -> None:
        """Fitted to training galaxies, at most 8,192 of them."""
        super().__init__()
        every = max(1, -(-len(train.y) // MOST_GALAXIES))
        x, y = train.x[::every], train.y[::every]
        low, median, high = np.quantile(x, [0.25, 0.5, 0.75], axis=0)
        scale = np.where(high > low, (high - low) / 1.349, x.std(axis=0))
        self.register_buffer("median", torch.as_tensor(median))
        self.register_buffer("scale", torch.as_tensor(np.where(scale > 0, scale, 1.0)))
        targets = (y,) if train.measured is None else (y, train.measured[::every])
        straight, *curved = (self._fitted(x, y, targets, *terms) for terms in _terms(x.shape[1]))
        chosen = straight
        for more in curved:
            affordable = not more.buffers["waves"].shape[1] or more.freedom < FREEDOM * len(y)
            if more.spread < WORTHWHILE * chosen.spread and affordable:
                chosen = more
        self.residual = chosen.spread
        for name, values in chosen.buffers.items():
            self.register_buffer(name, torch.as_tensor(values))

    def _fitted(
        self, x: Floats, y: Floats, targets: Sequence[Floats], pairs: Tensor, waves: Tensor
    ) -> _Fitted:
        """The best of the regressions of ``targets``, each (n,), for normal scores y (n,)."""
        features = self._features(torch.as_tensor(x), pairs, waves)
        mean, deviation = features.mean(dim=0), features.std(dim=0, correction=0)
        deviation = torch.where(deviation > 1e-9, deviation, torch.inf)
        design = ((features - mean) / deviation).numpy()
        shared: dict[str, Tensor | Floats | np.float64] = {
            "pairs": pairs,
            "waves": waves,
            "mean": mean,
            "deviation": deviation,
        }
        fits = []
        for values in targets:
            known, at = np.unique(values, return_index=True)
            fit = ridge(design, values)
            left = y - np.interp(design @ fit.weights + fit.offset, known, y[at])
            spread = float(1.4826 * np.median(np.abs(left))) / (1 - fit.freedom / len(y))
            own = shared | {"weights": fit.weights, "known": known, "meant": y[at]}
            fits.append(_Fitted(spread, fit.freedom, own | {"offset": np.float64(fit.offset)}))
        return min(fits, key=lambda one: one.spread)

    def _features(self, x: Tensor, pairs: Tensor, waves: Tensor) -> Tensor:
        """Inputs in units of their spread, products of two, and waves: x (m, d) -> (m, f)."""
        z = ((x - self.median) / self.scale).clamp(-FARTHEST, FARTHEST)
        one, other = pairs
        return torch.cat([z, z[:, one] * z[:, other], torch.cos(z @ waves[:-1] + waves[-1])], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Inputs (m, d) -> estimated normal scores (m,), between those of the training galaxies."""
        design = (self._features(x, self.pairs, self.waves) - self.mean) / self.deviation
        predicted = design @ self.weights + self.offset
        right = torch.searchsorted(self.known, predicted).clamp(1, len(self.known) - 1)
        low, high = self.known[right - 1], self.known[right]
        share = ((predicted - low) / (high - low)).clamp(0.0, 1.0)
        return torch.lerp(self.meant[right - 1], self.meant[right], share)


@dataclass(frozen=True)
class _Fitted:
    """What a regression leaves [normal scores], its degrees of freedom, and the buffers of the trend."""

    spread: float
    freedom: float
    buffers: Mapping[str, Tensor | Floats | np.float64]


def _terms(inputs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Pairs (2, p) whose products there are, and waves: directions and phases (d + 1, waves).

    First none of both; where inputs are few enough all pairs; then random waves of all lengths too.
    """
    flat = torch.zeros(inputs + 1, 0, dtype=torch.float64)
    yield torch.zeros(2, 0, dtype=torch.int64), flat
    if inputs <= MOST_SQUARED:
        pairs = torch.triu_indices(inputs, inputs)
        yield pairs, flat
    if inputs <= MOST_WAVED:
        rng = np.random.default_rng(0)
        direction = rng.normal(size=(inputs, WAVES)) / np.geomspace(*LENGTHS, WAVES)
        yield pairs, torch.as_tensor(np.vstack([direction, rng.uniform(0, 2 * np.pi, WAVES)]))


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


def close_trend(train: Sample) -> Trend | None:
    """The trend of training galaxies, if it leaves less than a tenth of the target's deviation, yet some.

    Where it leaves more, a network does better without: it would trust a fit to its own training galaxies.
    """
    trend = Trend(train)
    unit = train.y.std() if train.measured is None else 1.0  # normal scores have deviation one
    return trend if 0 < trend.residual < CLOSE * unit else None


def ridge(design: Floats, y: Floats) -> Ridge:
    """Of y (n,) on columns (n, f) of mean zero, with the penalty of the least cross-validated error."""
    n, mean, variance = len(y), float(y.mean()), float(np.var(y))
    values, vectors = np.linalg.eigh(design.T @ design / n)
    values = np.maximum(values, 0.0)
    shared = vectors.T @ (design.T @ (y - mean)) / n
    fits = []
    for penalty in PENALTIES * max(float(values.max()), 1e-300):
        weights = shared / (values + penalty)
        freedom = float((values / (values + penalty)).sum()) + 1
        left = variance - 2 * float(weights @ shared) + float(weights**2 @ values)
        if freedom < n / 2:
            fits.append(Ridge(vectors @ weights, mean, left / (1 - freedom / n) ** 2, freedom))
    return min(fits, key=lambda fit: fit.error) if fits else Ridge(np.zeros(len(shared)), mean, variance, 1.0)
