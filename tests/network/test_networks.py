import numpy as np
import pytest
import torch
from training_samples import training

from galaxy_causal.network import Mlp, PaperPhotometry, Standardise, Training
from galaxy_causal.types import UserError

EDGES = np.linspace(6.0, 12.5, 521)


def test_paper_photometry_has_the_published_layers():
    """11 inputs: 11*128+128, 19 of 128*128+128, 128*8+8; estimator 8*128+128 and 128*520+520."""
    rng = np.random.default_rng(0)
    model = PaperPhotometry().build(training(rng.normal(size=(50, 11)), rng.normal(10, 1, 50)), EDGES)
    linears = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
    leaky = [m for m in model.modules() if isinstance(m, torch.nn.LeakyReLU)]
    assert [m.out_features for m in linears] == [128] * 20 + [8, 128, 520]
    assert len(leaky) == 21
    assert {m.negative_slope for m in leaky} == {0.2}
    assert sum(p.numel() for p in model.parameters()) == 1536 + 19 * 16512 + 1032 + 1152 + 67080
    for layer in linears:
        assert (layer.bias == 0.1).all()
        bound = np.sqrt(6 / (layer.in_features + layer.out_features))
        assert 0.95 * bound < layer.weight.abs().max() <= bound


def test_standardise_is_robust_monotone_and_ignores_constants():
    rng = np.random.default_rng(0)
    x = np.column_stack(
        [rng.normal(5, 2, 5000), np.full(5000, 7.0), np.where(np.arange(5000) == 0, 1e6, 1.0)]
    )
    out = Standardise(x)(torch.as_tensor(x))
    assert out.dtype == torch.float32
    assert torch.isfinite(out).all()
    assert float(out[:, 0].median()) == pytest.approx(0.0, abs=1e-3)
    order = np.argsort(x[:, 0])
    assert (torch.diff(out[order, 0]) >= 0).all()
    assert (out[:, 1] == 0).all()


def test_mlp_scales_with_its_target():
    rng = np.random.default_rng(0)
    model = Mlp(Training()).build(training(rng.normal(size=(200, 3)), rng.normal(10, 0.6, 200)), EDGES)
    p = model.probabilities(torch.zeros(1, 3, dtype=torch.float64)).detach().numpy()[0]
    centres = 0.5 * (EDGES[1:] + EDGES[:-1])
    assert p @ centres == pytest.approx(10.0, abs=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schedule": "linear"}, "network.training.schedule=linear must be one of cosine, steps"),
        ({"batch_size": 0}, "network.training.batch_size=0 must be a whole number, at least 1"),
        ({"replacement": True}, "needs network.training.steps_per_epoch"),
    ],
)
def test_trainings_that_make_no_sense_are_refused(options, message):
    with pytest.raises(UserError, match=message):
        Training(**options)
