"""``job=cutouts``: cut images of galaxies from survey frames into one HDF5 file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal.cutouts import CutoutFile, CutoutPlan, cut_all, make_plan
from galaxy_causal.jobs.cutouts.result import Cutouts
from galaxy_causal.jobs.life import track
from galaxy_causal.jobs.progress import counting, standard_output
from galaxy_causal.jobs.result import show
from galaxy_causal.jobs.settings import plain
from galaxy_causal.types import UserError

MEGABYTES = 3.2
"""Of a packed frame of SDSS: 16 for the five bands of a field."""
REVISION = 1
"""Raise it when the code gives the same recipe another meaning."""


def run(cfg: DictConfig) -> None:
    """Cut the configured galaxies, draw some of them, and track counts and figure in one run."""
    console, options = standard_output(), cfg.cutouts
    grid = instantiate(options.grid)
    plan = make_plan(instantiate(options.positions), instantiate(options.frames), grid, options.uncovered)
    show(console, _described(plan))
    file = CutoutFile(_output(options.output), plan)
    if file.whole():
        show(console, [f"{file.output} holds these cutouts already"])
        return
    with ExitStack() as opened:
        track(
            console,
            instantiate(cfg.tracking),
            lambda _: _cut(console, plan, opened.enter_context(file)),
            recipe={"job": "cutouts", "revision": REVISION, **plan.recipe()},
            name=f"{len(plan.positions.id)} cutouts {''.join(plan.grid.bands)}",
            tags={"job": "cutouts", "file": file.output.name},
            params={"job": "cutouts", "cutouts": plain(options)},
        )
        file.finish()  # last: a file that has its name needs nothing more


def _output(value: object) -> Path:
    output = Path(str(value)).expanduser().absolute()
    if value is None or output.suffix not in (".h5", ".hdf5"):
        raise UserError(f"cutouts.output={value}: give the path of an HDF5 file, such as cutouts.h5")
    return output


def _described(plan: CutoutPlan) -> Iterator[str]:
    grid = plan.grid
    yield (
        f"{len(plan.positions.id):,} galaxies, {len(plan.frames):,} frames, bands {''.join(grid.bands)}, "
        f"{grid.size} x {grid.size} pixels of {grid.pixel_scale:g} arcsec [{plan.unit}]"
    )
    if plan.to_fetch():
        size = f"{plan.to_fetch() * MEGABYTES / 1e3:,.1f} GB"
        yield f"  to fetch: {plan.to_fetch():,} frames, of SDSS about {size}; they go once they are cut"
    if plan.uncovered:
        yield f"  left out: {plan.uncovered:,} (in no frame of some band)"


def _cut(console: Console, plan: CutoutPlan, file: CutoutFile) -> Cutouts:
    started = time.monotonic()
    with counting(console, "cutouts", len(plan.positions.id)) as count:
        counts = cut_all(plan, file, count.advance)
    return Cutouts.of(file, plan, counts, time.monotonic() - started)
