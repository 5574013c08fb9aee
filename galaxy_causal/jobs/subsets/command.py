"""``job=subsets`` of the command line."""

from __future__ import annotations

from hydra.utils import instantiate
from omegaconf import DictConfig

from galaxy_causal.jobs.settings import check_early, fit_maker, input_pair, lived, plain
from galaxy_causal.jobs.subsets.question import SubsetsOptions, SubsetsQuestion


def run(cfg: DictConfig) -> None:
    """Evaluate the subsets of the configured inputs; print, draw and track what they tell."""
    check_early(cfg)
    options = SubsetsOptions(**plain(cfg.subsets))  # refused before anything is read
    catalogue = instantiate(cfg.dataset)
    lived(cfg, SubsetsQuestion(fit_maker(cfg, catalogue), input_pair(cfg, catalogue), options))
