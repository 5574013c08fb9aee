import numpy as np
import pytest
from scipy.stats import kstest, norm

from galaxy_causal.estimator import Cells
from galaxy_causal.types import UserError

RNG = np.random.default_rng(0)
MASSES = RNG.normal(10.0, 0.6, 3000)
TARGETS = {
    "gaussian": MASSES,
    "skew": RNG.gamma(3.0, 1.0, 3000),
    "few galaxies": RNG.normal(size=60),
    "rounded": np.round(MASSES, 2),
    "heavy tails": RNG.standard_cauchy(3000),
    "a gap": np.exp(MASSES) * np.where(RNG.random(3000) < 0.5, 1.0, 1e6),
    "a spike": np.where(RNG.random(3000) < 0.3, 10.0, MASSES),
    "a limit": np.maximum(MASSES, 9.5),
    "two classes": (MASSES > 10.5).astype(float),
    "nine classes": RNG.integers(0, 9, 3000).astype(float),
    "two galaxies": np.array([1.0, 2.0]),
    "many galaxies": np.round(RNG.normal(size=50_000), 6),
}
OF_RANKS = [name for name in TARGETS if name not in ("gaussian", "skew", "heavy tails")]
RISING = {
    "line": lambda y: 1e4 * y - 3e4,
    "exponential": lambda y: np.exp(np.clip(y, -50, 50) / 4) + 1e-3 * y,
    "cube": lambda y: y**3,
}


@pytest.mark.parametrize("name", TARGETS)
def test_masses_sum_to_one_and_no_cell_is_empty(name):
    cells = Cells.of(TARGETS[name])
    assert cells.mass.sum() == pytest.approx(1.0, abs=1e-12)
    assert (cells.mass > 0).all()
    assert cells.count == len(cells.atom) == len(cells.centres) == len(cells.edges) - 1
    assert np.isfinite(cells.edges).all()
    assert (np.diff(cells.edges) > 0).all()


@pytest.mark.parametrize("name", OF_RANKS)
def test_the_mass_is_the_share_of_the_training_galaxies(name):
    y = TARGETS[name]
    cells = Cells.of(y)
    np.testing.assert_allclose(np.bincount(cells.index(y), minlength=cells.count) / len(y), cells.mass)
    inner = norm.ppf(np.cumsum(cells.mass)[:-1])
    np.testing.assert_allclose(cells.edges[1:-1], inner, atol=1e-9)


def test_the_mass_of_a_smooth_target_is_its_curves():
    """The number in a cell is binomial: chi-squared of cells that hold 20 or more, within five deviations."""
    y = TARGETS["gaussian"]
    cells = Cells.of(y)
    z = (y - y.mean()) / y.std()
    assert cells.count > 900
    np.testing.assert_allclose(norm.cdf(cells.edges[1:-1]), np.cumsum(cells.mass)[:-1], atol=1e-12)
    np.testing.assert_allclose(cells.score(y), z, atol=1e-9)
    groups = np.arange(0, cells.count, 20)
    expected = len(y) * np.add.reduceat(cells.mass, groups)
    found = np.add.reduceat(np.bincount(cells.index(y), minlength=cells.count), groups)
    large = expected > 20
    chi = ((found - expected) ** 2 / expected)[large].sum()
    assert abs(chi - large.sum()) < 5 * np.sqrt(2 * large.sum())


@pytest.mark.parametrize("name", TARGETS)
def test_every_training_galaxy_lies_in_its_cell(name):
    y = TARGETS[name]
    cells = Cells.of(y)
    label = cells.index(y)
    assert label.min() >= 0
    assert label.max() < cells.count
    assert ((y > cells.bounds[label]) | (label == 0)).all()
    assert ((y <= cells.bounds[label + 1]) | (label == cells.count - 1)).all()
    if name in OF_RANKS:
        assert cells.outside(y) == 0
        assert ((y >= cells.bounds[label]) & (y <= cells.bounds[label + 1])).all()


