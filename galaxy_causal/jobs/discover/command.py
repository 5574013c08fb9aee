"""``job=discover`` of the command line."""

from __future__ import annotations

from typing import Literal

from omegaconf import DictConfig

from galaxy_causal.discovery import ALGORITHMS
from galaxy_causal.jobs.discover.options import DiscoverOptions
from galaxy_causal.jobs.discover.question import DiscoverQuestion
from galaxy_causal.jobs.settings import (
    catalogue_of,
    check_early,
    fit_maker,
    input_pair,
    lived,
    made_of,
    plain,
)
from galaxy_causal.types import Catalogue, UserError, check_option


def run(cfg: DictConfig) -> None:
    """Infer the graph of the configured variables; print, draw and track it."""
    check_early(cfg)
    options(cfg).check()  # refuses what can be refused before anything is read
    lived(cfg, posed(cfg, catalogue_of(cfg)), ("dataset",))


def options(cfg: DictConfig) -> DiscoverOptions:
    """Which variables, of which galaxies, and the algorithm."""
    given = plain(cfg.discovery)
    check_option("discovery.estimate", given.pop("estimate"), Literal["x1", "x2", "union"] | None)
    if given["algorithm"] is None:
        raise UserError(
            f"discovery=common has no algorithm; choose one by discovery=<name>, of {', '.join(ALGORITHMS)}"
        )
    given["algorithm"] = made_of(cfg.discovery.algorithm)
    return DiscoverOptions.of(given)


def posed(cfg: DictConfig, catalogue: Catalogue) -> DiscoverQuestion:
    """The question of ``cfg`` put to a catalogue."""
    asked, chosen = options(cfg), cfg.discovery.estimate
    uses = chosen is not None and asked.asks_estimate
    inputs = getattr(input_pair(cfg, catalogue), chosen) if uses else None
    return DiscoverQuestion(fit_maker(cfg, catalogue), asked, inputs)
