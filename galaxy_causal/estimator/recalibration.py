"""Conditional densities made to agree with validation galaxies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import betainc, betaln, logsumexp

from galaxy_causal.estimator.diagnostics import score
from galaxy_causal.estimator.target import Target
from galaxy_causal.types import Floats

Kind = Literal["none", "prior", "temperature", "pit"]
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


class PriorShare(Recalibration):
    """s p(y | x) + (1 - s) p(y), with the share s of the best validation likelihood.

    Parameters
    ----------
    p
        Predicted for the validation galaxies, (m, cells).
    label
        Their cells, (m,).
    prior
        Of each cell, (cells,).

    Notes
    -----
    What a network learnt of chance is taken back: where the inputs tell nothing s is zero, and so is the
    information. The likelihood has one galaxy more, which the prior alone explains (Laplace's rule of
    succession), so that s is below one and no information below log(1 - s).
    """

    def __init__(self, p: Floats, label: NDArray[np.int64], prior: Floats) -> None:
        self.prior = prior
        gain = p[np.arange(len(label)), label] / prior[label] - 1.0

        def loss(share: float) -> float:
            return -float(np.log1p(share * gain).sum() + np.log1p(-share))

        ends = (0.0, 1.0 - 1e-9)
        inner = float(minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-6}).x)
        self.share = inner if loss(inner) < loss(0.0) else 0.0

    @classmethod
    def known(cls, share: float, prior: Floats) -> PriorShare:
        """That of a share which was fitted before."""
        made = object.__new__(cls)
        made.prior, made.share = prior, share
        return made

    def apply(self, p: NDArray[np.floating]) -> Floats:
        """The mixture of both."""
        mixed: Floats = self.share * p.astype(np.float64) + (1.0 - self.share) * self.prior
        return mixed

    def metrics(self) -> dict[str, float]:
        """The share; one less it is the prior's."""
        return {"learnt_share": self.share}


class Temperature(Recalibration):
    """p ** (1 / T), normalised, with T of the best validation likelihood.

    Parameters
    ----------
    p
        Predicted for the validation galaxies, (m, cells).
    label
        Their cells, (m,).

    Notes
    -----
    T > 1 widens what was too sure of itself.

    References
    ----------
    Guo et al. 2017, ICML.
    """

    def __init__(self, p: Floats, label: NDArray[np.int64]) -> None:
        logs = np.log(np.maximum(p, LEAST))
        rows = np.arange(len(label))

        def loss(log_temperature: float) -> float:
            scaled = logs * np.exp(-log_temperature)
            return float(np.mean(logsumexp(scaled, axis=1) - scaled[rows, label]))

        self.temperature = float(np.exp(minimize_scalar(loss, bounds=_RANGE, method="bounded").x))

    @classmethod
    def known(cls, temperature: float) -> Temperature:
        """That of a temperature which was fitted before."""
        made = object.__new__(cls)
        made.temperature = temperature
        return made

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

    Parameters
    ----------
    pit
        Probability integral transforms of the validation galaxies, (m,).

    Notes
    -----
    A calibrated density has a uniform PIT; B maps any other to nearly that, smoothly, so that no bin loses
    all its probability as under a step function.

    References
    ----------
    Gneiting & Ranjan 2013, Electron. J. Stat. 7, 1747, section 3.3.
    """

    def __init__(self, pit: Floats) -> None:
        inside = np.clip(pit, 1e-6, 1 - 1e-6)
        low, high = float(np.log(inside).mean()), float(np.log1p(-inside).mean())

        def loss(logs: Floats) -> float:
            a, b = np.exp(logs)
            return float(betaln(a, b) - (a - 1) * low - (b - 1) * high)

        self.a, self.b = np.exp(minimize(loss, np.zeros(2), method="Nelder-Mead").x).tolist()

    @classmethod
    def known(cls, a: float, b: float) -> PitMap:
        """That of two parameters which were fitted before."""
        made = object.__new__(cls)
        made.a, made.b = a, b
        return made

    def apply(self, p: NDArray[np.floating]) -> Floats:
        """Differences of B at the edges of the bins."""
        cumulative = np.clip(np.cumsum(p, axis=1), 0.0, 1.0)
        cumulative[:, -1] = 1.0
        result: Floats = np.diff(betainc(self.a, self.b, cumulative), axis=1, prepend=0.0)
        return result

    def metrics(self) -> dict[str, float]:
        """The Beta distribution's two parameters; one and one change nothing."""
        return {"pit_a": self.a, "pit_b": self.b}


def recalibration(kind: str, p: NDArray[np.floating], y: Floats, target: Target) -> Recalibration:
    """A recalibration, fitted on validation galaxies.

    Parameters
    ----------
    kind
        ``prior``, ``temperature`` or ``pit``.
    p
        Their probabilities, (m, cells).
    y
        Their targets, (m,).
    target
        Its cells and prior.

    Returns
    -------
    Recalibration
    """
    label = target.cells.index(y)
    if kind == "prior":
        return PriorShare(p.astype(np.float64), label, target.prior)
    if kind == "temperature":
        return Temperature(p.astype(np.float64), label)
    return PitMap(score(p, y, target.cells, np.random.default_rng(0).random(len(y))).pit)


def known_recalibration(metrics: Mapping[str, float], prior: Floats) -> Recalibration | None:
    """The recalibration that a fit has among its metrics, without fitting it anew.

    Parameters
    ----------
    metrics
        Of the fit, with those of ``Recalibration.metrics``.
    prior
        Of each cell, (cells,).

    Returns
    -------
    Recalibration or None
        None where the fit was not recalibrated.
    """
    if "learnt_share" in metrics:
        return PriorShare.known(metrics["learnt_share"], prior)
    if "temperature" in metrics:
        return Temperature.known(metrics["temperature"])
    return PitMap.known(metrics["pit_a"], metrics["pit_b"]) if "pit_a" in metrics else None
