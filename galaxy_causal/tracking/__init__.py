"""Runs in MLflow: each fit made once and found again, each job one run. Imports MLflow only when opened."""

from galaxy_causal.tracking.code import foreign_code
from galaxy_causal.tracking.opening import check_place, open_server, open_store
from galaxy_causal.tracking.recipe import recipe_key
from galaxy_causal.tracking.store import JobRun, Made, Store

__all__ = [
    "JobRun",
    "Made",
    "Store",
    "check_place",
    "foreign_code",
    "open_server",
    "open_store",
    "recipe_key",
]
