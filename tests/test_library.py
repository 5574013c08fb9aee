"""The library's door: the same questions, fits and numbers as on the command line."""

import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from matplotlib.figure import Figure
from stored import runs

import galaxy_causal as gc
from galaxy_causal.fitting import TrainerOptions

MLP = gc.preset("mlp")
NETWORK = replace(MLP, width=16, blocks=1, training=replace(MLP.training, max_epochs=3))
COLUMNS = {"id": "number", "redshift": "z", "photometry": {"g": "mag_g", "r": "mag_r"}}
X1, X2 = {"photometry": "gr"}, {"redshift": True}
QUICK = (
    "seeds=1", "fits_at_once=1", "network.width=16", "network.blocks=1", "network.training.max_epochs=3",
    "decomposition.referee=false", "decomposition.draws=50",
)  # fmt: skip


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
    outcome = galaxy_causal(
        "dataset=table", "dataset.path=table.parquet", "dataset.columns.id=number",
        "dataset.columns.target=mass", "dataset.columns.redshift=z", "dataset.photometry_unit=magnitude",
        "dataset.columns.photometry={g: mag_g, r: mag_r}", "bands.x1.photometry=gr", *QUICK,
    )  # fmt: skip
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
