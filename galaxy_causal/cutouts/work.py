"""Cut every galaxy of a plan, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.cutouts.frames import Frame, quiet
from galaxy_causal.cutouts.listed import ListedFrame
from galaxy_causal.cutouts.plan import CutoutPlan
from galaxy_causal.cutouts.store import CutoutFile
from galaxy_causal.types import UserError

Shown = tuple[Frame, NDArray[np.float32]]
"""A frame, and what it shows."""
AT_ONCE = 64
"""Galaxies written at a time; a killed run loses no more than these."""
THREADS = 2
"""Frames unpacked at the same time."""


@dataclass(frozen=True)
class Counts:
    """What became of the galaxies of a plan.

    Parameters
    ----------
    cut, before
        Galaxies that were written now, and by earlier runs.
    flagged
        Of all of them, those with a flagged pixel in some band.
    """

    cut: int
    before: int
    flagged: int


def cut_all(plan: CutoutPlan, file: CutoutFile, advance: Callable[[int], None]) -> Counts:
    """Cut what a file lacks.

    Parameters
    ----------
    plan, file
        What to cut, and where to.
    advance
        Told of every k galaxies that are done.

    Returns
    -------
    Counts
        Of what became of the galaxies.

    Notes
    -----
    Galaxies that share their frames are cut together, so that each frame is read once; beside those of one
    group no frames are held.
    """
    left = file.left()
    before = len(plan.positions.id) - len(left)
    advance(before)
    held: dict[int, Shown] = {}
    with quiet(), ThreadPoolExecutor(THREADS, thread_name_prefix="frames") as pool:
        for rows in _groups(plan, left):
            wanted = [int(f) for f in np.unique(plan.chosen[rows[0]])]
            _release(plan, [f for f in held if f not in wanted])
            held = {f: held[f] for f in wanted if f in held}
            missing = [f for f in wanted if f not in held]
            read = partial(_shown, plan)
            held |= zip(missing, pool.map(read, [plan.frames[f] for f in missing]), strict=True)
            for start in range(0, len(rows), AT_ONCE):
                some = rows[start : start + AT_ONCE]
                file.write(some, _cut(plan, some, held))
                advance(len(some))
        _release(plan, list(held))
    plan.frames[0].tidy()
    flagged = file.read("flagged")
    return Counts(len(left), before, int(np.sum(flagged.any(axis=1))))


def _groups(plan: CutoutPlan, left: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Rows that share all their frames, one group after the other, neighbours of like frames together."""
    if not len(left):
        return
    _, group = np.unique(plan.chosen[left], axis=0, return_inverse=True)
    order = np.argsort(group, kind="stable")
    yield from np.split(left[order], np.flatnonzero(np.diff(group[order])) + 1)


def _release(plan: CutoutPlan, numbers: Sequence[int]) -> None:
    """Let go of the files of frames that were fetched."""
    for number in numbers:
        plan.frames[number].release()


def _shown(plan: CutoutPlan, chosen: Frame | ListedFrame) -> Shown:
    """A frame that is here, and its pixels; a file that was fetched and is damaged does not stay."""
    try:
        frame = chosen.opened()
        if frame is not chosen:  # of one that was only now fetched nothing was known
            plan.check(frame, chosen.band)
        return frame, _pixels(frame)
    except UserError:
        chosen.release()
        raise


def _pixels(frame: Frame) -> NDArray[np.float32]:
    pixels = frame.load()
    if pixels.shape != frame.size[::-1]:
        raise UserError(
            f"{frame.path} holds {pixels.shape[1]} x {pixels.shape[0]} pixels, but its header said "
            f"{frame.size[0]} x {frame.size[1]}; did it change meanwhile? Run again"
        )
    return pixels


def _cut(plan: CutoutPlan, rows: NDArray[np.int64], held: dict[int, Shown]) -> dict[str, NDArray[np.generic]]:
    grid = plan.grid
    images = np.empty((len(rows), len(grid.bands), grid.size, grid.size), dtype=np.float32)
    offset = np.empty((len(rows), 2), dtype=np.float32)
    frames = {band: held[int(f)] for band, f in zip(grid.bands, plan.chosen[rows[0]], strict=True)}
    for number, row in enumerate(rows):
        ra, dec = float(plan.positions.ra[row]), float(plan.positions.dec[row])
        images[number], offset[number] = grid.cut(ra, dec, frames)
    flagged = np.isnan(images).sum(axis=(2, 3)).astype(np.int32)
    return {"images": images, "flagged": flagged, "offset": offset}
