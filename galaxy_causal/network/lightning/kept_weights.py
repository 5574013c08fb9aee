"""Which weights a training leaves behind: averaged on the way, those of the best validation."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, WeightAveraging
from torch import Tensor

from galaxy_causal.network.training import Training

LATE = 4
"""The average begins over the last ``LATE``-th of the steps so far."""


class EpochAverage(WeightAveraging):
    """Validates, and leaves behind, an exponential average of the weights over the last ``epochs`` epochs.

    At first the average is over the last quarter of the steps so far, that the weights with which training
    began are forgotten. While the rate of learning is still high, it is as good as a low rate, whence a
    training that stops early varies less from seed to seed (Morales-Brotons, Vogels & Hendrikx 2024,
    arXiv:2411.18704).
    """

    def __init__(self, epochs: float) -> None:
        super().__init__(use_buffers=False, multi_avg_fn=self._mean)
        self.epochs = epochs
        self.steps = 1.0
        self._resumed: dict[str, Any] = {}

    def _mean(self, averaged: list[Tensor], weights: list[Tensor], taken: Tensor | int) -> None:
        share = max(1 / self.steps, LATE / (int(taken) + LATE))
        torch._foreach_lerp_(averaged, weights, share)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Wait: the module is not on its device yet, where its copy is to be too."""

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Make the copy, and of a training that goes on fill it."""
        super().setup(trainer, pl_module, "fit")
        if self._resumed:
            super().on_load_checkpoint(trainer, pl_module, self._resumed)
            self._resumed = {}

    def on_load_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Wait until there is a copy."""
        self._resumed = dict(checkpoint)

    def state_dict(self) -> dict[str, Any]:
        """What it goes on with, beside the averages."""
        return super().state_dict() | {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take that back."""
        super().load_state_dict(state_dict)
        self.steps = state_dict["steps"]

    @contextmanager
    def away(self, module: pl.LightningModule) -> Iterator[None]:
        """The weights as they are in training, while averages are validated."""
        self._swap_models(module)
        try:
            yield
        finally:
            self._swap_models(module)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count the steps of an epoch."""
        steps = int(trainer.num_training_batches) / trainer.accumulate_grad_batches
        self.steps = max(1.0, self.epochs * steps)


class BestWeights(EarlyStopping):
    """Stops after ``patience`` validations without a better one; the best weights return (Prechelt 1998).

    Listed before an ``EpochAverage``, it keeps the averages, which are what is validated.
    """

    def __init__(self, patience: int) -> None:
        super().__init__("validation", patience=patience, check_finite=False, check_on_train_epoch_end=False)
        self.weights: dict[str, Tensor] | None = None

    def state_dict(self) -> dict[str, Any]:
        """With the best weights."""
        return super().state_dict() | {"weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take them back."""
        super().load_state_dict(state_dict)
        self.weights = state_dict["weights"]

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep weights that are better than those before, while they are in place."""
        if not trainer.sanity_checking and trainer.callback_metrics["validation"] < self.best_score:
            self.weights = copy.deepcopy(pl_module.get_submodule("model").state_dict())

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Leave the best weights."""
        if self.weights is not None:
            pl_module.get_submodule("model").load_state_dict(self.weights)


def kept_weights(training: Training) -> list[pl.Callback]:
    """What a training needs of these, in order."""
    best: list[pl.Callback] = [] if training.patience is None else [BestWeights(training.patience)]
    return [*best, EpochAverage(training.average)] if training.average else best
