"""What jobs have in common: galaxies, the pair of inputs that ``bands=`` poses, who makes the fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hydra.utils import instantiate
from omegaconf import DictConfig

from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.settings import fit_maker, input_pair
from galaxy_causal.types import Catalogue, InputPair


@dataclass
class JobPlan:
    """The configuration of a job; every part is made when it is first asked for."""

    cfg: DictConfig

    @cached_property
    def catalogue(self) -> Catalogue:
        """The galaxies."""
        made: Catalogue = instantiate(self.cfg.dataset)
        return made

    @cached_property
    def pair(self) -> InputPair:
        """Both inputs of ``bands=``."""
        return input_pair(self.cfg, self.catalogue)

    @cached_property
    def maker(self) -> FitMaker:
        """What makes or finds fits, and holds the store."""
        return fit_maker(self.cfg, self.catalogue)
