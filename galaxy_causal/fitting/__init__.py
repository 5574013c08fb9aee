"""Fits: how they are made, by what they are known, and how they are kept and found again. Knows no MLflow."""

from galaxy_causal.fitting.code import foreign_code, versions
from galaxy_causal.fitting.density import FittedDensity
from galaxy_causal.fitting.folder import (
    ABOUT,
    CHECKSUMS,
    METRICS,
    RECIPE,
    Made,
    about,
    damage,
    numbers,
    sha256,
)
from galaxy_causal.fitting.locks import OnWait, held, held_if_free, stoppable
from galaxy_causal.fitting.maker import REVISION, TRAINER_NOT_SCIENCE, FitMaker, FitMakerElsewhere
from galaxy_causal.fitting.recipe import canonical, recipe_key
from galaxy_causal.fitting.results import GALAXIES, LATENT, WEIGHTS, reading, stored_estimate
from galaxy_causal.fitting.settings import Fitting, TrainerOptions, network_name
from galaxy_causal.fitting.store import FitStore
from galaxy_causal.fitting.subset_fits import SubsetFits
from galaxy_causal.fitting.tracker import Earlier, JobRun, Tracker

__all__ = [
    "ABOUT",
    "CHECKSUMS",
    "GALAXIES",
    "LATENT",
    "METRICS",
    "RECIPE",
    "REVISION",
    "TRAINER_NOT_SCIENCE",
    "WEIGHTS",
    "Earlier",
    "FitMaker",
    "FitMakerElsewhere",
    "FitStore",
    "FittedDensity",
    "Fitting",
    "JobRun",
    "Made",
    "OnWait",
    "SubsetFits",
    "Tracker",
    "TrainerOptions",
    "about",
    "canonical",
    "damage",
    "foreign_code",
    "held",
    "held_if_free",
    "network_name",
    "numbers",
    "reading",
    "recipe_key",
    "sha256",
    "stoppable",
    "stored_estimate",
    "versions",
]
