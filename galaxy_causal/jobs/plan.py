"""What jobs have in common: galaxies, the pair of inputs that ``bands=`` poses, who makes the fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hydra.utils import instantiate
from omegaconf import DictConfig

from galaxy_causal.fitting import FitMaker
from galaxy_causal.jobs.settings import fit_maker
from galaxy_causal.types import Catalogue, InputPair


def image_bands(catalogue: Catalogue) -> tuple[str, ...]:
    """The bands in which there are images."""
    return catalogue.images.bands if catalogue.images else ()


def input_pair(cfg: DictConfig, catalogue: Catalogue) -> InputPair:
    """The two inputs that ``bands=`` chooses of a catalogue, and their union."""
    pair: InputPair = instantiate(cfg.bands)(
        features=catalogue.features, dataset=catalogue.name, images=image_bands(catalogue)
    )
    return pair


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