@pytest.mark.parametrize("name", TARGETS)
def test_a_value_of_many_galaxies_is_alone_in_its_cell(name):
    """Many: more than the 1024th part of all, and at least two."""
    y = TARGETS[name]
    cells = Cells.of(y)
    label = cells.index(y)
    values, counts = np.unique(y, return_counts=True)
    many = values[counts >= max(2, -(-len(y) // 1024))]
    assert cells.atom[cells.index(many)].all()
    for k in np.flatnonzero(cells.atom):
        assert len(np.unique(y[label == k])) == 1
        assert cells.centres[k] == pytest.approx(y[label == k][0], rel=1e-12)
    if name in ("rounded", "a spike", "a limit", "two classes"):
        assert len(many)


@pytest.mark.parametrize("name", TARGETS)
def test_scores_rise_with_the_target_and_lie_in_its_cell(name):
    y = TARGETS[name]
    cells = Cells.of(y)
    low, high = np.quantile(y, [0.001, 0.999])
    for values in (np.sort(y), np.linspace(low - 1, high + 1, 5000)):
        score, label = cells.score(values), cells.index(values)
        assert (np.diff(score) >= 0).all()
        assert (score >= cells.edges[label] - 1e-9).all()
        assert (score <= cells.edges[label + 1] + 1e-9).all()


@pytest.mark.parametrize("name", ["gaussian", "skew", "heavy tails", "a gap", "many galaxies"])
def test_scores_are_normal(name):
    """A curve that Kolmogorov's test at 1/1000 refuses is 1.95 / sqrt(n) off."""
    y = TARGETS[name]
    assert kstest(Cells.of(y).score(y), "norm").statistic < 1.95 / len(y) ** 0.5


@pytest.mark.parametrize("rise", RISING)
@pytest.mark.parametrize("name", OF_RANKS)
def test_cells_of_ranks_do_not_change_under_rising_maps(name, rise):
    """But for the score of a galaxy within its cell, which is as far as the galaxy is."""
    y = TARGETS[name]
    mapped = RISING[rise](y)
    assert np.array_equal(np.unique(y, return_inverse=True)[1], np.unique(mapped, return_inverse=True)[1])
    one, other = Cells.of(y), Cells.of(mapped)
    for field in ("mass", "atom", "edges", "scores"):
        np.testing.assert_array_equal(getattr(one, field), getattr(other, field))
    np.testing.assert_array_equal(one.index(y), other.index(mapped))
    assert one.discrete == other.discrete
    same = one.atom[one.index(y)]
    np.testing.assert_array_equal(one.score(y)[same], other.score(mapped)[same])


@pytest.mark.parametrize("rise", [np.exp, lambda y: y**3, lambda y: -1 / y])
def test_scores_of_a_smooth_target_hardly_change_under_rising_maps(rise):
    """A curve through quantiles of 3,000 galaxies has errors of some hundredths in the score."""
    one, other = Cells.of(MASSES), Cells.of(rise(MASSES))
    assert not other.atom.any()
    difference = np.abs(one.score(MASSES) - other.score(rise(MASSES)))
    assert difference.mean() < 0.05
    assert (np.diff(other.score(np.sort(rise(MASSES)))) > 0).all()


def test_classes_are_fewer_than_fifty_values():
    for count, discrete in ((2, True), (49, True), (50, False), (300, False)):
        assert Cells.of(np.repeat(np.arange(count) + 0.0, 20)).discrete == discrete


def test_two_classes_lie_at_the_middles_of_their_probability():
    cells = Cells.of(np.repeat([3.0, 7.0], [25, 75]))
    np.testing.assert_allclose(cells.mass, [0.25, 0.75])
    np.testing.assert_allclose(cells.centres, [3.0, 7.0])
    np.testing.assert_allclose(cells.score(np.array([3.0, 7.0])), norm.ppf([0.125, 0.625]))
    assert cells.index(np.array([-1.0, 3.0, 5.0, 7.0, 9.0])).tolist() == [0, 0, 1, 1, 1]
    assert cells.outside(np.array([-1.0, 3.0, 5.0, 7.0, 9.0])) == 3  # 5 is neither


@pytest.mark.parametrize("y", [np.full(5, 3.0), np.array([3.0])])
def test_a_target_of_one_value_is_refused(y):
    with pytest.raises(UserError, match="the same target 3"):
        Cells.of(y)


def test_a_class_that_no_training_galaxy_has_is_counted_as_outside():
    """Its number lies between those of others."""
    cells = Cells.of(np.repeat([0.0, 1.0, 3.0], 20))
    assert cells.discrete
    assert cells.outside(np.array([0.0, 1.0, 2.0, 2.0, 3.0, 4.0])) == 3
