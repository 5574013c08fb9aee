"""Small images whose information on the target is known, shared by the tests of networks and inputs."""

from dataclasses import dataclass

import numpy as np

from galaxy_causal.types import Images, Sample


@dataclass(frozen=True)
class InMemory:
    """A reader that can travel to another process."""

    pixels: np.ndarray

    def __call__(self, rows):
        return self.pixels[rows]


def images_of(pixels, bands="gr", unit="nanomaggy"):
    return Images(tuple(bands), pixels.shape[2:], 0.396, unit, InMemory(pixels), f"sum{pixels.sum():.9g}")


def blobs(signal, kind, rng, size=16, noise=0.01):
    """A blob a galaxy in two bands, (n, 2, size, size): its ``brightness``, ``colour`` or ``elongation`` (at
    a random angle, with the same area and brightness) follows the signal (n,)."""
    n = len(signal)
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    angle = rng.uniform(0, np.pi, n)[:, None, None]
    stretch = np.exp(0.25 * signal + 0.6)[:, None, None] if kind == "elongation" else 1.0
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    blob = np.exp(-0.5 * ((along / stretch) ** 2 + (across * stretch) ** 2) / 2.0**2)
    light = np.ones((n, 2))
    if kind == "brightness":
        light *= np.exp(0.5 * signal)[:, None]
    if kind == "colour":
        light *= np.exp(0.5 * rng.normal(size=n))[:, None]
        light[:, 1] *= np.exp(0.3 * signal)
    pixels = light[:, :, None, None] * blob[:, None]
    return (pixels + noise * rng.normal(size=pixels.shape)).astype(np.float32)


def blob_sample(r, n, seed, kind="brightness", numbers=0, size=16):
    """Blobs whose signal has correlation r with the target, and columns of noise; 60/20/20 split.

    The noise of the pixels blurs the signal by a per cent or so: r stands.
    """
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    signal = r * y + np.sqrt(1 - r**2) * rng.normal(size=n)
    images = images_of(blobs(signal, kind, rng, size))
    split = np.repeat(["train", "validation", "test"], [6 * n // 10, 2 * n // 10, n - 8 * n // 10])
    columns = tuple(f"other/{i}" for i in range(numbers))
    x = rng.normal(size=(n, numbers))
    return Sample(x, 10 + 0.6 * y, split, columns, frozenset({"images"}), images)
