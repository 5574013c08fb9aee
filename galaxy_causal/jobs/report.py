"""The decompositions of whole studies side by side: one table, and a figure for each study."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import hydra
import pandas as pd
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import instantiate
from omegaconf import DictConfig
from rich.console import Console

from galaxy_causal import plot
from galaxy_causal.jobs.decompose import job_recipe, posed
from galaxy_causal.jobs.decompose_results import read_answer
from galaxy_causal.jobs.fits import plain
from galaxy_causal.tracking import Store, recipe_key
from galaxy_causal.types import Answer, Catalogue, InputPair, UserError

OWN = ("job", "studies")
"""Overrides that concern the report, not the decompositions."""


@dataclass(frozen=True)
class Member:
    """One decomposition: its target, its inputs, its recipe, and the keys of the fits of its first seed."""

    target_label: str
    pair: InputPair
    recipe: Mapping[str, object]
    fits: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its two inputs as people read them."""
        return f"{self.pair.x1.label} | {self.pair.x2.label}"


def run(cfg: DictConfig) -> None:
    """Collect the finished decompositions of ``studies``; print, draw and track them side by side."""
    console = Console()
    overrides = _passed_on(HydraConfig.get().overrides.task)
    studies = _studies(cfg, overrides)
    everything = [member for study in studies.values() for member in study]
    console.print(count(everything), highlight=False)
    store: Store = instantiate(cfg.tracking)
    answers = {name: _answers(console, store, name, study) for name, study in studies.items()}
    answers = {name: found for name, found in answers.items() if found}
    if not answers:
        raise UserError(f"nothing to report yet; run {_commands(studies, overrides)}")
    recipe = {"job": "report", "decompositions": [recipe_key(member.recipe) for member in everything]}
    tags = {"job": "report", "studies": ",".join(studies)}
    with store.job(recipe, f"report {', '.join(studies)}", tags, {}) as job:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), answers, str(cfg.decomposition.measure), everything[0].target_label)
            job.log_artifacts(Path(folder))
        place = job.place
    for name, found in answers.items():
        console.print(f"\n[bold]{name}[/bold]", highlight=False)
        rows = [replace(a.summaries[0], group=f"{a.x1} | {a.x2}") for a in found]
        console.print(plot.atoms_table(rows, cfg.decomposition.measure, "before the |", "behind it"))
    console.print(f"figures and tables: {place}", highlight=False, soft_wrap=True)


def members(study: str, overrides: Sequence[str] = ()) -> list[DictConfig]:
    """The configuration of every decomposition of a study, a preset of ``experiment=`` with a sweep.

    ``overrides`` are those of a command line, and win over the preset. Hydra must be initialised, as it is
    within a job. Raises UserError for a preset without a sweep.
    """
    chosen = [*overrides, f"experiment={study}"]
    sweep = hydra.compose("config", chosen, return_hydra_config=True).hydra.sweeper.params
    if not sweep:
        raise UserError(f"studies: experiment={study} is no study, for it sets no hydra.sweeper.params")
    parsed = OverridesParser.create().parse_overrides([f"{key}={value}" for key, value in sweep.items()])
    (batch,) = BasicSweeper.split_arguments(parsed, max_batch_size=None)
    return [hydra.compose("config", [*chosen, *one]) for one in batch]


def member(cfg: DictConfig, catalogue: Catalogue) -> Member:
    """The decomposition of ``cfg`` on ``catalogue``."""
    maker, pair = posed(cfg, catalogue)
    seed = maker.seeds()[0]
    fits = tuple(recipe_key(maker.recipe(inputs, seed)) for inputs in (pair.x1, pair.x2, pair.union))
    return Member(catalogue.target_label, pair, job_recipe(cfg, maker, pair), fits)


def count(decompositions: Sequence[Member]) -> str:
    """How many models the decompositions need for each seed, shared and unshared, in words."""
    needed = [fit for member in decompositions for fit in member.fits]
    return (
        f"{len(decompositions)} decompositions: {len(set(needed))} models for each seed, each trained once; "
        f"{len(needed)} if none were shared"
    )


def write(folder: Path, answers: Mapping[str, Sequence[Answer]], measure: str, target: str) -> None:
    """``report.csv``, a row for each group of each decomposition, and a figure for each study."""
    rows: list[dict[str, object]] = []
    for study, found in answers.items():
        plot.save(plot.atoms_by_pair(found, measure, target), folder, study)
        for answer in found:
            for summary in answer.summaries:
                row: dict[str, object] = {"study": study, "x1": answer.x1, "x2": answer.x2}
                row |= {"group": summary.group, "galaxies": summary.count}
                for name, value in summary.value.items():
                    row |= {name: value, f"{name}_err": summary.error[name]}
                rows.append(row)
    pd.DataFrame(rows).to_csv(folder / "report.csv", index=False)


def _passed_on(overrides: Sequence[str]) -> list[str]:
    """The overrides of the command line that concern the decompositions."""
    names = {override: override.split("=")[0].lstrip("+~") for override in overrides}
    if "experiment" in names.values():
        raise UserError("job=report takes the names of its presets by studies=[...]; leave experiment= out")
    return [override for override, name in names.items() if name not in OWN]


def _studies(cfg: DictConfig, overrides: Sequence[str]) -> dict[str, list[Member]]:
    """The members of every study; a catalogue is read once for all that share its options."""
    catalogues: dict[str, Catalogue] = {}
    found: dict[str, list[Member]] = {}
    for name in cfg.studies:
        found[str(name)] = []
        for one in members(str(name), overrides):
            options = str(plain(one.dataset))
            if options not in catalogues:
                catalogues[options] = instantiate(one.dataset)
            found[str(name)].append(member(one, catalogues[options]))
    return found


def _answers(console: Console, store: Store, name: str, study: Sequence[Member]) -> list[Answer]:
    """Of the decompositions that are finished; the others are named."""
    found = {member.name: store.find_job(member.recipe) for member in study}
    missing = [label for label, run in found.items() if run is None]
    if missing:
        console.print(f"{name}: {len(missing)} of {len(study)} are not made yet:", highlight=False)
        for label in missing:
            console.print(f"  {label}", highlight=False, markup=False)
    return [read_answer(run.artifacts) for run in found.values() if run is not None]


def _commands(studies: Mapping[str, object], overrides: Sequence[str]) -> str:
    return "; ".join(" ".join(["galaxy-causal -m", f"experiment={name}", *overrides]) for name in studies)
