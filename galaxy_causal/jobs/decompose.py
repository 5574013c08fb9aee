"""The main job: how much do two inputs each tell of the target?"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.decomposition import MEASURES, pointwise_min, summarise, summarise_along
from galaxy_causal.jobs.fits import FitMaker, network_name, plain
from galaxy_causal.jobs.progress import FitProgress
from galaxy_causal.tracking import JobRun
from galaxy_causal.types import Catalogue, Curve, Fit, Floats, InputPair, Summary, UserError

REVISION = 1
"""Raise it when the code gives the same recipe another meaning."""


def run(cfg: DictConfig) -> None:
    """Decompose I(target; x1, x2) of the configured dataset; print, draw and track the result."""
    console = Console()
    started = time.monotonic()
    _check(cfg)
    store = instantiate(cfg.tracking)
    catalogue: Catalogue = instantiate(cfg.dataset)
    pair: InputPair = instantiate(cfg.bands)(features=catalogue.features, dataset=catalogue.name)
    maker = FitMaker(cfg, catalogue, store)
    for inputs in (pair.x1, pair.x2, pair.union):
        maker.check(inputs)
    seeds = maker.seeds()
    _describe(console, cfg, catalogue, pair)
    recipe = _recipe(cfg, maker, pair)
    tags = _tags(cfg, maker, pair)
    name = f"{pair.x1.label} | {pair.x2.label}"
    with store.job(recipe, name, tags, _params(cfg)) as job:
        fits = _fits(console, maker, pair, seeds, job)
        summaries, curves, informations = _decompose(cfg, catalogue, fits)
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), cfg, catalogue, pair, summaries, curves, informations)
            job.log_artifacts(Path(folder))
        job.log(_metrics(summaries, cfg.decomposition.measure))
        job.tag("fits", ",".join(fit.run_id for fit in fits))
        artifacts = job.place
    console.print(plot.atoms_table(summaries, cfg.decomposition.measure, pair.x1.label, pair.x2.label))
    _farewell(console, fits, artifacts, time.monotonic() - started)


def _check(cfg: DictConfig) -> None:
    """What can be refused before anything is read."""
    if cfg.decomposition.measure not in MEASURES:
        raise UserError(
            f"decomposition.measure={cfg.decomposition.measure!r} is unknown; choose one of "
            f"{', '.join(MEASURES)}"
        )
    for name, least in (("draws", 2), ("curve_draws", 2), ("bins", 1), ("least", 1)):
        if cfg.decomposition[name] < least:
            raise UserError(f"decomposition.{name}={cfg.decomposition[name]} must be at least {least}")


def _describe(console: Console, cfg: DictConfig, catalogue: Catalogue, pair: InputPair) -> None:
    counts = {s: int(np.sum(catalogue.split == s)) for s in ("train", "validation", "test")}
    splits = ", ".join(f"{n:,} {s}" for s, n in counts.items())
    console.print(f"[bold]{catalogue.name}[/bold]: {len(catalogue):,} galaxies ({splits})", highlight=False)
    for reason, count in catalogue.dropped.items():
        console.print(f"  left out: {count:,} ({reason})", highlight=False)
    for label, inputs in (("x1", pair.x1), ("x2", pair.x2)):
        items = ", ".join(f"{i.modality}/{i.name}" + (" ± error" if i.error else "") for i in inputs.items)
        console.print(f"  {label} = {inputs.label}: {items}", highlight=False, markup=False)


def _recipe(cfg: DictConfig, maker: FitMaker, pair: InputPair) -> dict[str, object]:
    return {
        "job": "decompose",
        "revision": REVISION,
        "method": maker.method(),
        "x1": maker.inputs_recipe(pair.x1),
        "x2": maker.inputs_recipe(pair.x2),
        "seeds": maker.seeds(),
        "decomposition": plain(cfg.decomposition),
    }


def _tags(cfg: DictConfig, maker: FitMaker, pair: InputPair) -> dict[str, str]:
    return {
        "job": "decompose",
        "dataset": maker.catalogue.name,
        "x1": pair.x1.label,
        "x2": pair.x2.label,
        "estimator": str(maker.estimator.name),
        "network": network_name(cfg) if maker.estimator.uses_network else "none",
        "decomposition": str(cfg.decomposition.measure),
    }


def _params(cfg: DictConfig) -> dict[str, str]:
    """The configuration, one line a leaf, without what has its own place in the store."""
    flat: dict[str, str] = {}

    def walk(prefix: str, node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(f"{prefix}.{key}" if prefix else str(key), value)
        elif node is not None:
            flat[prefix] = str(node)

    shown = {k: v for k, v in plain(cfg).items() if k not in ("tracking", "trainer", "launcher")}
    walk("", shown)
    return {k: v for k, v in flat.items() if not k.endswith(("_target_", "_partial_"))}


def _fits(console: Console, maker: FitMaker, pair: InputPair, seeds: Sequence[int], job: JobRun) -> list[Fit]:
    """Fits of x1, x2 and the union, seed by seed: in that order, seeds fastest."""
    jobs = [(inputs, seed) for inputs in (pair.x1, pair.x2, pair.union) for seed in seeds]
    fits = []
    with FitProgress(console, len(jobs)) as progress:
        for inputs, seed in jobs:
            with progress.one(f"{inputs.label} seed {seed}") as fitting:
                fit = maker.fit(inputs, seed, job.run_id, fitting.advance, fitting.wait)
                fitting.done(fit)
            fits.append(fit)
    return fits


def _decompose(
    cfg: DictConfig, catalogue: Catalogue, fits: Sequence[Fit]
) -> tuple[tuple[Summary, ...], tuple[Curve, ...], Floats]:
    """Averages over the test galaxies by class, curves along mass and magnitude, and (seeds, 3, n)."""
    informations = np.stack([fit.pointwise for fit in fits]).reshape(3, -1, len(catalogue)).swapaxes(0, 1)
    test = catalogue.split == "test"
    classes = np.full(len(catalogue), "") if catalogue.galaxy_class is None else catalogue.galaxy_class
    names = [c for c in _class_order(classes) if c]
    group = np.array([names.index(c) if c else 0 for c in classes], dtype=np.int64)
    options = cfg.decomposition
    seed = int(cfg.seed)
    summaries = summarise(
        informations[..., test], group[test], names or ["all galaxies"], options.draws, seed
    )
    if not names:
        summaries = summaries[:1]
    curves = []
    axes = [(catalogue.target, catalogue.target_label)]
    if catalogue.magnitude is not None:
        axes.append((catalogue.magnitude, catalogue.magnitude_label))
    for row, name in enumerate(["all", *names]):
        chosen = test if row == 0 else test & (classes == name)
        if chosen.sum() < options.least:
            continue
        for quantity, label in axes:
            curves.append(
                summarise_along(
                    informations[..., chosen], quantity[chosen], label, name,
                    options.bins, options.least, options.curve_draws, seed,
                )
            )  # fmt: skip
    return summaries, tuple(curves), informations


def _class_order(classes: NDArray[np.str_]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    present = {str(c) for c in np.unique(classes)}
    middle = sorted(present - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in present]


def _metrics(summaries: Sequence[Summary], headline: str) -> dict[str, float]:
    """Metric names and values as tracked; see the README for the list."""
    metrics: dict[str, float] = {}
    for summary in summaries:
        prefix = "" if summary.group == "all" else f"{summary.group}/"
        for key, value in summary.value.items():
            measure, _, atom = key.rpartition("/")
            names = []
            if measure in ("", headline):
                names.append(f"{prefix}{atom}")
            if measure:
                names.append(f"{prefix}{measure.removesuffix('_min')}/{atom}")
            for name in names:
                metrics[name] = value
                metrics[f"{name}_err"] = summary.error[key]
        metrics[f"{prefix}galaxies"] = float(summary.count)
    return metrics


def _write(
    folder: Path,
    cfg: DictConfig,
    catalogue: Catalogue,
    pair: InputPair,
    summaries: Sequence[Summary],
    curves: Sequence[Curve],
    informations: Floats,
) -> None:
    """All artifacts of the decomposition, as files in ``folder``."""
    measure = cfg.decomposition.measure
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    pq.write_table(_galaxy_table(catalogue, informations), folder / "galaxies.parquet")
    document = {
        "x1": pair.x1.label,
        "x2": pair.x2.label,
        "unit": "nats",
        "headline": measure,
        "dataset": {"name": catalogue.name, **catalogue.provenance},
        "left_out": dict(catalogue.dropped),
        "groups": [
            {"group": s.group, "count": s.count, "value": s.value, "error": s.error} for s in summaries
        ],
    }
    (folder / "summary.json").write_text(json.dumps(document, indent=2) + "\n")
    labels = (pair.x1.label, pair.x2.label)
    by_class = plot.atoms_by_class(summaries, measure, *labels, target=catalogue.target_label)
    plot.save(by_class, folder, "atoms_by_class")
    along = plot.atoms_against(curves, measure, *labels, target=catalogue.target_label)
    plot.save(along, folder, "atoms_against")


def _galaxy_table(catalogue: Catalogue, informations: Floats) -> pa.Table:
    """id, y, class, split, informations averaged over realisations and their pointwise atoms."""
    i1, i2, union = informations.mean(axis=0)
    columns: dict[str, object] = {"id": catalogue.id, "y": catalogue.target}
    if catalogue.galaxy_class is not None:
        columns["class"] = catalogue.galaxy_class
    columns |= {"split": catalogue.split, "i_x1": i1, "i_x2": i2, "i_union": union}
    return pa.table(columns | dict(pointwise_min(i1, i2, union)))


def _farewell(console: Console, fits: Sequence[Fit], artifacts: str, seconds: float) -> None:
    reused = sum(fit.reused for fit in fits)
    console.print(
        f"{len(fits)} fits: {len(fits) - reused} trained, {reused} reused; {seconds:.0f} s", highlight=False
    )
    console.print(f"figures and tables: {artifacts}", highlight=False, soft_wrap=True)
    console.print("compare runs: make ui", highlight=False)
