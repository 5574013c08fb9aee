import numpy as np
import pytest

from galaxy_causal.dataset.mock.images import draw_images
from galaxy_causal.dataset.mock.petrosian import RADII, growth_curves, petrosian
from galaxy_causal.dataset.mock.profile import INDEX_ROWS, SIZES, bank, sersic_indices
from galaxy_causal.dataset.mock.telescope import observe_images, seeing_node

NODE = seeing_node(np.array([1.43]))


def single(galaxy, index, radius, n=1):
    """Round galaxies of one Sersic profile, 150 nanomaggies (r = 17.06) in each band."""
    flux = np.zeros((n, 2, 5))
    flux[:, 0] = 150.0
    return draw_images(galaxy(n, bulge_sersic_index=index, bulge_radius=radius), flux)


def fitted(frames):
    growth = growth_curves(frames)
    return sersic_indices(growth, petrosian(growth, 1.0).radius, np.repeat(NODE, len(frames)), 1.0)


def test_models_are_the_images_own_rings(galaxy):
    """A model of the bank against an image, both of 1 nanomaggy: within 0.1% of the flux in every ring."""
    size = SIZES[28]
    rings = np.diff(growth_curves(single(galaxy, 2.0, size) / 150)[0, 2])
    row = list(INDEX_ROWS).index(15) * len(SIZES) + 28  # index 2.0
    np.testing.assert_allclose(bank()[NODE[0], 2, row], rings, atol=1e-3)


@pytest.mark.parametrize("radius", [1.2, 2.5])
@pytest.mark.parametrize("index", [0.8, 1.0, 2.0, 4.0])
def test_indices_come_back_without_noise(galaxy, index, radius):
    """Within 6%: the grid, and wings of large n that the frame folds back."""
    assert fitted(single(galaxy, index, radius))[0, 1:4] == pytest.approx(np.full(3, index), rel=0.06)


def test_noise_does_not_bias_indices(galaxy):
    rng = np.random.default_rng(0)
    frames = observe_images(rng, single(galaxy, 2.0, 2.0, n=100), 1.0)
    found = np.log(fitted(frames)[:, 2] / 2.0)
    assert found.std() < 0.1
    assert abs(np.median(found)) < 0.03


def test_without_a_petrosian_radius_there_is_no_index():
    growth = np.ones((1, 5, len(RADII)))
    assert np.isnan(sersic_indices(growth, np.array([np.nan]), NODE, 1.0)).all()
