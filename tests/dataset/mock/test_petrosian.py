import numpy as np
import pytest
from scipy.optimize import brentq

from galaxy_causal.dataset.mock.images import draw_images
from galaxy_causal.dataset.mock.petrosian import (
    RADII,
    aperture_weights,
    at_radius,
    enclosing,
    growth_curves,
    petrosian,
)
from galaxy_causal.dataset.mock.telescope import FRAME, PIXEL, observe_images

HEIGHT = 1.67835  # half-light radius of an exponential in scale lengths


def within(x):
    """Flux of a unit exponential within x scale lengths."""
    return 1 - (1 + x) * np.exp(-x)


def exponential():
    """Petrosian radius, flux, R50 and R90 of an exponential in scale lengths."""

    def excess(x):
        local = (within(1.25 * x) - within(0.8 * x)) / (1.25**2 - 0.8**2)
        return local / within(x) - 0.2

    radius = brentq(excess, 1, 10)
    flux = within(2 * radius)
    return radius, flux, *(brentq(lambda x, f=f: within(x) - f * flux, 0.1, 9) for f in (0.5, 0.9))


def test_apertures_have_their_areas():
    areas = aperture_weights().sum(axis=0) * PIXEL**2
    np.testing.assert_allclose(areas, np.pi * RADII**2, rtol=1e-4)
    assert aperture_weights().max() < 1.02
    assert aperture_weights().min() >= 0
    assert RADII[-1] < FRAME / 2 * PIXEL


def test_growth_of_a_known_curve():
    growth = within(RADII / 2.0)[None]
    assert at_radius(growth, np.array([5.0]))[0] == pytest.approx(within(2.5), rel=1e-3)
    assert enclosing(growth, np.array([0.5]))[0] == pytest.approx(2 * HEIGHT, rel=1e-3)
    assert np.isnan(enclosing(growth, np.array([-0.1, 2.0])[:, None].ravel()[:1]))
    assert np.isnan(enclosing(growth, np.array([2.0])))


def test_an_exponential_has_its_closed_form():
    """Exact growth curves: radii within the spacing of the nodes squared, 0.3%."""
    growth = np.broadcast_to(within(RADII / 1.3), (1, 5, len(RADII)))
    found = petrosian(growth, 1.0)
    radius, flux, r50, r90 = exponential()
    assert found.radius[0] == pytest.approx(1.3 * radius, rel=4e-3)
    assert found.flux[0] == pytest.approx(np.full(5, flux), rel=1e-3)
    assert found.r50[0] == pytest.approx(np.full(5, 1.3 * r50), rel=3e-3)
    assert found.r90[0] == pytest.approx(np.full(5, 1.3 * r90), rel=3e-3)


def test_a_drawn_disk_is_close_to_an_exponential(galaxy):
    """Seeing of 1.4 arcsec widens a disk of scale length 2.4 arcsec by some per cent."""
    node = galaxy(disk_radius=4.0)
    flux = np.zeros((1, 2, 5))
    flux[0, 1] = 100.0
    found = petrosian(growth_curves(draw_images(node, flux)), 1.0)
    radius, light, r50, r90 = exponential()
    scale = 4.0 / HEIGHT
    assert found.radius[0] == pytest.approx(radius * scale, rel=0.04)
    assert found.flux[0] == pytest.approx(np.full(5, 100 * light), rel=0.01)
    assert found.r50[0] == pytest.approx(np.full(5, r50 * scale), rel=0.07)
    assert found.r90[0] == pytest.approx(np.full(5, r90 * scale), rel=0.04)


def test_stated_errors_are_the_scatter_over_noise(galaxy):
    """In a fixed aperture, over 100 realisations, whose scatter is known to 7%."""
    clean = draw_images(galaxy(), np.full((1, 2, 5), 60.0))
    rng = np.random.default_rng(0)
    growth = np.concatenate([growth_curves(observe_images(rng, clean, 1.0)) for _ in range(100)])
    radius = petrosian(growth_curves(clean), 1.0).radius
    stated = petrosian(growth_curves(clean), 1.0).error[0]
    aperture = np.repeat(2 * radius, 100)
    scatter = np.array([at_radius(growth[:, b], aperture).std() for b in range(5)])
    np.testing.assert_allclose(scatter / stated, 1, atol=0.25)
    measured = petrosian(growth, 1.0)
    # the aperture scatters, too: little, and not at all in what the errors say
    assert np.median(measured.error[:, 2]) == pytest.approx(stated[2], rel=0.1)
    assert measured.flux[:, 2].std() < 1.6 * stated[2]


def test_what_cannot_be_measured_is_nan():
    growth = np.zeros((2, 5, len(RADII)))
    growth[0] = within(RADII / 30.0)  # wider than the frame
    found = petrosian(growth, 1.0)
    assert np.isnan(found.radius).all()
    assert np.isnan(found.flux).all()
    assert np.isnan(found.r50).all()
