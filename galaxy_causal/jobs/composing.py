"""Members of a sweep from their overrides: configurations, and the questions that they ask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from galaxy_causal.jobs.checks import check_config
from galaxy_causal.jobs.question import Question
from galaxy_causal.jobs.settings import catalogue_of

CONFIG = {"version_base": "1.3", "config_path": "pkg://galaxy_causal.conf", "config_name": "config"}
"""The command line's configuration."""
LAUNCHER = "launcher"


def own(overrides: Sequence[str]) -> tuple[str, ...]:
    """The overrides of a member that say what it is, not where it runs."""
    return tuple(one for one in overrides if one.lstrip("+~").partition("=")[0].split(".")[0] != LAUNCHER)


@contextmanager
def composing() -> Iterator[None]:
    """Let configurations be composed within, also where no command line has begun."""
    if GlobalHydra.instance().is_initialized():
        yield
        return
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        yield


def composed(overrides: Sequence[str], alone: bool) -> DictConfig:
    """The configuration of a member, checked; Hydra knows it as that of the job under way."""
    cfg = hydra.compose("config", [*own(overrides), f"{LAUNCHER}=basic"], return_hydra_config=True)
    with open_dict(cfg):
        cfg.fits_at_once = 1  # workers are side by side instead
        cfg.hydra.mode = RunMode.RUN if alone else RunMode.MULTIRUN
        cfg.hydra.overrides.task = list(own(overrides))
    HydraConfig.instance().set_config(cfg)
    with open_dict(cfg):
        del cfg["hydra"]
    check_config(cfg)
    return cfg


def question_of(cfg: DictConfig) -> Question[Any] | None:
    """What a member asks; None of a job that makes no fits."""
    command = import_module(f"galaxy_causal.jobs.{cfg.job}.command")
    if not hasattr(command, "posed"):
        return None
    asked: Question[Any] = command.posed(cfg, catalogue_of(cfg))
    return asked
