"""``job=report``: the finished decompositions of whole studies side by side."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import hydra
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from galaxy_causal.fitting import FitStore, Tracker, reading, recipe_key
from galaxy_causal.jobs.decompose.command import options, posed
from galaxy_causal.jobs.decompose.result import SUMMARY, Decomposition
from galaxy_causal.jobs.life import track
from galaxy_causal.jobs.page import Asked
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.report.result import Report
from galaxy_causal.jobs.settings import command_line, plain
from galaxy_causal.jobs.targets import check_targets
from galaxy_causal.tracking import check_place
from galaxy_causal.types import Catalogue, InputPair, Stored, UserError

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


Study = dict[str, Member]
"""Its decompositions by name."""
Configs = dict[str, dict[str, DictConfig]]
"""Of every study, the configuration of each member by what the study sets in it."""


def run(cfg: DictConfig) -> None:
    """Collect the finished decompositions of ``studies``; print, draw and track them side by side."""
    console = standard_output()
    check_place(cfg.tracking.root)
    overrides = _passed_on(HydraConfig.get().overrides.task)
    configs = _configs(cfg, overrides)
    store: FitStore = instantiate(cfg.tracking)
    tracker = store.tracker
    nothing = UserError(f"nothing to report yet; run {_commands(configs, overrides)}")
    if not _any_finished(tracker, configs):  # seen before datasets are read, for a mock would be simulated
        raise nothing
    studies = _studies(configs)
    everything = [each for study in studies.values() for each in study.values()]
    console.print(count(everything), highlight=False, soft_wrap=True)
    found = {name: _finished(console, tracker, name, study) for name, study in studies.items()}
    if not any(found.values()):
        raise nothing
    chosen = options(cfg)
    targets = {name: next(iter(study.values())).target_label for name, study in studies.items()}
    track(
        console,
        store,
        lambda _: Report(found, targets, chosen.headline, chosen.meanings),
        recipe={"job": "report", "decompositions": [recipe_key(each.recipe) for each in everything]},
        name=f"report {', '.join(studies)}",
        tags={"job": "report", "studies": ",".join(studies)},
        params={},
        asked=lambda: Asked(
            configuration=OmegaConf.to_yaml(cfg, resolve=True), repeat={"In a shell": command_line()}
        ),
    )


def members(study: str, overrides: Sequence[str] = ()) -> list[list[str]]:
    """The overrides that make each decomposition of a study, a preset of ``experiment=`` with a sweep.

    ``overrides`` are those of a command line, and win over the preset and its sweep. Hydra must be
    initialised, as it is within a job. Raises UserError for a preset without a sweep.
    """
    chosen = [*overrides, f"experiment={study}"]
    sweep = hydra.compose("config", chosen, return_hydra_config=True).hydra.sweeper.params
    if not sweep:
        raise UserError(f"studies: experiment={study} is no study, for it sets no hydra.sweeper.params")
    given = {override.split("=")[0].lstrip("+~") for override in overrides}
    left = [f"{key}={value}" for key, value in sweep.items() if key not in given]
    parsed = OverridesParser.create().parse_overrides(left)
    (batch,) = BasicSweeper.split_arguments(parsed, max_batch_size=None)
    return [[*chosen, *one] for one in batch]


def member(cfg: DictConfig, catalogue: Catalogue) -> Member:
    """The decomposition of ``cfg`` on ``catalogue``."""
    question = posed(cfg, catalogue)
    maker = question.maker
    fits = tuple(recipe_key(maker.recipe(inputs, maker.seeds()[0])) for inputs in question.fitted)
    return Member(catalogue.target_label, question.pair, question.recipe(), fits)


def count(decompositions: Sequence[Member]) -> str:
    """How many models the decompositions need for each seed, shared and unshared, in words."""
    needed = [fit for member in decompositions for fit in member.fits]
    return (
        f"{len(decompositions)} decompositions: {len(set(needed))} models for each seed, each trained once; "
        f"{len(needed)} if none were shared"
    )


def _passed_on(overrides: Sequence[str]) -> list[str]:
    """The overrides of the command line that concern the decompositions."""
    names = {override: override.split("=")[0].lstrip("+~") for override in overrides}
    if "experiment" in names.values():
        raise UserError("job=report takes the names of its presets by 'studies=[...]'; leave experiment= out")
    return [override for override, name in names.items() if name not in OWN]


def _configs(cfg: DictConfig, overrides: Sequence[str]) -> Configs:
    """The configuration of every member of every study, by what the study sets in it."""
    if not OmegaConf.is_list(cfg.studies) or not len(cfg.studies):
        raise UserError(f"studies={cfg.studies}: give a list of presets, such as 'studies=[modalities]'")
    return {
        name: {" ".join(own[len(overrides) + 1 :]): _composed(own) for own in members(name, overrides)}
        for name in map(str, cfg.studies)
    }


def _composed(overrides: Sequence[str]) -> DictConfig:
    cfg = hydra.compose("config", list(overrides))
    check_targets(cfg, ["estimator", "network"])
    return cfg


def _any_finished(tracker: Tracker, configs: Configs) -> bool:
    """Whether any decomposition of one of the datasets is finished, whatever its settings.

    A table without ``dataset.name`` is called after its file: there, a decomposition of any dataset counts.
    """
    names = {one.dataset.name for study in configs.values() for one in study.values()}
    return any(
        tracker.has_finished({"job": "decompose"} | ({} if name is None else {"dataset": str(name)}))
        for name in names
    )


def _studies(configs: Configs) -> dict[str, Study]:
    """The members of every study; a catalogue is read once for all that share its options."""
    catalogues: dict[str, Catalogue] = {}
    found: dict[str, Study] = {}
    for name, study in configs.items():
        made: dict[str, Member] = {}
        for own, one in study.items():
            options = str(plain(one.dataset))
            if options not in catalogues:
                catalogues[options] = instantiate(one.dataset)
            made[own] = member(one, catalogues[options])
        alike = len({each.name for each in made.values()}) < len(made)
        found[name] = {f"{each.name} ({own})" if alike else each.name: each for own, each in made.items()}
    return found


def _finished(console: Console, tracker: Tracker, name: str, study: Study) -> dict[str, Decomposition]:
    """What the decompositions that are finished have found; the others are named."""
    runs = {label: tracker.find_job(each.recipe) for label, each in study.items()}
    missing = [label for label, run in runs.items() if run is None]
    if missing:
        console.print(f"{name}: {len(missing)} of {len(study)} are not made yet:", highlight=False)
        for label in missing:
            console.print(f"  {label}", highlight=False, markup=False)
    return {label: _found(run) for label, run in runs.items() if run is not None}


def _found(run: Stored) -> Decomposition:
    with reading(run, SUMMARY):
        return Decomposition.read(run.folder)


def _commands(studies: Mapping[str, object], overrides: Sequence[str]) -> str:
    """What to type in a shell."""
    return "; ".join(
        shlex.join(["galaxy-causal", "-m", f"experiment={name}", *overrides]) for name in studies
    )
