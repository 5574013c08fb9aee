"""A learnt conditional density in the target's own unit, calibrated as its informations are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.estimator.recalibration import Recalibration
from galaxy_causal.estimator.target import Target
from galaxy_causal.types import Density, Floats, Sample

CHUNK = 2048
"""Galaxies whose (bins) probabilities are held at once; larger arrays are paged in anew each time."""


@dataclass(frozen=True)
class Predictive:
    """p(y | x) and p(y), uniform within each cell of the target.

    Parameters
    ----------
    density
        What was learnt.
    calibration
        What makes it agree with validation galaxies; None: nothing.
    target
        Cells and their prior.

    Notes
    -----
    A y beyond the cells counts as one in the end cell, as where informations are estimated. In a cell that
    stands for a single value, of classes or of a value that many galaxies share, a density is a probability.
    """

    density: Density
    calibration: Recalibration | None
    target: Target

    def probabilities(self, part: Sample) -> NDArray[np.floating]:
        """p of every cell, (m, cells), for galaxies few enough to be held at once."""
        predicted = self.density.probabilities(part)
        return self.calibration.apply(predicted) if self.calibration else predicted

    def all_probabilities(self, sample: Sample) -> Floats:
        """p of every cell for each galaxy, (n, cells), of few cells."""
        return np.concatenate([p.astype(np.float64) for _, p in self._chunks(sample)])

    def predict(self, sample: Sample) -> Floats:
        """The mean of y for each galaxy, (n,)."""
        centres = self.target.cells.centres
        return np.concatenate([p.astype(np.float64) @ centres for _, p in self._chunks(sample)])

    def log_prob(self, sample: Sample, y: Floats) -> Floats:
        """log p(y | x) in nats per unit of the target, (n,), of a y for each galaxy; see the notes."""
        label = self.target.cells.index(y)
        found = []
        for here, p in self._chunks(sample):
            own = label[here]
            with np.errstate(divide="ignore"):
                logs = np.log(p[np.arange(len(own)), own].astype(np.float64))
            lost = np.flatnonzero(np.isneginf(logs))  # of a p too small for a float the logarithm is not
            if len(lost) and self.calibration is None:
                logs[lost] = self.density.log_prob(sample.take(np.arange(len(label))[here][lost]), own[lost])
            found.append(logs)
        return np.concatenate(found) - self._log_width[label]

    def log_prior(self, y: Floats) -> Floats:
        """log p(y) in nats per unit of the target, (n,), among the training galaxies; see the notes."""
        label = self.target.cells.index(y)
        logs: Floats = np.log(self.target.prior)[label] - self._log_width[label]
        return logs

    def densities(self, sample: Sample, y: Floats) -> Floats:
        """p(y | x) per unit of the target of each galaxy at all of y (g,), (n, g); see the notes."""
        label = self.target.cells.index(y)
        found = [p[:, label].astype(np.float64) for _, p in self._chunks(sample)]
        return np.concatenate(found) / np.exp(self._log_width)[label]

    def draw(self, sample: Sample, draws: int, rng: np.random.Generator) -> Floats:
        """Random y from p(y | x), (n, draws)."""
        cells = self.target.cells
        width = np.where(cells.atom, 0.0, np.diff(cells.bounds))
        found = []
        for _, p in self._chunks(sample):
            share = np.cumsum(p, axis=1, dtype=np.float64)
            share /= share[:, -1:]
            row = np.arange(len(p))[:, None]
            u = rng.random((len(p), draws))
            k = np.searchsorted((share + row).ravel(), (u + row).ravel(), side="right").reshape(u.shape)
            k = np.clip(k - row * cells.count, 0, cells.count - 1)
            below = np.where(k > 0, share[row, k - 1], 0.0)
            within = np.clip((u - below) / np.maximum(share[row, k] - below, np.finfo(float).tiny), 0.0, 1.0)
            low = np.where(cells.atom, cells.bounds[1:], cells.bounds[:-1])
            found.append(low[k] + within * width[k])
        return np.concatenate(found)

    @property
    def _log_width(self) -> Floats:
        """Of each cell; zero where it stands for a single value."""
        width = np.diff(self.target.cells.bounds)
        return np.log(np.where(self.target.cells.atom | (width <= 0), 1.0, width))

    def _chunks(self, sample: Sample) -> Iterator[tuple[slice, NDArray[np.floating]]]:
        for i in range(0, len(sample.y), CHUNK):
            yield slice(i, i + CHUNK), self.probabilities(sample.part(i, i + CHUNK))


def mixture(told: Sequence[Predictive], samples: Sequence[Sample], levels: Floats) -> tuple[Floats, Floats]:
    """Means of several densities over the same cells, and quantiles of their mean.

    Parameters
    ----------
    told
        The densities.
    samples
        The galaxies (n,), as each density is given them.
    levels
        (k,), between 0 and 1.

    Returns
    -------
    means : ndarray
        (densities, n), in the target's unit, as of ``predict``.
    quantiles : ndarray
        (n, k), in the target's unit: within a cell p is uniform, and one that stands for a single value is
        that value.
    """
    cells, means, cuts = told[0].target.cells, [], []
    width = np.where(cells.atom, 0.0, np.diff(cells.bounds))
    low = np.where(cells.atom, cells.bounds[1:], cells.bounds[:-1])
    for parts in zip(*(one._chunks(sample) for one, sample in zip(told, samples, strict=True)), strict=True):
        means.append([p.astype(np.float64) @ cells.centres for _, p in parts])
        share = np.cumsum(np.mean([p for _, p in parts], axis=0, dtype=np.float64), axis=1)
        share /= share[:, -1:]
        row = np.arange(len(share))[:, None]
        k = np.array([np.count_nonzero(share < level, axis=1) for level in levels]).T
        below = np.where(k > 0, share[row, k - 1], 0.0)
        within = (levels - below) / np.maximum(share[row, k] - below, np.finfo(float).tiny)
        cuts.append(low[k] + np.clip(within, 0.0, 1.0) * width[k])
    return np.concatenate(means, axis=1), np.concatenate(cuts)
