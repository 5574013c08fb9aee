"""What a trained network says of any galaxies, as arrays, a few galaxies at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy_causal.network.contrastive_model import ContrastiveModel
from galaxy_causal.network.lightning.batches import RowChunks
from galaxy_causal.network.lightning.feeding import IMAGE_CHUNK, streamed
from galaxy_causal.network.lightning.threads import threads
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.subset_model import SubsetModel
from galaxy_causal.types import (
    Density,
    Floats,
    Images,
    LatentDensity,
    LogProbOfSubsets,
    Sample,
    SubsetDensity,
)

ROWS = 4096  # galaxies in subsets that pass through the network at once: they fit into a core's cache
DEVICE_ROWS = 2**19  # the same on a GPU

Curves = Mapping[str, tuple[tuple[int, float], ...]]
"""Of a training: of a name its (step, value) pairs."""


class NetworkDensity(Density):
    """Of a trained model, which Lightning leaves on the CPU: it is scored where it was trained."""

    def __init__(self, model: DensityModel, device: torch.device, count: int | None, history: Curves) -> None:
        """``count`` CPU threads are used, or all."""
        self.model = model.to(device).eval()
        self.device, self.count = device, count
        super().__init__(history, {name: value.cpu() for name, value in model.state_dict().items()})

    def probabilities(self, part: Sample) -> NDArray[np.float32]:
        """p of every bin, shape (m, bins)."""
        found: NDArray[np.float32] = self._of(self.model.probabilities, part).cpu().numpy()
        return found

    def log_prob(self, part: Sample, bins: NDArray[np.int64]) -> Floats:
        """log p of the bins (m,) in nats, shape (m,), where p itself would be too small for a float, too."""
        found: Floats = self._of(self.model, part, bins).double().cpu().numpy()
        return found

    def _of(self, apply: Callable[..., Tensor], part: Sample, *more: NDArray[np.int64]) -> Tensor:
        """What ``apply`` makes of numbers, of ``more`` values and, where there are some, of pixels."""
        with threads(self.count), torch.inference_mode():
            x = part.x.astype(np.float64, copy=False)
            given = [torch.as_tensor(values, device=self.device) for values in (x, *more)]
            if part.images is None:
                return apply(*given)
            batches = _chunks(part.images, len(part.x), self.device)
            return torch.cat([apply(*(one[rows] for one in given), pixels) for rows, pixels in batches])


class NetworkLatentDensity(NetworkDensity, LatentDensity):
    """Of a model with a latent on which alone p rests."""

    model: ContrastiveModel

    def latent(self, part: Sample) -> NDArray[np.float32]:
        """The latent, shape (m, l)."""
        found: NDArray[np.float32] = self._of(self.model.latent, part).cpu().numpy()
        return found


class NetworkSubsetDensity(NetworkDensity, SubsetDensity):
    """Of a model that knows every subset of its inputs.

    Features, the pixels' among them, are computed once for all subsets. On CPUs every core takes pieces of a
    fixed size, each in one thread, so that numbers do not depend on how many cores there are.
    """

    model: SubsetModel

    def of_subsets(self, part: Sample) -> LogProbOfSubsets:
        """A function of bins (m,) and subsets (s, players): log p of the bins in nats, (s, m)."""
        features = self._of(self.model.encoder.features, part).cpu().to(self.device)
        on_cpu, device = self.device.type == "cpu", self.device
        rows = ROWS if on_cpu else DEVICE_ROWS
        workers = (os.cpu_count() or 1) if on_cpu else 1

        def of_subsets(bins: NDArray[np.int64], shown: NDArray[np.bool_]) -> Floats:
            result = np.empty((len(shown), len(bins)))
            label, subsets = torch.as_tensor(bins, device=device), torch.as_tensor(shown, device=device)

            def fill(galaxies: slice, chosen: slice) -> None:
                with torch.inference_mode():  # holds for one thread
                    found = self.model.of_subsets(features[galaxies], label[galaxies], subsets[chosen])
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


def _chunks(images: Images, count: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and pixels of ``count`` galaxies on the device, to which pixels travel while it computes."""
    chunks = RowChunks(torch.arange(count), IMAGE_CHUNK)
    for rows, pixels in streamed(chunks, images, pin=device.type == "cuda"):
        yield rows.to(device), pixels.to(device, non_blocking=True)
