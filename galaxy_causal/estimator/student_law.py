"""Student's law, of the width and the degrees of freedom that data ask for."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import stdtr

from galaxy_causal.types import Floats

FREEDOM = (2.0, 200.0)
"""Degrees of freedom, from heavy tails to a Gaussian's."""
LEAST = 1e-300
"""What a probability of zero counts as."""


def law(ends: Floats) -> tuple[float, float]:
    """Width and degrees of freedom that make cells with these ends (2, m) likeliest."""
    low, high = np.log(FREEDOM)

    def numbers(logs: Floats) -> tuple[float, float]:
        return float(np.exp(logs[0])), float(np.exp(np.clip(logs[1], low, high)))

    found = minimize(lambda logs: -log_mass(ends, *numbers(logs)).mean(), [0.0, 2.0], method="Nelder-Mead")
    return numbers(found.x)


def log_mass(ends: Floats, width: float, freedom: float) -> Floats:
    """Log probability (m,) of cells with these ends (2, m), on the side of the tail where it is exact."""
    low, high = ends / width
    right = low + high > 0
    below, above = np.where(right, -high, low), np.where(right, -low, high)
    mass: Floats = stdtr(freedom, above) - stdtr(freedom, below)
    return np.log(np.maximum(mass, LEAST))
