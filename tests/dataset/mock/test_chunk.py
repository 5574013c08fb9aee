from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from galaxy_causal.dataset.mock import chunk
from galaxy_causal.dataset.mock.columns import CATALOGUE, TRUTH
from galaxy_causal.dataset.mock.spectra import galactic_extinction
from galaxy_causal.dataset.mock.telescope import SKY_NOISE
from galaxy_causal.types import UserError


@pytest.fixture(scope="module")
def made(settings):
    return chunk.simulate_chunk(settings, 3, 40)


def test_columns_are_those_of_the_file(made):
    assert set(made.catalogue) == set(CATALOGUE)
    assert set(made.truth) == set(TRUTH)
    assert all(
        len(v) == 40 and np.isfinite(v).all() for v in (*made.catalogue.values(), *made.truth.values())
    )


def test_a_smaller_chunk_holds_the_first_of_the_same_galaxies(settings, made):
    fewer = chunk.simulate_chunk(settings, 3, 7)
    np.testing.assert_array_equal(fewer.images, made.images[:7])
    for name in CATALOGUE:
        np.testing.assert_array_equal(fewer.catalogue[name], made.catalogue[name][:7])


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            {"flux_limit": 10.0, "log_mass": (7.0, 8.0)},
            r"log_mass=\[7.0, 8.0\]'? is brighter than .*=10.0",
        ),
        ({"flux_limit": None, "redshift": (0.001, 0.0011), "log_mass": (10.5, 11.0)}, "beyond the frame"),
    ],
)
def test_limits_that_no_galaxy_meets_come_to_an_end(settings, monkeypatch, limits, message):
    monkeypatch.setattr(chunk, "MOST_DRAWN", 3 * chunk.CANDIDATES)
    monkeypatch.setattr(chunk, "MOST_OBSERVED", 2)
    with pytest.raises(UserError, match=message):
        chunk.simulate_chunk(replace(settings, **limits), 0, 5)


def test_chunks_and_seeds_differ(settings, made):
    for other in (
        chunk.simulate_chunk(settings, 4, 5),
        chunk.simulate_chunk(replace(settings, seed=9), 3, 5),
    ):
        assert not np.isin(other.truth["log_mass"], made.truth["log_mass"]).any()


def test_pixels_hold_the_catalogues_flux(survey):
    """The sum of a cutout's pixels against the true flux behind Galactic dust, for galaxies that fit in.

    Light beyond the cutout is allowed to be missing: at most 2% in galaxies of small R90.
    """
    catalogue, path = survey
    import h5py

    with h5py.File(path) as file:
        truth = {b: file[f"truth/flux_{b}"][:] for b in "ugriz"}
        reddening = file["truth/galactic_ebv"][:]
        small = np.flatnonzero(file["catalogue/petroR90_r"][:] < 3.5)
    images = catalogue.images.read(small)
    for k, band in enumerate("ugriz"):
        flux = truth[band][small] * 10 ** (-0.4 * galactic_extinction()[k] * reddening[small])
        residual = images[:, k].sum(axis=(1, 2)) - flux
        noise = SKY_NOISE[k] * 64
        assert abs(np.median(residual / flux)) < 0.02 + 3 * noise / np.median(flux) / np.sqrt(len(small))
        assert np.median(np.abs(residual)) < 1.0 * (noise + 0.01 * np.median(flux))


def test_magnitudes_are_petrosian(survey):
    """Petrosian magnitudes miss little light, and their errors cover the rest of the scatter in u."""
    catalogue, path = survey
    import h5py

    with h5py.File(path) as file:
        flux = {b: file[f"truth/flux_{b}"][:] for b in "ur"}
        reddening = file["truth/galactic_ebv"][:]
    missing = {
        b: catalogue.features["photometry"][b].value
        - (22.5 - 2.5 * np.log10(flux[b]) + galactic_extinction()[k] * reddening)
        for b, k in (("u", 0), ("r", 2))
    }
    assert 0.0 < np.median(missing["r"]) < 0.1
    assert np.percentile(missing["r"], 95) < 0.3
    pull = (missing["u"] - np.median(missing["r"])) / catalogue.features["photometry"]["u"].error
    assert 0.8 < np.subtract(*np.percentile(pull, [84, 16])) / 2 < 1.2


def test_no_galaxy_is_fainter_than_the_limit(survey):
    catalogue, _ = survey
    r = catalogue.features["photometry"]["r"].value
    corrected = r - galactic_extinction()[2] * catalogue.features["ebv"]["ebv"].value
    assert corrected.max() < 17.77
    assert np.mean(corrected > 17.0) > 0.4


def test_galaxies_left_out_unseen_are_too_faint(settings, monkeypatch):
    """With the cuts that save work out of the way the same candidates remain."""
    rng = np.random.default_rng(5)
    wide = replace(settings, redshift=(0.01, 0.08), log_mass=(9.0, 12.0))
    fast = chunk.candidates(rng, wide)
    monkeypatch.setattr(chunk, "BRIGHTEST", -9.0)
    slow = chunk.candidates(np.random.default_rng(5), wide)
    np.testing.assert_array_equal(fast["flux_r"], slow["flux_r"])


def test_without_a_limit_all_of_the_volume_is_there(settings):
    open_settings = replace(settings, flux_limit=None, redshift=(0.02, 0.05), log_mass=(9.5, 12.0))
    made = chunk.simulate_chunk(open_settings, 0, 60)
    # selection makes mass and distance depend on one another; without it they do not
    assert abs(spearmanr(made.truth["log_mass"], made.truth["redshift"]).statistic) < 4 / np.sqrt(60)


def test_independent_morphology_tells_nothing_of_the_mass(settings):
    galaxies = chunk.candidates(np.random.default_rng(0), replace(settings, morphology="independent"))
    n = len(galaxies["log_mass"])
    for shape in ("disk_radius", "bulge_radius", "bulge_fraction", "bulge_sersic_index"):
        for physics in ("log_mass", "redshift", "log_ssfr"):
            assert abs(spearmanr(galaxies[shape], galaxies[physics]).statistic) < 4 / np.sqrt(n)
    share = galaxies["flux_bulge_u"] / galaxies["flux_u"]
    np.testing.assert_allclose(share, galaxies["bulge_fraction"], rtol=1e-9)
    dependent = chunk.candidates(np.random.default_rng(0), settings)
    assert abs(spearmanr(dependent["disk_radius"], dependent["redshift"]).statistic) > 0.3


def test_galaxies_too_large_for_the_frame_are_counted():
    """Nearby massive galaxies are all far brighter than the limit; what is not listed is counted."""
    settings = chunk.Settings(1, 17.77, True, "dependent", (0.01, 0.02), (10.8, 12.0), 1.0)
    rng = np.random.default_rng(0)
    node = {name: values[:64] for name, values in chunk.candidates(rng, settings).items()}
    seen = chunk.observe(rng, node, settings)
    assert seen.lost["with a Petrosian aperture beyond the frame"] > 20
    assert len(seen.images) + sum(seen.lost.values()) == 64
