"""``job=subsets`` of the command line."""

from __future__ import annotations

from omegaconf import DictConfig

from galaxy_causal.jobs.once import once
from galaxy_causal.jobs.settings import catalogue_of, check_early, fit_maker, input_pair, lived, plain
from galaxy_causal.jobs.subsets.question import SubsetsOptions, SubsetsQuestion
from galaxy_causal.types import Catalogue


def run(cfg: DictConfig) -> None:
    """Evaluate the subsets of the configured inputs; print, draw and track what they tell."""
    check_early(cfg)
    options(cfg)  # refuses what can be refused before anything is read
    lived(cfg, posed(cfg, catalogue_of(cfg)))


def posed(cfg: DictConfig, catalogue: Catalogue) -> SubsetsQuestion:
    """The question of ``cfg`` put to a catalogue."""
    return SubsetsQuestion(fit_maker(cfg, catalogue), input_pair(cfg, catalogue), options(cfg))


def options(cfg: DictConfig) -> SubsetsOptions:
    """How subsets are evaluated."""
    return once("options", (cfg.subsets,), lambda: SubsetsOptions(**plain(cfg.subsets)))
