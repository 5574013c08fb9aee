"""The fast part of benchmarks/known_targets.py: informations of odd targets by the default estimator."""

import known_targets
import numpy as np
import pytest
from known_fits import pointwise, sample_of
from known_targets import HIGH, LOW, Product, fitted
from scipy.integrate import quad
from scipy.stats import norm

DRAWS = {(part, name): draw for part, name, draw in known_targets.cases()}


@pytest.mark.parametrize("sd", [0.05, 0.3])
def test_the_density_of_a_product(sd):
    """By its characteristic function, exp(-sd^2 t^2 / 2) / sqrt(1 + t^2)."""
    y = np.array([0.0, 0.001, 0.1, 0.7, -2.5])

    def slow(at):
        return quad(
            lambda t: np.cos(t * at) * np.exp(-0.5 * (sd * t) ** 2) / np.sqrt(1 + t**2) / np.pi,
            0,
            8 / sd,
            limit=1000,
        )[0]

    np.testing.assert_allclose(np.exp(Product(sd).log_density(y)), [slow(at) for at in y], rtol=1e-6)


def test_a_product_of_known_factors():
    drawn = Product(0.2).informations(np.array([[0.5]]), np.array([[-1.0]]), np.array([0.3]))[:, 0]
    own = Product(0.2).log_density(np.array([0.3]))[0]
    np.testing.assert_allclose(
        drawn + own,
        [
            norm.logpdf(0.3, 0, np.hypot(0.5, 0.2)),
            norm.logpdf(0.3, 0, np.hypot(1, 0.2)),
            norm.logpdf(0.3, -0.5, 0.2),
        ],
    )


@pytest.mark.parametrize("values", known_targets.VALUES)
def test_grids_hold_about_as_many_values_as_they_say(values):
    drawn = DRAWS["rounded", f"{values} values, {LOW} nats"](5)
    assert len(np.unique(drawn.y)) == pytest.approx(values, rel=0.15)


def test_maps_leave_the_galaxies_as_they_are():
    first, second = (DRAWS["maps", f"{LOW} nats, {name}"](3) for name in ("none", "exp"))
    np.testing.assert_array_equal(first.x1, second.x1)
    np.testing.assert_allclose(np.exp(first.y), second.y)


def test_the_unit_of_the_target_changes_nothing_and_its_logarithm_nearly_nothing():
    """The same galaxies and seed; the error of the information of 90 test galaxies is 0.1."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(600, 2))
    y = x[:, 0] + 0.5 * rng.normal(size=600)

    def informations(target):
        return pointwise(sample_of(x, target, 1), 1, "network.training.max_epochs=12")

    plain = informations(y)
    for of_y in (5e6 + 2**20 * y, np.exp(y) / 1024):
        change = np.abs(informations(of_y) - plain)
        assert change.mean() < 0.01
        assert change.max() < 0.2


@pytest.mark.parametrize("name", ["tenths", "spikes", "24 classes"])
def test_inputs_that_tell_nothing(name):
    assert abs(fitted(DRAWS["independent", name], 0)["value"]) < 0.01


@pytest.mark.parametrize(
    ("part", "name", "below"),
    [("rounded", f"40 values, {HIGH} nats", 0.1), ("high", "linear 5.0", 0.15)],
)
@pytest.mark.long
def test_much_information(part, name, below):
    found = fitted(DRAWS[part, name], 0)
    assert -below < found["value"] - found["truth"] < 2 * found["error"]
