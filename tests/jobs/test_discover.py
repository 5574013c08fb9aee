"""The job from configuration to artifacts."""

import json
from dataclasses import replace
from pathlib import Path

import hydra
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from galaxy_causal.dataset import gaussian
from galaxy_causal.discovery import BOSS, Algorithm, knowledge, simulations, variables
from galaxy_causal.discovery.shares import SIMULATED
from galaxy_causal.jobs.discover import command as discover
from galaxy_causal.jobs.discover import graphs
from galaxy_causal.jobs.discover.result import Discovery
from galaxy_causal.jobs.variables import distance_modulus, labels_of, table
from galaxy_causal.types import Feature, UserError

pytestmark = pytest.mark.usefixtures("light_figures")

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
SMALL = (
    "dataset=gaussian",
    "dataset.n=600",
    "dataset.r12=0.6",
    "dataset.r2=0.6",
    "discovery.stability.replicates=12",
)
TRUTH = {
    "kind": "dag",
    "variables": ["x1", "x2", "log M*", "h"],
    "edges": [["x1", "log M*"], ["x2", "log M*"], ["x1", "x2"]],
}


def config(tmp_path, *overrides, variables="[x1,x2,{log M*: target}]"):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        given = (f"tracking.root={tmp_path / 'mlruns'}", f"discovery.variables={variables}")
        return hydra.compose("config", overrides=[*SMALL, *given, *overrides])


def artifacts(tmp_path, name):
    found = list(Path(tmp_path).glob(f"mlruns/artifacts/*/artifacts/{name}"))
    return sorted(found, key=lambda file: file.stat().st_mtime)


def test_it_leaves_graph_tables_figures_and_metrics(tmp_path, capsys, full_figures):
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(TRUTH))
    proposals = tmp_path / "proposals.yaml"
    entry = {"cause": "log M*", "effect": "x1", "verdict": "forbidden", "source": "Newton 1687"}
    proposals.write_text(yaml.safe_dump([entry]))
    discover.run(
        config(tmp_path, f"discovery.truth={truth}", f"discovery.knowledge.proposals={proposals}",
               "discovery.knowledge.tiers=[[x1],[x2,log M*]]", "discovery.sweep=[0.05,0.001]")
    )  # fmt: skip
    printed = capsys.readouterr().out
    assert "x1 --> log M*" in printed
    assert "12 made, 0 reused" in printed
    assert "1.00 recall" in printed
    (folder,) = {file.parent for file in artifacts(tmp_path, "graph.json")}
    names = {file.name for file in folder.iterdir()}
    for stem in ("graph", "consensus", "truth"):
        assert {f"{stem}.json", f"{stem}.dot", f"{stem}.graphml"} <= names
    assert {"graph.png", "graph.pdf", "sweep.png", "edges.parquet", "edges.csv", "config.yaml"} <= names
    rows = pq.read_table(folder / "edges.parquet").to_pylist()
    assert len(rows) == 3
    assert any("Newton 1687" in row["knowledge"] for row in rows)
    metrics = json.loads((folder / "summary.json").read_text())["metrics"]
    assert metrics["edges"] == 3
    assert metrics["adjacency_recall"] == 1.0
    assert 0.5 <= metrics["stability"] <= 1.0
    again = Discovery.read(folder)
    assert again.metrics() == metrics
    pd.testing.assert_frame_equal(again.to_pandas(), pd.DataFrame(rows))
    assert {f"{name}.png" for name in again.figures()} == {file.name for file in folder.glob("*.png")}
    for line in (line.strip() for line in str(again).splitlines()):
        assert line in printed
    joined = again.to_networkx()
    assert joined.edges["x1", "log M*"]["share_of_resamples"] == rows[1]["share"]


def galaxies_with_outliers(tmp_path):
    """Four variables in a chain, the third with wild values, as a table for dataset=table."""
    rng = np.random.default_rng(0)
    columns = {"z": rng.normal(size=400)}
    for cause, effect in (("z", "mass"), ("mass", "colour"), ("colour", "size")):
        columns[effect] = columns[cause] + rng.normal(size=400)
    columns["colour"][:12] += 60 * rng.normal(size=12)
    pq.write_table(pa.table(columns), tmp_path / "galaxies.parquet")
    return (
        "dataset=table", f"dataset.path={tmp_path / 'galaxies.parquet'}", "dataset.columns.target=mass",
        "dataset.columns.other={z: z, colour: colour, size: size}", f"tracking.root={tmp_path / 'mlruns'}",
        "discovery.variables=[z,target,colour,size]", "discovery.stability.replicates=50",
    )  # fmt: skip


