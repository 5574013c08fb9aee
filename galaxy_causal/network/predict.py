"""What a trained network says of any galaxies, as arrays, a few galaxies at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy_causal.network.batches import RowChunks
from galaxy_causal.network.feeding import streamed
from galaxy_causal.network.model import DensityModel
from galaxy_causal.network.threads import threads
from galaxy_causal.types import Floats, Images, Sample

IMAGE_CHUNK = 128  # galaxies whose images pass through a network at once where no gradient is wanted


def predictor(
    apply: Callable[..., Tensor], device: torch.device, count: int | None
) -> Callable[[Sample], NDArray[np.float32]]:
    """What ``apply`` makes of numbers, and pixels where there are some, of a sample."""

    def of(part: Sample) -> NDArray[np.float32]:
        with threads(count), torch.inference_mode():
            x = torch.as_tensor(part.x, device=device)
            if part.images is None:
                result = apply(x)
            else:
                batches = _chunks(part.images, len(x), device)
                result = torch.cat([apply(x[rows], pixels) for rows, pixels in batches])
        array: NDArray[np.float32] = result.cpu().numpy()
        return array

    return of


def log_prob_of(
    model: DensityModel, device: torch.device, count: int | None
) -> Callable[[Sample, NDArray[np.int64]], Floats]:
    """Log-probabilities of given bins (m,), in nats."""

    def of(part: Sample, bins: NDArray[np.int64]) -> Floats:
        x, label = torch.as_tensor(part.x, device=device), torch.as_tensor(bins, device=device)
        with threads(count), torch.inference_mode():
            if part.images is None:
                result = model(x, label)
            else:
                batches = _chunks(part.images, len(x), device)
                result = torch.cat([model(x[rows], label[rows], pixels) for rows, pixels in batches])
        array: Floats = result.double().cpu().numpy()
        return array

    return of


def _chunks(images: Images, count: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and pixels of ``count`` galaxies on the device, to which pixels travel while it computes."""
    chunks = RowChunks(torch.arange(count), IMAGE_CHUNK)
    for rows, pixels in streamed(chunks, images, pin=device.type == "cuda"):
        yield rows.to(device), pixels.to(device, non_blocking=True)
