"""Exact neighbours of as many galaxies among as many, in sixteen dimensions, as a GPU seeks them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from gpu_table import Place, Row

from galaxy_causal.neighbours import Exact
from galaxy_causal.neighbours.exact import Flat, Points, by_sorting, by_torch

DIMENSIONS, K = 16, 100
COMPARED = 16
LARGEST = 60.0
"""Seconds that the whole search may take; a longer one is scaled from a part."""


class ByTorch(Exact):
    """As on a GPU, on whatever device."""

    @contextmanager
    def _seeking(self, centred: Points, count: int) -> Iterator[tuple[Flat, ThreadPoolExecutor]]:
        with ThreadPoolExecutor(1) as pool:
            yield by_torch(centred, count, "cpu"), pool


def candidates(place: Place, x: Points) -> float:
    """Galaxies a second of the products and the choice of candidates alone."""
    flat = by_torch(x, K + 1 + 16, place.device)
    block = Exact(K).block
    return block / place.each(lambda: flat(x[:block]))


def errors(x: Points, row: np.ndarray) -> int:
    """Of some galaxies' neighbours, how many differ from those of a full sort in double precision."""
    some = np.linspace(0, len(row) - 1, COMPARED).astype(int)
    return sum(int(np.sum(by_sorting(x, x[i], int(i), K)[0] != row[i])) for i in some)


def neighbours(place: Place) -> Iterator[Row]:
    """The device's part alone; then the package's search for some galaxies, and for all if there is time."""
    place.forget()
    count = place.sizes.points
    x = np.random.default_rng(0).normal(size=(count, DIMENSIONS)).astype(np.float32)
    setting = f"{count:,} x {count:,}, k = {K}"
    rate = candidates(place, x)
    yield Row(
        "candidates alone", setting, rate, memory=place.gibibytes(), found=f"all in {count / rate:.0f} s"
    )
    kind = Exact if place.device == "cuda" else ByTorch
    queries = place.sizes.queries
    while queries:
        start = place.clock()
        found = kind(K).find(x, x[:queries], np.arange(queries))
        seconds = place.clock() - start
        wrong = errors(x, found.index)
        text = (
            f"{queries:,} in {seconds:.1f} s, all in {seconds * count / queries:.0f} s; "
            f"{wrong} differ of {COMPARED * K}"
        )
        yield Row("exact", setting, queries / seconds, memory=place.gibibytes(), found=text, wrong=wrong > 0)
        queries = count if queries < count and seconds * count / queries < LARGEST else 0
