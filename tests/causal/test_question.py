"""Questions that have no answer are refused with the reason."""

from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal.causal import LocalQuestion, LocalTestOptions
from galaxy_causal.types import UserError


def test_a_query_that_is_the_target_or_what_is_known(sample):
    for other, message in (
        (sample.target, r"redshift equals the target \(but for scale\): a test would tell that"),
        (3 - 2 * sample.target, "equals the target"),
        (sample.estimate, "equals the network's estimate .*: neighbours have the same one"),
        (sample.given[:, 0] / 7, "equals conditioning variable 1"),
        (sample.inputs[:, 1], "equals input 2 of the network .*: the latent holds it already"),
    ):
        with pytest.raises(UserError, match=message):
            replace(sample, query=other, name="redshift")


def test_a_query_without_values_or_variation(sample):
    with pytest.raises(UserError, match="the query has no value in any of 1500 training galaxies"):
        replace(sample, query=np.full(1500, np.nan))
    constant = np.where(np.arange(1500) < 9, np.nan, 2.5)
    with pytest.raises(UserError, match=r"the query is 2.5 in all 1491 training galaxies that have it"):
        replace(sample, query=constant)
    with pytest.raises(UserError, match="conditioning variable 1 is 1 in all"):
        replace(sample, given=np.ones((1500, 1)))


def test_latents_that_are_not_finite(sample):
    latent = sample.latent.copy()
    latent[:2, 1] = np.nan
    with pytest.raises(UserError, match="the latent of 2 training galaxies is NaN or infinite"):
        replace(sample, latent=latent)


def test_other_galaxies_than_the_targets(sample):
    with pytest.raises(UserError, match="latent is of 1499 galaxies and the target of 1500"):
        replace(sample, latent=sample.latent[1:])


def test_valid_galaxies_have_all_values():
    nan = np.nan
    question = LocalQuestion(
        np.array([nan, 1.0, 2, 3, 5]), np.array([1.0, nan, 4, 2, 9]), np.array([[1.0, 2, nan, 4, 4]]).T
    )
    np.testing.assert_array_equal(question.valid, [False, False, False, True, True])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"test": "linear"}, "causal.test=linear must be one of gcm, partial, paper, kernel, kci"),
        ({"gradient": "slope"}, "causal.gradient=slope must be one of none, latent, estimate, both, all"),
        ({"permutations": 5}, "causal.permutations=5 must be a whole number, at least 19"),
        ({"permutations": 10**10}, "causal.permutations=10,000,000,000 must be at most 100,000: memory"),
        ({"test": "kci", "kernel_galaxies": 5000}, "kernel_galaxies=5000 is more than causal.test=kci can"),
        ({"fdr": 1.5}, "causal.fdr=1.5 must be below 1"),
        ({"fdr": "few"}, "causal.fdr=few must be a number, above 0"),
        ({"folds": 1}, "causal.folds=1 must be a whole number, at least 2"),
        ({"basis": 4}, "causal.basis=4 must be a whole number, at least 5"),
    ],
)
def test_options(given, message):
    with pytest.raises(UserError, match=message):
        LocalTestOptions(**given)
