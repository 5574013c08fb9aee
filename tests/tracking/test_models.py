"""A fit as a model of MLflow's: it tells the same in a process that has neither catalogue nor store."""

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import galaxy_causal as gc
from galaxy_causal.types import COMMAND_LINE

MLP = gc.preset("mlp")
NETWORK = replace(MLP, width=16, blocks=1, training=replace(MLP.training, max_epochs=3))
PREDICT = """
import sys, warnings
warnings.simplefilter("ignore")
import mlflow.pyfunc
import pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
print(model.metadata.signature)
"""


def columns(count=300):
    rng = np.random.default_rng(0)
    one = rng.normal(size=count)
    return {"one": one, "two": rng.normal(size=count), "y": one + 0.3 * rng.normal(size=count)}


def loaded(place, frame, folder):
    """What the model tells of a frame, in a process of its own, in an empty folder."""
    folder.mkdir()
    frame.to_parquet(folder / "frame.parquet")
    call = [sys.executable, "-c", PREDICT, place, "frame.parquet", "told.parquet"]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pd.read_parquet(folder / "told.parquet"), done.stdout


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv(COMMAND_LINE)
    return tmp_path / "mlruns"


def test_a_number_has_the_same_estimate_and_quantiles_that_rise(store, tmp_path):
    data = columns()
    galaxies = gc.from_table(data, "y", other={"a": "one", "b": "two"})
    fitted = gc.fit(galaxies, {"other": ["a", "b"]}, network=NETWORK, store=store, progress=False)
    place = gc.log_model(fitted, store)
    moved = tmp_path / "elsewhere"
    shutil.copytree(place, moved)
    shutil.rmtree(store)
    frame = pd.DataFrame({"other/a": data["one"], "other/b": data["two"], "more": "x"})
    told, signature = loaded(moved, frame, tmp_path / "empty")
    np.testing.assert_allclose(told["estimate"], fitted.predict(galaxies), rtol=1e-5)
    assert list(told) == ["estimate", "q2.5", "q16", "q50", "q84", "q97.5"]
    assert (np.diff(told.iloc[:, 1:].to_numpy(), axis=1) >= 0).all()
    drawn = fitted.sample(galaxies, 4000)
    share = (drawn <= told["q84"].to_numpy()[:, None]).mean(axis=1)
    assert abs(share - 0.84).max() < 5 * np.sqrt(0.84 * 0.16 / 4000)
    assert "'other/a': double" in signature
    assert sum(file.stat().st_size for file in moved.rglob("*") if file.is_file()) < 2_000_000


@pytest.mark.long
def test_a_class_has_its_probabilities(store, tmp_path):
    data = columns()
    data["kind"] = np.where(data["y"] > 0, "E/S0", "late")
    galaxies = gc.from_table(data, "kind", other={"a": "one"}, target_kind="class")
    fitted = gc.fit(galaxies, {"other": ["a"]}, network=NETWORK, store=store, progress=False)
    told, _ = loaded(gc.log_model(fitted, store), pd.DataFrame({"other/a": data["one"]}), tmp_path / "empty")
    assert list(told) == ["class", "p(E/S0)", "p(late)"]
    np.testing.assert_allclose(told["p(late)"], fitted.probabilities(galaxies)["late"], rtol=1e-5)
    assert told["class"].tolist() == fitted.predict(galaxies).tolist()


def test_frames_that_lack_something_are_refused_by_name(store):
    from galaxy_causal.fitting import PortableDensity

    galaxies = gc.from_table(columns(), "y", other={"a": "one", "b": "two"})
    fitted = gc.fit(galaxies, {"other": ["a"]}, network=NETWORK, store=store, progress=False)
    density = PortableDensity.of(fitted)
    with pytest.raises(gc.UserError, match="no column other/a"):
        density.tell(pd.DataFrame({"a": [1.0]}))
    with pytest.raises(gc.UserError, match="other/a of row 1 is nan"):
        density.tell(pd.DataFrame({"other/a": [1.0, np.nan]}))
    with pytest.raises(gc.UserError, match="shows no fit"):
        gc.log_model(fitted, store.parent)
