"""MLflow as a view of fits and jobs. Imports MLflow only when a tracker is opened."""

from galaxy_causal.tracking.models import MODEL, save_model
from galaxy_causal.tracking.opening import EXPERIMENT, check_place, open_server, open_store

__all__ = ["EXPERIMENT", "MODEL", "check_place", "open_server", "open_store", "save_model"]