def composed(*overrides):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        return hydra.compose("config", overrides=list(overrides))


def test_shares_are_called_shares_and_stand_beside_what_simulations_say_of_them(tmp_path, capsys):
    discover.run(composed(*galaxies_with_outliers(tmp_path)))
    printed = " ".join(capsys.readouterr().out.split())
    assert "share of 50 resamples with the edge or direction: no probability. How often edges" in printed
    (file,) = artifacts(tmp_path, "edges.parquet")
    rows = pq.read_table(file).to_pylist()
    sure = next(row for row in rows if (row["a"], row["b"]) == ("z", "target"))
    last = simulations()["tables"][0]["edge"][-1]
    assert sure["share"] >= 0.9
    assert (sure["edge_true_low"], sure["edge_true_high"]) == (last["low"], last["high"])
    assert f"0.9 to 1 {last['low']:.2f} to {last['high']:.2f}" in printed
    assert not [name for name in rows[0] if "probability" in name]
    summary = json.loads((file.parent / "summary.json").read_text())
    assert summary["shares"]["simulated"]["made"] == simulations()["made"]
    assert summary["shares"]["simulated"]["ranges"][-1]["edge_true"] == [last["low"], last["high"]]
    assert "not how likely" in summary["shares"]["meaning"]
    assert "share_of_resamples" in (file.parent / "graph.graphml").read_text()


def test_outliers_are_named_with_the_option_that_bears_them(tmp_path, capsys):
    options = (*galaxies_with_outliers(tmp_path), "discovery.stability.replicates=0")
    discover.run(composed(*options))
    captured = capsys.readouterr()
    printed, warned = (" ".join(text.split()) for text in (captured.out, captured.err))
    assert "warning: values more than 5 robust standard deviations out, or heavy tails: colour (" in warned
    assert "that discovery.algorithm.test=rank_correlation (monotonic" in warned
    assert "warning" not in printed
    assert "share of" not in printed
    (file,) = artifacts(tmp_path, "summary.json")
    summary = json.loads(file.read_text())
    assert [tail["name"] for tail in summary["heavy_tails"]] == ["colour"]
    assert summary["shares"] == {}
    discover.run(composed(*options, "discovery.algorithm.test=rank_correlation"))
    captured = capsys.readouterr()
    assert "warning" not in captured.out + captured.err


@pytest.mark.parametrize(("made_of", "warns"), [(("signal",), True), ((), False)])
def test_a_target_that_was_made_of_variables_is_said_to_be_so(tmp_path, made_of, warns):
    """In the terminal, under the figure, and when it is read back."""
    galaxies = gaussian(600, 0.6, 0.6, 0.6, seed=0, split=SPLIT)
    galaxies = replace(galaxies, provenance={"target": "a fit to both"}, target_made_of=made_of)
    cfg = config(tmp_path, "discovery.stability.replicates=0")
    found = discover.posed(cfg, galaxies).answer(Console(quiet=True), "")
    found.write(tmp_path)
    for one in (found, Discovery.read(tmp_path)):
        said = "caveat: the target was made with what it is joined to here (a fit to both)"
        assert (said in " ".join(str(one).split())) == warns
        below = " ".join(text.get_text() for text in one.plot("graph").texts)
        assert ("no cause in galaxies" in " ".join(below.split())) == warns
    without = discover.posed(config(tmp_path, variables="[x1,x2]"), galaxies)
    assert without.answer(Console(quiet=True), "").makings == ()


def test_shares_that_nobody_simulated_say_so(tmp_path, capsys):
    options = (*galaxies_with_outliers(tmp_path), "discovery.knowledge.tiers=[[z],[target,colour,size]]")
    discover.run(composed(*options))
    printed = " ".join(capsys.readouterr().out.split())
    assert "No simulation says what it is worth: nothing was known beforehand in the simulations" in printed
    assert "How often edges" not in printed
    summary = json.loads(artifacts(tmp_path, "summary.json")[0].read_text())
    assert "simulated" not in summary["shares"]
    assert summary["shares"]["not_simulated"].startswith("nothing was known")


