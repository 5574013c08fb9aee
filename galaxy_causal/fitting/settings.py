"""How fits are made, whatever of and wherever they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from galaxy_causal.estimator import CrossEntropy, Estimator
from galaxy_causal.network import Compute, Mlp, Network
from galaxy_causal.types import InputSet, check_whole

TRAINER: Mapping[str, Any] = {
    "accelerator": "auto",
    "devices": 1,
    "num_nodes": 1,
    "strategy": "auto",
    "precision": None,
    "min_epochs": None,
    "min_steps": None,
    "max_time": None,
    "limit_train_batches": None,
    "limit_val_batches": None,
    "overfit_batches": 0.0,
    "val_check_interval": None,
    "check_val_every_n_epoch": 1,
    "num_sanity_val_steps": 0,
    "accumulate_grad_batches": 1,
    "gradient_clip_val": None,
    "gradient_clip_algorithm": None,
    "deterministic": None,
    "benchmark": None,
    "detect_anomaly": False,
    "fast_dev_run": False,
    "barebones": False,
    "enable_progress_bar": True,
    "enable_model_summary": False,
    "log_every_n_steps": 50,
    "profiler": None,
    "sync_batchnorm": False,
    "use_distributed_sampler": False,
    "default_root_dir": None,
}
"""Options of a trainer where they are not given."""
LENGTHS = ("max_epochs", "max_steps")
"""Options of a trainer that are those of the network's training unless they are given."""


@dataclass(frozen=True)
class Fitting:
    """How fits are made: estimator, network, trainer, and seeds of the realisations.

    Parameters
    ----------
    estimator
        What estimates informations.
    network
        What the estimator learns with, if it does. One for images may have one for inputs without images
        beside it, as its ``tabular``.
    trainer
        Options of ``pytorch_lightning.Trainer``; ``max_epochs`` and ``max_steps`` are those of the network's
        training where they are not given.
    compute
        How images are computed with; no part of a recipe.
    seed
        Of the first realisation.
    seeds
        Realisations; one where the estimator has no network.
    """

    estimator: Estimator = field(default_factory=CrossEntropy)
    network: Network = field(default_factory=Mlp)
    trainer: Mapping[str, Any] = field(default_factory=dict)
    compute: Compute = field(default_factory=Compute)
    seed: int = 0
    seeds: int = 3

    def realisations(self) -> list[int]:
        """Seeds of the realisations; one where the estimator has no network to start anew."""
        check_whole("seeds", self.seeds, 1)
        check_whole("seed", self.seed, 0)
        count = self.seeds if self.estimator.uses_network else 1
        return [self.seed + s for s in range(count)]

    def network_of(self, inputs: InputSet | None) -> Network:
        """The network that learns these inputs; None stands for the network itself.

        A network for images names one for tables beside it, which takes its place where the inputs hold no
        image; a fit on a table is thus the same whichever networks for images there are.
        """
        return self.network if inputs is None else self.network.learning(inputs.has_images)

    def trainer_of(self, network: Network) -> dict[str, Any]:
        """Options of the trainer of this network."""
        lengths = {name: getattr(network.training, name) for name in LENGTHS}
        return {**TRAINER, **lengths, **self.trainer}


def network_name(network: Network) -> str:
    """The network's name as in ``network=paper_photometry``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(network).__name__).lower()
