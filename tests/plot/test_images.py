import numpy as np
import pytest
from matplotlib.colors import to_rgb

from galaxy_causal.plot import contact_sheet
from galaxy_causal.plot.images import FLAGGED


@pytest.mark.parametrize("count", [1, 6, 7])
def test_every_image_is_shown_with_its_label(count):
    images = np.zeros((count, 3, 8, 8), dtype=np.float32)
    figure = contact_sheet(images, ("g", "r", "i"), [f"no {k}" for k in range(count)], 0.396)
    shown = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in shown] == [f"no {k}" for k in range(count)]
    assert figure.get_suptitle() == "i, r, g as red, green, blue; 3.2 arcsec wide"


def test_colours_and_flags():
    bands = ("u", "g", "r", "i", "z")
    images = np.zeros((1, 5, 8, 8), dtype=np.float32)
    images[0, 3, 1, 2] = 5.0  # i alone: red, in the second row from below
    images[0, 1, 6, 6] = 5.0  # g alone: blue
    images[0, 2, 4, 4] = np.nan
    images[0, 0, 0, 0] = np.nan  # of u, which is not shown
    figure = contact_sheet(images, bands, ["a"], 0.396)
    shown = figure.axes[0].images[0]
    colours = np.asarray(shown.get_array())
    assert shown.origin == "lower"
    assert colours[1, 2, 0] > 0.5 > colours[1, 2, 1:].max() + 0.4
    assert colours[6, 6, 2] > 0.5 > colours[6, 6, :2].max() + 0.4
    np.testing.assert_allclose(colours[4, 4], to_rgb(FLAGGED))
    np.testing.assert_array_equal(colours[0, 0], 0)
    assert "pink: no value" in figure.get_suptitle()


def test_other_bands_are_spread_over_the_colours():
    images = np.ones((2, 2, 4, 4), dtype=np.float32)
    assert contact_sheet(images, ("J", "K"), ["a", "b"], 1.0).get_suptitle().startswith("K, K, J as red")
