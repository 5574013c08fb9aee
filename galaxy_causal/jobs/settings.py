"""From a configuration to calls of the library."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from galaxy_causal.fitting import LENGTHS, FitMaker, FitStore, Fitting
from galaxy_causal.types import Catalogue


def fit_maker(cfg: DictConfig, catalogue: Catalogue, network: DictConfig | None = None) -> FitMaker:
    """What makes the fits of a configuration on a catalogue, with another ``network`` if that is given."""
    chosen = cfg.network if network is None else network
    fitting = Fitting(
        estimator=instantiate(cfg.estimator),
        network=instantiate(plain(chosen)),
        trainer=_trainer(cfg),
        compute=instantiate(cfg.compute),
        seed=cfg.seed,
        seeds=cfg.seeds,
    )
    return FitMaker(
        fitting,
        catalogue,
        opened=partial(_store, plain(cfg.tracking)),
        galaxies=partial(_galaxies, plain(cfg.dataset)),
        at_once=cfg.fits_at_once,
        members=int(cfg.launcher.workers),
    )


def _trainer(cfg: DictConfig) -> dict[str, Any]:
    """Options of the trainer, without those that only refer to the network."""
    raw = OmegaConf.to_container(cfg.trainer, resolve=False)
    own = {} if not isinstance(raw, dict) else raw
    refer = {name for name in LENGTHS if str(own.get(name, "")).startswith("${network.training.")}
    return {name: value for name, value in plain(cfg.trainer).items() if name not in refer}


def _store(options: Mapping[str, Any]) -> FitStore:
    opened: FitStore = instantiate(options)
    return opened


def _galaxies(options: Mapping[str, Any]) -> Catalogue:
    made: Catalogue = instantiate(options)
    return made


def plain(node: DictConfig) -> dict[str, Any]:
    """A configuration as plain dictionaries and lists, interpolations resolved."""
    container = OmegaConf.to_container(node, resolve=True)
    if not isinstance(container, dict):
        raise TypeError(f"a group of options is a mapping, not {type(container).__name__}")
    return {str(key): value for key, value in container.items()}
