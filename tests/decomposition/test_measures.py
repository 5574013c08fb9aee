import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from galaxy_causal.decomposition import i_min, pointwise_min, population_min, shared_exclusions, summarise
from galaxy_causal.types import PairInformations, UserError


def covariance(r1, r2, r12):
    return np.array([[1, r1, r2], [r1, 1, r12], [r2, r12, 1]])


def gaussian_informations(r1, r2, r12, n, seed):
    """True pointwise informations of y by x1, x2 and both, (3, n), and the mutual informations."""
    matrix = covariance(r1, r2, r12)
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(3), matrix, n)
    prior = norm.logpdf(draws[:, 0])

    def of(rows):
        joint = multivariate_normal(np.zeros(1 + len(rows)), matrix[np.ix_([0, *rows], [0, *rows])])
        inputs = multivariate_normal(np.zeros(len(rows)), matrix[np.ix_(rows, rows)])
        return joint.logpdf(draws[:, [0, *rows]]) - inputs.logpdf(draws[:, rows]) - prior

    r_squared = (r1**2 + r2**2 - 2 * r1 * r2 * r12) / (1 - r12**2)
    truth = [-0.5 * np.log(1 - r) for r in (r1**2, r2**2, r_squared)]
    return np.stack([of([1]), of([2]), of([1, 2])]), truth


CASES = {
    # published cases, computed independently: (r1, r2, r12), averaged pointwise atoms
    "noise": ((0.9, 0.0, 0.0), (-0.086, 0.916, 0.086, -0.086)),
    "equal": ((0.9, 0.9, 0.81), (None, None, None, -0.016)),
}


@pytest.mark.parametrize("case", CASES)
def test_averaged_pointwise_atoms_mislead_in_the_known_cases(case):
    """400,000 galaxies: the mean of each atom has error below 0.002, three of which are allowed."""
    (r1, r2, r12), expected = CASES[case]
    informations, _ = gaussian_informations(r1, r2, r12, 400_000, seed=0)
    for (name, atom), value in zip(pointwise_min(*informations), expected, strict=True):
        if value is not None:
            assert atom.mean() == pytest.approx(value, abs=0.006), name


@pytest.mark.parametrize(
    ("correlations", "expected"),
    [((0.9, 0.0, 0.0), (0.0, 0.830, 0.0, 0.0)), ((0.9, 0.9, 0.81), (0.830, 0.0, 0.0, 0.297))],
)
def test_population_atoms_are_barretts_closed_form(correlations, expected):
    _, truth = gaussian_informations(*correlations, 2, seed=0)
    atoms = population_min(*(np.array(t) for t in truth))
    for (name, atom), value in zip(atoms, expected, strict=True):
        assert atom == pytest.approx(value, abs=6e-4), name  # printed to three digits


@pytest.mark.parametrize("measure", [pointwise_min, population_min, shared_exclusions])
def test_identities_hold_to_rounding(measure):
    i1, i2, union = np.random.default_rng(0).normal(size=(3, 1000))
    atoms = measure(i1, i2, union)
    np.testing.assert_allclose(atoms.redundant + atoms.unique_1, i1, atol=1e-14)
    np.testing.assert_allclose(atoms.redundant + atoms.unique_2, i2, atol=1e-14)
    np.testing.assert_allclose(sum(a for _, a in atoms), union, atol=1e-14)


@pytest.mark.parametrize("measure", [pointwise_min, population_min, shared_exclusions])
def test_swapping_the_inputs_swaps_the_unique_atoms(measure):
    i1, i2, union = np.random.default_rng(1).normal(size=(3, 100))
    one, other = measure(i1, i2, union), measure(i2, i1, union)
    np.testing.assert_array_equal(one.unique_1, other.unique_2)
    np.testing.assert_array_equal(one.redundant, other.redundant)
    np.testing.assert_allclose(one.synergistic, other.synergistic, atol=1e-14)


@pytest.mark.parametrize("correlations", [(0.9, 0.0, 0.0), (0.9, 0.9, 0.81), (0.7, 0.5, 0.3)])
def test_i_min_of_gaussians_is_barretts_closed_form(correlations):
    """Specific information grows with r^2 at every y, so the minimum never changes sides. 200,000 galaxies:
    errors of the mean below 0.002; a wrong choice of the smaller costs no more in cells of 10,000."""
    informations, truth = gaussian_informations(*correlations, 200_000, seed=0)
    y = np.random.default_rng(0).multivariate_normal(np.zeros(3), covariance(*correlations), 200_000)[:, 0]
    informations = PairInformations(*informations[:, None])
    summary = summarise(informations, np.zeros(len(y), dtype=int), ["a"], 20, 0, y, (i_min,))[0]
    assert summary.value["i_min/redundant"] == pytest.approx(min(truth[:2]), abs=0.01)


def test_i_min_takes_the_smaller_input_value_by_value_of_the_target():
    """Input 1 tells of small values alone, input 2 of large ones: neither has its smaller information."""
    y = np.arange(4000.0)
    i1 = np.where(y < 2000, 1.0, 0.2)
    i2 = np.where(y < 2000, 0.1, 0.8)
    summary = summarise(
        PairInformations(i1[None], i2[None], (i1 + i2)[None]),
        np.zeros(4000, dtype=int),
        ["a"],
        20,
        0,
        y,
        (i_min,),
    )[0]
    assert summary.value["i_min/redundant"] == pytest.approx(0.5 * 0.1 + 0.5 * 0.2)


def test_i_min_without_a_target_is_refused():
    nothing = PairInformations(*np.zeros((3, 1, 50)))
    with pytest.raises(UserError, match="needs the target"):
        summarise(nothing, np.zeros(50, dtype=int), ["a"], 20, 0, measures=(i_min,))


def test_shared_exclusions_of_gaussians_are_the_integral():
    """The mean of log[(p(y|x1) + p(y|x2)) / 2 p(y)], by quadrature over independent x1, x2, and y."""
    r = 0.6
    node, weight = np.polynomial.hermite_e.hermegauss(40)
    x1, x2, e = np.meshgrid(node, node, node, indexing="ij")
    w = np.einsum("i,j,k->ijk", weight, weight, weight) / (2 * np.pi) ** 1.5
    y = r * (x1 + x2) + np.sqrt(1 - 2 * r**2) * e
    i1, i2 = (norm.logpdf(y, r * x, np.sqrt(1 - r**2)) - norm.logpdf(y) for x in (x1, x2))
    exact = np.sum(w * np.log((np.exp(i1) + np.exp(i2)) / 2))
    informations, _ = gaussian_informations(r, r, 0.0, 100_000, seed=3)
    redundant = shared_exclusions(*informations).redundant
    assert redundant.mean() == pytest.approx(exact, abs=4 * redundant.std() / np.sqrt(100_000))
