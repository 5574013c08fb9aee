import numpy as np

import galaxy_causal as gc
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


def test_a_catalogue_shows_what_it_holds_and_no_numbers():
    rng = np.random.default_rng(0)
    n = 1200
    columns = {"id": np.arange(n), "mass": rng.normal(10, 1, n), "z": rng.uniform(0, 0.2, n)}
    columns |= {
        "g": rng.normal(18, 1, n),
        "size": np.where(np.arange(n) % 9 == 0, np.nan, rng.uniform(1, 2, n)),
    }
    galaxies = gc.from_table(
        columns, "mass", id="id", redshift="z", photometry={"g": "g"}, photometry_unit="magnitude",
        other={"size": "size"}, nulls="drop",
    )  # fmt: skip
    assert repr(galaxies) == (
        "<Catalogue table: 1,066 galaxies (train 746, validation 160, test 160); target mass; inputs "
        "photometry: g; other: size; redshift; left out 134 (null in size)>"
    )
    assert repr(galaxies.features["photometry"]) == "{'g': <Feature: 1,066 values [mag]>}"
