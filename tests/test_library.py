"""The library's door: the same questions, fits and numbers as on the command line."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from hydra.utils import instantiate
from matplotlib.figure import Figure
from stored import artifacts, runs

import galaxy_causal as gc
from galaxy_causal.discovery import ALGORITHMS
from galaxy_causal.estimator import ESTIMATORS, CrossEntropy
from galaxy_causal.fitting import TrainerOptions
from galaxy_causal.jobs.failures import lack_of_memory
from galaxy_causal.jobs.subsets.result import Subsets
from galaxy_causal.neighbours import SEARCHES
from galaxy_causal.types import in_python, spec_of

pytestmark = pytest.mark.usefixtures("light_figures")

MLP = gc.preset("mlp")
NETWORK = replace(MLP, width=16, blocks=1, training=replace(MLP.training, max_epochs=3))
COLUMNS = {"id": "number", "redshift": "z", "photometry": {"g": "mag_g", "r": "mag_r"}}
X1, X2 = {"photometry": "gr"}, {"redshift": True}
QUICK = (
    "seeds=1", "fits_at_once=1", "network.width=16", "network.blocks=1", "network.training.max_epochs=3",
    "decomposition.referee=false", "decomposition.draws=50",
)  # fmt: skip

TABLE = (
    "dataset=table", "dataset.path=table.parquet", "dataset.columns.id=number",
    "dataset.columns.target=mass", "dataset.columns.redshift=z", "dataset.photometry_unit=magnitude",
    "dataset.columns.photometry={g: mag_g, r: mag_r}", "bands.x1.photometry=gr",
)  # fmt: skip
"""The galaxies of ``frame`` on the command line."""


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    mass, z = rng.normal(10.5, 0.5, 400), rng.uniform(0.02, 0.2, 400)
    magnitude = 20 - 2.5 * (mass - 10) + 5 * np.log10(z / 0.05)
    return pd.DataFrame(
        {
            "number": np.arange(400) * 7,
            "mass": mass,
            "z": z,
            "mag_g": magnitude + 0.8 + 0.1 * rng.normal(size=400),
            "mag_r": magnitude + 0.1 * rng.normal(size=400),
        }
    )


@pytest.fixture
def galaxies(frame):
    return gc.from_table(frame, "mass", photometry_unit="magnitude", **COLUMNS)


def asked(galaxies, **options):
    return gc.decompose(galaxies, X1, X2, network=NETWORK, seeds=1, referee=False, draws=50, **options)


def test_both_doors_give_the_same_numbers_and_share_their_fits(galaxy_causal, tmp_path, frame, galaxies):
    found = asked(galaxies, store=tmp_path / "mlruns", progress=False)
    frame.to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(*TABLE, *QUICK)
    assert outcome.code == 0, outcome.err
    assert "3 fits: 0 trained, 3 reused" in outcome.out
    by_command = runs(tmp_path, "decompose")[0].data.metrics
    for key, name in (("mi_union", "mi_union"), ("population_min/synergistic", "synergistic")):
        assert found.summaries[0].value[key] == by_command[name]
        assert found.summaries[0].error[key] == by_command[f"{name}_err"]


def test_a_result_is_a_table_figures_and_values_of_galaxies(galaxies, capsys, monkeypatch):
    monkeypatch.delattr("galaxy_causal.library.store.open_store")  # what is kept nowhere needs no MLflow
    found = asked(galaxies)
    assert "3 fits" not in str(found)
    assert "[1/3] photometry[gr] seed 0: I = " in capsys.readouterr().out
    assert "Headline, population_min" in repr(found)
    rows = found.to_pandas()
    assert set(rows["group"]) == {"all"}
    one = rows[rows["quantity"] == "mi_x1"].iloc[0]
    assert one["value"] == found.summaries[0].value["mi_x1"]
    assert one["verdict"] in ("reliable", "lower bound", "not to be trusted")
    assert len(found.to_table()) == len(rows)
    assert isinstance(found.plot(), Figure)
    with pytest.raises(gc.UserError, match="no figure 'nothing'; there are atoms_by_class"):
        found.plot("nothing")
    values = found.galaxies
    assert list(values["id"]) == list(galaxies.id)
    atoms = sum(np.asarray(values[name]) for name in ("redundant", "unique_1", "unique_2", "synergistic"))
    np.testing.assert_allclose(atoms, values["i_union"])


AMORTISED = gc.preset("amortised")
ONE_FOR_ALL = replace(
    AMORTISED, width=16, blocks=1, components=4, training=replace(AMORTISED.training, max_epochs=2)
)
OF_SUBSETS = (
    "job=subsets", "estimator=amortised", "seeds=1", "fits_at_once=1", "network.width=16", "network.blocks=1",
    "network.components=4", "network.training.max_epochs=2", "subsets.draws=20",
)  # fmt: skip


def of_subsets(galaxies, store, **options):
    options = {"seeds": 1, "draws": 20, "progress": False, "network": ONE_FOR_ALL, **options}
    return gc.subsets(galaxies, X1, X2, store=store, **options)


def test_subsets_by_both_doors(galaxy_causal, tmp_path, frame, galaxies):
    """The same numbers from the same fits, of the network and of the second opinion; and from the files."""
    found = of_subsets(galaxies, tmp_path / "mlruns")
    frame.to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(*OF_SUBSETS, *TABLE)
    assert outcome.code == 0, outcome.err
    assert "1 fits: 0 trained, 1 reused" in outcome.out
    assert len(runs(tmp_path, "fit")) == 1 + 7
    (run,) = runs(tmp_path, "subsets")
    assert run.data.metrics == found.tracked()
    assert run.data.tags["verdict_mi"] == found.verdicts["mi"]
    again = Subsets.read(artifacts(tmp_path, run))
    assert str(again) == str(found)
    assert again.metrics() == found.metrics()
    pd.testing.assert_frame_equal(again.to_pandas(), found.to_pandas())
    pd.testing.assert_frame_equal(again.inputs, found.inputs)
    pd.testing.assert_frame_equal(again.pairs, found.pairs)


def test_what_subsets_tell_is_tables_and_figures(frame, tmp_path):
    classes = frame.assign(kind=np.where(frame["z"] > 0.1, "far", "near"))
    galaxies = gc.from_table(classes, "mass", photometry_unit="magnitude", galaxy_class="kind", **COLUMNS)
    found = of_subsets(galaxies, None, method="sampled", permutations=4, referee=False)
    rows = found.to_pandas()
    assert len(rows) == len(found.to_table()) == 8
    assert rows.loc[rows["size"] == 3, "information"].item() == found.everything.value[0]
    assert list(found.inputs["input"]) == ["g", "r", "redshift"]
    np.testing.assert_allclose(found.inputs["shapley"].sum(), found.everything.value[0])
    assert list(found.pairs["pair"]) == ["g-r", "g-redshift", "r-redshift"]
    values = found.galaxies
    for name, kind in (("far", values["class"] == "far"), ("near", values["class"] == "near")):
        for k, own in enumerate(found.names):
            np.testing.assert_allclose(values[f"shapley/{own}"][kind].mean(), found.of_classes[name].value[k])
    assert set(found.figures()) == {"inputs", "pairs"}
    found.write(tmp_path)
    again = Subsets.read(tmp_path)
    assert again.metrics() == found.metrics()
    assert {name for name in again.metrics() if name.startswith("far/")} == {
        f"far/shapley/{name}{end}" for name in found.names for end in ("", "_err")
    }
    file = tmp_path / "summary.json"
    older = {name: one for name, one in json.loads(file.read_text()).items() if name != "tolerance"}
    file.write_text(json.dumps(older))
    with pytest.raises(gc.UserError, match="is of an earlier version; ask again: its fits will be found"):
        Subsets.read(tmp_path)


def test_subsets_that_cannot_be_are_refused_in_words_of_python(galaxies):
    for options, message in (
        ({"draws": 1}, "^draws=1 must be a whole number, at least 2"),
        ({"method": "guess"}, '^method="?guess'),
        ({"method": "sampled", "permutations": 7}, "^permutations=7 must be even"),
        ({"sources": ["g", "r"]}, "^sources=.*: give 3 groups of the inputs g, r, redshift"),
        ({"estimator": CrossEntropy()}, "^estimator=.*cross_entropy.* needs a fit for every subset"),
    ):
        with pytest.raises(gc.UserError, match=message):
            of_subsets(galaxies, None, **options)


SCL = gc.preset("scl")
WITH_LATENT = replace(SCL, width=16, blocks=1, latent=2, training=replace(SCL.training, max_epochs=2))
OF_CAUSES = (
    "job=causal", "network=scl", "network.width=16", "network.blocks=1", "network.latent=2",
    "network.training.max_epochs=2", "causal.probe.tabular.width=16", "causal.probe.tabular.blocks=1",
    "causal.probe.tabular.training.max_epochs=3", "seeds=1", "fits_at_once=1", "causal.k=40",
    "causal.permutations=19", "causal.query=redshift",
)  # fmt: skip


def of_causes(galaxies, **options):
    options = {"network": WITH_LATENT, "probe": NETWORK, "seeds": 1, "k": 40, "permutations": 19, **options}
    return gc.causal_analysis(galaxies, X1, progress=False, **{"query": "redshift", **options})


def test_a_causal_analysis_by_both_doors(galaxy_causal, tmp_path, frame):
    """The same numbers from the same fits, and from the files."""
    classes = frame.assign(kind=np.where(frame["z"] > 0.1, "far", "near"))
    galaxies = gc.from_table(classes, "mass", photometry_unit="magnitude", galaxy_class="kind", **COLUMNS)
    found = of_causes(galaxies, store=tmp_path / "mlruns")
    classes.to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(*OF_CAUSES, *TABLE, "dataset.columns.class=kind")
    assert outcome.code == 0, outcome.err
    assert "1 fits: 0 trained, 1 reused" in outcome.out
    assert "neighbours (exact): 0 made, 1 reused" in outcome.out
    (run,) = runs(tmp_path, "causal")
    same = {"abs": 0.0, "rel": 0.0, "nan_ok": True}
    assert run.data.metrics == pytest.approx(found.tracked(), **same)
    assert run.data.metrics["sufficiency/mi_lost_err"] > 0
    again = gc.CausalAnalysis.read(artifacts(tmp_path, run))
    assert str(again) == str(found)
    pd.testing.assert_frame_equal(again.to_pandas(), found.to_pandas())
    assert list(again.to_pandas()["group"]) == list(again.to_table()["group"]) == ["all", "far", "near"]
    assert set(again.figures()) == set(found.figures()) == {"against_redshift", "graph", "latent", "pit"}
    for curve, other in zip(again.answers[0].curves, found.answers[0].curves, strict=True):
        np.testing.assert_array_equal(curve.centre, other.centre)
        assert [point.corr for point in curve.points] == [point.corr for point in other.points]
    np.testing.assert_array_equal(again.plane.places, found.plane.places)
    values = found.galaxies
    assert len(values) == found.counts["tested"] == 60
    assert np.mean(values["corr"]) == pytest.approx(found.metrics()["redshift/corr"])


def test_causal_questions_that_cannot_be_are_refused_in_words_of_python(galaxies):
    for options, message in (
        ({"query": "g"}, r'^query="g" is inside the inputs \(photometry\[gr\]'),
        ({"query": "size"}, "^query: 'size' is unknown; dataset table has"),
        ({"query": []}, r'^query=\[\]: name what the target may depend on .* as query="redshift"'),
        ({"given": "target"}, '^given="target" is the target'),
        ({"k": 5}, "^k=5 must be a whole number, at least 10"),
        ({"k": 11}, '^k=11 members are too few: .*gradient="both".*raise k to at least'),
        ({"k": 300}, "^k=300 is more than the 280 training galaxies .* lower k"),
        ({"tested": "some"}, "^tested=some must be one of test, all"),
        ({"neighbours": "near"}, '^neighbours="near" is unknown; choose one of exact, approximate'),
        ({"network": "mlp"}, '^network="mlp" has no latent; use one that has, such as network="scl"'),
    ):
        with pytest.raises(gc.UserError, match=message):
            of_causes(galaxies, **options)


VARIABLES = ["redshift", {"log M*": "target"}, "g-r"]
OF_GRAPHS = (
    "job=discover", "discovery.variables=[redshift,{log M*: target},g-r]",
    "discovery.stability.replicates=10", "discovery.sweep=[0.05,0.001]",
    "discovery.knowledge.tiers=[[redshift],[log M*,g-r]]",
)  # fmt: skip


def of_graphs(galaxies, variables=VARIABLES, **options):
    tiers = {"tiers": [["redshift"], ["log M*", "g-r"]]}
    options = {"stability": {"replicates": 10}, "sweep": [0.05, 0.001], "knowledge": tiers, **options}
    return gc.discover(galaxies, variables, progress=False, **options)


def test_a_graph_by_both_doors(galaxy_causal, tmp_path, frame, galaxies):
    found = of_graphs(galaxies, store=tmp_path / "mlruns")
    frame.to_parquet(tmp_path / "table.parquet")
    outcome = galaxy_causal(*OF_GRAPHS, *TABLE)
    assert outcome.code == 0, outcome.err
    assert "10 resamples (subsample): 0 made, 10 reused" in outcome.out
    (run,) = [one for one in runs(tmp_path, "discover") if one.info.run_name.startswith("PC: ")]
    assert run.data.metrics == pytest.approx(found.metrics(), abs=0, rel=0, nan_ok=True)
    again = gc.Discovery.read(artifacts(tmp_path, run))
    assert str(again) == str(found)
    assert (again.graph, again.consensus, again.known) == (found.graph, found.consensus, found.known)
    pd.testing.assert_frame_equal(again.to_pandas(), found.to_pandas())
    assert len(again.to_table()) == 3
    assert set(again.figures()) == {"graph", "sweep"}
    assert ("redshift", "log M*") in {(edge.a, edge.b) for edge in found.graph.edges} | set(found.shares)
    assert set(found.to_networkx()) == {"redshift", "log M*", "g-r"}


def test_the_estimate_of_a_network_is_a_variable(galaxies):
    options = {"network": NETWORK, "estimate": X1, "knowledge": None, "sweep": None}
    found = of_graphs(galaxies, ["redshift", "target", "estimate"], algorithm="ges", **options)
    assert found.count == 60
    assert len(found.fits) == 1


def test_graphs_that_cannot_be_are_refused_in_words_of_python(galaxies):
    for options, message in (
        ({"algorithm": "cp"}, '^algorithm="cp" is unknown; choose one of pc, fci'),
        ({"variables": ["g", "size"]}, "^variables: 'size' is unknown; dataset table has"),
        ({"variables": ["g", "estimate"]}, "^estimate=None, but a variable asks for the estimate"),
        (
            {"stability": {"replicates": -1}},
            r'^stability\["replicates"\]=-1 must be a whole number, at least 0',
        ),
        ({"stability": {"replicas": 9}}, "^stability has no option replicas; it has replicates"),
        ({"algorithm": None}, "^algorithm=None must be a word, or of class Algorithm"),
        ({"variables": "redshift"}, "^variables=redshift must be a list"),
        ({"selected": ["g"]}, "^selected names variables of the true graph: set truth too"),
    ):
        with pytest.raises(gc.UserError, match=message):
            of_graphs(galaxies, **{"knowledge": None, "sweep": None, **options})


def test_memory_that_ran_out_is_told_in_words_of_the_door():
    error = MemoryError()
    assert "(fits_at_once=1, launcher.workers=1," in str(lack_of_memory(error))
    with in_python():
        told = str(lack_of_memory(error))
    assert '(stability={"workers": 1}, a smaller network.training.batch_size' in told
    assert "command" not in told
    assert "fits_at_once" not in told


HYDRA = re.compile(
    r"\b(dataset|bands|decomposition|subsets|causal|neighbours|discovery)\.[a-z]|\bnull\b"
    r"|\b(estimator|network|measure)=[a-z]|job=|=true|=false|@"
)
"""Words that mean nothing in Python."""


@pytest.mark.parametrize(
    ("question", "options", "message"),
    [
        (gc.decompose, {"x1": {"photometry": "gX"}}, r'^x1\["photometry"\]="gX": .* no photometry gX'),
        (gc.decompose, {"x1": {"images": True}}, r'^x1\["images"\]=True: .*Choose .*x1\["MODALITY"\]=NAMES'),
        (gc.decompose, {"estimator": "ksg_latent"}, '^estimator="ksg_latent" .* set network="scl"'),
        (
            gc.decompose,
            {"quantised": {"bins": 1}},
            r'^quantised\["bins"\]=1 must be a whole number, at least 2',
        ),
        (gc.decompose, {"quantised": {"bin": 3}}, "^quantised has no option bin; it has bins, draws"),
        (gc.decompose, {"least": 0}, "^least=0 must be a whole number, at least 1"),
        (
            gc.decompose,
            {"measure": "pointwise_min", "estimator": "ksg"},
            'use measure="population_min" or i_min, or estimator="cross_entropy"',
        ),
        (gc.decompose, {"trainer": {"max_epochs": -5}}, "max_epochs=-5 must be a whole number, .*, or None"),
        (gc.subsets, {"sources": ["u", "g", "Z"]}, '^sources="u": dataset table has no inputs u'),
        (
            gc.causal_analysis,
            {"query": "redshift", "basis": 3},
            "^basis=3 must be a whole number, at least 5",
        ),
        (gc.fit, {"estimator": "boosted"}, 'fits of estimator="boosted" hold no one density'),
    ],
)
def test_refusals_have_no_word_of_the_command_line(galaxies, question, options, message):
    inputs = {"x": X1} if question is gc.fit else {"x1": X1, "x2": X2}
    with pytest.raises(gc.UserError, match=message) as told:
        question(galaxies, **inputs | options, progress=False)
    assert not HYDRA.search(str(told.value))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda g: gc.decompose(g, X1), "^gc.decompose: missing .* 'x2'; it takes galaxies, x1, x2, network"),
        (lambda g: gc.decompose(g, X1, X2, sedes=3), "unexpected keyword argument 'sedes'; it takes .*seeds"),
        (
            lambda _: gc.decompose(pd.DataFrame(), X1, X2),
            "^galaxies=<DataFrame> must be of class Catalogue, made by gc.read_table or gc.from_table",
        ),
        (lambda g: gc.decompose(g, "gr", X2), '^x1=gr must be a mapping, such as {"photometry": "ugriz"}'),
        (lambda g: gc.decompose(g, X1, X2, also="broja"), "^also=broja must be a list"),
        (
            lambda g: gc.decompose(g, X1, X1),
            r"^x1 and x2 are the same, photometry\[gr\]: name something else",
        ),
        (
            lambda g: gc.decompose(g, X1, X2, store=3),
            "^store=3 must be a word, or a path, or of class Store, or None",
        ),
        (lambda g: gc.fit(g, X1, network=3), "^network=3 must be a word, or of class Network"),
        (lambda g: gc.fit(g, X1, trainer="gpu"), "^trainer=gpu must be a mapping, or None"),
        (lambda g: gc.discover(g, ["g", "r"], stability=5), "^stability=5 must be a mapping"),
    ],
)
def test_arguments_of_another_kind_are_refused_in_words_of_python(galaxies, ask, message):
    with pytest.raises(gc.UserError, match=message):
        ask(galaxies)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"photometry": "mag_g"}, '^photometry="mag_g": .* such as photometry={"g": "COLUMN_G"'),
        ({"unit": "mag"}, r"^there is no option unit; columns are id, target, .*galaxy_class.*help\(gc.read"),
        ({"split": "test"}, "^split=test must be a mapping"),
        ({"null_values": -99}, "^null_values=-99 must be a list of numbers, or a mapping"),
    ],
)
def test_tables_that_are_described_otherwise_are_refused_in_words_of_python(frame, given, message):
    with pytest.raises(gc.UserError, match=message):
        gc.from_table(frame, "mass", **{"photometry_unit": "magnitude", **COLUMNS, **given})


def test_a_table_in_memory_is_no_path_and_columns_of_one_number_are_plain(frame):
    with pytest.raises(gc.UserError, match=r"the path of a file, not a DataFrame; .* use gc.from_table"):
        gc.read_table(frame, "mass")
    with pytest.raises(gc.UserError, match="has several columns 'mass'; give each a name of its own"):
        gc.from_table(pd.concat([frame, frame[["mass"]]], axis=1), "mass", **COLUMNS)
    upright = {name: frame[name].to_numpy()[:, None] for name in frame}
    found = gc.from_table(upright, "mass", photometry_unit="magnitude", **COLUMNS)
    np.testing.assert_array_equal(found.id, frame["number"])
    np.testing.assert_array_equal(found.target, frame["mass"])


def test_errors_and_extinction_that_come_along_are_left_out_as_python_says(frame):
    frame["e"] = np.where(frame.index == 3, np.nan, 0.1)
    for column, message in (
        ({"photometry_error": {"r": "e"}}, r"\(photometry_error=None leaves errors out\)"),
        ({"ebv": "mag"}, "is constant .* leave it out of x1, x2 and ebv"),
    ):
        frame["mag"] = 0.1
        galaxies = gc.from_table(frame, "mass", photometry_unit="magnitude", **COLUMNS, **column)
        with pytest.raises(gc.UserError, match=message) as told:
            gc.decompose(galaxies, X1, X2, progress=False)
        assert not HYDRA.search(str(told.value))


@pytest.mark.parametrize("name", ["pc", "fci", "ges", "hill_climbing", "boss", "grasp", "exact"])
def test_algorithms_by_name_are_those_of_the_command_line(name):
    from test_conf import compose

    assert spec_of(ALGORITHMS[name]) == compose(f"discovery={name}").discovery.algorithm


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_by_name_are_those_of_the_command_line(name):
    from test_conf import compose

    made = instantiate(compose(f"estimator={name}").estimator, _convert_="all")
    assert spec_of(ESTIMATORS[name]) == spec_of(made)


@pytest.mark.long
def test_a_single_fit_is_that_of_a_decomposition_and_tells_of_galaxies_without_a_target(
    frame, galaxies, tmp_path
):
    asked(galaxies, store=tmp_path, progress=False)
    found = gc.fit(galaxies, X1, network=NETWORK, store=tmp_path, progress=False)
    assert found.fit.reused
    unknown = gc.from_table(frame.drop(columns="mass")[:3], photometry_unit="magnitude", **COLUMNS)
    assert np.isnan(unknown.target).all()
    estimate = found.predict(unknown)
    np.testing.assert_allclose(estimate, found.predict(galaxies)[np.isin(galaxies.id, unknown.id)])
    assert found.sample(unknown, draws=5).shape == (3, 5)
    y = frame["mass"].to_numpy()[:3]
    told = found.log_prob(unknown, y) - found.log_prior(y)
    place = np.searchsorted(galaxies.id, unknown.id)
    np.testing.assert_allclose(told, found.fit.pointwise_mi[place], atol=1e-5)
    for ask, message in (
        (lambda: found.predict(frame), "^galaxies=<DataFrame> must be of class Catalogue"),
        (lambda: found.sample(unknown, draws=-1), "^draws=-1 must be a whole number, at least 1"),
        (lambda: found.log_prob(unknown, y[:2]), r"^y of shape \(2,\): give a finite target for each of 3"),
    ):
        with pytest.raises(gc.UserError, match=message):
            ask()
    with pytest.raises(gc.UserError, match="has no target: a stored fit can tell of its galaxies"):
        gc.fit(unknown, X1, network=NETWORK, progress=False)


def test_what_holds_no_density_is_refused_before_anything_is_trained(galaxies, monkeypatch):
    monkeypatch.delattr("galaxy_causal.library.informations.make_fits")
    with pytest.raises(
        gc.UserError, match='fits of estimator="critic" hold no one density; take estimator="cross'
    ):
        gc.fit(galaxies, X1, estimator="critic")
    with pytest.raises(gc.UserError, match='estimator="ksgg" is unknown; choose one of amortised, boosted'):
        gc.fit(galaxies, X1, estimator="ksgg")


def test_a_folder_that_there_is_not_is_refused_and_not_made(tmp_path):
    for ask in (gc.runs, lambda store: gc.load(store, "one")):
        with pytest.raises(gc.UserError, match=r"there is no folder .*typo"):
            ask(tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


@pytest.mark.long
def test_a_store_that_others_share_is_one_in_python_too(galaxies, tmp_path, monkeypatch):
    here, there = (gc.Store(tmp_path / name, fits=str(tmp_path / "common")) for name in ("here", "there"))
    first = asked(galaxies, store=here, progress=False)
    monkeypatch.delattr("galaxy_causal.network.lightning.learner.NetworkLearner.fit")
    second = asked(galaxies, store=there, progress=False)
    assert second.metrics() == first.metrics()
    assert len(list((tmp_path / "common").rglob("checksums.json"))) == 3
    with in_python(), pytest.raises(gc.UserError, match=r"^fits=5 must be a word, or None$"):
        gc.Store(tmp_path, fits=5)
    with pytest.raises(gc.UserError, match=r"^lease_seconds=0 must be a number, at least 1$"):
        gc.Store(tmp_path, lease_seconds=0)


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"server": "localhost"}, "^server=localhost is no server; give http://host:port, or leave it out$"),
        ({"server": "http://127.0.0.1:9"}, "Check server and that .* runs there, or leave it out"),
        ({"server": "http://vera:secret@host"}, r"^server=\.\.\.@host has a name or password in it"),
        ({"fits": "ftp://vera:secret@host"}, r"^fits=ftp://\.\.\.@host has a password in it"),
    ],
)
def test_a_shared_store_is_refused_in_words_of_python(tmp_path, places, message):
    (tmp_path / "here").mkdir()
    with pytest.raises(gc.UserError, match=message) as raised:
        gc.merge(tmp_path / "here", gc.Store(tmp_path / "there", **places))
    assert "tracking" not in str(raised.value)


def test_a_finished_run_is_loaded_as_its_result(galaxies, tmp_path):
    found = asked(galaxies, store=tmp_path, progress=False)
    frame = gc.runs(tmp_path)
    again = gc.load(tmp_path, frame["run_id"][frame["job"] == "decompose"].iloc[0])
    assert str(again) == str(found)
    assert again.metrics() == found.metrics()
    assert list(again.figures()) == list(found.figures())
    pd.testing.assert_frame_equal(again.galaxies.to_pandas(), found.galaxies.to_pandas())
    for other in ("nothing", frame["run_id"][frame["job"] == "fit"].iloc[0]):
        with pytest.raises(gc.UserError, match=f"no finished run {other} in {tmp_path};"):
            gc.load(gc.Store(tmp_path), other)


@pytest.mark.parametrize("name", ["exact", "approximate"])
def test_neighbour_searches_by_name_are_those_of_the_command_line(name):
    from test_conf import compose

    assert spec_of(SEARCHES[name](3)) == compose(f"neighbours={name}", "seed=3").neighbours


@pytest.mark.long
def test_runs_of_a_folder_are_a_frame(galaxies, tmp_path):
    asked(galaxies, store=tmp_path / "kept", progress=False)
    again = asked(galaxies, store=tmp_path / "kept", progress=False)
    assert all(fit.reused for fit in again.fits)
    found = gc.runs(tmp_path / "kept")
    assert sorted(found["job"]) == ["decompose", "fit", "fit", "fit"]
    job = found[found["job"] == "decompose"].iloc[0]
    assert (job["x1"], job["x2"]) == ("photometry[gr]", "redshift")
    assert job["synergistic"] == again.summaries[0].value["population_min/synergistic"]


def test_tables_of_any_kind_are_the_same_galaxies(frame, galaxies, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    options = {"photometry_unit": "magnitude", **COLUMNS}
    for other in (
        gc.from_table(Table.from_pandas(frame), "mass", **options),
        gc.from_table({name: frame[name].to_numpy() for name in frame}, "mass", **options),
        gc.read_table(tmp_path / "table.csv", "mass", **options),
    ):
        np.testing.assert_array_equal(other.id, galaxies.id)
        np.testing.assert_array_equal(other.split, galaxies.split)
        np.testing.assert_array_equal(other.target, galaxies.target)


def test_what_cannot_be_is_refused(frame, galaxies):
    frame.loc[[3, 4], "mass"] = np.nan
    with pytest.raises(gc.UserError, match=r"^table table: .*mass"):
        gc.from_table(frame, "mass", photometry_unit="magnitude", **COLUMNS)
    with pytest.raises(gc.UserError, match="has no morphology"):
        gc.decompose(galaxies, {"morphology": True}, X2)
    with pytest.raises(gc.UserError, match='network="mpl" is unknown; choose one of amortised'):
        gc.decompose(galaxies, X1, X2, network="mpl")
    with pytest.raises(gc.UserError, match="measure='min' is unknown"):
        gc.decompose(galaxies, X1, X2, measure="min")
    with pytest.raises(gc.UserError, match=r'estimator="ksg_latent" needs .*; set network="scl" .*"cross_en'):
        gc.decompose(galaxies, X1, X2, estimator="ksg_latent")
    with pytest.raises(gc.UserError, match=r"^the path .*odd\? has .*; choose another with store=<folder"):
        gc.decompose(galaxies, X1, X2, store="odd?", progress=False)


def test_names_come_when_they_are_asked_for():
    """The command line starts without the libraries behind the notebook's names."""
    code = "import sys, galaxy_causal as gc; assert 'torch' not in sys.modules; print(*dir(gc)); gc.preset"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(gc.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = gc.nothing


def test_trainers_of_both_doors_have_the_same_options():
    from test_conf import compose

    assert asdict(TrainerOptions()) == dict(compose().trainer)
