"""The main job: how much do two inputs each tell of the target?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.dataset import divided, shown
from galaxy_causal.decomposition import summarise, summarise_along
from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.jobs import ceiling, extrapolated, verdict
from galaxy_causal.jobs.crew import Task, make_fits, workers
from galaxy_causal.jobs.decompose_results import metrics, write
from galaxy_causal.jobs.fits import FitMaker, network_name, plain
from galaxy_causal.jobs.measures import Measures, check_measures, with_tables
from galaxy_causal.jobs.parameters import flat
from galaxy_causal.jobs.plan import image_bands, input_pair
from galaxy_causal.jobs.progress import standard_output, waiting
from galaxy_causal.jobs.referee import second_opinions
from galaxy_causal.jobs.subset_fits import SubsetFits
from galaxy_causal.tracking import check_place
from galaxy_causal.types import (
    Catalogue,
    Curve,
    Fit,
    Floats,
    InputPair,
    InputSet,
    Sample,
    Summary,
    UserError,
    check_whole,
)

REVISION = 3
"""Raise it when the code gives the same recipe another meaning."""


def run(cfg: DictConfig) -> None:
    """Decompose I(target; x1, x2) of the configured dataset; print, draw and track the result."""
    console = standard_output()
    started = time.monotonic()
    _check(cfg)
    catalogue: Catalogue = instantiate(cfg.dataset)
    maker, pair = posed(cfg, catalogue)
    measures = Measures.of(cfg, maker.estimator)
    *_, union = maker.check(fitted(maker, pair))
    _describe(console, catalogue, pair, union)
    _tell_classes(console, maker, pair, union)
    recipe = job_recipe(cfg, maker, pair)
    tags = _tags(cfg, maker, pair)
    name = f"{pair.x1.label} | {pair.x2.label}"

    with maker.store.job(recipe, name, tags, _params(cfg), on_wait=waiting(console)) as job:
        tasks = [Task(inputs, seed) for inputs in fitted(maker, pair) for seed in maker.seeds()]
        fits = make_fits(console, maker, tasks, job.run_id)
        found = informations(maker, pair, fits)
        held_out = maker.estimator.held_out(catalogue.split)
        summaries, curves = _decompose(cfg, catalogue, held_out, found, measures)
        summaries = with_tables(cfg, catalogue, held_out, fits, measures, summaries)
        three = (pair.x1, pair.x2, pair.union)
        opinions = second_opinions(console, maker, three, job.run_id, cfg.decomposition.get("referee", True))
        summaries, evidence = verdict.judged(summaries, catalogue, held_out, found, fits, opinions)
        curves = verdict.of_curves(curves, summaries)
        summaries, of_label = ceiling.added(cfg, catalogue, held_out, found, summaries)
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), cfg, catalogue, pair, summaries, curves, found)
            job.log_artifacts(Path(folder))
        limits = extrapolated.limits(fits)
        job.log(metrics(summaries, cfg.decomposition.measure) | extrapolated.metrics(limits))
        job.log(verdict.metrics(summaries, evidence))
        for key, word in verdict.tags(summaries[0], cfg.decomposition.measure).items():
            job.tag(key, word)
        job.tag("fits", ",".join(fit.run_id for fit in fits))
        artifacts = job.place
    for line in verdict.words(summaries[0], evidence["all"], pair):
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(plot.atoms_table(summaries, cfg.decomposition.measure, pair.x1.label, pair.x2.label))
    ceiling.show(console, of_label)
    if limits:
        console.print(extrapolated.in_words(limits, summaries[0].value), highlight=False, soft_wrap=True)
    if not curves:
        console.print(
            f"no figure against the target: {held_out.sum()} galaxies; for one lower decomposition.least="
            f"{cfg.decomposition.least}",
            highlight=False,
        )
    _farewell(console, fits, artifacts, maker.store.look, time.monotonic() - started)


def posed(cfg: DictConfig, catalogue: Catalogue) -> tuple[FitMaker, InputPair]:
    """The question of ``cfg`` put to a catalogue: who makes its fits, and its two inputs."""
    return FitMaker(cfg, catalogue), input_pair(cfg, catalogue)


def _check(cfg: DictConfig) -> None:
    """What can be refused before anything is read."""
    check_measures(cfg)
    if not isinstance(cfg.decomposition.get("referee", True), bool):
        raise UserError(f"decomposition.referee={cfg.decomposition.referee} must be true or false")
    for name, least in (("draws", 2), ("curve_draws", 2), ("bins", 1), ("least", 1)):
        check_whole(f"decomposition.{name}", cfg.decomposition[name], least)
    workers(cfg)
    check_place(cfg.tracking.root)


def _describe(console: Console, catalogue: Catalogue, pair: InputPair, union: Sample) -> None:
    counts = {s: int(np.sum(catalogue.split == s)) for s in ("train", "validation", "test")}
    splits = ", ".join(f"{n:,} {s}" for s, n in counts.items())
    console.print(f"[bold]{catalogue.name}[/bold]: {len(catalogue):,} galaxies ({splits})", highlight=False)
    for reason, count in catalogue.dropped.items():
        console.print(f"  left out: {count:,} ({reason})", highlight=False)
    for label, inputs in (("x1", pair.x1), ("x2", pair.x2)):
        items = ", ".join(f"{i.modality}/{i.name}" + (" ± error" if i.error else "") for i in inputs.items)
        console.print(f"  {label} = {inputs.label}: {items}", highlight=False, markup=False, soft_wrap=True)
    if any(union.clipped.values()):
        counts_by_band = ", ".join(f"{count:,} in {band}" for band, count in union.clipped.items())
        console.print(f"  Petrosian fluxes clipped for normalised images: {counts_by_band}", highlight=False)


def _tell_classes(console: Console, maker: FitMaker, pair: InputPair, union: Sample) -> None:
    """Say where the estimator takes the few values of the target for classes."""
    if isinstance(maker.estimator, CrossEntropy):
        learner = maker.learner(pair.union, maker.seeds()[0])
        cells = maker.estimator.target(union, learner).cells
        if cells.discrete:
            words = f"  the target has {cells.count} values: they are treated as classes"
            console.print(words, highlight=False)


def job_recipe(cfg: DictConfig, maker: FitMaker, pair: InputPair) -> dict[str, object]:
    """All that the decomposition depends on."""
    return {
        "job": "decompose",
        "revision": REVISION,
        "method": maker.method(),
        "x1": maker.inputs_recipe(pair.x1),
        "x2": maker.inputs_recipe(pair.x2),
        "seeds": maker.seeds(),
        "shown": maker.checksums["shown"],
        "decomposition": plain(cfg.decomposition),
        **ceiling.recipe(maker.checksums),
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
    elsewhere = ("compute", "cutouts", "discovery", "launcher", "studies", "subsets", "tracking", "trainer")
    return flat({k: v for k, v in plain(cfg).items() if k not in elsewhere})


def fitted(maker: FitMaker, pair: InputPair) -> tuple[InputSet, ...]:
    """The inputs that are fitted: both and their union, or the union alone where a fit takes subsets."""
    if maker.estimator.takes_subsets:
        return (divided(pair, maker.catalogue.features, image_bands(maker.catalogue)),)
    return (pair.x1, pair.x2, pair.union)


def informations(maker: FitMaker, pair: InputPair, fits: Sequence[Fit]) -> Floats:
    """Pointwise informations (seeds, 3, n) of both inputs and their union."""
    inputs = fitted(maker, pair)
    if len(inputs) == 3:
        return np.stack([fit.pointwise for fit in fits]).reshape(3, -1, len(maker.catalogue)).swapaxes(0, 1)
    subsets = shown(inputs[0], (pair.x1, pair.x2, pair.union))
    everyone = np.arange(len(maker.catalogue))
    fit = SubsetFits(maker, inputs[0])
    return np.stack([fit.informations(seed, subsets, everyone) for seed in maker.seeds()])


def _decompose(
    cfg: DictConfig,
    catalogue: Catalogue,
    test: NDArray[np.bool_],
    informations: Floats,
    measures: Measures,
) -> tuple[tuple[Summary, ...], tuple[Curve, ...]]:
    """Averages over the held-out galaxies (n,) by class, and curves along mass and magnitude."""
    classes = np.full(len(catalogue), "") if catalogue.galaxy_class is None else catalogue.galaxy_class
    names = [c for c in _class_order(classes) if c]
    group = np.array([names.index(c) if c else 0 for c in classes], dtype=np.int64)
    options = cfg.decomposition
    seed = int(cfg.seed)
    summaries = summarise(
        informations[..., test], group[test], names or ["all galaxies"], options.draws, seed,
        catalogue.target[test], measures.of_galaxies,
    )  # fmt: skip
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
                    catalogue.target[chosen], measures.of_galaxies,
                )
            )  # fmt: skip
    return summaries, tuple(curves)


def _class_order(classes: NDArray[np.str_]) -> list[str]:
    """Star-forming, passive, any other names, and other last."""
    first, last = ("star_forming", "passive"), ("other",)
    present = {str(c) for c in np.unique(classes)}
    middle = sorted(present - set(first) - set(last))
    return [c for c in (*first, *middle, *last) if c in present]


def _farewell(console: Console, fits: Sequence[Fit], artifacts: str, look: str, seconds: float) -> None:
    reused = sum(fit.reused for fit in fits)
    console.print(
        f"{len(fits)} fits: {len(fits) - reused} trained, {reused} reused; {seconds:.0f} s", highlight=False
    )
    console.print(f"figures and tables: {artifacts}", highlight=False, soft_wrap=True)
    console.print(f"compare runs: {look}", highlight=False, soft_wrap=True)
