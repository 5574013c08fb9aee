"""Gaussian samples with known information, shared by the estimators' tests."""

import numpy as np

from galaxy_causal.types import Sample


def gaussian_sample(r, n, seed, noise_columns=0):
    """One input with correlation r to the target, and columns of noise; 60/10/30 split."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    x = np.column_stack([r * y + np.sqrt(1 - r**2) * rng.normal(size=n), rng.normal(size=(n, noise_columns))])
    split = np.repeat(["train", "validation", "test"], [6 * n // 10, n // 10, n - 6 * n // 10 - n // 10])
    columns = tuple(f"signal/{i}" for i in range(x.shape[1]))
    return Sample(x, 10 + 0.6 * y, split, columns, frozenset({"signal"}))


def gaussian_truth(r):
    return -0.5 * np.log(1 - r**2)
