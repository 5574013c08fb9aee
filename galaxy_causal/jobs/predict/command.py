"""``job=predict`` of the command line."""

from __future__ import annotations

from omegaconf import DictConfig

from galaxy_causal.jobs.predict.galaxies import new_galaxies
from galaxy_causal.jobs.predict.options import PredictOptions
from galaxy_causal.jobs.predict.question import PredictQuestion
from galaxy_causal.jobs.settings import catalogue_of, check_early, fit_maker, input_pair, lived, plain
from galaxy_causal.types import Catalogue


def run(cfg: DictConfig) -> None:
    """Estimate the target of the galaxies of ``predict.path``."""
    check_early(cfg)
    PredictOptions(**plain(cfg.predict)).check()
    lived(cfg, posed(cfg, catalogue_of(cfg)), ("dataset", "bands", "predict"))


def posed(cfg: DictConfig, catalogue: Catalogue) -> PredictQuestion:
    """The question of ``cfg`` put to a catalogue, of the galaxies of another table."""
    options = PredictOptions(**plain(cfg.predict))
    options.check()
    new = new_galaxies(options, plain(cfg.dataset))
    return PredictQuestion(fit_maker(cfg, catalogue), input_pair(cfg, catalogue), new, options)
