"""Stored neighbours of galaxies in the latent of a fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.fitting import reading, recipe_key
from galaxy_causal.jobs.causal.question import Plan
from galaxy_causal.jobs.settings import made_of
from galaxy_causal.types import Neighbours

REVISION = 1
"""Raise it when the code gives the same recipe another meaning: older neighbours are then not reused."""
FILE = "neighbours.npz"


def neighbours(
    plan: Plan, seed: int, latent: NDArray[np.float32], parent: str, advance: Callable[[int, int], None]
) -> tuple[Neighbours, bool]:
    """The kept neighbours of the tested galaxies in the latent of this seed, and whether they were stored.

    More may be kept than a neighbourhood uses, so that another ``causal.k`` finds them: ``causal.k`` come
    back; ``advance(done, total)`` hears of the search.
    """
    recipe = {
        "job": "neighbours",
        "revision": REVISION,
        "latent": recipe_key(plan.maker.recipe(plan.inputs, seed)),
        "galaxies": plan.options["galaxies"],
        "search": plan.search(),
    }
    tags = {"job": "neighbours", "dataset": plan.catalogue.name, "inputs": plan.inputs.label}

    def make(folder: Path) -> dict[str, float]:
        search = made_of(plan.cfg.neighbours, k=plan.search()["k"])
        found = search.find(latent[plan.training], latent[plan.tested], plan.own, progress=advance)
        recall = np.nan if found.recall is None else found.recall
        np.savez(folder / FILE, index=found.index.astype(np.int32), distance=found.distance, recall=recall)
        return {"recall": 1.0 if found.recall is None else found.recall}

    name = f"neighbours {plan.inputs.label} seed {seed}"
    run, reused = plan.maker.store.get_or_make(recipe, name, tags, make, parent)
    used = plan.options["k"]
    with reading(run, FILE) as file, np.load(file) as kept:
        recall = float(kept["recall"])
        found = Neighbours(
            kept["index"][:, :used].astype(np.int64),
            kept["distance"][:, :used].copy(),
            None if np.isnan(recall) else recall,
        )
    return found, reused
