import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma

from galaxy_causal.estimator import KSG, Gaussian, ceilings, obstacle
from galaxy_causal.types import Sample, UserError

QUANTILES = (np.arange(4000) + 0.5) / 4000
LAWS = {
    "gaussian": (stats.norm(10, 0.6), [0.2], [1.0]),
    "two errors": (stats.norm(10, 0.6), [0.1, 0.6], [0.7, 0.3]),
    "uniform": (stats.uniform(9, 3), [0.2], [1.0]),
    "skewed": (stats.lognorm(0.7), [0.1, 0.2, 0.4], [0.2, 0.5, 0.3]),
}


def drawn(law, n, seed):
    """Truths, measured targets and their errors."""
    rng = np.random.default_rng(seed)
    truths, sigmas, weights = LAWS[law]
    truth, error = truths.rvs(n, random_state=rng), rng.choice(sigmas, n, p=weights)
    return truth, truth + error * rng.normal(size=n), error


def closed_form(law):
    """h(Y) - E[h(N(0, sigma))] by quadrature; 1/2 log(1 + var T / sigma^2) where all is Gaussian."""
    truths, sigmas, weights = LAWS[law]
    centre = truths.ppf(QUANTILES)
    y = np.linspace(centre[0] - 6 * max(sigmas), centre[-1] + 6 * max(sigmas), 6000)
    p = np.zeros_like(y)
    for s, w in zip(sigmas, weights, strict=True):
        for part in np.array_split(centre, 40):
            p += w * stats.norm.pdf(y[:, None], part, s).sum(axis=1) / len(centre)
    entropy = -np.trapezoid(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0), y)
    return entropy - np.dot(weights, [stats.norm(0, s).entropy() for s in sigmas])


def found(y, error, seed=0, draws=100, informations=None, group=None, count=1):
    informations = np.zeros((1, 1, len(error))) if informations is None else informations
    group = np.zeros(len(error), dtype=np.int64) if group is None else group
    return ceilings(y if y.ndim == 2 else y[:, None], error, informations, group, count, draws, seed)


def test_the_quadrature_is_the_closed_form_of_gaussians():
    assert closed_form("gaussian") == pytest.approx(0.5 * np.log(1 + 0.6**2 / 0.2**2), abs=1e-3)


@pytest.mark.parametrize("law", LAWS)
def test_known_answers(law):
    """The mean over 20 samples, within four of its errors; nearest neighbours are biased by 0.003 here."""
    values = []
    for seed in range(20):
        _, y, error = drawn(law, 2000, seed)
        values.append(found(y, error, draws=2).value[0])
    assert np.mean(values) == pytest.approx(closed_form(law), abs=4 * np.std(values) / 20**0.5 + 0.004)


@pytest.mark.parametrize("law", ["gaussian", "skewed"])
@pytest.mark.long
def test_coverage_of_the_error_over_fresh_samples(law):
    """Of 200 samples 68 % and 95 %, within three deviations of the binomial and a tenth of the error."""
    truth = closed_form(law)
    deviations = []
    for seed in range(200):
        _, y, error = drawn(law, 500, 1000 + seed)
        one = found(y, error, seed, draws=60)
        deviations.append((one.value[0] - truth) / one.error[0])
    inside = [np.mean(np.abs(deviations) < k) for k in (1, 2)]
    assert 0.58 < inside[0] < 0.82
    assert inside[1] > 0.91


def test_coverage_of_groups_and_shares():
    """Inputs that tell the truth with noise: the information of each galaxy is known exactly."""
    sigma, noise = 0.3, 0.5
    left, of_all, of_groups = 1 / (1 + noise**2), [], []
    variance = 1 + sigma**2
    rest = variance - left
    y_grid = np.linspace(-6, 6, 8001)
    # Of the truths above zero, -E log p(y) by the law of their measured targets, a skewed normal.
    above = 2 * stats.norm.pdf(y_grid, 0, variance**0.5) * stats.norm.cdf(y_grid / sigma / variance**0.5)
    entropy = -np.trapezoid(above * stats.norm.logpdf(y_grid, 0, variance**0.5), y_grid)
    ceiling = 0.5 * np.log(variance / sigma**2)
    ceiling_above = entropy - stats.norm(0, sigma).entropy()
    share = 0.5 * np.log(variance / rest) / ceiling
    for seed in range(200):
        rng = np.random.default_rng(seed)
        t = rng.normal(size=600)
        x, y = t + noise * rng.normal(size=600), t + sigma * rng.normal(size=600)
        pointwise = stats.norm.logpdf(y, left * x, rest**0.5) - stats.norm.logpdf(y, 0, variance**0.5)
        one = found(y, np.full(600, sigma), seed, 60, pointwise[None, None], (t > 0).astype(int), 2)
        of_all.append((one.share[0, 0] - share) / one.share_error[0, 0])
        of_groups.append((one.value[2] - ceiling_above) / one.error[2])
    for deviations in (of_all, of_groups):
        assert 0.58 < np.mean(np.abs(deviations) < 1) < 0.82
        assert np.mean(np.abs(deviations) < 2) > 0.91


@pytest.mark.parametrize("estimator", [Gaussian(), KSG()])
def test_an_input_that_is_the_truth_reaches_the_ceiling(estimator):
    truth, y, error = drawn("gaussian", 9000, 1)
    split = np.repeat(["train", "validation", "test"], 3000)
    sample = Sample(truth[:, None], y, split, ("signal/x1",), frozenset({"signal"}))
    pointwise = estimator.information(sample, None, 0).pointwise_mi[None, None]
    test = split == "test"
    one = found(y[test], error[test], informations=pointwise[..., test])
    assert one.share[0, 0] == pytest.approx(1, abs=4 * one.share_error[0, 0])
    assert one.share_error[0, 0] < 0.03


