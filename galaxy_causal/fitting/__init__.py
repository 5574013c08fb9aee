"""Fits: how they are made, by what they are known, and how they are found again."""

from galaxy_causal.fitting.maker import REVISION, TRAINER_NOT_SCIENCE, FitMaker, FitMakerElsewhere
from galaxy_causal.fitting.results import GALAXIES, LATENT, WEIGHTS, reading, stored_estimate
from galaxy_causal.fitting.settings import Fitting, TrainerOptions, network_name
from galaxy_causal.fitting.subset_fits import SubsetFits

__all__ = [
    "GALAXIES",
    "LATENT",
    "REVISION",
    "TRAINER_NOT_SCIENCE",
    "WEIGHTS",
    "FitMaker",
    "FitMakerElsewhere",
    "Fitting",
    "SubsetFits",
    "TrainerOptions",
    "network_name",
    "reading",
    "stored_estimate",
]
