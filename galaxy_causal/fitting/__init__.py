"""Fits: how they are made, by what they are known, and how they are kept and found again. Knows no MLflow."""

from galaxy_causal.fitting.code import foreign_code, releases
from galaxy_causal.fitting.density import FittedDensity, keeps_one_density, one_density
from galaxy_causal.fitting.folder import Made
from galaxy_causal.fitting.leases import Held, Holder, Lease, LeaseLost
from galaxy_causal.fitting.maker import REVISION, TRAINER_NOT_SCIENCE, FitMaker, FitMakerElsewhere
from galaxy_causal.fitting.pair_densities import PairDensities, pair_densities
from galaxy_causal.fitting.portable import PortableDensity
from galaxy_causal.fitting.recipe import recipe_key
from galaxy_causal.fitting.results import GALAXIES, LATENT, WEIGHTS, reading, stored_estimate, stored_pit
from galaxy_causal.fitting.settings import Fitting, TrainerOptions, network_name
from galaxy_causal.fitting.store import FitStore
from galaxy_causal.fitting.subset_fits import SubsetFits
from galaxy_causal.fitting.tracker import Galaxies, JobRun, MemberRun, Tracker

__all__ = [
    "GALAXIES",
    "LATENT",
    "REVISION",
    "TRAINER_NOT_SCIENCE",
    "WEIGHTS",
    "FitMaker",
    "FitMakerElsewhere",
    "FitStore",
    "FittedDensity",
    "Fitting",
    "Galaxies",
    "Held",
    "Holder",
    "JobRun",
    "Lease",
    "LeaseLost",
    "Made",
    "MemberRun",
    "PairDensities",
    "PortableDensity",
    "SubsetFits",
    "Tracker",
    "TrainerOptions",
    "foreign_code",
    "keeps_one_density",
    "network_name",
    "one_density",
    "pair_densities",
    "reading",
    "recipe_key",
    "releases",
    "stored_estimate",
    "stored_pit",
]
