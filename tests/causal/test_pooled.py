from dataclasses import fields, replace

import numpy as np
import pytest

from galaxy_causal.causal import LocalQuestion, LocalTestOptions, local_tests, pooled_tests
from galaxy_causal.neighbours import Exact
from galaxy_causal.types import Neighbours

ERRORS = ("corr_error", "corr_null_error", "pred_eff_error")


def pooled(question, neighbours, options, **groups):
    local = local_tests(question, neighbours, options)
    return local, pooled_tests(question, neighbours, local, groups, options)


def test_means_and_counts_of_groups(sample, neighbours):
    options = LocalTestOptions(test="paper", permutations=99)
    first = np.arange(200) < 80
    local, (all_, some, none) = pooled(
        sample, neighbours, options, all=np.ones(200, bool), some=first, none=np.zeros(200, bool)
    )
    assert (all_.group, all_.galaxies, some.galaxies, none.galaxies) == ("all", 200, 80, 0)
    assert some.corr == pytest.approx(local.correlation.value[:80].mean())
    assert some.pred_eff_null == pytest.approx(local.efficiency.null[:80].mean())
    assert some.significant == np.mean(local.correlation.significant(0.05)[:80])
    assert 1 <= some.disjoint <= some.independent < 80
    assert np.isnan([getattr(none, f.name) for f in fields(none)[4:]]).all()


def test_standard_error_of_separate_neighbourhoods_is_the_closed_form():
    """Without overlap the mean of n correlations of independent numbers has variance 1 / (n (k - 1))."""
    rng = np.random.default_rng(0)
    question = LocalQuestion(*rng.normal(size=(2, 20_000)))
    apart = Neighbours(np.arange(20_000).reshape(400, 50), np.zeros((400, 50), np.float32))
    _, (found,) = pooled(
        question, apart, LocalTestOptions(test="paper", permutations=19), all=np.ones(400, bool)
    )
    # The mean of 20,000 squares of products of normal numbers has a relative error of sqrt(8 / 20,000).
    assert found.corr_null_error == pytest.approx(1 / np.sqrt(400 * 49), rel=4 * 0.5 * np.sqrt(8 / 20_000))
    assert found.independent == pytest.approx(400)
    assert found.disjoint == 400
    assert found.corr_p > 1e-4


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_standard_errors_are_the_scatter_of_repetitions(correlation):
    """Of neighbourhoods that overlap, drawn anew with their galaxies; dependence makes the error smaller."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(60):
        latent, query, noise = rng.normal(size=(1500, 2)), *rng.normal(size=(2, 1500))
        target = correlation * query + np.sqrt(1 - correlation**2) * noise
        own = np.arange(300)
        neighbours = Exact(50, device="cpu").find(latent, latent[own], own)
        options = LocalTestOptions(test="partial", gradient="latent", permutations=19)
        found += pooled(
            LocalQuestion(target, query, None, latent), neighbours, options, all=np.ones(300, bool)
        )[1]
    mean = {name: np.mean([getattr(one, name) for one in found]) for name in ERRORS}
    # The scatter of 60 repetitions has a relative error of 1 / sqrt(120) = 0.09.
    scatter = np.std([one.corr for one in found], ddof=1)
    assert mean["corr_error"] == pytest.approx(scatter, rel=0.3)
    assert mean["corr_null_error"] > 2 * scatter if correlation else mean["corr_null_error"] < 1.3 * scatter
    # Efficiencies are squares, which overlap ties less: their error is on the safe side where there is none.
    efficient = np.std([one.pred_eff for one in found], ddof=1)
    assert 0.7 * efficient < mean["pred_eff_error"] < 2 * efficient


def test_repeated_neighbourhoods_add_nothing(sample, neighbours):
    options = LocalTestOptions(test="partial", permutations=19)
    twice = Neighbours(np.tile(neighbours.index, (3, 1)), np.tile(neighbours.distance, (3, 1)))
    once = pooled(sample, neighbours, options, all=np.ones(200, bool))[1][0]
    thrice = pooled(sample, twice, options, all=np.ones(600, bool))[1][0]
    for name in ("independent", "corr", "corr_error", "corr_p"):
        assert getattr(thrice, name) == pytest.approx(getattr(once, name), rel=1e-6)


def test_no_groups_no_answers(sample, neighbours):
    assert pooled(sample, neighbours, LocalTestOptions(test="paper", permutations=19))[1] == ()


def test_masked_neighbourhoods_are_left_out(sample, neighbours):
    query = sample.query.copy()
    query[neighbours.index[3, 5:]] = np.nan
    local, (found,) = pooled(
        replace(sample, query=query), neighbours, LocalTestOptions(test="paper"), all=np.ones(200, bool)
    )
    assert found.galaxies == 200 - local.masked.sum() < 200


def test_dependence_whose_sign_changes_is_seen_by_the_efficiency_alone():
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(6000, 2))
    noise, other = rng.normal(size=(2, 6000))
    question = LocalQuestion(noise + np.sign(latent[:, 0]) * 0.4 * other, other, None, latent, None)
    own = np.arange(400)
    neighbours = Exact(60, device="cpu").find(latent, latent[own], own)
    options = LocalTestOptions(test="partial", gradient="latent")
    _, (both, left) = pooled(
        question, neighbours, options, both=np.ones(400, bool), left=latent[own, 0] < -0.3
    )
    assert both.pred_eff_p == pytest.approx(1 / 201)  # the least that 200 permutations can say
    assert left.corr < -0.25
    assert left.corr_p < 1e-6 < both.corr_p


def test_kernel_test_of_pooled_neighbourhoods():
    """It sees a spread that depends on the query, which the correlation does not, and not independence."""
    rng = np.random.default_rng(2)
    latent, c = rng.normal(size=(4000, 2)), rng.normal(size=(4000, 1))
    noise, other = rng.normal(size=(2, 4000))
    own = np.arange(400)
    neighbours = Exact(60, device="cpu").find(latent, latent[own], own)
    options = LocalTestOptions(test="kernel", gradient="latent", permutations=19)
    uneven = noise * (0.2 + np.abs(other))
    for target, dependent in ((uneven, True), (noise, False)):
        for given in (None, c):
            question = LocalQuestion(latent[:, 0] + target, latent[:, 0] + other, given, latent)
            found, again = (
                pooled(question, neighbours, options, all=np.ones(400, bool))[1][0] for _ in range(2)
            )
            assert (found.kernel_p < 1e-4) == dependent
            assert found.corr_p > 1e-3
            assert found.kernel_p == again.kernel_p
            full = replace(options, test="kci", kernel_galaxies=400)
            (found,) = pooled(question, neighbours, full, all=np.ones(400, bool))[1]
            assert found.kernel_p < 0.01 if dependent else found.kernel_p > 1e-3
