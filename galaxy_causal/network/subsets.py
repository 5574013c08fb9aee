"""Random subsets of the inputs, and batches of galaxies that each come with some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from galaxy_causal.network.lightning.batches import RowBatches, RowChunks, place
from galaxy_causal.network.lightning.feeding import Picked, streamed
from galaxy_causal.types import Images

VALIDATION_SEED = 20_000_003  # of the subsets on which all realisations are validated


@dataclass(frozen=True)
class SubsetDraw:
    """Draws subsets of ``players`` inputs, ``each`` for a galaxy at a time, from a mixture of three.

    With probability ``neighbours`` it is a run of neighbouring inputs (one band, two adjacent ones, all
    optical ones) or what such a run leaves, each alike: these are what tuples are made of. With
    probability ``whole`` it is all inputs, and otherwise of uniform size from ``least``, all
    subsets of a size alike, so that small and large ones are learnt as well as the many of middling size.
    """

    players: int
    neighbours: float
    whole: float
    least: int = 1
    each: int = 1

    def __call__(self, galaxies: int, generator: torch.Generator) -> Tensor:
        """Subsets (each, galaxies, players) of so many galaxies, true where a player is shown."""
        count = self.each * galaxies
        kind = torch.rand(count, 1, generator=generator)
        size = torch.randint(self.least, self.players + 1, (count, 1), generator=generator)
        rank = torch.rand(count, self.players, generator=generator).argsort(dim=1).argsort(dim=1)
        runs = neighbouring(self.players)
        run = runs[torch.randint(len(runs), (count,), generator=generator)]
        shown = torch.where(kind < self.neighbours, run, rank < size)
        return (shown | (kind >= 1.0 - self.whole)).reshape(self.each, galaxies, self.players)


def neighbouring(players: int) -> Tensor:
    """Every run of neighbours among ``players`` inputs, and what it leaves: (runs, players), none twice."""
    place = torch.arange(players)
    start, stop = torch.triu_indices(players, players)
    run = (place >= start[:, None]) & (place <= stop[:, None])
    both = torch.unique(torch.cat([run, ~run]), dim=0)
    found: Tensor = both[both.any(dim=1)]
    return found


class SubsetFeed:
    """Mini-batches in which every galaxy has subsets of its own, drawn anew each time.

    Rows and subsets depend on the seed and the epoch alone; processes share each batch.
    """

    def __init__(self, rows: RowBatches, draw: SubsetDraw, feed: Iterable[Picked]) -> None:
        """``feed`` are the same batches with what belongs to their images."""
        self.rows = rows
        self.draw = draw
        self.feed = feed

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Picked]:
        generator = torch.Generator().manual_seed(1_000_003 * self.rows.seed + self.rows.epoch + 700_000)
        rank, world = place()
        for _ in range(self.rows.first):  # of batches that an earlier process has had
            self.draw(self.rows.batch_size, generator)
        for picked in self.feed:
            shown = self.draw(self.rows.batch_size, generator)[:, rank::world]
            yield picked._replace(shown=shown)


class FixedSubsets:
    """Galaxies with subsets that never change, in chunks, for validation."""

    def __init__(
        self,
        rows: Tensor,
        draw: SubsetDraw,
        images: Images | None = None,
        chunk: int | None = None,
        pin: bool = False,
    ) -> None:
        """``images`` are streamed, as ``streamed`` says; ``chunk`` is the most galaxies of a chunk."""
        self.chunks = RowChunks(torch.arange(len(rows)), chunk)
        self.rows = rows
        self.shown = draw(len(rows), torch.Generator().manual_seed(VALIDATION_SEED))
        self.images = images
        self.pin = pin

    def __len__(self) -> int:
        return len(self.chunks)

    def __iter__(self) -> Iterator[Picked]:
        chunks = list(self.chunks)
        rows = [self.rows[chunk] for chunk in chunks]
        batches = (
            ((own, None) for own in rows) if self.images is None else streamed(rows, self.images, self.pin)
        )
        for chunk, (own, pixels) in zip(chunks, batches, strict=True):
            yield Picked(own, pixels, shown=self.shown[:, chunk])
