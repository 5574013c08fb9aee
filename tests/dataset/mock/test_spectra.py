import numpy as np
import pytest

from galaxy_causal.dataset.mock import spectra
from galaxy_causal.dataset.mock.cosmology import luminosity_distance
from galaxy_causal.dataset.mock.graph import mock_graph
from galaxy_causal.dataset.mock.model import draw_galaxies, main_sequence


@pytest.fixture(scope="module")
def kcorrect_model():
    from astropy.cosmology import FlatLambdaCDM
    from kcorrect.kcorrect import Kcorrect

    with spectra.closing_files():
        return Kcorrect(
            responses=list(spectra.RESPONSES),
            redshift_range=[0.0, 0.3],
            nredshift=61,
            cosmo=FlatLambdaCDM(H0=70, Om0=0.3),
        )


@pytest.fixture
def drawn():
    return draw_galaxies(np.random.default_rng(0), 300, (0.02, 0.25), (9.0, 12.0), "dependent")


def without_dust(node):
    return node | {
        "attenuation": np.zeros(len(node["redshift"])),
        "cos_inclination": node["redshift"] * 0 + 1,
    }


def test_fluxes_are_kcorrects_own(kcorrect_model, drawn):
    """Fluxes of the mixture without dust against ``Kcorrect.reconstruct`` of the same coefficients.

    Integrals on another grid of wavelengths: 0.3% in the optical, 1% in WISE, where the templates' nodes
    are as wide as details of the responses.
    """
    node = without_dust(drawn)
    found = spectra.fluxes(node, colour_gradients=False).sum(axis=1)
    shares = spectra.mixture(node["log_ssfr"], node["metallicity"], node["history"])
    distance = luminosity_distance(node["redshift"])
    mass = 10 ** node["log_mass"] / (distance * 1e5) ** 2
    coefficients = shares / kcorrect_model.templates.mremain * mass[:, None]
    expected = 1e9 * kcorrect_model.reconstruct(redshift=node["redshift"], coeffs=coefficients)
    np.testing.assert_allclose(found[:, :5], expected[:, :5], rtol=4e-3)
    np.testing.assert_allclose(found[:, 5:], expected[:, 5:], rtol=2e-2)
    masses = kcorrect_model.derived(redshift=node["redshift"], coeffs=coefficients)["mremain"]
    np.testing.assert_allclose(np.log10(masses), node["log_mass"], atol=1e-3)


def test_shares_add_up():
    rng = np.random.default_rng(0)
    shares = spectra.mixture(rng.uniform(-14, -7, 500), rng.uniform(-1.5, 1, 500), rng.normal(0, 0.3, 500))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert shares.min() >= 0


def test_dust_is_a_power_law():
    """Attenuation of nearly monochromatic light: 1 mag in r is (lambda / lambda_r)^-0.7 mag in each band."""
    redshift = np.zeros(2)
    clear, dusty = spectra.interpolate(redshift, np.array([0.0, 1.0]))
    lost = -2.5 * np.log10(dusty / clear)[3]  # the old template
    wave = np.array([response.lambda_eff for response in spectra.responses()])
    np.testing.assert_allclose(lost[:5], (wave[:5] / 6156) ** -0.7, rtol=0.04)
    assert np.all(np.diff(lost[:7]) < 0)


def test_interpolation_between_nodes_of_dust(drawn):
    """In u, where it errs most; redshifts between nodes add as much."""
    node = {k: v[:1] for k, v in drawn.items()}
    between = spectra.interpolate(node["redshift"], np.array([0.55]))[0]
    wave, flux, _ = spectra.templates()
    response = spectra.responses()[0]
    z = float(node["redshift"][0])
    seen = wave * (1 + z)
    weight = np.interp(seen, response.wave, response.response, left=0, right=0) * seen * np.gradient(seen)
    clear, dusty = (np.sum(weight * flux[3] * 10 ** (-0.4 * a * (wave / 6156) ** -0.7)) for a in (0.0, 0.55))
    expected = dusty / clear
    assert between[3, 0] / spectra.interpolate(node["redshift"], np.array([0.0]))[0, 3, 0] == pytest.approx(
        expected, rel=4e-3
    )


def test_without_gradients_bulge_and_disk_have_one_colour(drawn):
    bulge, disk = np.moveaxis(spectra.fluxes(drawn, colour_gradients=False), 1, 0)
    np.testing.assert_allclose(bulge / bulge[:, [2]], disk / disk[:, [2]], rtol=1e-9)
    share = bulge[:, 2] / (bulge + disk)[:, 2]
    np.testing.assert_allclose(share, drawn["bulge_mass_fraction"], rtol=1e-9)


def test_with_gradients_bulges_are_redder(drawn):
    forming = drawn["log_ssfr"] > -10.5
    bulge, disk = np.moveaxis(spectra.fluxes(without_dust(drawn), colour_gradients=True), 1, 0)
    colour = [-2.5 * np.log10(c[:, 1] / c[:, 2]) for c in (bulge, disk)]
    assert np.all((colour[0] - colour[1])[forming] > 0.1)


@pytest.mark.parametrize("cause", [c for c, e in mock_graph().edges if e == "fluxes"])
def test_every_cause_of_the_fluxes_changes_them(cause, drawn):
    changed = drawn | {cause: drawn[cause] * 0.9 + 0.01}
    if cause == "bulge_fraction":
        changed["bulge_mass_fraction"] = changed["bulge_fraction"]
    before, after = (
        np.column_stack([spectra.fluxes(node, True).sum(axis=1), spectra.dust_emission(node)])
        for node in (drawn, changed)
    )
    assert np.mean(np.abs(after / before - 1).max(axis=1) > 1e-5) > 0.8


def test_galactic_extinction_of_the_bands():
    """Schlafly & Finkbeiner (2011), table 6, R_V = 3.1: 4.24, 3.30, 2.29, 1.70, 1.26 times E(B-V) of the old
    maps, which is 0.86 of the true one; the curves of the two papers differ by up to 4%."""
    old = np.array([4.239, 3.303, 2.285, 1.698, 1.263]) / 0.86
    np.testing.assert_allclose(spectra.galactic_extinction()[:5], old, rtol=0.05)


def test_warm_dust_inverts_the_calibration():
    """Cluver et al. (2017): the luminosity gives the rate back; 3631 Jy is AB magnitude zero."""
    node = {"log_mass": np.array([10.3]), "redshift": np.array([0.05]), "pah_scatter": np.zeros(1)}
    node["log_ssfr"] = main_sequence(node["log_mass"], node["redshift"]) - node["log_mass"]
    flux = spectra.dust_emission(node) * 1e-9 * 3.631e-23
    area = 4 * np.pi * (luminosity_distance(node["redshift"]) * 3.0857e22) ** 2
    luminosity = flux * area * 2.998e8 / 12e-6 / 3.828e26
    rate = 0.889 * np.log10(luminosity) - 7.76
    assert rate == pytest.approx(node["log_ssfr"] + 10.3, abs=1e-6)
