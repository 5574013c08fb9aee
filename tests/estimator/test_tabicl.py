import importlib.util
from dataclasses import dataclass, replace

import numpy as np
import pytest
from gaussian_samples import gaussian_sample, gaussian_truth
from image_samples import images_of
from scipy.special import ndtri

from galaxy_causal.estimator import TabICL
from galaxy_causal.estimator import tabicl as module
from galaxy_causal.types import UserError

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("tabicl") is None, reason="the extra tabicl is not installed"
)


@dataclass
class Oracle:
    """In place of ``TabICLRegressor``: knows a Gaussian's quantiles."""

    r: float

    def fit(self, x, y):
        self.read = (len(x), len(y))
        return self

    def predict(self, x, output_type, alphas):
        assert output_type == "quantiles"
        mean = self.r * x[:, :1]
        return (mean + np.sqrt(1 - self.r**2) * ndtri(np.array(alphas))).astype(np.float32)


def with_oracle(monkeypatch, r, shift=0.0, **options):
    oracle = Oracle(r)
    if shift:
        right = oracle.predict
        oracle.predict = lambda x, output_type, alphas: right(x, output_type, alphas) + shift
    monkeypatch.setattr(TabICL, "regressor", lambda self, seed: oracle)
    return TabICL(**options), oracle


@pytest.mark.parametrize("r", [0.5, 0.95])
def test_right_quantiles_give_the_closed_form(monkeypatch, r):
    estimator, oracle = with_oracle(monkeypatch, r)
    sample = gaussian_sample(r, 6000, seed=1)
    found = estimator.information(sample, None, 0)
    test = found.pointwise_mi[sample.split == "test"]
    error = test.std() / np.sqrt(len(test))
    assert test.mean() == pytest.approx(gaussian_truth(r), abs=3 * error)
    assert found.weights is None
    assert oracle.read == (3600, 3600)


def test_quantiles_of_no_worth_are_given_no_share(monkeypatch):
    estimator, _ = with_oracle(monkeypatch, 0.99, shift=3.0)
    sample = gaussian_sample(0.0, 2000, seed=2)
    found = estimator.information(sample, None, 0)
    assert abs(found.pointwise_mi[sample.split == "test"].mean()) < 0.01
    assert found.metrics["learnt_share"] < 0.01


def test_folds_give_every_galaxy_a_held_out_value(monkeypatch):
    estimator, _ = with_oracle(monkeypatch, 0.8, folds=2)
    found = estimator.information(gaussian_sample(0.8, 600, seed=3), None, 0)
    assert np.isfinite(found.pointwise_mi).all()
    assert "mi_folds_err" in found.metrics


def test_quantiles_that_are_no_numbers_are_refused(monkeypatch):
    estimator, _ = with_oracle(monkeypatch, 0.8, shift=np.nan)
    with pytest.raises(UserError, match=r"quantiles of 20 of 20 galaxies are NaN"):
        estimator.information(gaussian_sample(0.8, 200, seed=4), None, 0)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'galaxy_causal\[tabicl\]'"):
        TabICL().check(gaussian_sample(0.5, 200, seed=5))


@pytest.fixture
def named(monkeypatch):
    """As if the package were there, with weights of this name."""
    monkeypatch.setattr(module, "find_spec", lambda name: object())
    monkeypatch.setattr(module, "_checkpoint", lambda: "regressor.ckpt")


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache of the hub."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("named")
def test_weights_that_are_not_at_hand_are_refused_with_the_place_and_the_remedy(cache):
    with pytest.raises(UserError, match=rf"regressor.ckpt are not in {cache}.*estimator.weights="):
        TabICL().check(gaussian_sample(0.5, 200, seed=6))
    assert not list(cache.iterdir())


@pytest.mark.usefixtures("named")
def test_weights_in_the_cache_are_found(cache):
    repository = cache / "models--jingang--TabICL"
    file = repository / "snapshots" / "abc" / "regressor.ckpt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    assert TabICL().file == file
    assert TabICL().checksums() == TabICL(weights=file).checksums()


@pytest.mark.usefixtures("named")
def test_a_path_without_a_file_is_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=r"estimator.weights=.*absent.ckpt: there is no such file"):
        TabICL(weights=tmp_path / "absent.ckpt").check(gaussian_sample(0.5, 200, seed=7))


@pytest.mark.usefixtures("named")
def test_weights_are_known_by_their_contents(tmp_path):
    files = [tmp_path / name for name in ("one", "moved", "other")]
    for file, text in zip(files, (b"a", b"a", b"b"), strict=True):
        file.write_bytes(text)
    one, moved, other = (TabICL(weights=file).checksums()["weights"] for file in files)
    assert one == moved != other


@pytest.mark.usefixtures("named")
def test_images_are_refused():
    sample = gaussian_sample(0.5, 200, seed=8)
    images = images_of(np.ones((200, 2, 4, 4), dtype=np.float32))
    with pytest.raises(UserError, match="tabicl cannot take images"):
        TabICL().check(replace(sample, images=images, modalities=frozenset({"images"})))


@needs_package
def test_the_package_loads_a_file_of_weights_and_answers(tmp_path):
    """A network of the package's own kind, tiny and untaught: it tells nothing, but is read and asked."""
    import torch
    from tabicl._model.tabicl import TabICL as Network

    config = {
        "max_classes": 0, "num_quantiles": 99, "embed_dim": 16, "col_num_blocks": 1, "col_nhead": 2,
        "col_num_inds": 4, "row_num_blocks": 1, "row_nhead": 2, "row_num_cls": 2, "icl_num_blocks": 1,
        "icl_nhead": 2,
    }  # fmt: skip
    torch.manual_seed(0)
    file = tmp_path / "tiny.ckpt"
    torch.save({"config": config, "state_dict": Network(**config).state_dict()}, file)
    estimator = TabICL(weights=file, members=2)
    sample = gaussian_sample(0.8, 200, seed=9, noise_columns=1)
    estimator.check(sample)
    found = estimator.information(sample, None, 0)
    assert np.isfinite(found.pointwise_mi).all()
    assert abs(found.metrics["mi_test"]) < 0.2


@pytest.mark.parametrize("folds", [0, 2])
def test_galaxies_that_it_has_read_say_nothing_of_what_it_knows(monkeypatch, folds):
    """A mean over training galaxies would be taken for a sign that it overfits."""
    estimator, _ = with_oracle(monkeypatch, 0.8, folds=folds)
    sample = gaussian_sample(0.8, 600, seed=6)
    found = estimator.information(sample, None, 0)
    assert "mi_train" not in found.metrics
    if not folds:
        np.testing.assert_array_equal(np.isnan(found.pointwise_mi), sample.split == "train")
