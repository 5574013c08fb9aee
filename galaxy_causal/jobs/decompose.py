"""The main job: how much do two inputs each tell of the target?"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.jobs import ceiling, extrapolated, verdict
from galaxy_causal.jobs.crew import check_at_once
from galaxy_causal.jobs.decompose_results import metrics, write
from galaxy_causal.jobs.decomposition import DecomposeOptions, Decomposition, Question
from galaxy_causal.jobs.parameters import flat
from galaxy_causal.jobs.plan import input_pair
from galaxy_causal.jobs.progress import standard_output, waiting
from galaxy_causal.jobs.settings import fit_maker, plain
from galaxy_causal.tracking import check_place
from galaxy_causal.types import Catalogue, Fit, Sample


def run(cfg: DictConfig) -> None:
    """Decompose I(target; x1, x2) of the configured dataset; print, draw and track the result."""
    console, started = standard_output(), time.monotonic()
    _check(cfg)
    question = posed(cfg, instantiate(cfg.dataset))
    *_, union = question.check()
    _describe(console, question, union)
    found, place = tracked(console, question, _params(cfg), cfg)
    _show(console, found)
    look = question.maker.store.tracker.look
    _farewell(console, found.fits, place, look, time.monotonic() - started)


def tracked(
    console: Console, question: Question, params: Mapping[str, object], cfg: DictConfig | None = None
) -> tuple[Decomposition, str]:
    """The answer to a checked question, and where its run has its files.

    The configuration is kept with them, if there is one.
    """
    tracker, name = question.maker.store.tracker, " | ".join((question.pair.x1.label, question.pair.x2.label))
    with tracker.job(question.recipe(), name, _tags(question), params, on_wait=waiting(console)) as job:
        found = question.answer(console, job.run_id)
        with tempfile.TemporaryDirectory() as folder:
            if cfg is not None:
                OmegaConf.save(cfg, Path(folder) / "config.yaml", resolve=True)
            write(Path(folder), found)
            job.log_artifacts(Path(folder))
        headline = question.options.measure
        job.log(metrics(found.summaries, headline) | extrapolated.metrics(found.limits))
        job.log(verdict.metrics(found.summaries, found.evidence))
        for key, word in verdict.tags(found.summaries[0], headline).items():
            job.tag(key, word)
        job.tag("fits", ",".join(fit.key for fit in found.fits))
        return found, job.place


def posed(cfg: DictConfig, catalogue: Catalogue) -> Question:
    """The question of ``cfg`` put to a catalogue."""
    options = DecomposeOptions(**plain(cfg.decomposition))
    return Question(fit_maker(cfg, catalogue), input_pair(cfg, catalogue), options)


def _show(console: Console, found: Decomposition) -> None:
    for line in found.words():
        console.print(line, style="yellow", highlight=False, markup=False, soft_wrap=True)
    console.print(found.table())
    ceiling.show(console, found.of_label)
    if found.limits:
        words = extrapolated.in_words(found.limits, found.summaries[0].value)
        console.print(words, highlight=False, soft_wrap=True)
    if not found.curves:
        console.print(
            f"no figure against the target: {found.question.held_out.sum()} galaxies; for one lower "
            f"decomposition.least={found.question.options.least}",
            highlight=False,
        )


def _check(cfg: DictConfig) -> None:
    """What can be refused before anything is read."""
    DecomposeOptions(**plain(cfg.decomposition))
    check_at_once(cfg.fits_at_once)
    check_place(cfg.tracking.root)


def _describe(console: Console, question: Question, union: Sample) -> None:
    catalogue, pair = question.catalogue, question.pair
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
    estimator = question.maker.estimator
    if isinstance(estimator, CrossEntropy):
        learner = question.maker.learner(pair.union, question.maker.seeds()[0])
        cells = estimator.target(union, learner).cells
        if cells.discrete:
            words = f"  the target has {cells.count} values: they are treated as classes"
            console.print(words, highlight=False)


def _tags(question: Question) -> dict[str, str]:
    return {
        "job": "decompose",
        "dataset": question.catalogue.name,
        "x1": question.pair.x1.label,
        "x2": question.pair.x2.label,
        "estimator": str(question.maker.estimator.name),
        "network": question.maker.network_name(),
        "decomposition": question.options.measure,
    }


def _params(cfg: DictConfig) -> dict[str, str]:
    """The configuration, one line a leaf, without what has its own place in the store."""
    elsewhere = ("compute", "cutouts", "discovery", "launcher", "studies", "subsets", "tracking", "trainer")
    return flat({k: v for k, v in plain(cfg).items() if k not in elsewhere})


def _farewell(console: Console, fits: Sequence[Fit], artifacts: str, look: str, seconds: float) -> None:
    reused = sum(fit.reused for fit in fits)
    console.print(
        f"{len(fits)} fits: {len(fits) - reused} trained, {reused} reused; {seconds:.0f} s", highlight=False
    )
    console.print(f"figures and tables: {artifacts}", highlight=False, soft_wrap=True)
    console.print(f"compare runs: {look}", highlight=False, soft_wrap=True)
