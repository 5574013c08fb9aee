"""Images of the forty galaxies, and how they are read with their table."""

import numpy as np
import pytest
from cutout_files import COLUMNS, SPLIT, write

from galaxy_causal.dataset import cutouts


@pytest.fixture
def pixels():
    """Images of forty galaxies in the order in which the files below hold them, not the table's."""
    return np.random.default_rng(2).normal(size=(40, 3, 6, 5)).astype(np.float32)


@pytest.fixture
def order():
    return np.random.default_rng(3).permutation(40)


@pytest.fixture
def read(galaxies, pixels, order, tmp_path):
    """Write table and images and read them; ``change`` may spoil pixels or ids first."""

    def write_and_read(kind="contiguous.h5", change=None, said=None, **options):
        galaxies.write(tmp_path / "galaxies.fits", overwrite=True)
        ids, images = np.asarray(galaxies["ID"])[order], pixels.copy()
        if change is not None:
            ids, images = change(ids, images)
        given = {**write(tmp_path, kind, ids, images), **(said or {})}
        return cutouts(str(tmp_path / "galaxies.fits"), COLUMNS, SPLIT, given, **options)

    return write_and_read
