"""Training galaxies of given numbers and images, shared by the tests of networks."""

import numpy as np

from galaxy_causal.types import Sample


def training(x, y, images=None, columns=None):
    """``columns`` name those of x (n, d), which are otherwise values without errors."""
    names = columns or tuple(f"other/{i}" for i in range(x.shape[1]))
    return Sample(x, y, np.full(len(y), "train"), names, frozenset(), images)
