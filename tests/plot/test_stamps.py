"""Colour composites of galaxies with known colours."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from galaxy_causal.plot import colour_bands, composites, in_words
from galaxy_causal.plot.images import FLAGGED
from galaxy_causal.plot.stamps import LARGEST

UGRIZ = ("u", "g", "r", "i", "z")


def sources(fluxes, size=24, noise=0.002, seed=0):
    """A round source in each image, whose flux in each band is given, (m, bands, size, size)."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    blob = np.exp(-0.5 * (x**2 + y**2) / 2.0**2)
    pixels = np.array(fluxes)[:, :, None, None] * blob
    return (pixels + noise * np.random.default_rng(seed).normal(size=pixels.shape)).astype(np.float32)


def middle(stamps):
    height, width = stamps.shape[1:3]
    return stamps[:, height // 2, width // 2].astype(int)


@pytest.mark.parametrize("unit", ["nanomaggy", "electrons", ""])
def test_a_red_source_is_red_and_a_blue_one_blue(unit):
    """Of four sources one is ten times as bright in i as in g, one the other way round."""
    red, blue = (0.1, 0.1, 0.4, 1.0, 1.0), (1.0, 1.0, 0.4, 0.1, 0.1)
    white = (0.3, 0.36, 0.73, 1.0, 1.2)  # g - r = 0.75, r - i = 0.35
    found = composites(sources([red, blue, white, white]), UGRIZ, unit)
    assert found.dtype == np.uint8
    assert found.shape == (4, 24, 24, 3)
    of_red, of_blue, of_white, _ = middle(found)
    assert of_red[0] > 1.3 * of_red[1] > 1.3 * 1.3 * of_red[2]
    assert of_blue[2] > of_blue[1] > 1.3 * of_blue[0]
    if unit == "nanomaggy":
        assert np.ptp(of_white) < 0.1 * of_white.max()


def test_the_sky_is_dark_and_taken_off():
    flat = sources([(1.0, 1.0, 1.0)] * 3, noise=0.01)
    found, raised = (composites(images, ("g", "r", "i")) for images in (flat, flat + np.float32(5.0)))
    assert np.median(found[:, 0]) < 40 < middle(found).min()
    np.testing.assert_allclose(found.astype(int), raised.astype(int), atol=2)


def test_one_band_is_grey_and_two_have_colour():
    grey = composites(sources([(1.0,), (0.5,)]), ("r",))
    assert (grey == grey[..., :1]).all()
    two = composites(sources([(1.0, 0.2), (0.2, 1.0)], noise=1e-4), ("g", "r"))
    assert middle(two)[0, 2] > middle(two)[0, 0]
    assert middle(two)[1, 0] > middle(two)[1, 2]


def test_pixels_without_a_value_are_pink_and_disturb_no_other():
    images = sources([(1.0, 1.0, 1.0)] * 2)
    whole = composites(images, ("g", "r", "i"))
    images[0, 1, 3, 4] = np.nan
    images[1, 0, 5, 6] = np.inf
    found = composites(images, ("g", "r", "i"))
    pink = np.round(255 * np.array(to_rgb(FLAGGED)))
    np.testing.assert_array_equal(found[0, 3, 4], pink)
    np.testing.assert_array_equal(found[1, 5, 6], pink)
    apart = np.abs(found.astype(int) - whole)
    apart[0, 3, 4] = apart[1, 5, 6] = 0
    assert apart.max() <= 3


def test_an_image_without_any_value_is_pink_alone():
    images = sources([(1.0, 1.0, 1.0)] * 3)
    images[1] = np.nan
    found = composites(images, ("g", "r", "i"))
    assert (found[1] == np.round(255 * np.array(to_rgb(FLAGGED)))).all()
    assert middle(found)[0].min() > 60


def test_large_images_are_averaged_down_and_none_give_none():
    assert composites(sources([(1.0, 1.0, 1.0)], size=200), ("g", "r", "i")).shape == (1, 50, 50, 3)
    assert composites(np.zeros((0, 3, 8, 8), dtype=np.float32), ("g", "r", "i")).shape[0] == 0
    assert LARGEST >= 50


@pytest.mark.parametrize(
    ("bands", "shown", "words"),
    [
        (UGRIZ, ("i", "r", "g"), "i, r, g as red, green, blue"),
        (("g", "r", "z"), ("z", "r", "g"), "z, r, g as red, green, blue"),
        (("J", "H"), ("H", "J"), "H as red, J as blue, their mean as green"),
        (("r",), ("r",), "r in grey"),
    ],
)
def test_the_rule_of_the_bands(bands, shown, words):
    assert colour_bands(bands) == shown
    assert in_words(bands) == words
