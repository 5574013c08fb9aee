"""log p(y | x_S) of many galaxies in many subsets of the inputs at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy_causal.network.amortised import SubsetModel
from galaxy_causal.network.predict import predictor
from galaxy_causal.network.threads import threads
from galaxy_causal.types import Floats, LogProbOfSubsets, Sample

ROWS = 4096  # galaxies in subsets that pass through the network at once: they fit into a core's cache
DEVICE_ROWS = 2**19  # the same on a GPU


def subset_scores(
    model: SubsetModel, device: torch.device, count: int | None, part: Sample
) -> LogProbOfSubsets:
    """The ``of_subsets`` of a ``Density``.

    Features, the pixels' among them, are computed once for all subsets. On CPUs every core takes pieces of a
    fixed size, each in one thread, so that numbers do not depend on how many cores there are.
    """
    on_cpu = device.type == "cpu"
    rows = ROWS if on_cpu else DEVICE_ROWS
    workers = (os.cpu_count() or 1) if on_cpu else 1
    features = torch.as_tensor(predictor(model.encoder.features, device, count)(part), device=device)

    def of_subsets(bins: NDArray[np.int64], shown: NDArray[np.bool_]) -> Floats:
        result = np.empty((len(shown), len(bins)))
        label, subsets = torch.as_tensor(bins, device=device), torch.as_tensor(shown, device=device)

        def fill(galaxies: slice, chosen: slice) -> None:
            with torch.inference_mode():  # holds for one thread
                found = model.of_subsets(features[galaxies], label[galaxies], subsets[chosen])
                result[chosen, galaxies] = found.double().cpu().numpy()

        with threads(1 if on_cpu else None), ThreadPoolExecutor(workers) as pool:
            list(pool.map(fill, *zip(*_pieces(len(bins), len(shown), rows), strict=True)))
        return result

    return of_subsets


def _pieces(galaxies: int, subsets: int, rows: int) -> list[tuple[slice, slice]]:
    """Blocks of galaxies by subsets, of about ``rows`` rows each."""
    across = min(rows, galaxies)
    down = max(1, rows // max(across, 1))
    return [
        (slice(g, g + across), slice(s, s + down))
        for g in range(0, galaxies, across)
        for s in range(0, subsets, down)
    ]
