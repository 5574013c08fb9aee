import galsim
import numpy as np
import pytest
import scipy.fft

from galaxy_causal.dataset.mock import images
from galaxy_causal.dataset.mock.model import DISK_FLATTENING, axis_ratio
from galaxy_causal.dataset.mock.telescope import FRAME, PIXEL, seeing_node, width


def by_galsim(node, flux, band):
    """The same galaxy by GalSim's own convolution, with the indices and the seeing of the tables."""
    angle = node["position_angle"][0] * galsim.radians
    parts = []
    for kind, flattening, light in zip(
        ("bulge", "disk"), (node["bulge_flattening"], DISK_FLATTENING), flux, strict=True
    ):
        q = float(axis_ratio(node["apparent_cos_inclination"], flattening)[0])
        index = images.SERSIC_NODES[images.sersic_node(node[f"{kind}_sersic_index"])[0]]
        size = node[f"{kind}_radius"][0] * np.sqrt(q)  # GalSim's shear keeps the area
        parts.append(galsim.Sersic(n=index, half_light_radius=size, flux=light).shear(q=q, beta=angle))
    seeing = galsim.Kolmogorov(fwhm=width(seeing_node(node["seeing"])[0], band))
    return galsim.Convolve(parts[0] + parts[1], seeing).drawImage(nx=FRAME, ny=FRAME, scale=PIXEL).array


@pytest.mark.parametrize("index", [1.0, 2.5])
@pytest.mark.parametrize("cosine", [0.1, 0.7])
@pytest.mark.parametrize("band", [0, 4])
def test_images_are_galsims(galaxy, index, cosine, band):
    """Within 1e-4 of the peak, the accuracy of the tables."""
    node = galaxy(
        bulge_sersic_index=index, bulge_radius=0.8, disk_radius=2.5, apparent_cos_inclination=cosine
    )
    ours = images.draw_images(node, np.array([[[0.4] * 5, [0.6] * 5]]))[0, band]
    theirs = by_galsim(node, (0.4, 0.6), band)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * theirs.max())


def test_light_is_conserved_in_every_band(galaxy):
    flux = np.arange(1.0, 11.0).reshape(1, 2, 5)
    frames = images.draw_images(galaxy(bulge_sersic_index=6.0, bulge_radius=4.0), flux)
    np.testing.assert_allclose(frames.sum(axis=(2, 3))[0], flux[0].sum(axis=0), rtol=1e-4)


def test_without_gradients_bands_are_proportional_up_to_the_seeing(galaxy):
    node = galaxy(apparent_cos_inclination=0.4)
    spectrum = np.array([1.0, 3.0, 6.0, 8.0, 9.0])
    frames = images.draw_images(node, np.array([[0.3 * spectrum, 0.7 * spectrum]]))[0]
    transfer = images.transfers()[seeing_node(node["seeing"])[0]]
    low = np.abs(transfer[0]) > 0.05  # where noise of single precision is not blown up
    before_seeing = scipy.fft.rfft2(frames)[:, low] / transfer[:, low]
    ratio = (before_seeing[4] / before_seeing[0]).real
    np.testing.assert_allclose(ratio, 9.0, rtol=1e-3)
    gradient = images.draw_images(node, np.array([[0.5 * spectrum, np.linspace(2, 1, 5) * spectrum]]))[0]
    before_seeing = scipy.fft.rfft2(gradient)[:, low] / transfer[:, low]
    assert np.ptp((before_seeing[4] / before_seeing[0]).real) > 0.5


def test_turning_by_90_degrees_turns_the_image(galaxy):
    flux = np.ones((1, 2, 5))
    first, turned = (
        images.draw_images(galaxy(apparent_cos_inclination=0.3, position_angle=a), flux)[0, 2]
        for a in (0.3, 0.3 + np.pi / 2)
    )
    # the table is looked up in single precision
    np.testing.assert_allclose(np.rot90(first, -1), turned, atol=2e-5 * first.max())


def test_indices_are_rounded_to_the_grid():
    assert images.SERSIC_NODES[images.sersic_node(np.array([0.1, 1.04, 4.26, 9.0]))] == pytest.approx(
        [0.5, 1.0, 4.2, 6.0]
    )
