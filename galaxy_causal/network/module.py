"""The LightningModule that fits a density, with its data on the device."""

from __future__ import annotations

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from galaxy_causal.network.amortised import SubsetModel
from galaxy_causal.network.feeding import Compute, ImageBatch
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.networks import Training
from galaxy_causal.network.pixels import turned
from galaxy_causal.network.subsets import SubsetBatch

Batch = Tensor | ImageBatch | SubsetBatch


class DensityModule(pl.LightningModule):
    """Maximises the mean log p(y-bin | x) of the training galaxies.

    Numbers travel to the device once, as buffers; a batch is a tensor of row numbers. With images it is an
    ``ImageBatch``: their pixels are a buffer too, or come with the batch, and are turned on the device.
    """

    x: Tensor
    label: Tensor
    pixels: Tensor | None  # unless they come with the batches, or there are none
    compiled = False  # whether the model passes through torch.compile, in the process that trains

    def __init__(
        self,
        model: DensityModel,
        training: Training,
        x: Tensor,
        label: Tensor,
        pixels: Tensor | None = None,
        compute: Compute | None = None,
    ) -> None:
        """x (n, d), label (n,) and any pixels (n, c, h, w) of training and validation galaxies together."""
        super().__init__()
        self.model = model
        self.training_options = training
        self.register_buffer("x", x, persistent=False)
        self.register_buffer("label", label, persistent=False)
        self.register_buffer("pixels", pixels, persistent=False)
        self.compute = compute or Compute()
        self.history: dict[str, list[tuple[int, float]]] = {"train": [], "validation": []}
        self._running: list[Tensor] = []

    def setup(self, stage: str) -> None:
        """Compile the model: what was compiled before does not travel to other processes."""
        if self.compiled:
            self.model.compile()

    def forward(self, batch: Batch) -> Tensor:
        """Mean cross-entropy of a batch, in nats."""
        if isinstance(batch, Tensor):
            loss: Tensor = -self.model(self.x[batch], self.label[batch]).mean()
        elif isinstance(batch, SubsetBatch):
            raise TypeError("only a SubsetModule takes subsets")
        else:
            rows = batch[0]
            loss = -self.model(self.x[rows], self.label[rows], self._turned_pixels(batch)).mean()
        return loss

    def _turned_pixels(self, batch: ImageBatch) -> Tensor:
        rows, came, orientation = batch
        pixels = came if self.pixels is None else self.pixels[rows]
        if pixels is None:
            raise TypeError("pixels are neither held nor in the batch")
        if orientation is not None:
            pixels = turned(pixels, orientation)
        if self.compute.channels_last:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        return pixels

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Cross-entropy of one mini-batch."""
        loss: Tensor = self(batch)
        self._running.append(loss.detach())
        return loss

    def on_train_epoch_end(self) -> None:
        """Keep the epoch's mean training loss."""
        self.history["train"].append((self.global_step, float(torch.stack(self._running).mean())))
        self._running.clear()

    def validation_step(self, batch: Batch, _: int) -> None:
        """Cross-entropy of validation galaxies, averaged over devices and galaxies."""
        loss = self(batch)
        count = len(batch) if isinstance(batch, Tensor) else len(batch[0])
        self.log("validation", loss, on_epoch=True, batch_size=count, sync_dist=self.trainer.world_size > 1)

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


class SubsetModule(DensityModule):
    """Maximises the mean log p(y-bin | x_S), each galaxy of a batch with subsets S of its own."""

    model: SubsetModel

    def forward(self, batch: Batch) -> Tensor:
        """Mean cross-entropy of a batch, in nats."""
        if not isinstance(batch, SubsetBatch):
            raise TypeError("a SubsetModule takes galaxies with subsets")
        rows, shown, pixels, orientation = batch
        if pixels is not None or self.pixels is not None:
            pixels = self._turned_pixels((rows, pixels, orientation))
        return -self.model.log_prob(self.x[rows], self.label[rows], shown, pixels).mean()
