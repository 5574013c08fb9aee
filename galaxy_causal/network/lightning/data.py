"""The LightningDataModule: galaxies on their way to a network, as batches on its device."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities import move_data_to_device
from numpy.typing import NDArray
from torch import Tensor

from galaxy_causal.network.interface import Network
from galaxy_causal.network.lightning.batches import RowBatches, RowChunks, anyhow
from galaxy_causal.network.lightning.feeding import IMAGE_CHUNK, Compute, Feed, Picked, held, in_blocks
from galaxy_causal.network.lightning.module import Batch
from galaxy_causal.network.pixels import turned
from galaxy_causal.network.subsets import FixedSubsets, SubsetFeed
from galaxy_causal.types import Floats, Sample


class Held(NamedTuple):
    """What lies on the device for all of a training; pixels where they fit."""

    x: Tensor
    label: Tensor
    y: Tensor
    pixels: Tensor | None


class TrainingData(pl.LightningDataModule):
    """Training and validation galaxies of a sample.

    Numbers travel to the device once, and so do pixels that fit; what comes with a batch are row numbers,
    pixels that are streamed, orientations in which images are turned on the device, and subsets.

    Parameters
    ----------
    network
        Says whether images are turned, and which subsets are drawn.
    sample
        All galaxies.
    bins
        Of every y, shape (n,).
    seed
        Of the order, orientations and subsets.
    compute
        How images are held.
    pin
        Whether streamed pixels come in page-locked memory.
    """

    def __init__(
        self,
        network: Network,
        sample: Sample,
        bins: NDArray[np.int64],
        seed: int,
        compute: Compute,
        pin: bool = False,
    ) -> None:
        super().__init__()
        used = np.flatnonzero(sample.split.isin(("train", "validation")))
        is_train = sample.split[used] == "train"
        self.compute = compute
        images = None if sample.images is None else sample.images.take(used)
        pixels = held(images, len(used)) if images and compute.holds(images, len(used)) else None
        stream = images if pixels is None else None
        y = standard(sample.y[used], is_train)
        label = bins[used].astype(np.int16)  # of at most ten thousand
        self.held = Held(torch.as_tensor(sample.x[used]), torch.as_tensor(label), y, pixels)
        train, other = (torch.as_tensor(np.flatnonzero(rows)) for rows in (is_train, ~is_train))
        self.rows = rows = RowBatches(train, network.training, seed, in_blocks if images else anyhow)
        chunk = IMAGE_CHUNK if images else None
        self.training: Feed | SubsetFeed = Feed(rows, stream, network.turns_images, pin)
        self.validation: Feed | FixedSubsets = Feed(RowChunks(other, chunk), stream, pin=pin)
        draws = network.draws(sample)
        if draws is not None:
            self.training = SubsetFeed(rows, draws[0], self.training)
            self.validation = FixedSubsets(other, draws[1], stream, chunk, pin)

    def train_dataloader(self) -> Iterable[Picked]:
        """Mini-batches, another order every epoch."""
        return self.training

    def val_dataloader(self) -> Iterable[Picked]:
        """The validation galaxies in order."""
        return self.validation

    def on_after_batch_transfer(self, batch: Picked, dataloader_idx: int) -> Batch:
        """The galaxies that were picked, on the device where their row numbers have come."""
        rows, pixels, orientation, shown = batch
        if self.held.x.device != rows.device:
            self.held = Held(*move_data_to_device(self.held, rows.device))
        x, label, y, every = self.held
        if every is not None:
            pixels = every[rows]
        if pixels is not None and orientation is not None:
            pixels = turned(pixels, orientation)
        if pixels is not None and self.compute.channels_last:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        return Batch(x[rows].double(), label[rows].long(), y[rows], pixels, shown)


def standard(y: Floats, train: NDArray[np.bool_]) -> Tensor:
    """y (n,) less the mean of the training galaxies, in units of their deviation unless that is zero."""
    deviation = y[train].std()
    return torch.as_tensor((y - y[train].mean()) / (deviation or 1.0), dtype=torch.float32)
