"""The LightningModule that fits a density."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.training import Training


class Batch(NamedTuple):
    """Galaxies as a module takes them.

    Numbers x (m, d), the bin ``label`` (m,) and the value y (m,) of the target in its deviations; pixels
    (m, c, h, w) where there are images; k subsets of each galaxy's players ``shown`` (k, m, players) where a
    network learns them.
    """

    x: Tensor
    label: Tensor
    y: Tensor
    pixels: Tensor | None = None
    shown: Tensor | None = None


class DensityModule(pl.LightningModule):
    """Maximises the mean log p(y-bin | x) of the training galaxies, each with subsets S of its own if any."""

    compiled = False  # whether the model passes through torch.compile, in the process that trains

    def __init__(self, model: DensityModel, training: Training) -> None:
        super().__init__()
        self.model = model
        self.training_options = training
        self.history: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
        self.gathered: defaultdict[str, list[Tensor]] = defaultdict(list)
        """Of each batch of the epoch under way, what curves show the mean of."""

    def setup(self, stage: str) -> None:
        """Compile the model: what was compiled before does not travel to other processes."""
        if self.compiled:
            self.model.compile()

    def forward(self, batch: Batch) -> Tensor:
        """Mean cross-entropy of a batch, in nats."""
        optional = {"pixels": batch.pixels, "shown": batch.shown}
        given = {name: value for name, value in optional.items() if value is not None}
        loss: Tensor = -self.model(batch.x, batch.label, **given).mean()
        return loss

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Cross-entropy of one mini-batch."""
        loss: Tensor = self(batch)
        self.gathered["train"].append(loss.detach())
        return loss

    def on_train_epoch_end(self) -> None:
        """Keep the epoch's mean training loss, and of whatever else is gathered."""
        for name, values in self.gathered.items():
            curve = self.history.setdefault(name, [])
            curve.append((self.global_step, float(torch.stack(values).mean())))
        self.gathered.clear()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Cross-entropy of validation galaxies, averaged over devices and galaxies."""
        several = self.trainer.world_size > 1
        self.log("validation", self(batch), on_epoch=True, batch_size=len(batch.label), sync_dist=several)

    def on_validation_epoch_end(self) -> None:
        """Keep the validation loss."""
        if not self.trainer.sanity_checking:
            value = float(self.trainer.callback_metrics["validation"])
            self.history["validation"].append((self.global_step, value))

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Adam (decoupled weight decay where asked for) with the training's schedule."""
        options, trainer = self.training_options, self.trainer
        # Lightning does not clip gradients that a fused optimiser brings back from half precision's scale.
        fused = not (trainer.gradient_clip_val and "mixed" in str(trainer.precision))
        optimiser = torch.optim.AdamW(
            self.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=fused
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