@pytest.mark.parametrize(
    ("option", "name"), [("pc", "PC, Fisher z"), ("fci", "FCI, Fisher z"), ("boss", "BOSS, additive BIC")]
)
def test_the_simulated_searches_are_those_that_the_options_make(tmp_path, option, name):
    assert discover.options(config(tmp_path, f"discovery={option}")).algorithm == SIMULATED[name]


def test_finished_replicates_of_a_killed_job_are_reused(tmp_path, capsys, monkeypatch):
    calls = []

    def dies_after_fifteen(*arguments):
        calls.append(arguments)
        if len(calls) == 16:
            raise KeyboardInterrupt
        return one(*arguments)

    one = graphs.one_replicate
    monkeypatch.setattr(graphs, "one_replicate", dies_after_fifteen)
    many = "discovery.stability.replicates=25"
    with pytest.raises(KeyboardInterrupt):
        discover.run(config(tmp_path, many))
    monkeypatch.setattr(graphs, "one_replicate", one)
    discover.run(config(tmp_path, many))
    assert "15 made, 10 reused" in capsys.readouterr().out
    discover.run(config(tmp_path, "discovery.stability.replicates=30"))  # more of the same
    assert "0 made, 30 reused" in capsys.readouterr().out


@pytest.mark.long
def test_processes_change_nothing(monkeypatch):
    monkeypatch.setattr(graphs, "WORTH_PROCESSES", 0.0)
    rng = np.random.default_rng(0)
    search, known = BOSS(score="gaussian_bic"), knowledge(["a", "b", "c"])
    data = search.prepare(variables(["a", "b", "c"], rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3))))
    how, done = graphs.Resampling("bootstrap", 0.5, 3), []
    expected = [graphs.one_replicate(search, data, known, how, number) for number in range(10)]
    maker = graphs.GraphMaker(None, {}, {}, "", search, data, known, 3)
    found = list(maker._block(0, how, 2, done.append))
    assert np.array_equal(found, expected)
    assert done == [1] * 10


def test_the_estimate_of_a_network_is_a_variable_of_test_galaxies(tmp_path, capsys):
    overrides = (
        "bands=signals", "discovery.estimate=union", "discovery=ges", "network.training.max_epochs=1",
        "estimator.low=7", "estimator.high=13", "estimator.bins=40", "fits_at_once=1",
    )  # fmt: skip
    discover.run(config(tmp_path, *overrides, variables="[x1,x2,target,estimate]"))
    printed = capsys.readouterr().out
    assert "90 of 600 galaxies; GES" in printed
    discover.run(config(tmp_path, *overrides, variables="[x1,target,estimate]"))
    assert "(reused)" in capsys.readouterr().out


