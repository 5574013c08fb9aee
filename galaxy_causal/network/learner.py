"""Train a network on a sample with Lightning; get its density back."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from numpy.typing import NDArray

from galaxy_causal.network.batches import RowBatches, RowChunks
from galaxy_causal.network.critic import CriticNetwork
from galaxy_causal.network.feeding import Compute, ImageBatches, held, in_blocks, streamed
from galaxy_causal.network.module import BestWeights, DensityModule
from galaxy_causal.network.networks import ImageNetwork, Network
from galaxy_causal.types import Density, Floats, Learner, Sample, UserError

IMAGE_CHUNK = 128  # galaxies whose images pass through a network at once where no gradient is wanted
Batches = RowBatches | RowChunks | ImageBatches

Progress = Callable[[int, int, float], None]
"""Called after each epoch with steps done, steps in all (0 if unknown), last validation loss."""


class NetworkLearner(Learner):
    """Fits p(y-bin | x) with a network, a trainer's options and a seed."""

    def __init__(
        self,
        network: Network,
        trainer: Mapping[str, Any],
        seed: int,
        progress: Progress | None = None,
        compute: Compute | None = None,
    ) -> None:
        """``trainer`` are arguments of ``pytorch_lightning.Trainer``; ``compute`` concerns images."""
        self.network = network
        self.trainer = trainer
        self.seed = seed
        self.progress = progress
        self.compute = compute or Compute()

    def check(self) -> None:
        """Refuse trainer options that Lightning refuses, before anything is trained."""
        with _quiet_lightning():
            self._trainer()

    def fit(self, sample: Sample, bins: NDArray[np.int64], edges: Floats) -> Density:
        """Train on the training galaxies, stop by the validation galaxies; same seed, same weights."""
        self.network.check(sample)
        used = np.flatnonzero(np.isin(sample.split, ("train", "validation")))
        training = self.network.training
        with _threads(training.threads), torch.random.fork_rng(), _quiet_lightning():
            torch.manual_seed(self.seed)
            module, train, validation = self._prepare(sample, used, bins, edges)
            trainer = self._trainer()
            try:
                trainer.fit(module, train, validation)
            except SystemExit:
                if not trainer.interrupted:
                    raise
        if trainer.interrupted:  # of Ctrl-C Lightning makes an exit without a word
            raise KeyboardInterrupt
        if not module.history["validation"]:
            raise UserError(
                "training ended before its first validation; raise network.training.max_epochs "
                "or network.training.max_steps"
            )
        module.eval()
        return Density(
            probabilities=_predictor(module, training.threads),
            history={name: tuple(curve) for name, curve in module.history.items()},
            weights={name: value.cpu() for name, value in module.model.state_dict().items()},
        )

    def contrast(self, sample: Sample, bins: NDArray[np.int64], edges: Floats, bound: str) -> Density:
        """Train a critic with this network's encoder; its ``probabilities`` are scores of every bin."""
        critic = CriticNetwork(self.network, bound)
        return NetworkLearner(critic, self.trainer, self.seed, self.progress, self.compute).fit(
            sample, bins, edges
        )

    def _prepare(
        self, sample: Sample, used: NDArray[np.int64], bins: NDArray[np.int64], edges: Floats
    ) -> tuple[DensityModule, Batches, Batches]:
        """The module with its data, and the batches of training and of validation."""
        training = self.network.training
        is_train = sample.split[used] == "train"
        x, label = torch.as_tensor(sample.x[used]), torch.as_tensor(bins[used])
        train, validation = (torch.as_tensor(np.flatnonzero(rows)) for rows in (is_train, ~is_train))
        own = used[is_train]
        if sample.images is None:
            model = self.network.build(sample.x[own], sample.y[own], edges)
            batches = RowBatches(train, training, self.seed)
            return DensityModule(model, training, x, label), batches, RowChunks(validation)
        model = self.network.build(sample.x[own], sample.y[own], edges, sample.images.take(own))
        images = sample.images.take(used)
        pixels = held(images, len(used)) if self.compute.holds(images, len(used)) else None
        stream = images if pixels is None else None
        module = DensityModule(model, training, x, label, pixels, self.compute)
        if self.compute.compiled:
            model.compile()
        batches = RowBatches(train, training, self.seed, in_blocks)
        network = self.network.network if isinstance(self.network, CriticNetwork) else self.network
        augment = isinstance(network, ImageNetwork) and network.augment
        return (
            module,
            ImageBatches(batches, stream, augment),
            ImageBatches(RowChunks(validation, IMAGE_CHUNK), stream),
        )

    def _trainer(self) -> pl.Trainer:
        options = dict(self.trainer)
        devices = options.get("devices", 1)
        several = devices not in (1, "1") and not (isinstance(devices, list) and len(devices) == 1)
        if several and options.get("strategy") == "auto":
            # Lightning's own choice starts this whole program again for every device.
            options["strategy"] = "ddp_spawn"
        callbacks: list[pl.Callback] = []
        if self.network.training.patience is not None:
            callbacks.append(BestWeights(self.network.training.patience))
        if self.progress is not None and not several and options.get("enable_progress_bar", True):
            callbacks.append(_Report(self.progress))
        options.update(enable_progress_bar=False, logger=False, enable_checkpointing=False)
        try:
            return pl.Trainer(callbacks=callbacks, **options)
        except (TypeError, ValueError, MisconfigurationException) as error:
            raise UserError(f"the trainer refuses its options: {error}") from error


class _Report(pl.Callback):
    """Passes progress on, at most once an epoch."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        total = trainer.estimated_stepping_batches
        self.progress(
            trainer.global_step,
            int(total) if np.isfinite(total) else 0,
            float(trainer.callback_metrics["validation"]),
        )


def _predictor(module: DensityModule, threads: int | None) -> Callable[[Sample], NDArray[np.float32]]:
    device = module.device if module.device.type != "meta" else torch.device("cpu")

    def probabilities(part: Sample) -> NDArray[np.float32]:
        with _threads(threads), torch.inference_mode():
            x = torch.as_tensor(part.x, device=device)
            if part.images is None:
                result = module.model.probabilities(x)
            else:
                chunks = RowChunks(torch.arange(len(x)), IMAGE_CHUNK)
                result = torch.cat(
                    [
                        module.model.probabilities(x[rows.to(device)], pixels.to(device))
                        for rows, pixels in streamed(chunks, part.images)
                    ]
                )
        array: NDArray[np.float32] = result.cpu().numpy()
        return array

    return probabilities


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Without Lightning's advertisements and advice about data loaders, which we do not use."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            warnings.filterwarnings("ignore", message=".*isinstance.treespec.*")
            yield
    finally:
        logger.setLevel(level)
