"""Galaxies of noise for gpu.py, with a network's batches of them."""

from collections.abc import Callable

import numpy as np
import torch

from galaxy_causal.network import Network
from galaxy_causal.network.lightning.data import standard
from galaxy_causal.network.lightning.module import Batch
from galaxy_causal.types import ImageReader, Images, Sample

EDGES = np.linspace(6.0, 12.5, 521)
BANDS = ("u", "g", "r", "i", "z")
NUMBERS = 8


def bins_of(sample: Sample) -> np.ndarray:
    """The bin of every target (n,)."""
    return np.clip(np.searchsorted(EDGES, sample.y) - 1, 0, len(EDGES) - 2)


def in_memory(count: int, side: int, seed: int = 0) -> Callable[[np.ndarray], np.ndarray]:
    """A reader of images that lie in memory; at most 1,024 are different."""
    shape = (min(count, 1024), len(BANDS), side, side)
    pixels = np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)
    return lambda rows: pixels[rows % len(pixels)]


def sample_for(network: Network, count: int, side: int, read: ImageReader | None = None) -> Sample:
    """So many galaxies, a sixteenth of them for validation: numbers, and images if a network takes them."""
    rng = np.random.default_rng(1)
    y = rng.normal(10, 0.6, count)
    split = (
        np.where(np.arange(count) % 16 == 0, "validation", "train")
        if count >= 16
        else np.full(count, "train")
    )
    columns = ("ebv/ebv",) if network.takes_images else tuple(f"photometry/{i}" for i in range(NUMBERS))
    x = 0.5 * y[:, None] + rng.normal(size=(count, len(columns)))
    images = None
    if network.takes_images:
        images = Images(BANDS, (side, side), 0.396, "nanomaggy", read or in_memory(count, side), "noise")
    players = {}
    if network.takes_subsets:
        names = BANDS if network.takes_images else columns
        players = {name: () if network.takes_images else (i,) for i, name in enumerate(names)}
    modalities = frozenset({"images" if images else "photometry"})
    return Sample(x, y, split, columns, modalities, images, players=players)


def batch_of(network: Network, sample: Sample, device: str) -> Batch:
    """All galaxies of a sample as one batch of the network's, channels last in memory."""
    pixels = None
    if sample.images is not None:
        pixels = torch.from_numpy(sample.images.read(np.arange(len(sample.y)))).to(device)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
    draws, shown = network.draws(sample), None
    if draws is not None:
        shown = draws[0](len(sample.y), torch.Generator().manual_seed(0)).to(device)
    y = standard(sample.y, np.ones(len(sample.y), dtype=bool)).to(device)
    x, label = (torch.as_tensor(values, device=device) for values in (sample.x, bins_of(sample)))
    return Batch(x, label, y, pixels, shown)
