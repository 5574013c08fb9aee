"""An estimator of one's own, in one's own file, by both doors."""

import os
import subprocess
import sys

import numpy as np
import pytest
from command import QUICK
from stored import runs

import galaxy_causal as gc
from galaxy_causal.dataset import gaussian

SPLIT = {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}

FOREST = """
import numpy as np
from scipy.stats import norm
from sklearn.ensemble import RandomForestRegressor
from galaxy_causal.estimator import Estimator
from galaxy_causal.types import Information

class Forest(Estimator):
    def __init__(self, trees: int = 40):
        self.trees = trees
    def information(self, sample, learner, seed):
        train, y = sample.split == "train", sample.y
        forest = RandomForestRegressor(self.trees, min_samples_leaf=20, random_state=seed).fit(sample.x[train], y[train])
        mean = forest.predict(sample.x)
        given, alone = norm(mean, (y - mean)[train].std()), norm(y[train].mean(), y[train].std())
        return Information(given.logpdf(y) - alone.logpdf(y))
"""  # noqa: E501


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_file.py").write_text(FOREST)
    return tmp_path


def command(folder, *overrides, path="."):
    call = [
        sys.executable, "-m", "galaxy_causal", "dataset=gaussian", "bands=signals", "dataset.n=3000",
        "decomposition.draws=20", "decomposition.curve_draws=5", "decomposition.referee=false", *overrides,
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.long
def test_a_class_in_a_file_is_an_estimator_by_both_doors(folder, monkeypatch):
    """The mean over 450 galaxies has an error of some 0.03; of what a forest misses there is some 0.05."""
    own = ("estimator._target_=my_file.Forest", "+estimator.trees=50")
    done = command(folder, *own)
    assert done.returncode == 0, done.stderr
    (run,) = runs(folder, "decompose")
    assert run.data.tags["estimator"] == "forest"
    assert run.data.metrics["mi_x1"] == pytest.approx(-0.5 * np.log(1 - 0.49), abs=0.12)
    monkeypatch.syspath_prepend(folder)
    from my_file import Forest

    found = gc.decompose(
        gaussian(3000, 0.7, 0.5, 0.3, 0, split=SPLIT), {"signal": ["x1"]}, {"signal": ["x2"]},
        estimator=Forest(50), referee=False, draws=20, store=folder / "mlruns", progress=False,
    )  # fmt: skip
    assert all(fit.reused for fit in found.fits)
    assert found.summaries[0].value["mi_union"] == run.data.metrics["mi_union"]
    (folder / "my_file.py").write_text(FOREST.replace("leaf=20", "leaf=30"))
    assert "3 fits: 3 trained, 0 reused" in command(folder, *own).stdout


def test_options_that_it_does_not_take_and_files_that_are_not_there_are_told(galaxy_causal, tmp_path):
    (tmp_path / "forest_of_mine.py").write_text(FOREST)
    (tmp_path / "lacking.py").write_text("import no_such_library\n")
    told = galaxy_causal(*QUICK, "estimator._target_=forest_of_mine.Forest", "estimator.folds=5")
    assert told.code == 2
    assert "estimator has no option folds" in told.err
    told = galaxy_causal(*QUICK, "estimator._target_=no_file.Forest")
    assert "estimator._target_=no_file.Forest: there is no module no_file here" in told.err
    told = galaxy_causal(*QUICK, "estimator._target_=lacking.Forest")
    assert "lacking cannot be imported: No module named 'no_such_library'" in told.err
