"""``job=merge from=<store>``: bring fits and runs of another store home."""

from __future__ import annotations

from hydra.utils import instantiate
from omegaconf import DictConfig

from galaxy_causal.jobs.merge.merging import merge
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.result import error_output, show
from galaxy_causal.jobs.settings import check_early


def run(cfg: DictConfig) -> None:
    """Bring what ``from=`` has into ``tracking.root``, and say what was brought."""
    check_early(cfg)
    console = standard_output()
    found = merge(console, instantiate(cfg.tracking), cfg["from"], str(cfg.tracking.experiment))
    show(console, found.shown(), error_output(console))
