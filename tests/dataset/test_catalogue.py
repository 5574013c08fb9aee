import numpy as np

from galaxy_causal.dataset.catalogue import keep
from galaxy_causal.types import Catalogue, Images


def numbered(rows):
    """Images that show their galaxy's number in every pixel."""
    return np.broadcast_to(rows[:, None, None, None], (len(rows), 2, 3, 3)).astype(np.float32)


def test_images_stay_with_their_galaxies():
    images = Images(("g", "r"), (3, 3), 0.396, "nanomaggy", numbered, "checksum")
    ids = np.arange(10)
    catalogue = Catalogue("mine", ids, ids.astype(float), "y", {}, np.full(10, ""), images=images)
    even = keep(catalogue, ids % 2 == 0, "odd")
    last = keep(even, even.id > 2, "small")
    assert last.images is not None
    np.testing.assert_array_equal(last.images.read(np.array([2, 0]))[:, 1, 2, 2], last.id[[2, 0]])
    assert last.dropped == {"odd": 5, "small": 2}
