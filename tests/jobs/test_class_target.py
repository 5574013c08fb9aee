"""A target that is a class: known informations, what results carry, what is refused, and by both doors."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import xlogy
from scipy.stats import norm

import galaxy_causal as gc
from galaxy_causal.types import UserError

MLP = gc.preset("mlp")
NETWORK = replace(MLP, width=24, blocks=1, training=replace(MLP.training, max_epochs=12, batch_size=128))
PRIOR = np.array([0.6, 0.4])
FIRST, SECOND = (np.array([[1 - wrong, wrong], [wrong, 1 - wrong]]) for wrong in (0.15, 0.3))
"""Rows: true class; columns: probability of what either channel says."""
NAMES = ("E/S0", "late")
SPLIT = {"train": 0.45, "validation": 0.15, "test": 0.4, "seed": 0}


def informations():
    """I(Y; X1), I(Y; X2), I(Y; X1, X2) and H(Y) of two channels that are wrong independently, in nats."""
    joint = PRIOR[:, None, None] * FIRST[:, :, None] * SECOND[:, None, :]

    def entropy(p):
        return -xlogy(p, p).sum()

    own = entropy(PRIOR)
    one, two = joint.sum(axis=2), joint.sum(axis=1)
    seen = (entropy(one.sum(axis=0)) - entropy(one), entropy(two.sum(axis=0)) - entropy(two))
    both = entropy(joint.sum(axis=0)) - entropy(joint)
    return own + seen[0], own + seen[1], own + both, own


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(3)
    n = 2400
    y = (rng.random(n) < PRIOR[1]).astype(int)
    one, two = ((rng.random(n) < channel[y, 1]) * 1.0 for channel in (FIRST, SECOND))
    return pd.DataFrame(
        {
            "number": np.arange(n) + 3,
            "type": np.array(NAMES)[y],
            "one": one,
            "two": two,
            "apart": y + rng.uniform(-0.3, 0.3, n),
            "noise": rng.normal(size=n),
            "shifted": y + rng.normal(size=n),
            "rank": np.where(y == 1, "late", rng.choice(["E", "S0"], n)),
        }
    )


@pytest.fixture(scope="module")
def galaxies(frame):
    return gc.from_table(
        frame, "type", target_kind="class", id="number", split=SPLIT,
        other={name: name for name in ("one", "two", "apart", "noise", "shifted")},
    )  # fmt: skip


def asked(galaxies, x1, x2, **options):
    options = {"seeds": 1, "referee": False, "draws": 50, "curve_draws": 10, "network": NETWORK} | options
    return gc.decompose(galaxies, {"other": [x1]}, {"other": [x2]}, progress=False, **options)


@pytest.fixture(scope="module")
def channels(galaxies):
    return asked(galaxies, "one", "two")


def test_two_noisy_channels(channels):
    summary = channels.summaries[0]
    for key, truth in zip(("mi_x1", "mi_x2", "mi_union"), informations(), strict=False):
        assert abs(summary.value[key] - truth) < 3 * summary.error[key] + 0.01
    first, second, both, own = informations()
    redundant = summary.value["population_min/redundant"]
    assert abs(redundant - second) < 3 * summary.error["population_min/redundant"] + 0.01
    assert abs(summary.value["mi_ceiling"] - own) < 3 * summary.error["mi_ceiling"]
    assert summary.value["mi_x1_share"] == pytest.approx(first / own, abs=0.1)
    assert both < own


def test_what_a_class_allows(galaxies):
    """Classes that are apart tell all, H(Y), and noise tells nothing."""
    found = asked(galaxies, "apart", "noise").summaries[0]
    assert found.value["mi_ceiling"] - 0.02 < found.value["mi_x1"] <= found.value["mi_ceiling"]
    assert abs(found.value["mi_x2"]) < 0.01
    assert found.value["mi_union"] <= found.value["mi_ceiling"]


def test_boosted_trees_and_all_subsets_find_the_same(galaxies):
    """The mixture of two Gaussians one deviation apart, by quadrature."""

    def surprise(x, y):
        own = PRIOR[y] * norm.pdf(x, y)
        whole = sum(PRIOR[k] * norm.pdf(x, k) for k in (0, 1))
        return own * np.log(own / whole / PRIOR[y])

    truth = sum(quad(surprise, -8, 9, args=(y,))[0] for y in (0, 1))
    by_trees = asked(galaxies, "shifted", "noise", estimator="boosted").summaries[0]
    assert abs(by_trees.value["mi_x1"] - truth) < 3 * by_trees.error["mi_x1"]
    small = gc.preset("amortised")
    small = replace(small, width=24, blocks=1, training=replace(small.training, max_epochs=15))
    found = gc.subsets(
        galaxies, {"other": ["shifted", "one"]}, {"other": ["noise"]}, network=small, seeds=1, referee=False,
        draws=50, progress=False,
    )  # fmt: skip
    alone = dict(zip(found.names, zip(found.alone.value, found.alone.error, strict=True), strict=True))
    for name, expected in (("shifted", truth), ("one", informations()[0]), ("noise", 0.0)):
        assert abs(alone[name][0] - expected) < 3 * alone[name][1] + 0.02
    assert set(found.galaxies["y"]) == set(NAMES)
    assert "E-S0/shapley/one" in found.metrics()


def test_results_name_classes(channels, tmp_path):
    text = str(channels)
    assert "E/S0" in text
    assert "H(Y), all that there is to know of the class: 0.6" in text
    assert set(channels.galaxies["y"]) == set(NAMES)
    assert {"E-S0/mi_union", "late/mi_union", "mi_ceiling", "mi_union_share"} <= set(channels.metrics())
    assert [curve for curve in channels.curves if curve.label == "type"] == []
    labels = [tick.get_text() for tick in channels.plot("atoms_by_class").axes[0].get_xticklabels()]
    assert any("E/S0" in label for label in labels)
    channels.write(tmp_path)
    assert str(type(channels).read(tmp_path)) == text
    assert json.loads((tmp_path / "summary.json").read_text())["groups"][1]["group"] == "E/S0"


def test_the_fit_of_a_class(galaxies, channels, frame):
    """What does not apply to a class is not among its metrics."""
    metrics = channels.fits[0].metrics
    assert {"accuracy", "accuracy_prior", "brier", "calibration_distance", "entropy", "entropy_err"} <= set(
        metrics
    )
    assert not {"crps", "pit_distance", "sigma_mad", "mean_bias"} & set(metrics)
    assert metrics["accuracy"] == pytest.approx(0.85, abs=0.04)
    fitted = gc.fit(galaxies, {"other": ["one"]}, network=NETWORK, progress=False)
    new = gc.from_table(frame[:60].drop(columns="type"), id="number", other={"one": "one"})
    probabilities = fitted.probabilities(new)
    assert set(fitted.predict(new)) <= set(NAMES)
    assert set(np.unique(fitted.sample(new, 3))) <= set(NAMES)
    own = fitted.log_prob(new, ["late"] * 60)
    np.testing.assert_allclose(np.exp(own), probabilities["late"], rtol=1e-6)
    prior = fitted.log_prior(["E/S0", "late"])
    assert np.exp(prior).sum() == pytest.approx(1)
    with pytest.raises(UserError, match="no class spiral; there are E/S0, late"):
        fitted.log_prob(new, ["spiral"] * 60)


@pytest.mark.parametrize(
    "estimator", ["ksg", "ksg_latent", "gaussian", "gaussian_copula", "critic", "tabicl"]
)
def test_estimators_of_numbers_refuse_a_class(galaxies, estimator):
    network = "scl" if estimator == "ksg_latent" else NETWORK
    with pytest.raises(
        UserError, match=r"(needs a target that is a number, .*E/S0, late; use .*amortised|tabicl)"
    ):
        asked(galaxies, "one", "two", estimator=estimator, network=network)


def test_measures_of_cells_refuse_a_class(galaxies):
    with pytest.raises(
        UserError, match=r"i_min, broja divides .* use measure=\"population_min\", pointwise_min"
    ):
        asked(galaxies, "one", "two", also=["i_min", "broja"])


def test_two_classes_have_causes_and_three_have_none(galaxies, frame):
    """Given what is apart, noise tells nothing of the class; given noise, what is apart tells all."""
    scl = gc.preset("scl")
    scl = replace(scl, width=16, training=replace(scl.training, max_epochs=4))
    options = {
        "network": scl,
        "seeds": 1,
        "permutations": 20,
        "k": 60,
        "sufficiency": False,
        "progress": False,
    }
    inputs = {"other": ["noise"]}, {"other": ["two"]}
    found = gc.causal_analysis(galaxies, *inputs, query=["shifted"], **options)
    assert found.answers[0].groups[0].p < 1e-3
    assert "neighbours' classes: Brier score 0.4" in str(found)
    assert not {"pit"} & set(found.figures())
    three = gc.from_table(
        frame,
        "rank",
        target_kind="class",
        id="number",
        other={"noise": "noise", "shifted": "shifted", "two": "two"},
    )
    with pytest.raises(
        UserError, match=r"one of 3 classes \(E, S0, late\); join them to two by names in target"
    ):
        gc.causal_analysis(three, *inputs, query=["shifted"], **options)
    with pytest.raises(UserError, match="job=discover tests dependence"):
        gc.discover(three, ["target", "noise", "shifted"], progress=False)


@pytest.mark.long
def test_the_command_line_shares_the_fits(galaxy_causal, tmp_path, frame, galaxies):
    asked(galaxies, "one", "two", store=tmp_path / "mlruns")
    frame.to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(
        "dataset=table", "dataset.path=table.parquet", "dataset.name=table", "target=class",
        "dataset.columns.id=number", "dataset.columns.target=type", "bands=pair", "bands.x1.other=[one]",
        "bands.x2.other=[two]", "dataset.split={train: 0.45, validation: 0.15, test: 0.4, seed: 0}",
        "dataset.columns.other={one: one, two: two, apart: apart, noise: noise, shifted: shifted}",
        "seeds=1", "fits_at_once=1", "network.width=24", "network.blocks=1", "network.training.max_epochs=12",
        "network.training.batch_size=128", "decomposition.referee=false", "decomposition.draws=50",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "target = column type as classes: 2 classes: E/S0 1," in outcome.out
    assert "3 fits: 0 trained, 3 reused" in outcome.out


@pytest.mark.parametrize(
    "names", ["{0: early, 1: late}", "{0.0: early, 1.0: late}", '{"0": early, "1": late, "E, S0 (b)": c}']
)
def test_classes_that_are_numbers_have_names_on_the_command_line(galaxy_causal, tmp_path, frame, names):
    frame.assign(number_of_class=(frame["type"] == NAMES[1]) * 1).to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(
        "dataset=table", "dataset.path=table.parquet", "target=number", "dataset.columns.id=number",
        "dataset.columns.target=apart", "bands=pair", "bands.x1.other=[one]", "bands.x2.other=[two]",
        "dataset.columns.other={one: shifted, two: noise}", "estimator=gaussian", "decomposition.draws=50",
        f"dataset.columns.class={{column: number_of_class, names: {names}}}", "decomposition.referee=false",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "early" in outcome.out
    assert "late" in outcome.out


def test_names_of_classes_may_stand_in_a_file(galaxy_causal, tmp_path, frame):
    frame.assign(number_of_class=(frame["type"] == NAMES[1]) * 1).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "mine" / "dataset").mkdir(parents=True)
    (tmp_path / "mine" / "dataset" / "typed.yaml").write_text(
        "defaults: [table]\npath: table.parquet\ncolumns:\n  id: number\n"
        "  target: {column: number_of_class, names: {0: early, 1: late}}\n"
        "  other: {one: shifted, two: noise}\n"
    )
    outcome = galaxy_causal(
        "--config-dir", "mine", "dataset=typed", "target=class", "bands=pair", "bands.x1.other=[one]",
        "bands.x2.other=[two]", "estimator=boosted", "seeds=1", "decomposition.draws=50",
        "decomposition.referee=false",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    assert "2 classes: early" in outcome.out
