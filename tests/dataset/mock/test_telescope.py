import os
from pathlib import Path

import numpy as np
import pytest

from galaxy_causal.dataset.mock import telescope


def test_noise_of_sky_and_photons():
    """100,000 pixels: a standard deviation is known to 0.2%."""
    clean = np.zeros((2, 5, 200, 250), dtype=np.float32)
    clean[1] = 1.0
    noise = telescope.observe_images(np.random.default_rng(0), clean, 1.0) - clean
    found = noise.std(axis=(2, 3))
    np.testing.assert_allclose(found[0], telescope.SKY_NOISE, rtol=0.012)
    expected = np.sqrt(telescope.SKY_NOISE**2 + 1 / telescope.ELECTRONS)
    np.testing.assert_allclose(found[1], expected, rtol=0.012)
    assert abs(noise.mean(axis=(2, 3)) / found).max() < 5 / np.sqrt(50_000)


def test_depth_is_exposure_time():
    clean = np.ones((1, 5, 4, 4), dtype=np.float32)
    once, more = (telescope.pixel_variance(clean, d) for d in (1.0, 4.0))
    np.testing.assert_allclose(once / more, 4, rtol=1e-5)


def test_model_fluxes_are_unbiased_with_the_stated_and_least_error():
    """2,000 noisy images: a mean is known to 2.2% of the deviation, a deviation to 1.6%."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:24, :24] - 11.5
    profile = np.exp(-np.hypot(x, y) / 2.5)
    flux = np.array([2.0, 8.0, 20.0, 30.0, 40.0])
    clean = (flux[:, None, None] * profile / profile.sum()).astype(np.float32)
    seen = telescope.observe_images(rng, np.repeat(clean[None], 2000, axis=0), 1.0)
    found = np.array([telescope.model_flux(clean, image, flux, 1.0)[0] for image in seen])
    error = telescope.model_flux(clean, seen[0], flux, 1.0)[1]
    np.testing.assert_allclose((found.mean(axis=0) - flux) / error, 0.0, atol=0.09)
    np.testing.assert_allclose(found.std(axis=0) / error, 1.0, atol=0.065)
    aperture = np.hypot(x, y) < 10  # what a sum of pixels would have
    summed = np.sqrt(telescope.pixel_variance(clean, 1.0)[:, aperture].sum(axis=1))
    assert (error < summed).all()


def test_infrared_errors_and_limits():
    rng = np.random.default_rng(0)
    flux = np.repeat([[300.0, 200.0, 400.0]], 4000, axis=0)
    seen = telescope.observe_infrared(rng, flux, 1.0)
    true = 22.5 - 2.5 * np.log10(flux[0]) - telescope.VEGA_TO_AB
    for k, band in enumerate(("W1", "W2")):
        residual = (seen[band] - true[k]) / seen[f"{band}_error"]
        assert residual.std() == pytest.approx(1, abs=0.05)
    assert seen["W3_limit"].mean() < 0.01
    faint = telescope.observe_infrared(rng, np.array([[300.0, 200.0, 0.0]] * 4000), 1.0)
    # noise exceeds twice its deviation in 2.3% of galaxies; the brightest limit is 4 sigma
    assert faint["W3_limit"].mean() == pytest.approx(0.977, abs=0.01)
    sigma = telescope.WISE_DEPTH[2]
    limits = faint["W3"][faint["W3_limit"] == 1]
    assert limits.max() == pytest.approx(22.5 - 2.5 * np.log10(2 * sigma) - 5.174, abs=1e-6)
    assert limits.min() >= 22.5 - 2.5 * np.log10(4 * sigma) - 5.174


def test_wise_depth_is_that_of_the_catalogue():
    """5 sigma at W1 16.9, W2 16.0, W3 11.5 Vega mag (AllWISE Explanatory Supplement)."""
    limit = 22.5 - 2.5 * np.log10(5 * telescope.WISE_DEPTH) - telescope.VEGA_TO_AB
    np.testing.assert_allclose(limit, [16.9, 16.0, 11.5], atol=0.15)


def test_seeing_is_rounded_to_the_nearest_node():
    nodes = telescope.seeing_node(np.array([0.1, 1.43, 9.0]))
    assert list(nodes[[0, 2]]) == [0, len(telescope.SEEING_NODES) - 1]
    assert telescope.SEEING_NODES[nodes[1]] == pytest.approx(1.43, rel=0.035)
    assert telescope.width(nodes[1], 0) > telescope.width(nodes[1], 4)


def test_redshift_and_reddening_scatter():
    node = {"redshift": np.full(5000, 0.1), "galactic_ebv": np.full(5000, 0.03)}
    seen = telescope.observe_scalars(np.random.default_rng(0), node)
    assert seen["redshift"].std() == pytest.approx(1.1e-4, rel=0.05)
    assert np.log(seen["ebv"]).std() == pytest.approx(0.16, rel=0.05)


def test_noise_is_that_of_real_frames():
    folder = Path(os.environ.get("GALAXY_CAUSAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
    file = folder / "sdss_cutouts_ugriz_64px.npz"
    if not file.is_file():
        pytest.skip(f"no {file.name}; set GALAXY_CAUSAL_DATA to the folder that holds it")
    with np.load(file) as data:
        np.testing.assert_allclose(np.median(data["skysig"], axis=0), telescope.SKY_NOISE, rtol=0.01)
