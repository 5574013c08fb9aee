"""Which frame shows which galaxy best."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.cutouts.frames import Frame
from galaxy_causal.cutouts.grid import Grid
from galaxy_causal.cutouts.listed import FrameList, ListedFrame
from galaxy_causal.types import Floats, Positions, UserError, checked, option


@dataclass(frozen=True)
class CutoutPlan:
    """Galaxies to cut, and the frame that shows each of them in each band.

    Parameters
    ----------
    positions
        Of the n galaxies that are cut.
    frames
        In the bands of the grid.
    chosen
        (n, bands), places in ``frames``.
    grid
        Size, pixel scale and bands of the cutouts.
    unit
        Of the pixels of all frames.
    uncovered
        Galaxies that were left out, for they lie in no frame of some band.
    """

    positions: Positions
    frames: tuple[Frame, ...] | tuple[ListedFrame, ...]
    chosen: NDArray[np.int64]
    grid: Grid
    unit: str
    uncovered: int

    def to_fetch(self) -> int:
        """How many frames are in an archive, and not here."""
        return sum(isinstance(frame, ListedFrame) and not frame.path.exists() for frame in self.frames)

    def check(self, frame: Frame, band: str) -> None:
        """Refuse a frame of another band, unit or pixel scale; one of a list is known once it was fetched."""
        if (frame.band, frame.unit) != (band, self.unit):
            raise UserError(
                f"{frame.path} is in the band {frame.band} and in {frame.unit}, not in {band} and "
                f"{self.unit}; the list of frames is wrong, or the archive has changed"
            )
        self.grid.check([frame])

    def recipe(self) -> dict[str, object]:
        """What the cutouts are made from: a digest of positions and frames (names, sizes), the grid."""
        digest = hashlib.sha256()
        for array in (self.positions.id, self.positions.ra, self.positions.dec, self.chosen):
            digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
        for frame in self.frames:
            digest.update(frame.identity().encode())
        return {
            "galaxies": len(self.positions.id),
            "sha256": digest.hexdigest(),
            "bands": list(self.grid.bands),
            "size": self.grid.size,
            "pixel_scale": self.grid.pixel_scale,
            "reference": self.grid.reference,
            "resampling": self.grid.resampling,
            "unit": self.unit,
        }


@checked("cutouts")
def make_plan(
    positions: Positions,
    frames: Sequence[Frame] | FrameList,
    grid: Grid,
    uncovered: Literal["error", "drop"] = "error",
) -> CutoutPlan:
    """Choose a frame for each galaxy and band: the one that covers most of the cutout.

    Parameters
    ----------
    positions
        Of the galaxies.
    frames
        Of which only those that hold a galaxy's own position count for it. Of frames that cover it equally,
        the one in which the galaxy lies farthest from the edge is taken, and of equals the first by path.
        A list says itself which frame shows which galaxy.
    grid
        Of the cutouts.
    uncovered
        Galaxies without a frame in some band are refused (``error``) or left out and counted (``drop``).

    Returns
    -------
    CutoutPlan
        Only pairs of galaxies and frames that are near each other are looked at.

    Raises
    ------
    UserError
        For galaxies without frames, bands without frames, and frames of several units.
    """
    if isinstance(frames, FrameList):
        listed, chosen = frames.chosen(positions.id, grid.bands)
        return CutoutPlan(positions, listed, chosen, grid, frames.unit, 0)
    frames = tuple(f for f in frames if f.band in grid.bands)
    lacking = [b for b in grid.bands if not any(f.band == b for f in frames)]
    if lacking:
        raise UserError(
            f"there is no frame in the band {', '.join(lacking)}; add such frames, or leave the band out of "
            f"{option('cutouts.grid.bands')}"
        )
    units = sorted({f.unit for f in frames})
    if len(units) > 1:
        raise UserError(f"the frames are in different units, {', '.join(units)}; bring all of them to one")
    grid.check(frames)
    chosen = _choose(positions, frames, grid)
    there = np.all(chosen >= 0, axis=1)
    lost = int(np.sum(~there))
    if lost and (uncovered == "error" or not there.any()):
        first = int(np.flatnonzero(~there)[0])
        bands = ", ".join(b for b, c in zip(grid.bands, chosen[first], strict=True) if c < 0)
        remedy = (
            f"{option('cutouts.uncovered', 'drop')} leaves them out"
            if there.any()
            else "check positions and frames"
        )
        raise UserError(
            f"{lost} of {len(there)} galaxies lie in no frame of some band, such as id {positions.id[first]} "
            f"(RA {positions.ra[first]:.5f}, Dec {positions.dec[first]:.5f}) in {bands}; {remedy}"
        )
    kept = Positions(positions.id[there], positions.ra[there], positions.dec[there])
    return CutoutPlan(kept, frames, chosen[there], grid, units[0], lost)


def _choose(positions: Positions, frames: Sequence[Frame], grid: Grid) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    tree = cKDTree(_vectors(positions.ra, positions.dec))
    chosen = np.full((len(positions.id), len(grid.bands)), -1, dtype=np.int64)
    best = np.zeros((len(positions.id), len(grid.bands), 2))
    for number, frame in enumerate(frames):
        band = grid.bands.index(frame.band)
        middle = np.array([frame.middle])
        radius = np.radians(0.51 * np.hypot(*frame.size) * frame.pixel_scale / 3600)
        near = np.array(tree.query_ball_point(_vectors(*middle.T)[0], radius), dtype=np.int64)
        if not len(near):
            continue
        score = _score(frame, positions.ra[near], positions.dec[near], grid)
        more, equal = score[:, 0] > best[near, band, 0], score[:, 0] == best[near, band, 0]
        better = more | (equal & (score[:, 1] > best[near, band, 1]))
        best[near[better], band] = score[better]
        chosen[near[better], band] = number
    return chosen


def _score(frame: Frame, ra: Floats, dec: Floats, grid: Grid) -> Floats:
    """Share of the cutout that the frame covers, and distance to the edge [pixels]: (n, 2); 0, 0 outside.

    Both grids are taken as parallel, which is exact along the frame's own axes.
    """
    half = 0.5 * grid.size * grid.pixel_scale / frame.pixel_scale
    share, edge = np.ones(len(ra)), np.full(len(ra), np.inf)
    for place, size in zip(frame.pixel(ra, dec), frame.size, strict=True):
        low, high = place + 0.5, size - 0.5 - place  # distances to both edges
        share *= (np.minimum(low, half) + np.minimum(high, half)) / (2 * half)
        edge = np.minimum(edge, np.minimum(low, high))
    return np.where((edge > 0)[:, None], np.column_stack([np.round(share, 6), np.round(edge, 3)]), 0.0)


def _vectors(ra: Floats, dec: Floats) -> Floats:
    """Unit vectors (n, 3) of positions in degrees."""
    longitude, latitude = np.radians(ra), np.radians(dec)
    flat = np.cos(latitude)
    return np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])