def test_the_exact_posterior_is_in_table_and_metrics(tmp_path, capsys):
    discover.run(config(tmp_path, "discovery=exact", "discovery.stability.replicates=0"))
    assert "P(a -> b)" in capsys.readouterr().out
    (file,) = artifacts(tmp_path, "edges.parquet")
    rows = pq.read_table(file).to_pylist()
    assert all(0.99 < row["posterior_a_b"] + row["posterior_b_a"] < 1 + 1e-9 for row in rows)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["discovery=common"], "choose one by discovery=<name>, of pc, fci"),
        (["discovery.variables=[x1,x3]"], "'x3' is unknown; dataset gaussian has target"),
        (["discovery.variables=[x1,x1]"], "more than once"),
        (["discovery.variables=[x1]"], "at least two"),
        (["discovery.variables=[x1,estimate]"], "discovery.estimate=null"),
        (["discovery.variables=[x1,x2,x1-x2]"], "linear relation"),
        (["discovery.galaxies=some"], "must be one of all, train"),
        (["discovery.variables=[]"], "names none: a graph needs at least two"),
        (["discovery.nulls=ignore"], "must be one of error, drop"),
        (["discovery.stability.method=jackknife"], "subsample, bootstrap"),
        (["discovery.stability.fraction=1.5"], "stability.fraction=1.5 must be below 1"),
        (["discovery.stability.replicates=-1"], "whole number, at least 0"),
        (["discovery.stability.threshold=1"], "below 1"),
        (["discovery.sweep=[0.1,2]"], "algorithm.alpha=2.0 must be below 1"),
        (["discovery=exact", "discovery.sweep=[0.1]"], "no setting to sweep"),
        (["discovery.truth=nowhere.json"], "nowhere.json does not exist; give the JSON file of a graph"),
        (["discovery.selected=[x1]"], "set discovery.truth"),
        (["discovery.knowledge.required=[[x1,x2],[x2,x1]]"], "cycle"),
        (["discovery.algorithm.alpha=0"], "algorithm.alpha=0 must be a number, above 0"),
    ],
)
def test_bad_input_is_refused_before_anything_is_stored(tmp_path, overrides, words):
    with pytest.raises(UserError, match=words):
        discover.run(config(tmp_path, *overrides))
    assert not (tmp_path / "mlruns").exists()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["discovery=common"], "no algorithm"),
        (["discovery.variables=[x1,x1]"], "more than once"),
        (["discovery=exact", "discovery.sweep=[0.1]"], "no setting to sweep"),
        (["discovery.truth=nowhere.json"], "nowhere.json does not exist"),
        (["discovery.knowledge.required=[[x1,x2],[x2,x1]]"], "cycle"),
    ],
)
def test_what_no_galaxies_can_mend_is_refused_before_they_are_read(tmp_path, monkeypatch, overrides, words):
    monkeypatch.delattr(discover, "catalogue_of")  # which reads them
    with pytest.raises(UserError, match=words):
        discover.run(config(tmp_path, *overrides))


def catalogue(**other):
    made = gaussian(n=200, split=SPLIT, r1=0.7, r2=0.5, r12=0.3, seed=0)
    features = {**made.features, "photometry": {k: Feature(v, "mag") for k, v in other.items()},
                "redshift": {"redshift": Feature(np.linspace(0.01, 0.2, 200), "")}}  # fmt: skip
    return type(made)(**{**made.__dict__, "features": features})


def test_names_differences_and_absolute_magnitudes():
    g, r = np.random.default_rng(0).normal(17, 1, (2, 200))
    galaxies = catalogue(g=g, **{"g-r": r})
    found = table(
        galaxies, {"colour": "photometry/g-target", "g-r": "g-r", "M": "absolute(g)"}
    ).variables.values
    for column, expected in zip(found.T, (g - galaxies.target, r, None), strict=True):
        if expected is not None:  # a name with a dash is a name before it is a difference
            np.testing.assert_allclose(column, (expected - expected.mean()) / expected.std())
    # Hogg 1999 (astro-ph/9905116), by quadrature: 5 log10(d_L / 10 pc) with d_L in a flat universe
    z = np.linspace(0, 0.1, 20001)
    distance = 1.1 * 299792.458 / 70 * np.trapezoid(1 / np.sqrt(0.3 * (1 + z) ** 3 + 0.7), z)
    assert distance_modulus(np.array([0.1]))[0] == pytest.approx(5 * np.log10(distance * 1e5), abs=1e-4)
    assert np.isnan(distance_modulus(np.array([-0.01]))[0])


def test_galaxies_without_a_value_are_left_out_and_counted():
    g = np.random.default_rng(0).normal(17, 1, 200)
    g[:30] = np.nan
    found = table(catalogue(g=g), {"g": "g", "target": "target"}, nulls="drop")
    assert found.left_out == {"no g": 30}
    assert len(found.rows) == len(found.variables.values) == 170
    with pytest.raises(UserError, match="missing for 30 of 200"):
        table(catalogue(g=g), {"g": "g", "target": "target"})


def test_labels():
    assert labels_of(["g-r", {"log M*": "target"}]) == {"g-r": "g-r", "log M*": "target"}


@pytest.mark.parametrize("option", ["pc", "fci", "ges", "hill_climbing", "boss", "grasp", "exact"])
def test_every_option_makes_a_search(tmp_path, option):
    assert isinstance(discover.options(config(tmp_path, f"discovery={option}")).algorithm, Algorithm)
