"""Galaxies with images on their way to a network: in blocks, turned at random, read ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, NamedTuple

import numpy as np
import torch
from annotated_types import Ge
from torch import Tensor

from galaxy_causal.network.lightning.batches import RowBatches, RowChunks, place
from galaxy_causal.network.pixels import ORIENTATIONS
from galaxy_causal.types import Images, checked

BLOCK = 16  # consecutive galaxies that are read together
WINDOW = 2048  # galaxies that are read, mixed and held at once
GIBIBYTE = 2**30

IMAGE_CHUNK = 128  # galaxies whose images pass through a network at once where no gradient is wanted


class Picked(NamedTuple):
    """Row numbers (m,), and what comes with them.

    Pixels (m, c, h, w), if they are streamed; orientations (m,) of images that are turned; k subsets of each
    galaxy's players, (k, m, players), where they are learnt.
    """

    rows: Tensor
    pixels: Tensor | None = None
    orientation: Tensor | None = None
    shown: Tensor | None = None


@checked("compute")
@dataclass(frozen=True)
class Compute:
    """How images are computed with; nothing here changes what is learnt, but for rounding.

    Parameters
    ----------
    image_memory
        Images of up to so many GiB go to the device once and stay there; more are streamed from where they
        lie.
    channels_last
        Whether channels lie innermost in memory.
    compiled
        Whether image networks pass through torch.compile (which needs a C++ compiler on a CPU).
    """

    image_memory: Annotated[float, Ge(0)] = 4.0
    channels_last: bool = True
    compiled: bool = False

    def holds(self, images: Images, count: int) -> bool:
        """Whether the images of ``count`` galaxies stay on the device."""
        pixels = count * len(images.bands) * images.shape[0] * images.shape[1]
        return 4 * pixels <= self.image_memory * GIBIBYTE


def in_blocks(count: int, generator: torch.Generator) -> Tensor:
    """0 to count - 1 in random order, such that ``WINDOW`` of them come from blocks of neighbours.

    Blocks of ``BLOCK`` consecutive numbers are put in random order, then the numbers within each window. A
    reader thus finds what it reads at a time side by side, and a batch still mixes galaxies from all
    over. Up to ``WINDOW`` numbers it is a permutation like any other.
    """
    if count <= WINDOW:
        return torch.randperm(count, generator=generator)
    blocks = torch.randperm(-(-count // BLOCK), generator=generator)
    order = (blocks[:, None] * BLOCK + torch.arange(BLOCK)).flatten()
    windows = torch.split(order[order < count], WINDOW)
    return torch.cat([w[torch.randperm(len(w), generator=generator)] for w in windows])


def held(images: Images, count: int) -> Tensor:
    """All pixels of ``count`` galaxies, (count, c, h, w), read a few at a time."""
    pixels = np.empty((count, len(images.bands), *images.shape), dtype=np.float32)
    for start in range(0, count, 16 * BLOCK):
        rows = np.arange(start, min(start + 16 * BLOCK, count))
        pixels[rows[0] : rows[-1] + 1] = images.read(rows)
    return torch.from_numpy(pixels)


class Feed:
    """Batches of galaxies, for training (images turned at random with ``augment``) or validation.

    The rows and orientations of a batch depend on the seed and the epoch alone: on no device, on no
    number of processes, and not on whether pixels are held or streamed.
    """

    def __init__(
        self,
        rows: RowBatches | RowChunks,
        images: Images | None = None,
        augment: bool = False,
        pin: bool = False,
    ) -> None:
        """``images`` are streamed, as ``streamed`` says; None where there are none or all are held."""
        self.rows = rows
        self.images = images
        self.augment = augment
        self.pin = pin

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Picked]:
        batches: Iterable[tuple[Tensor, Tensor | None]]
        if self.images is None:
            batches = ((rows, None) for rows in self.rows)
        else:
            batches = streamed(self.rows, self.images, self.pin)
        if not (self.augment and isinstance(self.rows, RowBatches)):
            yield from (Picked(rows, pixels) for rows, pixels in batches)
            return
        generator = torch.Generator().manual_seed(1_000_003 * self.rows.seed + self.rows.epoch + 500_000)
        rank, world = place()
        size = (self.rows.batch_size,)
        for _ in range(self.rows.first):  # of batches that an earlier process has had
            torch.randint(ORIENTATIONS, size, generator=generator)
        for rows, pixels in batches:
            drawn = torch.randint(ORIENTATIONS, size, generator=generator)
            yield Picked(rows, pixels, drawn[rank::world])


def streamed(batches: Iterable[Tensor], images: Images, pin: bool = False) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of row numbers, each with its pixels, which a thread reads a window of batches ahead.

    A reader is asked for the rows of a window at once, in the order of the batches, which are then parts of
    what it gave, without a copy. Two windows of pixels are held at a time, however many galaxies there are.
    With ``pin`` a window comes in page-locked memory, from which a GPU fetches while it computes.
    """

    def read(window: list[Tensor]) -> Tensor:
        pixels = torch.from_numpy(images.read(torch.cat(window).numpy()))
        return pixels.pin_memory() if pin else pixels

    waiting = iter(batches)
    with ThreadPoolExecutor(1, thread_name_prefix="images") as reader:
        window = _window(waiting)
        ahead = reader.submit(read, window) if window else None
        while ahead is not None:
            now, pool = window, ahead.result()
            window = _window(waiting)
            ahead = reader.submit(read, window) if window else None
            yield from zip(now, torch.split(pool, [len(rows) for rows in now]), strict=True)


def _window(batches: Iterator[Tensor]) -> list[Tensor]:
    first = next(batches, None)
    return [] if first is None else [first, *islice(batches, max(WINDOW // max(len(first), 1), 1) - 1)]
