"""Estimators, networks and trainers as the command line composes them."""

from functools import cache

import hydra

from galaxy_causal.estimator import Estimator
from galaxy_causal.fitting import Fitting, TrainerOptions
from galaxy_causal.network import NetworkLearner
from galaxy_causal.types import Learner


@cache
def _composed(overrides: tuple[str, ...]) -> tuple[Estimator, object, dict]:
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        config = hydra.compose("config", list(overrides))
    network = hydra.utils.instantiate(config.network)
    trainer = Fitting(network=network, trainer=TrainerOptions(accelerator="cpu")).trainer_of(network)
    return hydra.utils.instantiate(config.estimator), network, trainer


def shipped(seed: int, *overrides: str) -> tuple[Estimator, Learner]:
    """Estimator and learner by the options of the command line; without any, by the defaults."""
    estimator, network, trainer = _composed(overrides)
    return estimator, NetworkLearner(network, trainer, seed) if estimator.uses_network else None
