"""MLflow as a view of fits and jobs. Imports MLflow only when a tracker is opened."""

from galaxy_causal.tracking.opening import EXPERIMENT, check_place, open_server, open_store

__all__ = ["EXPERIMENT", "check_place", "open_server", "open_store"]
