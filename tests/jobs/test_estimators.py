"""Estimators and their options through the command line."""

import pytest
from command import QUICK
from stored import runs

from galaxy_causal.decomposition.summary import INFORMATIONS
from galaxy_causal.jobs.decompose.extrapolated import in_words, limits
from galaxy_causal.types import Fit, PairFits


def metrics(tmp_path):
    (run,) = runs(tmp_path, "decompose")
    return run.data.metrics


def test_with_folds_all_galaxies_are_averaged(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*QUICK, "estimator=gaussian_copula", "estimator.folds=4", "dataset.n=900")
    assert outcome.code == 0, outcome.err
    assert metrics(tmp_path)["galaxies"] == 900


@pytest.mark.parametrize("options", [("network.head=spline",), ("estimator=critic", "estimator.bound=nwj")])
@pytest.mark.long
def test_other_heads_and_critics_train(galaxy_causal, tmp_path, options):
    outcome = galaxy_causal(*QUICK, *options)
    assert outcome.code == 0, outcome.err
    found = metrics(tmp_path)
    assert found["redundant"] == pytest.approx(min(found["mi_x1"], found["mi_x2"]))
    assert ("pointwise/redundant" in found) == (options[-1] != "estimator.bound=nwj")


def test_terms_of_ksg_serve_what_averages_them(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*QUICK, "estimator=ksg", "decomposition.also=[i_min]")
    assert outcome.code == 0, outcome.err
    found = metrics(tmp_path)
    assert found["redundant"] == pytest.approx(min(found["mi_x1"], found["mi_x2"]))
    assert "i_min/redundant" in found
    assert "pointwise/redundant" not in found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("estimator=critic", "estimator.bound=smile", "decomposition=pointwise_min"),
            ("pointwise_min needs the information of each galaxy", "cross_entropy"),
        ),
        (
            ("estimator=ksg", "decomposition.also=[shared_exclusions]"),
            ("shared_exclusions needs the information", "decomposition.measure=population_min or i_min"),
        ),
        (("estimator=critic", "estimator.bound=info"), ("estimator.bound='info'", "nwj")),
        (("network.head=flow",), ("network.head=flow", "spline")),
        (
            ("estimator.recalibrate=platt",),
            ("estimator.recalibrate=platt must be one of none, prior, temperature, pit, or null",),
        ),
        (("estimator=amortised", "estimator.folds=3"), ("estimator=amortised takes no folds=3",)),
        (("estimator=ksg_latent", "network=mlp"), ("needs a network with a latent", "set network=scl")),
        (("estimator=ksg_latent", "estimator.k=300"), ("ksg_latent needs more than k=300 test galaxies",)),
    ],
)
def test_what_cannot_be_is_refused_before_any_fit(galaxy_causal, tmp_path, options, words):
    outcome = galaxy_causal(*QUICK, *options)
    assert outcome.code == 2, outcome.out
    for word in words:
        assert word in outcome.err
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()


def test_what_very_many_galaxies_would_teach_is_told(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*QUICK, "estimator.fractions=[0.4,0.7]")
    assert outcome.code == 0, outcome.err
    assert "of very many training galaxies" in outcome.out
    found, fits = metrics(tmp_path), runs(tmp_path, "fit")
    for name in INFORMATIONS:
        (fit,) = (f for f in fits if f.data.metrics["mi_test"] == pytest.approx(found[name]))
        assert found[f"{name}_extrapolated"] == pytest.approx(fit.data.metrics["mi_extrapolated"])


def test_limits_of_several_seeds_hold_their_scatter():
    def fit(limit):
        return Fit("key", None, {"mi_extrapolated": limit, "mi_extrapolated_err": 0.1}, False)

    found = limits(PairFits(*(tuple(map(fit, each)) for each in ((1.0, 1.2), (2.0, 2.0), (3.0, 3.4)))))
    assert found["mi_x1"] == pytest.approx((1.1, (0.02 / 2) ** 0.5))
    assert found["mi_x2"] == pytest.approx((2.0, (0.01 / 2) ** 0.5))  # the lines' own: seeds agree
    assert "I(Y; x1) 1.100 ± 0.100 (-0.100)" in in_words(found, {"mi_x1": 1.0, "mi_x2": 2.0, "mi_union": 3.0})
    assert limits(PairFits(*[(Fit("key", None, {}, False),)] * 3)) == {}
