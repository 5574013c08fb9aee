"""The LightningModule that fits a density, with its data on the device."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.networks import Training

VALIDATION_CHUNK = 16384


class DensityModule(pl.LightningModule):
    """Maximises the mean log p(y-bin | x) of the training galaxies.

    All data travel to the device once, as buffers; a batch is a tensor of row numbers.
    """

    x: Tensor
    label: Tensor

    def __init__(self, model: DensityModel, training: Training, x: Tensor, label: Tensor) -> None:
        """x (n, d) and label (n,) of training and validation galaxies together."""
        super().__init__()
        self.model = model
        self.training_options = training
        self.register_buffer("x", x, persistent=False)
        self.register_buffer("label", label, persistent=False)
        self.history: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
        self._running: list[Tensor] = []

    def forward(self, rows: Tensor) -> Tensor:
        """Mean cross-entropy of these rows, in nats."""
        loss: Tensor = -self.model(self.x[rows], self.label[rows]).mean()
        return loss

    def training_step(self, rows: Tensor, _: int) -> Tensor:
        """Cross-entropy of one mini-batch."""
        loss: Tensor = self(rows)
        self._running.append(loss.detach())
        return loss

    def on_train_epoch_end(self) -> None:
        """Keep the epoch's mean training loss."""
        self.history["train"].append((self.global_step, float(torch.stack(self._running).mean())))
        self._running.clear()

    def validation_step(self, rows: Tensor, _: int) -> None:
        """Cross-entropy of validation galaxies, averaged over devices and galaxies."""
        loss = self(rows)
        self.log(
            "validation", loss, on_epoch=True, batch_size=len(rows), sync_dist=self.trainer.world_size > 1
        )

    def on_validation_epoch_end(self) -> None:
        """Keep the validation loss."""
        if not self.trainer.sanity_checking:
            value = float(self.trainer.callback_metrics["validation"])
            self.history["validation"].append((self.global_step, value))

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Adam (decoupled weight decay where asked for) with the training's schedule."""
        options = self.training_options
        optimiser = torch.optim.AdamW(
            self.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
        )
        scheduler: torch.optim.lr_scheduler.LRScheduler
        if options.schedule == "cosine":
            total = max(int(self.trainer.estimated_stepping_batches), 1)
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=total)
        else:
            milestones = [int(m) for m in options.milestones]
            scheduler = torch.optim.lr_scheduler.MultiStepLR(optimiser, milestones, gamma=options.decay)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def get_extra_state(self) -> dict[str, list[tuple[int, float]]]:
        """The loss curves travel with the weights, also back from spawned processes."""
        return self.history

    def set_extra_state(self, state: dict[str, list[tuple[int, float]]]) -> None:
        """Take loss curves back."""
        self.history = state


class RowBatches:
    """Mini-batches of row numbers, seeded; every process of several takes its own share of each batch."""

    def __init__(self, rows: Tensor, training: Training, seed: int) -> None:
        self.rows = rows
        self.training = training
        self.batch_size = min(training.batch_size, len(rows))
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        if self.training.replacement:
            return int(self.training.steps_per_epoch or 0)
        return len(self.rows) // self.batch_size

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        self.epoch += 1
        rank, world = _place()
        n, size = len(self.rows), self.batch_size
        order = None if self.training.replacement else torch.randperm(n, generator=generator)
        for step in range(len(self)):
            if order is None:
                picked = torch.randint(n, (size,), generator=generator)
            else:
                picked = order[step * size : (step + 1) * size]
            yield self.rows[picked[rank::world]]


class RowChunks:
    """Rows in order in large chunks, shared among processes, for validation."""

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / VALIDATION_CHUNK)

    def __iter__(self) -> Iterator[Tensor]:
        rank, world = _place()
        for chunk in torch.split(self.rows, VALIDATION_CHUNK):
            yield chunk[rank::world]


def _place() -> tuple[int, int]:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


class BestWeights(pl.Callback):
    """Keeps the weights of the best validation in memory, stops after ``patience`` without a
    better one, and puts the best back at the end (Prechelt 1998, early stopping)."""

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.best = float("inf")
        self.waited = 0
        self.weights: dict[str, Tensor] | None = None

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compare, keep, and stop when patience is at its end."""
        if trainer.sanity_checking:
            return
        value = float(trainer.callback_metrics["validation"])
        if value < self.best:
            self.best, self.waited = value, 0
            self.weights = copy.deepcopy(pl_module.get_submodule("model").state_dict())
        else:
            self.waited += 1
            trainer.should_stop = trainer.should_stop or self.waited >= self.patience

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Put the best weights back."""
        if self.weights is not None:
            pl_module.get_submodule("model").load_state_dict(self.weights)
