"""The library's door: the same questions, fits and numbers as on the command line."""

import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from matplotlib.figure import Figure
from stored import artifacts, runs

import galaxy_causal as gc
from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.fitting import TrainerOptions
from galaxy_causal.jobs.subsets.result import Subsets

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
    monkeypatch.delattr("galaxy_causal.library.open_store")  # what is kept nowhere needs no MLflow
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
    assert run.data.metrics == found.metrics()
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
    with pytest.raises(gc.UserError, match="network='mpl' is unknown; choose one of amortised"):
        gc.decompose(galaxies, X1, X2, network="mpl")
    with pytest.raises(gc.UserError, match="measure='min' is unknown"):
        gc.decompose(galaxies, X1, X2, measure="min")


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
