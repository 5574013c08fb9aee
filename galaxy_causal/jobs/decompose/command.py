"""``job=decompose`` of the command line."""

from __future__ import annotations

from omegaconf import DictConfig

from galaxy_causal.jobs.decompose.options import DecomposeOptions
from galaxy_causal.jobs.decompose.question import DecomposeQuestion
from galaxy_causal.jobs.once import once
from galaxy_causal.jobs.settings import catalogue_of, check_early, fit_maker, input_pair, lived, plain
from galaxy_causal.types import Catalogue


def run(cfg: DictConfig) -> None:
    """Decompose I(target; x1, x2) of the configured dataset; print, draw and track the result."""
    check_early(cfg)
    options(cfg)  # refuses what can be refused before anything is read
    lived(cfg, posed(cfg, catalogue_of(cfg)))


def posed(cfg: DictConfig, catalogue: Catalogue) -> DecomposeQuestion:
    """The question of ``cfg`` put to a catalogue."""
    return DecomposeQuestion(fit_maker(cfg, catalogue), input_pair(cfg, catalogue), options(cfg))


def options(cfg: DictConfig) -> DecomposeOptions:
    """How informations are decomposed."""
    return once("options", (cfg.decomposition,), lambda: DecomposeOptions(**plain(cfg.decomposition)))
