import numpy as np
import pytest
from scipy.stats import kstest, norm

from galaxy_causal.estimator import Binning, Cells, point_metrics, score

BINS = Binning(6.0, 12.5, 520)


def gaussian_probabilities(mean, sigma):
    edges = BINS.edges.copy()
    edges[0], edges[-1] = -np.inf, np.inf
    return np.diff(norm.cdf(edges[None, :], loc=np.asarray(mean)[:, None], scale=sigma), axis=1)


def test_scores_of_a_gaussian_match_its_closed_forms():
    """The bins of 0.0125 dex are 1/16 of sigma: errors of second order in that are below 1e-3."""
    rng = np.random.default_rng(0)
    mean = rng.uniform(9.0, 10.0, 4000)
    y = mean + 0.2 * rng.normal(size=4000)
    scores = score(gaussian_probabilities(mean, 0.2), y, BINS)
    z = (y - mean) / 0.2
    crps = 0.2 * (
        z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)
    )  # Gneiting & Raftery, eq. 21
    np.testing.assert_allclose(scores.crps, crps, atol=1e-3)
    np.testing.assert_allclose(scores.pit, norm.cdf(z), atol=1e-3)
    np.testing.assert_allclose(scores.estimate, mean, atol=1e-3)
    at_centre = norm.logpdf(BINS.centres[BINS.index(y)], mean, 0.2) + np.log(BINS.width)
    np.testing.assert_allclose(scores.log_p, at_centre, atol=5e-3)
    assert kstest(scores.pit, "uniform").pvalue > 0.01


def test_outliers_are_counted_with_and_without_the_bias():
    delta = np.concatenate([np.linspace(0.9, 1.1, 99), [5.0]])
    metrics = point_metrics(delta, np.zeros(100))
    assert metrics["mean_bias"] == pytest.approx(delta.mean())
    assert metrics["sigma_mad"] == pytest.approx(1.4826 * np.median(np.abs(delta - np.median(delta))))
    assert metrics["outlier_fraction"] == 1.0
    assert metrics["outlier_fraction_debiased"] == 0.01


@pytest.mark.parametrize("offset", [0.0, 0.1, -0.3, 1e-3, 7.0])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 7, 10_000])
def test_a_constant_offset_has_no_outliers_beside_its_bias(offset, kind, n):
    """Its differences vary by their rounding, of which the median deviation is zero or as small."""
    y = np.random.default_rng(0).uniform(8, 12, n).astype(kind)
    metrics = point_metrics(y + kind(offset), y)
    assert metrics["outlier_fraction_debiased"] == 0.0
    assert metrics["mean_bias"] == pytest.approx(offset, abs=4e-6)


def test_outliers_beside_a_constant_offset_are_found():
    """Nine in ten have one offset, so that sigma_MAD is zero, and the mean bias is between the two."""
    y = np.random.default_rng(0).uniform(8, 12, 1000)
    offset = np.where(np.arange(1000) % 10 == 0, 1.0, 0.25)
    metrics = point_metrics(y + offset, y)
    assert metrics["sigma_mad"] == pytest.approx(0, abs=1e-14)
    assert metrics["outlier_fraction_debiased"] == 1.0  # none is at the mean bias of 0.325


def predictions(n=200, seed=0):
    """Values with atoms at two of them, the cells of these, and some probabilities of each cell."""
    rng = np.random.default_rng(seed)
    y = np.round(rng.normal(10.0, 0.6, n), 1)
    cells = Cells.of(y)
    return y, cells, rng.dirichlet(np.ones(cells.count), n)


def test_the_scores_of_atoms_are_those_of_a_law_of_their_values():
    """crps = E|X - y| - E|X - X'| / 2 (Gneiting & Raftery, eq. 21), as sums over values; the randomised PIT
    lies as far between P(X < y) and P(X <= y) as u says."""
    y, cells, p = predictions()
    values, alone = np.unique(y), cells.atom
    assert alone.sum() > 10
    assert len(values) == cells.count
    u = np.random.default_rng(1).random(len(y))
    found = score(p, y, cells, u)
    distance = np.abs(values[:, None] - values)
    direct = (p * np.abs(values - y[:, None])).sum(axis=1)
    direct -= 0.5 * np.einsum("ij,jk,ik->i", p, distance, p)
    # A value of one galaxy, which is no atom, is spread evenly over the cell below it.
    sure = p[:, ~alone].sum(axis=1) * 0.1
    assert (np.abs(found.crps - direct) <= sure + 1e-12).all()
    rows = alone[cells.index(y)]
    below, upto = ((p * (values < y[:, None])).sum(axis=1), (p * (values <= y[:, None])).sum(axis=1))
    np.testing.assert_allclose(found.pit[rows], ((1 - u) * below + u * upto)[rows], atol=1e-12)
    np.testing.assert_allclose(found.estimate, p @ values, atol=1e-12)
    np.testing.assert_allclose(np.exp(found.log_p), p[np.arange(len(y)), cells.index(y)])


def test_the_scores_of_classes_are_exact():
    rng = np.random.default_rng(0)
    values = np.array([0.0, 1.0, 5.0, 5.5])
    y = rng.choice(values, 300)
    cells = Cells.of(y)
    p = rng.dirichlet(np.ones(4), 300)
    direct = (p * np.abs(values - y[:, None])).sum(axis=1)
    direct -= 0.5 * np.einsum("ij,jk,ik->i", p, np.abs(values[:, None] - values), p)
    np.testing.assert_allclose(score(p, y, cells).crps, direct, atol=1e-12)


def test_the_randomised_transform_of_the_right_law_is_uniform():
    """Labels drawn of the law itself: atoms and all."""
    rng = np.random.default_rng(2)
    y = np.where(rng.random(4000) < 0.4, 10.0, rng.normal(10.0, 0.6, 4000))
    cells = Cells.of(y)
    assert cells.atom.sum() == 1
    drawn = np.where(rng.random(4000) < 0.4, 10.0, rng.normal(10.0, 0.6, 4000))
    p = np.tile(cells.mass, (4000, 1))
    assert kstest(score(p, drawn, cells, rng.random(4000)).pit, "uniform").pvalue > 0.01
    fixed = score(p, drawn, cells, 0.5).pit
    assert kstest(fixed, "uniform").statistic > 0.15


def test_the_crps_of_cells_of_uneven_width_is_that_of_their_distribution():
    """Against the integral of (F(x) - [x >= y])^2 over a fine grid; uniform within a cell, whose midpoint
    is right to the second order: to the square of a cell's probability times its width."""
    rng = np.random.default_rng(3)
    y = np.where(rng.random(600) < 0.3, 10.0, rng.gamma(3.0, 1.0, 600) + 7.0)
    cells = Cells.of(y)
    p = np.tile(cells.mass, (20, 1)) * rng.uniform(0.5, 1.5, (20, cells.count))
    p /= p.sum(axis=1, keepdims=True)
    found = score(p, y[:20], cells).crps
    step = (y.max() - y.min()) / 200_000
    grid = np.arange(y.min(), y.max(), step) + 0.5 * step
    for row in range(20):
        heights = np.concatenate([[0.0], np.cumsum(p[row])])
        k = cells.index(grid)
        width = cells.bounds[k + 1] - cells.bounds[k]
        share = np.where(
            cells.atom[k] | (width == 0), 0.0, (grid - cells.bounds[k]) / np.maximum(width, 1e-300)
        )
        law = heights[k] + share * p[row, k]
        direct = ((law - (grid >= y[row])) ** 2).sum() * step
        assert found[row] == pytest.approx(direct, abs=1e-3)
