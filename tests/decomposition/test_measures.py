import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from galaxy_causal.decomposition import pointwise_min, population_min


def gaussian_informations(r1, r2, r12, n, seed):
    """True pointwise informations of y by x1, x2 and both, (3, n), and the mutual informations."""
    covariance = np.array([[1, r1, r2], [r1, 1, r12], [r2, r12, 1]])
    draws = np.random.default_rng(seed).multivariate_normal(np.zeros(3), covariance, n)
    prior = norm.logpdf(draws[:, 0])

    def of(rows):
        joint = multivariate_normal(np.zeros(1 + len(rows)), covariance[np.ix_([0, *rows], [0, *rows])])
        inputs = multivariate_normal(np.zeros(len(rows)), covariance[np.ix_(rows, rows)])
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


@pytest.mark.parametrize("measure", [pointwise_min, population_min])
def test_identities_hold_to_rounding(measure):
    i1, i2, union = np.random.default_rng(0).normal(size=(3, 1000))
    atoms = measure(i1, i2, union)
    np.testing.assert_allclose(atoms.redundant + atoms.unique_1, i1, atol=1e-14)
    np.testing.assert_allclose(atoms.redundant + atoms.unique_2, i2, atol=1e-14)
    np.testing.assert_allclose(sum(a for _, a in atoms), union, atol=1e-14)


@pytest.mark.parametrize("measure", [pointwise_min, population_min])
def test_swapping_the_inputs_swaps_the_unique_atoms(measure):
    i1, i2, union = np.random.default_rng(1).normal(size=(3, 100))
    one, other = measure(i1, i2, union), measure(i2, i1, union)
    np.testing.assert_array_equal(one.unique_1, other.unique_2)
    np.testing.assert_array_equal(one.redundant, other.redundant)
    np.testing.assert_allclose(one.synergistic, other.synergistic, atol=1e-14)
