"""Cut images of galaxies from survey frames into one HDF5 file."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from matplotlib.figure import Figure
from omegaconf import DictConfig
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from galaxy_causal import plot
from galaxy_causal.cutouts import Counts, CutoutFile, Plan, cut_all, make_plan
from galaxy_causal.fitting import FitStore
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.settings import plain
from galaxy_causal.types import UserError

REVISION = 1
"""Raise it when the code gives the same recipe another meaning."""
SHOWN = 24


def run(cfg: DictConfig) -> None:
    """Cut the configured galaxies, draw some of them, and track counts and figure in one run."""
    console = standard_output()
    started = time.monotonic()
    options = cfg.cutouts
    grid = instantiate(options.grid)
    positions = instantiate(options.positions)
    frames = instantiate(options.frames)
    plan = make_plan(positions, frames, grid, options.uncovered)
    _describe(console, plan)
    output = _output(options.output)
    file = CutoutFile(output, plan)
    if file.whole():
        console.print(f"{output} holds these cutouts already", highlight=False, soft_wrap=True)
        return
    store: FitStore = instantiate(cfg.tracking)
    recipe = {"job": "cutouts", "revision": REVISION, **plan.recipe()}
    name = f"{len(plan.positions.id)} cutouts {''.join(plan.grid.bands)}"
    with store.tracker.job(recipe, name, {"job": "cutouts"}, _params(cfg)) as job:
        job.tag("file", output.name)
        with file:
            counts = _cut(console, plan, file)
            job.log(_metrics(plan, counts, time.monotonic() - started))
            with tempfile.TemporaryDirectory() as folder:
                plot.save(_sheet(plan, file), Path(folder), "cutouts")
                job.log_artifacts(Path(folder))
            file.finish()  # last: a file that has its name needs nothing more
        place = job.place
    _farewell(console, output, counts, place, time.monotonic() - started)


def _output(value: object) -> Path:
    output = Path(str(value)).expanduser().absolute()
    if value is None or output.suffix not in (".h5", ".hdf5"):
        raise UserError(f"cutouts.output={value}: give the path of an HDF5 file, such as cutouts.h5")
    return output


def _cut(console: Console, plan: Plan, file: CutoutFile) -> Counts:
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bars:
        task = bars.add_task("cutouts", total=len(plan.positions.id))
        return cut_all(plan, file, lambda k: bars.advance(task, k))


def _describe(console: Console, plan: Plan) -> None:
    grid = plan.grid
    console.print(
        f"{len(plan.positions.id):,} galaxies, {len(plan.frames):,} frames, bands {''.join(grid.bands)}, "
        f"{grid.size} x {grid.size} pixels of {grid.pixel_scale:g} arcsec [{plan.unit}]",
        highlight=False,
        markup=False,
    )
    if plan.uncovered:
        console.print(f"  left out: {plan.uncovered:,} (in no frame of some band)", highlight=False)


def _sheet(plan: Plan, file: CutoutFile) -> Figure:
    """Some of the cutouts, evenly chosen from first to last."""
    rows = np.unique(np.linspace(0, len(plan.positions.id) - 1, SHOWN).astype(np.int64))
    flagged = file.read("flagged").max(axis=1)
    labels = [_label(plan, int(row), int(flagged[row])) for row in rows]
    return plot.contact_sheet(file.images(rows), plan.grid.bands, labels, plan.grid.pixel_scale)


def _label(plan: Plan, row: int, flagged: int) -> str:
    text = str(plan.positions.id[row])
    return f"{text}  {flagged / plan.grid.size**2:.0%} flagged" if flagged else text


def _params(cfg: DictConfig) -> dict[str, str]:
    """The options of the job, one line a leaf."""
    flat: dict[str, str] = {}
    for group, value in plain(cfg.cutouts).items():
        leaves = value.items() if isinstance(value, dict) else [("", value)]
        flat |= {f"cutouts.{group}.{k}".rstrip("."): str(v) for k, v in leaves if k != "_target_"}
    return flat


def _metrics(plan: Plan, counts: Counts, seconds: float) -> dict[str, float]:
    return {
        "galaxies": len(plan.positions.id),
        "flagged_galaxies": counts.flagged,
        "uncovered_galaxies": plan.uncovered,
        "frames": len(np.unique(plan.chosen)),
        "galaxies_per_second": counts.cut / seconds,
    }


def _farewell(console: Console, output: Path, counts: Counts, place: str, seconds: float) -> None:
    before = f", {counts.before:,} were there" if counts.before else ""
    console.print(
        f"{counts.cut:,} cut in {seconds:.0f} s{before}; {counts.flagged:,} have flagged pixels",
        highlight=False,
    )
    console.print(f"images: {output}", highlight=False, soft_wrap=True)
    console.print(f"figure: {place}", highlight=False, soft_wrap=True)
