"""Neighbourhoods of galaxies in the latent of a fit, stored once found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.fitting import FitMaker, foreign_code, reading, recipe_key
from galaxy_causal.neighbours import NeighbourSearch
from galaxy_causal.types import Catalogue, InputSet, Neighbours, spec_of

REVISION = 1
"""Raise it when the code gives the same recipe another meaning: older neighbours are then not reused."""
FILE = "neighbours.npz"
NOT_SCIENCE = ("block", "device", "threads")
"""Options of a search that say how fast it is, and stay out of recipes."""


@dataclass(frozen=True)
class Neighbourhoods:
    """Which galaxies have one, of how many training galaxies, and how these are sought.

    More neighbours may be kept than the ``size`` of a neighbourhood, so that another size finds them.
    """

    catalogue: Catalogue
    galaxies: str
    size: int
    search: NeighbourSearch

    @cached_property
    def training(self) -> NDArray[np.int64]:
        """Rows of the training galaxies, of which neighbourhoods consist."""
        return np.flatnonzero(self.catalogue.split == "train")

    @cached_property
    def tested(self) -> NDArray[np.int64]:
        """Rows of the galaxies whose neighbourhoods are tested."""
        return np.flatnonzero((self.galaxies == "all") | (self.catalogue.split == "test"))

    @property
    def own(self) -> NDArray[np.int64]:
        """Of each tested galaxy its place among the training galaxies, -1 of one that is none of them."""
        place = np.full(len(self.catalogue), -1, dtype=np.int64)
        place[self.training] = np.arange(len(self.training))
        return place[self.tested]

    @property
    def others(self) -> int:
        """How many neighbours every tested galaxy can have."""
        return len(self.training) - int(self.galaxies == "all")

    @cached_property
    def keeping(self) -> NeighbourSearch:
        """The search for as many neighbours as are kept."""
        return replace(self.search, k=min(max(self.search.k, self.size), self.others))

    def recipe(self) -> dict[str, Any]:
        """What the neighbours in one latent depend on."""
        found = {name: value for name, value in spec_of(self.keeping).items() if name not in NOT_SCIENCE}
        code = foreign_code(found)
        return found | ({"code": code} if code else {})

    def find(
        self,
        maker: FitMaker,
        inputs: InputSet,
        seed: int,
        latent: NDArray[np.float32],
        parent: str,
        advance: Callable[[int, int], None],
    ) -> tuple[Neighbours, bool]:
        """The ``size`` nearest of every tested galaxy, and whether they were stored.

        The ``latent`` (n, l) is that of the fit of these inputs and seed; ``advance(done, total)`` hears of
        the search.
        """
        recipe = {
            "job": "neighbours",
            "revision": REVISION,
            "latent": recipe_key(maker.recipe(inputs, seed)),
            "galaxies": self.galaxies,
            "search": self.recipe(),
        }
        tags = {"job": "neighbours", "dataset": self.catalogue.name, "inputs": inputs.label}

        def make(folder: Path) -> dict[str, float]:
            found = self.keeping.find(latent[self.training], latent[self.tested], self.own, progress=advance)
            recall = np.nan if found.recall is None else found.recall
            index = found.index.astype(np.int32)
            np.savez(folder / FILE, index=index, distance=found.distance, recall=recall)
            return {"recall": 1.0 if found.recall is None else found.recall}

        name = f"neighbours {inputs.label} seed {seed}"
        run, reused = maker.store.get_or_make(recipe, name, tags, make, parent)
        with reading(run, FILE) as file, np.load(file) as kept:
            recall = float(kept["recall"])
            found = Neighbours(
                kept["index"][:, : self.size].astype(np.int64),
                kept["distance"][:, : self.size].copy(),
                None if np.isnan(recall) else recall,
            )
        return found, reused
