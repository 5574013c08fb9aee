"""Stored graphs: of all galaxies, of their resamples and of a sweep, each made once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from galaxy_causal.discovery import Algorithm, Knowledge, LearnedGraph, Marks, resample
from galaxy_causal.fitting import FitStore, reading
from galaxy_causal.independence import Design
from galaxy_causal.types import Stored

MARKS, IMPOSED = "marks.npy", "imposed.json"
BLOCK = 10
"""Replicates that one stored run holds; a killed job loses at most so many."""
WORTH_PROCESSES = 5.0
"""Seconds that a block must take in one process for others to be started, which takes about as long."""


@dataclass(frozen=True)
class Resampling:
    """How galaxies are drawn again: ``method``, the ``fraction`` of a subsample, and the ``seed``."""

    method: str
    fraction: float
    seed: int


@dataclass(frozen=True)
class GraphMaker:
    """Finds or makes the graphs of one algorithm on one table of variables."""

    store: FitStore
    recipe: Mapping[str, Any]
    tags: Mapping[str, str]
    parent: str
    search: Algorithm
    data: Design
    known: Knowledge
    seed: int

    def whole(
        self, search: Algorithm | None = None, setting: Mapping[str, float] | None = None
    ) -> LearnedGraph:
        """The graph of all galaxies; ``setting`` says what a swept ``search`` changes in the recipe."""
        chosen = search or self.search

        def make(folder: Path) -> dict[str, float]:
            found = chosen.search(self.data, self.known, seed=self.seed)
            np.save(folder / MARKS, found.marks)
            (folder / IMPOSED).write_text(json.dumps([[int(i), int(j)] for i, j in found.imposed]))
            return {"edges": float(np.sum(found.marks != 0) / 2)}

        recipe = {**self.recipe, "graph": "whole", "setting": dict(setting or {})}
        suffix = "".join(f" {name} {value:g}" for name, value in (setting or {}).items())
        run, _ = self.store.get_or_make(recipe, f"graph{suffix}", self.tags, make, self.parent)
        with reading(run, IMPOSED) as file:
            imposed = tuple((int(i), int(j)) for i, j in json.loads(file.read_text()))
        return LearnedGraph(_marks(run), imposed)

    def replicates(
        self, count: int, how: Resampling, workers: int, advance: Callable[[int], None]
    ) -> tuple[list[Marks], int]:
        """Graphs of ``count`` resamples, and how many of them were there already.

        They are stored in blocks of ``BLOCK``; a larger count later adds blocks. ``advance`` hears of
        each replicate done.
        """
        found: list[Marks] = []
        reused = 0
        for block in range(-(-count // BLOCK)):
            recipe = {**self.recipe, "graph": "replicates", "block": block, "size": BLOCK,
                      "method": how.method, "seed": how.seed}  # fmt: skip
            if how.method == "subsample":
                recipe["fraction"] = how.fraction

            def make(folder: Path, block: int = block) -> dict[str, float]:
                marks = list(self._block(block, how, workers, advance))
                np.save(folder / MARKS, np.stack(marks))
                return {"edges": float(np.mean([np.sum(m != 0) / 2 for m in marks]))}

            name = f"resamples {block * BLOCK} to {block * BLOCK + BLOCK - 1}"
            run, there = self.store.get_or_make(recipe, name, self.tags, make, self.parent)
            marks = _marks(run)
            found += list(marks)
            if there:
                reused += len(marks)
                advance(len(marks))
        return found[:count], min(reused, count)

    def _block(
        self, block: int, how: Resampling, workers: int, advance: Callable[[int], None]
    ) -> Iterator[Marks]:
        """The replicates of a block, in processes side by side where the first one shows that to pay."""
        numbers = range(block * BLOCK, (block + 1) * BLOCK)
        started = time.monotonic()
        yield one_replicate(self.search, self.data, self.known, how, numbers[0])
        advance(1)
        parts = (self.search, self.data, self.known, how)
        if workers == 1 or (time.monotonic() - started) * BLOCK < WORTH_PROCESSES:
            for number in numbers[1:]:
                yield one_replicate(*parts, number)
                advance(1)
            return
        from joblib import delayed

        from galaxy_causal.processes.pools import parallel

        tasks = (delayed(one_replicate)(*parts, number) for number in numbers[1:])
        for marks in parallel(workers, return_as="generator")(tasks):
            yield marks
            advance(1)


def _marks(run: Stored) -> Marks:
    with reading(run, MARKS) as file:
        marks: Marks = np.load(file)
    return marks


def one_replicate(search: Algorithm, data: Design, known: Knowledge, how: Resampling, number: int) -> Marks:
    """The graph of one resample, the same in whichever process."""
    counts = resample(len(data), how.method, how.fraction, (how.seed, number))
    return search.search(data, known, counts, seed=how.seed + number).marks
