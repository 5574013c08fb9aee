"""Batches of row numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from galaxy_causal.network.training import Training

VALIDATION_CHUNK = 16384
FEWEST = 32
"""Galaxies in a batch that ``least_steps`` may not make smaller."""


Order = Callable[[int, torch.Generator], Tensor]


def anyhow(count: int, generator: torch.Generator) -> Tensor:
    """0 to count - 1 in random order."""
    return torch.randperm(count, generator=generator)


class RowBatches:
    """Mini-batches of row numbers, seeded; every process of several takes its own share of each batch."""

    def __init__(self, rows: Tensor, training: Training, seed: int, order: Order = anyhow) -> None:
        self.rows = rows
        self.training = training
        self.order = order
        fewer = max(FEWEST, len(rows) // training.least_steps)
        self.batch_size = min(training.batch_size, fewer, len(rows))
        self.seed = seed
        self.epoch = 0
        self.first = 0
        """Batch of the next epoch with which it begins, where a training goes on within it."""

    def __len__(self) -> int:
        if self.training.replacement:
            return int(self.training.steps_per_epoch or 0)
        return len(self.rows) // self.batch_size

    def __iter__(self) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        first, self.first = self.first, 0
        self.epoch += 1
        rank, world = place()
        n, size = len(self.rows), self.batch_size
        order = None if self.training.replacement else self.order(n, generator)
        for step in range(len(self)):
            if order is None:
                picked = torch.randint(n, (size,), generator=generator)
            else:
                picked = order[step * size : (step + 1) * size]
            if step < first:
                continue
            yield self.rows[picked[rank::world]]


class RowChunks:
    """Rows in order in chunks, shared among processes, for validation.

    Large chunks, or with ``most`` nearly equal ones of at most so many rows.
    """

    def __init__(self, rows: Tensor, most: int | None = None) -> None:
        if most is None:
            self.chunks = torch.split(rows, VALIDATION_CHUNK)
        else:
            self.chunks = torch.tensor_split(rows, max(math.ceil(len(rows) / most), 1))

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[Tensor]:
        rank, world = place()
        for chunk in self.chunks:
            yield chunk[rank::world]


def place() -> tuple[int, int]:
    """This process among those that train together: its number and theirs."""
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
