"""Which weights a training leaves behind: averaged on the way, those of the best validation."""

from __future__ import annotations

import copy

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Weights = tuple[Tensor, ...] | list[Tensor]
LATE = 4
"""The average begins over the last ``LATE``-th of the steps so far."""


class KeptWeights(pl.Callback):
    """Validates and leaves behind an average of the weights, and of these the best that validation saw.

    The average is exponential, over the last ``average`` epochs (Morales-Brotons, Vogels & Hendrikx 2024,
    arXiv:2411.18704), and at first over the last quarter of the steps so far, that the weights with which
    training began are forgotten; 0: the weights themselves. While the rate of learning is still high, it is
    as good as a low rate, whence a training that stops early varies less from seed to seed. ``patience``:
    validations without a better one before training stops and the best weights return (Prechelt 1998, early
    stopping); None: training goes on to its end and the last stay.
    """

    def __init__(self, patience: int | None, average: float) -> None:
        self.patience = patience
        self.average = average
        self.best = float("inf")
        self.waited = 0
        self.weights: dict[str, Tensor] | None = None
        self.averaged: AveragedModel | None = None
        self.steps, self.taken = 1.0, 0

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: object) -> None:
        """Take the weights after a step into the average."""
        if not self.average:
            return
        model = pl_module.get_submodule("model")
        if self.averaged is None:
            self.averaged = AveragedModel(model, multi_avg_fn=self._mean)
        self.steps = max(1.0, self.average * int(trainer.num_training_batches))
        self.averaged.update_parameters(model)
        self.taken += 1

    def _mean(self, averaged: Weights, weights: Weights, _: Tensor | int) -> None:
        share = max(1 / self.steps, LATE / (self.taken + LATE))
        torch._foreach_lerp_(averaged, weights, share)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the average in place of the weights."""
        self._exchange(pl_module.get_submodule("model"))

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compare, keep, and stop when patience is at its end; then go on with the weights."""
        model = pl_module.get_submodule("model")
        if self.patience is not None and not trainer.sanity_checking:
            value = float(trainer.callback_metrics["validation"])
            if value < self.best:
                self.best, self.waited = value, 0
                self.weights = copy.deepcopy(model.state_dict())
            else:
                self.waited += 1
                trainer.should_stop = trainer.should_stop or self.waited >= self.patience
        self._exchange(model)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Leave the best weights, or the last average."""
        model = pl_module.get_submodule("model")
        if self.weights is not None:
            model.load_state_dict(self.weights)
        else:
            self._exchange(model)

    @torch.no_grad()
    def _exchange(self, model: nn.Module) -> None:
        if self.averaged is None:
            return
        for own, other in zip(model.parameters(), self.averaged.module.parameters(), strict=True):
            before = own.clone()
            own.copy_(other)
            other.copy_(before)
