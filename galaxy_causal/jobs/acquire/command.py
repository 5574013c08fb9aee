"""``job=acquire``: ask a public archive for a catalogue, in slices, and keep where it comes from."""

from __future__ import annotations

from omegaconf import DictConfig

from galaxy_causal.fitting import FitStore
from galaxy_causal.jobs.acquire.asking import acquire
from galaxy_causal.jobs.acquire.options import AcquireOptions
from galaxy_causal.jobs.progress import standard_output
from galaxy_causal.jobs.settings import check_early, made_of, plain


def run(cfg: DictConfig) -> None:
    """Acquire the configured catalogue; or print what would be asked, or what ten rows look like."""
    check_early(cfg)
    console = standard_output()

    def store() -> FitStore:
        opened: FitStore = made_of(cfg.tracking)
        return opened

    acquire(console, AcquireOptions(**plain(cfg.acquire)), int(cfg.seed), store)
