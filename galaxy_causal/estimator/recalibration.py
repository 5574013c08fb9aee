"""Conditional densities made to agree with validation galaxies."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import betainc, betaln, logsumexp

from galaxy_causal.estimator.binning import Binning
from galaxy_causal.estimator.diagnostics import score
from galaxy_causal.types import Floats

RECALIBRATIONS = ("none", "temperature", "pit")
LEAST = np.finfo(np.float32).tiny
"""What a probability of zero counts as: a logarithm of it must exist."""
_RANGE = (-3.0, 3.0)  # of the logarithm of the temperature


class Recalibration(ABC):
    """A map of probabilities (m, bins) fitted on validation galaxies."""

    @abstractmethod
    def apply(self, p: NDArray[np.floating]) -> Floats:
        """Probabilities of the same shape, rows summing to one."""

    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """The fitted numbers."""


class Temperature(Recalibration):
    """p ** (1 / T), normalised, with T of the best validation likelihood (Guo et al. 2017, ICML).

    T > 1 widens what was too sure of itself.
    """

    def __init__(self, p: Floats, label: NDArray[np.int64]) -> None:
        logs = np.log(np.maximum(p, LEAST))
        rows = np.arange(len(label))

        def loss(log_temperature: float) -> float:
            scaled = logs * np.exp(-log_temperature)
            return float(np.mean(logsumexp(scaled, axis=1) - scaled[rows, label]))

        self.temperature = float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded").x))

    def apply(self, p: NDArray[np.floating]) -> Floats:
        """Rows to the power of 1 / T, normalised."""
        scaled = np.log(np.maximum(p, LEAST)) / self.temperature
        result: Floats = np.exp(scaled - logsumexp(scaled, axis=1, keepdims=True))
        return result

    def metrics(self) -> dict[str, float]:
        """The temperature."""
        return {"temperature": self.temperature}


class PitMap(Recalibration):
    """B(F), with F the predicted distribution and B the Beta distribution of the validation galaxies' PIT.

    A calibrated density has a uniform PIT; B maps any other to nearly that (Gneiting & Ranjan 2013,
    Electron. J. Stat. 7, 1747, section 3.3), smoothly, so that no bin loses all its probability as under a
    step function.
    """

    def __init__(self, pit: Floats) -> None:
        inside = np.clip(pit, 1e-6, 1 - 1e-6)
        low, high = float(np.log(inside).mean()), float(np.log1p(-inside).mean())

        def loss(logs: Floats) -> float:
            a, b = np.exp(logs)
            return float(betaln(a, b) - (a - 1) * low - (b - 1) * high)

        self.a, self.b = np.exp(minimize(loss, np.zeros(2), method="Nelder-Mead").x).tolist()

    def apply(self, p: NDArray[np.floating]) -> Floats:
        """Differences of B at the edges of the bins."""
        cumulative = np.clip(np.cumsum(p, axis=1), 0.0, 1.0)
        cumulative[:, -1] = 1.0
        result: Floats = np.diff(betainc(self.a, self.b, cumulative), axis=1, prepend=0.0)
        return result

    def metrics(self) -> dict[str, float]:
        """The Beta distribution's two parameters; one and one change nothing."""
        return {"pit_a": self.a, "pit_b": self.b}


def recalibration(kind: str, p: NDArray[np.floating], y: Floats, binning: Binning) -> Recalibration:
    """Fitted on validation galaxies: their probabilities (m, bins) and targets (m,)."""
    if kind == "temperature":
        return Temperature(p.astype(np.float64), binning.index(y))
    return PitMap(score(p, y, binning).pit)
