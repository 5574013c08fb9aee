"""estimator=tabicl through the command line, with an oracle in the place of its network."""

import numpy as np
import pytest
from command import QUICK
from scipy.special import ndtri
from stored import runs

from galaxy_causal.estimator import TabICL, tabicl


class Linear:
    """Least squares with Gaussian quantiles, of the interface of ``TabICLRegressor``."""

    def fit(self, x, y):
        design = np.column_stack([x, np.ones(len(x))])
        self.weights = np.linalg.lstsq(design, y, rcond=None)[0]
        self.deviation = np.std(y - design @ self.weights)

    def predict(self, x, output_type, alphas):
        mean = np.column_stack([x, np.ones(len(x))]) @ self.weights
        return mean[:, None] + self.deviation * ndtri(np.array(alphas))


@pytest.fixture
def weights(monkeypatch, tmp_path):
    monkeypatch.setattr(tabicl, "find_spec", lambda name: object())
    monkeypatch.setattr(tabicl, "_checkpoint", lambda: "regressor.ckpt")
    monkeypatch.setattr(TabICL, "regressor", lambda self, seed: Linear())
    file = tmp_path / "weights.ckpt"
    file.write_bytes(b"one")
    return file


@pytest.mark.long
def test_fits_are_known_by_what_their_weights_hold(galaxy_causal, tmp_path, weights):
    def run(file):
        outcome = galaxy_causal(*QUICK, "estimator=tabicl", f"estimator.weights={file}")
        assert outcome.code == 0, outcome.err
        return len(runs(tmp_path, "fit"))

    assert run(weights) == 3
    (job,) = runs(tmp_path, "decompose")
    assert job.data.metrics["mi_union"] > 0.1
    assert run(weights.rename(tmp_path / "moved.ckpt")) == 3
    (tmp_path / "moved.ckpt").write_bytes(b"another")
    assert run(tmp_path / "moved.ckpt") == 6


def test_absent_weights_are_refused_before_any_fit(galaxy_causal, tmp_path, weights):
    outcome = galaxy_causal(*QUICK, "estimator=tabicl", "estimator.weights=absent.ckpt")
    assert outcome.code == 2
    assert "estimator.weights=absent.ckpt: there is no such file" in outcome.err
    assert not (tmp_path / "mlruns" / "mlflow.db").exists()
