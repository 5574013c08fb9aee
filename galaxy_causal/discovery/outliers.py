"""Variables with values so far out that they carry a correlation by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from galaxy_causal.discovery.variables import Variables

DEVIATIONS = 5.0
"""Robust standard deviations (1.4826 median absolute deviations) beyond which a value counts as far out."""
MOST_FAR, MOST_KURTOSIS = 0.005, 5.0
"""Share of galaxies far out, and excess kurtosis, above which a variable is named; a Gaussian has 6e-7, 0."""


@dataclass(frozen=True)
class Tails:
    """How far out a variable's values reach.

    Parameters
    ----------
    name : str
        Of the variable.
    far : int or None
        Galaxies beyond ``DEVIATIONS``; None where more than half of the galaxies share one value, so that
        nothing is far out.
    galaxies : int
        All of them.
    excess_kurtosis : float
        0 of a Gaussian.
    """

    name: str
    far: int | None
    galaxies: int
    excess_kurtosis: float

    @property
    def heavy(self) -> bool:
        """Whether the variable should be named."""
        many = self.far is not None and self.far > MOST_FAR * self.galaxies
        return many or self.excess_kurtosis > MOST_KURTOSIS

    def __str__(self) -> str:
        """In words."""
        counted = "" if self.far is None else f"{self.far:,} of {self.galaxies:,} galaxies, "
        return f"{self.name} ({counted}excess kurtosis {self.excess_kurtosis:.1f})"


def tails(variables: Variables) -> Sequence[Tails]:
    """The tails of each variable.

    Parameters
    ----------
    variables : Variables
        Of n galaxies.

    Returns
    -------
    sequence of Tails
        In the order of the variables.
    """
    return list(_each(variables))


def _each(variables: Variables) -> Iterator[Tails]:
    for name, column in zip(variables.names, variables.values.T, strict=True):
        distance = np.abs(column - np.median(column))
        spread = 1.4826 * float(np.median(distance))
        far = int(np.sum(distance > DEVIATIONS * spread)) if spread else None
        centred = column - column.mean()
        kurtosis = float(np.mean(centred**4) / np.mean(centred**2) ** 2) - 3
        yield Tails(name, far, len(column), kurtosis)