def test_where_errors_differ_truth_and_error_together_reach_the_ceiling_and_truth_alone_does_not():
    truth, y, error = drawn("two errors", 6000, 2)
    split = np.full(6000, "test")
    both = np.column_stack([truth, error])
    values = [
        KSG(transform="standardise")
        .information(
            Sample(x, y, split, ("signal/x1", "signal/x2")[: x.shape[1]], frozenset({"signal"})), None, 0
        )
        .pointwise_mi
        for x in (both, truth[:, None])
    ]
    one = found(y, error, informations=np.stack(values)[None])
    assert one.share[0, 0] == pytest.approx(1, abs=4 * one.share_error[0, 0] + 0.01)
    assert one.share[1, 0] < 1 - 4 * one.share_error[1, 0]


@pytest.mark.parametrize("count", [3, 20])
def test_draws_of_posteriors_give_what_the_measurement_tells_of_the_truth(count):
    """Truth of deviation 1, measured with 0.5: 1/2 log 5. The posterior mean is no measurement with its width
    as error, of which the ceiling would be 1/2 log 4."""
    shrinkage = 0.8
    values = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        measured = rng.normal(size=2000) + 0.5 * rng.normal(size=2000)
        posterior = (shrinkage * measured)[:, None] + 0.5 * shrinkage**0.5 * rng.normal(size=(2000, count))
        half = (count - 1) / 2
        error = posterior.std(axis=1, ddof=1) * np.exp((np.log(half) - digamma(half)) / 2)
        values.append(found(posterior, error, draws=2).value[0])
    assert np.mean(values) == pytest.approx(0.5 * np.log(5), abs=4 * np.std(values) / 10**0.5 + 0.004)


def test_realisations_add_their_scatter_and_units_change_nothing():
    _, y, error = drawn("skewed", 500, 3)
    pointwise = np.random.default_rng(0).normal(1, 0.1, (1, 1, 500))
    once = found(y, error, informations=pointwise)
    two = found(y, error, informations=np.concatenate([pointwise - 0.2, pointwise + 0.2]))
    assert two.share == pytest.approx(once.share)
    extra = 0.5 * np.var([-0.2, 0.2], ddof=1) / once.value[0] ** 2
    assert two.share_error[0, 0] ** 2 == pytest.approx(once.share_error[0, 0] ** 2 + extra)
    scaled = found(7 + 1000 * y, 1000 * error, informations=pointwise)
    assert scaled.value == pytest.approx(once.value, abs=1e-9)
    assert scaled.error == pytest.approx(once.error, abs=1e-9)


def test_a_group_without_galaxies_has_no_ceiling():
    _, y, error = drawn("gaussian", 100, 4)
    one = found(y, error, count=2)
    assert np.isnan([one.value[2], one.error[2], one.share[0, 2]]).all()
    assert one.value[1] == pytest.approx(one.value[0])
    with pytest.raises(UserError, match="needs 16 galaxies"):
        found(y[:15], error[:15])


@pytest.mark.parametrize("step", [0.0003, 0.001, 0.01, 0.05, 0.1])
def test_fine_rounding_changes_no_ceiling(step):
    """Half an error as step adds 0.01 nats. Single samples move by their neighbours: the mean of ten."""
    change = []
    for seed in range(10):
        _, y, error = drawn("gaussian", 3000, seed)
        rounded = np.round(y / step) * step
        assert obstacle(rounded, error) is None
        change.append(found(rounded, error, draws=2).value[0] - found(y, error, draws=2).value[0])
    assert np.mean(change) == pytest.approx(step**2 / 24 / 0.6**2, abs=0.004 + 4 * np.std(change) / 10**0.5)


def test_log_of_whole_numbers_is_rounded_in_steps_of_many_sizes():
    """10^9 to 10^10 in units of 10^8, as masses with two digits are: steps from 0.004 to 0.04 of a log10."""
    change = []
    for seed in range(10):
        _, y, error = drawn("uniform", 3000, seed)
        rounded = np.log10(np.round(10 ** (y - np.floor(y)), 1)) + np.floor(y)
        assert obstacle(rounded, error) is None
        change.append(found(rounded, error, draws=2).value[0] - found(y, error, draws=2).value[0])
    assert np.mean(change) == pytest.approx(0, abs=0.004 + 4 * np.std(change) / 10**0.5)


@pytest.mark.parametrize("n", [60, 400, 20_000])
def test_coarse_rounding_classes_and_pile_ups_have_none(n):
    _, y, error = drawn("gaussian", n, 6)
    assert obstacle(y, error) is None
    assert obstacle(y.astype(np.float32).astype(np.float64), error) is None
    assert obstacle(np.round(y, 1), error) is None
    assert "steps of about 0.3 " in obstacle(np.round(y / 0.3) * 0.3, error)
    assert "steps of about 0.1 " in obstacle(np.round(y, 1), error / 4)
    assert "steps of about 1 " in obstacle(np.digitize(y, [9, 10, 11]).astype(float), error)
    assert "all held-out galaxies" in obstacle(np.full(n, 9.0), error)


def test_a_pile_up_has_none():
    _, y, error = drawn("gaussian", 2000, 7)
    for targets in (np.minimum(y, 10.8), np.minimum(np.round(y, 2), 10.8)):
        assert "is 10.8 for" in obstacle(targets, error)
    assert "16 are needed" in obstacle(y[:9], error[:9])


def test_a_narrow_peak_of_rounded_targets_is_no_pile_up():
    rng = np.random.default_rng(8)
    for n in (100, 100_000):
        error = np.where(rng.random(n) < 0.7, 0.1, 0.4)
        assert obstacle(np.round(10 + error * rng.normal(size=n), 2), error) is None
