"""What is told of cutouts that were cut: their numbers, and a figure of some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from galaxy_causal import plot
from galaxy_causal.cutouts import Counts, CutoutFile, CutoutPlan
from galaxy_causal.jobs.result import Result

SHOWN = 24
"""Cutouts in the figure."""


@dataclass(frozen=True, repr=False)
class Cutouts(Result):
    """Cutouts of galaxies in an HDF5 file.

    Parameters
    ----------
    output
        The file.
    counts
        Galaxies that were cut now, had been cut before, and have flagged pixels.
    uncovered, frames
        Galaxies that were left out, for they lie in no frame of some band; and frames that were used.
    rate
        Galaxies cut in a second.
    bands, pixel_scale
        Of the images; pixels in arcsec.
    images, labels
        Some of them (k, bands, size, size), from first to last, and what stands beside each.
    """

    output: Path
    counts: Counts
    uncovered: int
    frames: int
    rate: float
    bands: tuple[str, ...]
    pixel_scale: float
    images: NDArray[np.float32]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, file: CutoutFile, plan: CutoutPlan, counts: Counts, seconds: float) -> Self:
        """What is to be told of a file, whose cutouts took so long."""
        grid, names = plan.grid, plan.positions.id
        rows = np.unique(np.linspace(0, len(names) - 1, SHOWN).astype(np.int64))
        shares = file.read("flagged").max(axis=1)[rows] / grid.size**2
        labels = (
            f"{names[row]}  {share:.0%} flagged" if share else str(names[row])
            for row, share in zip(rows, shares, strict=True)
        )
        frames, rate = len(np.unique(plan.chosen)), counts.cut / seconds
        return cls(
            file.output, counts, plan.uncovered, frames, rate,
            tuple(grid.bands), grid.pixel_scale, file.images(rows), tuple(labels),
        )  # fmt: skip

    def metrics(self) -> dict[str, float]:
        """Numbers of galaxies and frames, and galaxies cut in a second."""
        return {
            "galaxies": self.counts.cut + self.counts.before,
            "flagged_galaxies": self.counts.flagged,
            "uncovered_galaxies": self.uncovered,
            "frames": self.frames,
            "galaxies_per_second": self.rate,
        }

    def figures(self) -> dict[str, Figure]:
        """``cutouts``: some of them, evenly chosen."""
        return {"cutouts": plot.contact_sheet(self.images, self.bands, self.labels, self.pixel_scale)}

    def shown(self) -> Iterator[str]:
        """How many were cut and are flagged, and where they are."""
        before = f", {self.counts.before:,} were there" if self.counts.before else ""
        yield f"{self.counts.cut:,} cut{before}; {self.counts.flagged:,} have flagged pixels"
        yield f"images: {self.output}"

    def write(self, folder: Path) -> None:
        """Nothing: the images have a file of their own."""
