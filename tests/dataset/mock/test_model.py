"""The equations against published values, and against the independences that the graph claims."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from astropy.cosmology import FlatLambdaCDM
from scipy.integrate import quad
from scipy.special import logit
from scipy.stats import kstest

from galaxy_causal.dataset.mock import model
from galaxy_causal.dataset.mock.cosmology import kiloparsec_per_arcsec, luminosity_distance
from galaxy_causal.dataset.mock.graph import mock_graph
from galaxy_causal.dataset.mock.images import draw_images
from galaxy_causal.dataset.mock.spectra import dust_emission, fluxes

N = 20_000
DRAWN_EDGES = [e for e in mock_graph().edges if e[1] in mock_graph().hidden and e[1] != "fluxes"]
COSMOLOGY = FlatLambdaCDM(H0=70, Om0=0.3)


@pytest.fixture(scope="module", params=["dependent", "independent"])
def drawn(request):
    rng = np.random.default_rng(1)
    return request.param, model.draw_galaxies(rng, N, (0.02, 0.2), (9.0, 12.0), request.param)


def descendants(edges, node):
    children = {effect for cause, effect in edges if cause == node}
    return children.union(*(descendants(edges, child) for child in children))


def residual(values, parents):
    """What a polynomial of third degree in the parents leaves of values (n, m), of unit variance.

    Of two-valued parents each value has its own polynomial.
    """
    two_valued = [p for p in parents if len(np.unique(p)) == 2]
    smooth = [(p - p.mean()) / p.std() for p in parents if len(np.unique(p)) > 2]
    terms = [np.ones(len(values))]
    for degree in (1, 2, 3):
        terms += [np.prod(c, axis=0) for c in combinations_with_replacement(smooth, degree)]
    for switch in two_valued:
        terms += [t * switch for t in terms]
    basis, _ = np.linalg.qr(np.column_stack(terms))
    left = values - basis @ (basis.T @ values)
    return left / left.std(axis=0)


def shaped(name, value):
    """The logarithm of what enters the equations as a logarithm."""
    return np.log10(value) if name.endswith(("radius", "index", "fraction")) else value


def test_each_node_is_independent_of_non_descendants_given_its_parents(drawn):
    """The local Markov property, by partial correlations: of several hundred none exceeds 4.5 sigma."""
    morphology, node = drawn
    nodes = set(mock_graph(True, morphology).nodes)  # a copy of the bulge fraction is no node of its own
    edges = [e for e in mock_graph(True, morphology).edges if e[0] in node and e[1] in node]
    known = {name: value for name, value in node.items() if name in nodes}
    tested = 0
    for name, value in known.items():
        parents = [cause for cause, effect in edges if effect == name]
        others = sorted(set(known) - {name, *parents} - descendants(edges, name))
        given = [shaped(p, known[p]) for p in parents]
        if name in ("attenuation", "apparent_cos_inclination") and parents:
            continue  # functions of their parents, see the next test
        own = logit(value) if name == "bulge_fraction" else shaped(name, value)
        left = residual(np.column_stack([own, *(known[other] for other in others)]), given)
        correlations = left[:, 0] @ left[:, 1:] / N
        assert abs(correlations).max() < 4.5 / np.sqrt(N), dict(zip(others, correlations, strict=True))
        tested += len(others)
    assert tested > 150


def test_what_is_not_drawn_is_a_function_of_its_parents_alone(drawn):
    morphology, node = drawn

    def parents(name, **options):
        edges = mock_graph(morphology=morphology, **options).edges
        return {cause: node[cause] for cause, effect in edges if effect == name and cause in node}

    np.testing.assert_array_equal(model.attenuation(parents("attenuation")), node["attenuation"])
    if morphology == "dependent":
        np.testing.assert_array_equal(node["apparent_cos_inclination"], node["cos_inclination"])
    for gradients in (True, False):
        causes = parents("fluxes", colour_gradients=gradients)
        # the bulge's share of the mass; without gradients any share gives the same total
        shares = causes.get("bulge_mass_fraction", causes.get("bulge_fraction", np.full(N, 0.5)))
        light, true = fluxes({**causes, "bulge_mass_fraction": shares}, gradients), fluxes(node, gradients)
        np.testing.assert_allclose(light.sum(axis=1), true.sum(axis=1), rtol=1e-12)
        if gradients:
            np.testing.assert_array_equal(light, true)
        elif morphology == "dependent":  # the images share out the total
            np.testing.assert_allclose(true[:, 0].T, node["bulge_fraction"] * true.sum(axis=1).T, rtol=1e-12)
        np.testing.assert_array_equal(dust_emission(causes), dust_emission(node))
    seen = {cause: values[:4] for cause, values in parents("images").items()}
    light = np.ones((4, 2, 5))
    few = {name: values[:4] for name, values in node.items()}
    np.testing.assert_array_equal(draw_images(seen, light), draw_images(few, light))


@pytest.mark.parametrize(("cause", "effect"), DRAWN_EDGES)
def test_every_edge_between_drawn_nodes_carries_dependence(cause, effect):
    node = model.draw_galaxies(np.random.default_rng(2), N, (0.02, 0.2), (9.0, 12.0), "dependent")
    parents = [c for c, e in mock_graph().edges if e == effect and c != cause]
    given = [node[p] for p in parents]
    left = residual(np.column_stack([node[effect], node[cause]]), given)
    assert abs(np.mean(left[:, 0] * left[:, 1])) > 6 / np.sqrt(N)


def test_masses_follow_the_double_schechter_function():
    """Baldry et al. (2012), integrated over decades."""

    def density(log_mass):
        x = 10 ** (log_mass - 10.66)
        return np.exp(-x) * x * (3.96 * x**-0.35 + 0.79 * x**-1.47)

    total = quad(density, 9, 12)[0]
    masses = model.mass_function(np.random.default_rng(0).random(N), 9.0, 12.0)
    for low, high in ((9, 9.5), (9.5, 10), (10, 10.5), (10.5, 11), (11, 12)):
        expected = quad(density, low, high)[0] / total
        found = np.mean((masses > low) & (masses < high))
        assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / N))


def test_distances_are_astropys():
    z = np.array([0.0123, 0.1, 0.2987])
    np.testing.assert_allclose(luminosity_distance(z), COSMOLOGY.luminosity_distance(z).value, rtol=1e-6)
    scale = COSMOLOGY.kpc_proper_per_arcmin(z).value / 60
    np.testing.assert_allclose(kiloparsec_per_arcsec(z), scale, rtol=1e-6)


def test_redshifts_fill_the_volume():
    z = model.draw_galaxies(np.random.default_rng(0), N, (0.02, 0.2), (9.0, 12.0), "dependent")["redshift"]
    volume = COSMOLOGY.comoving_volume(np.array([0.02, 0.2])).value
    share = (COSMOLOGY.comoving_volume(z[::40]).value - volume[0]) / (volume[1] - volume[0])
    assert kstest(share, "uniform").pvalue > 1e-4


def test_published_values():
    # Speagle et al. (2014), eq. 28, for 10^10.5 Msun today (13.47 Gyr in this cosmology)
    today = float(COSMOLOGY.age(0).value)
    expected = (0.84 - 0.026 * today) * 10.5 - (6.51 - 0.11 * today)
    assert model.main_sequence(np.array([10.5]), np.array([0.0]))[0] == pytest.approx(expected, abs=1e-4)
    # Shen et al. (2003), figure 11 and its erratum: 10^11 Msun
    assert model.late_type_radius(np.array([11.0]))[0] == pytest.approx(4.7, abs=0.2)
    assert model.early_type_radius(np.array([11.0]))[0] == pytest.approx(4.2, abs=0.2)
    assert model.late_type_scatter(np.array([8.0, 12.5])) == pytest.approx([0.47, 0.34], abs=0.01)
    assert model.metallicity(np.array([9.31, 11.11])) == pytest.approx([-0.65, 0.10])


def test_axis_ratios_at_their_limits():
    assert model.axis_ratio(np.array([0.0, 1.0]), 0.22) == pytest.approx([0.22, 1.0])
    assert model.axis_ratio(np.array([0.5]), 0.0)[0] == pytest.approx(0.5)


def test_attenuation_of_an_average_galaxy():
    """Garn & Best (2010): 0.91 mag in H alpha at 10^10 Msun, on the main sequence."""
    node = {"log_mass": np.full(2, 10.0), "redshift": np.full(2, 0.05), "dust_scatter": np.array([0.0, -9.0])}
    node["log_ssfr"] = model.main_sequence(node["log_mass"], node["redshift"]) - 10.0
    assert model.attenuation(node) == pytest.approx([0.44 * 0.6 * 0.91, 0.0])


def test_classes():
    assert list(model.galaxy_class(np.array([-10.0, -11.0, -12.0]))) == ["star_forming", "other", "passive"]
