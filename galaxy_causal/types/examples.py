"""Galaxies that show what a decomposition means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types.images import Floats

KINDS = (
    "typical",
    "redundant",
    "unique_1",
    "unique_2",
    "synergistic",
    "added_2",
    "misled_1",
    "misled_2",
)
"""Kinds of galaxies of which a decomposition has examples; see `Examples`."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Held-out galaxies that show what the atoms of a decomposition mean, with all that is drawn of them.

    Parameters
    ----------
    kinds
        Row numbers (k,) of the galaxies of each of ``KINDS``, the most telling first. A galaxy may be of
        several kinds; a kind without a galaxy is left out.
    id
        (m,), whole numbers or texts.
    galaxy_class
        (m,), empty where there are no classes.
    y
        The true target, (m,), in its unit; of a target that is a class, the place of its name in ``classes``.
    estimate
        Of the target from x1, x2 and both, (m, 3), as ``y``: the mean of p(y | x), or the most probable
        class; NaN where the estimator predicts nothing.
    informations
        Pointwise informations of x1, x2 and both, averaged over realisations [nats], (m, 3).
    atoms
        Their pointwise atoms in the order of ``ATOMS``, with the smaller information as redundancy [nats],
        (m, 4).
    magnitude, redshift, ra, dec
        (m,), NaN where the catalogue does not have them; positions in degrees.
    grid
        Values of the target at which the densities are given, (g,), rising; the places of ``classes``, or the
        few values of a target that has few. Empty where the estimator has no densities.
    prior
        Density of the target among the training galaxies at these values, (g,), per unit of the target; of
        classes and of few values a probability.
    density
        The same given x1, x2 and both, (m, 3, g): the mean over three realisations at most; of images, and of
        more than 100,000 galaxies, that of the first.
    classes
        Names of the target's classes, or its few values; empty where ``density`` is one per unit.
    stamps
        Colour composites, (m, height, width, 3), the first row at the bottom; (0, 0, 0, 3) where there are no
        images.
    colours
        How the stamps are coloured, in words.
    stamp_scale
        Of a pixel of the stamps [arcsec]; NaN where there are none.
    x1, x2, target, magnitude_label
        What people call the inputs, the target and the magnitude.
    """

    kinds: Mapping[str, NDArray[np.int64]]
    id: NDArray[np.str_] | NDArray[np.int64]
    galaxy_class: NDArray[np.str_]
    y: Floats
    estimate: Floats
    informations: Floats
    atoms: Floats
    magnitude: Floats
    redshift: Floats
    ra: Floats
    dec: Floats
    grid: Floats
    prior: Floats
    density: NDArray[np.float32]
    classes: tuple[str, ...]
    stamps: NDArray[np.uint8]
    colours: str
    stamp_scale: float
    x1: str
    x2: str
    target: str
    magnitude_label: str

    def __len__(self) -> int:
        return len(self.id)

    @property
    def has_stamps(self) -> bool:
        """Whether there are colour composites."""
        return len(self.stamps) > 0

    @property
    def has_densities(self) -> bool:
        """Whether there are densities of the target."""
        return len(self.grid) > 0
