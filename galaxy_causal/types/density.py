"""What is learnt: densities of the target, and what learns them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.images import Floats
from galaxy_causal.types.inputs import Sample

LogProbOfSubsets = Callable[[NDArray[np.int64], NDArray[np.bool_]], Floats]


class Density(ABC):
    """A fitted p(y | x) over bins of y, or scores in place of probabilities (``Learner.contrast``).

    Parameters
    ----------
    history
        Curves of the training: of a name its (step, value) pairs.
    weights
        What restores it; nothing where it is not stored.
    """

    def __init__(
        self,
        history: Mapping[str, tuple[tuple[int, float], ...]] | None = None,
        weights: Mapping[str, object] | None = None,
    ) -> None:
        self.history = history or {}
        self.weights = weights or {}

    @abstractmethod
    def probabilities(self, part: Sample) -> NDArray[np.float32]:
        """p of every bin for the galaxies of a sample, shape (m, bins); rows sum to one."""

    def log_prob(self, part: Sample, bins: NDArray[np.int64]) -> Floats:
        """log p of the bins (m,) in nats, shape (m,); minus infinity where p is zero."""
        with np.errstate(divide="ignore"):
            return np.log(self.probabilities(part)[np.arange(len(bins)), bins].astype(np.float64))


class LatentDensity(Density):
    """One that rests on a latent alone: by it y depends on x through the latent.

    Parameters
    ----------
    history, weights
        As of `Density`.
    """

    @abstractmethod
    def latent(self, part: Sample) -> NDArray[np.float32]:
        """The latent of the galaxies of a sample, shape (m, l)."""


class SubsetDensity(Density):
    """One that knows p(y | x_S) for every subset S of the sample's players.

    Parameters
    ----------
    history, weights
        As of `Density`.
    """

    @abstractmethod
    def of_subsets(self, part: Sample) -> LogProbOfSubsets:
        """Encode a sample once, for any number of subsets.

        Parameters
        ----------
        part
            m galaxies.

        Returns
        -------
        callable
            Of bins (m,) and subsets ``shown`` (s, players): log p of the bins [nats], (s, m).
        """


class Learner(Protocol):
    """Learns p(y-bin | x) from a sample; a network with its training and a seed."""

    @property
    def has_latent(self) -> bool:
        """Whether its densities are ``LatentDensity``."""
        return False

    @property
    def bins(self) -> tuple[float, float, int] | None:
        """Low end, high end and number of the equal bins that its network was published with; else None."""
        return None

    def fit(self, sample: Sample, bins: NDArray[np.int64], edges: Floats) -> Density:
        """Fit on ``sample.split == 'train'``; bins (n,) is the bin of each y, edges (bins + 1,)."""

    def contrast(self, sample: Sample, bins: NDArray[np.int64], edges: Floats, bound: str) -> Density:
        """Scores f(x, bin), not probabilities, fitted on training galaxies by a bound's objective."""
