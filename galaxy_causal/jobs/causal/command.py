"""``job=causal`` of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import instantiate
from omegaconf import DictConfig

from galaxy_causal.jobs.causal.options import CausalOptions
from galaxy_causal.jobs.causal.question import CausalQuestion
from galaxy_causal.jobs.settings import (
    catalogue_of,
    check_early,
    fit_maker,
    input_pair,
    lived,
    made_of,
    plain,
)
from galaxy_causal.types import Catalogue, InputSet, UserError, check_option, group_of

CHOSEN = ("inputs", "network", "probe")
"""Options of the group that choose parts of the question."""


def run(cfg: DictConfig) -> None:
    """Train, find neighbours and test in each neighbourhood; print, draw and track the result."""
    check_early(cfg)
    options(plain(cfg.causal))  # refuses what can be refused before anything is read
    lived(cfg, posed(cfg, catalogue_of(cfg)))


def options(given: Mapping[str, Any]) -> CausalOptions:
    """What is asked of which galaxies, and how it is tested."""
    check_option("causal.inputs", given["inputs"], Literal["x1", "x2", "union"])
    for name in ("network", "probe"):
        check_option(f"causal.{name}", given[name], Mapping[str, object])
    own = {name: value for name, value in given.items() if name not in CHOSEN}
    return group_of(CausalOptions, "causal", own)


def posed(cfg: DictConfig, catalogue: Catalogue) -> CausalQuestion:
    """The question of ``cfg`` put to a catalogue.

    The latent is that of ``network=`` where it has one, else of ``causal.network``.
    """
    inputs: InputSet = getattr(input_pair(cfg, catalogue), cfg.causal.inputs)
    search, maker = made_of(cfg.neighbours), fit_maker(cfg, catalogue)
    own = maker.fitting.network_of(inputs).has_latent
    if not own:
        maker = replace(maker, fitting=replace(maker.fitting, network=instantiate(plain(cfg.causal.network))))
    _check_overrides(cfg.network if own else cfg.causal.network, own, inputs)
    probe = instantiate(plain(cfg.causal.probe))
    return CausalQuestion(maker, probe, inputs, options(plain(cfg.causal)), search)


def _check_overrides(network: DictConfig, own: bool, inputs: InputSet) -> None:
    """Refuse options of networks that are not used. Members of a sweep may differ in what they use."""
    if not HydraConfig.initialized():
        return
    given = [override.lstrip("+~") for override in HydraConfig.get().overrides.task]
    tabular = network.get("tabular") is not None and not inputs.has_images
    used = ("network" if own else "causal.network") + (".tabular" if tabular else "")
    without = [override for override in given if override.startswith("network.")]
    if without and not own:
        raise UserError(
            f"{without[0]} is an option of a network that has no latent, and is not used; the latent "
            f"comes from causal.network: give {used}.{without[0].removeprefix('network.')}, or name a "
            "network with a latent, such as network=scl"
        )
    shared = () if own else ("causal.network.latent=",)
    others = [override for override in given if override.startswith("causal.network.")]
    unused = [override for override in others if not override.startswith((f"{used}.", *shared))]
    if unused and HydraConfig.get().mode == RunMode.RUN:
        raise UserError(
            f"{unused[0]} is not used: the network that gives the latent of these inputs is {used}; give "
            f"{used}.{unused[0].removeprefix('causal.network.').removeprefix('tabular.')}"
        )
