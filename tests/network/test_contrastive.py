"""Contrastive networks: their layers, what they rebuild, what a training step adds up, what they learn."""

import hydra
import numpy as np
import pytest
import torch
from contrastive_steps import EDGES, PUBLISHED, step
from hydra.utils import instantiate
from image_learners import BINS, TRAINER
from image_samples import blob_sample
from training_samples import training

from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.network import (
    NetworkLearner,
    PaperScl,
    PaperSclImage,
    Scl,
    SclImage,
    Training,
    Weights,
    contrastive_losses,
)
from galaxy_causal.network.architectures.contrastive import rebuilt_columns
from galaxy_causal.types import Column, Sample, UserError

COLUMNS = ("ebv/ebv", "photometry/g", "photometry/g/error", "photometry/r", "photometry/r/error")


def numbers(n=200, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, len(COLUMNS))), rng.normal(10, 0.6, n)


def sample(n=3000, r=0.9, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    x = np.column_stack([r * y + np.sqrt(1 - r**2) * rng.normal(size=n), rng.normal(size=n)])
    split = np.repeat(["train", "validation", "test"], [n // 2, n // 4, n - n // 2 - n // 4])
    return Sample(x, 10 + 0.6 * y, split, ("signal/x1", "signal/x2"), frozenset({"signal"}))


def test_paper_scl_has_the_published_layers():
    """Encoder 5 -> 20 x 128 -> 8 + 8; estimator 8 -> 128 -> 520; decoder 16 -> 19 x 128 -> magnitudes."""
    model = PaperScl(Training(), PUBLISHED).build(training(*numbers(), columns=COLUMNS), EDGES)
    linears = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linears] == [
        (5, 128), *[(128, 128)] * 19, (128, 16),
        (8, 128), (128, 520),
        (16, 128), *[(128, 128)] * 18, (128, 2),
    ]  # fmt: skip
    leaky = [m for m in model.modules() if isinstance(m, torch.nn.LeakyReLU)]
    assert (len(leaky), {m.negative_slope for m in leaky}) == (20 + 1 + 19, {0.2})
    assert all((m.bias == 0.1).all() for m in linears)


@pytest.mark.parametrize(
    ("columns", "rebuilt"),
    [
        (COLUMNS, [1, 3]),
        (("ebv/ebv", "redshift/redshift"), [1]),
        (("photometry/W1", "redshift/redshift"), [0]),
        (("signal/x1", "signal/x2"), [0, 1]),
        (("ebv/ebv",), [0]),
    ],
)
def test_magnitudes_are_rebuilt_and_the_rest_accompanies(columns, rebuilt):
    assert rebuilt_columns([Column.parse(column) for column in columns]) == rebuilt


def test_a_second_pass_replaces_what_is_rebuilt_alone():
    model = PaperScl(Training(), PUBLISHED).build(training(*numbers(), columns=COLUMNS), EDGES)
    view = model.encoder.prepare(torch.as_tensor(numbers()[0]))
    found = torch.full((200, 2), 7.0)
    again = model.with_rebuilt(view, found)
    assert (again.numbers[:, [1, 3]] == 7).all()
    torch.testing.assert_close(again.numbers[:, [0, 2, 4]], view.numbers[:, [0, 2, 4]])
    torch.testing.assert_close(model.wanted(view), view.numbers[:, [1, 3]])


@pytest.mark.parametrize(("weights", "columns"), [(Weights(), 6), (PUBLISHED, 5)])
def test_residuals_do_not_tell_a_second_pass_of_what_was_replaced(weights, columns):
    """g and r are related; beside a decoder their residual is left out."""
    x, y = numbers()
    x[:, 3] = x[:, 1] + 0.1 * x[:, 3]
    model = Scl(Training(), weights).build(training(x, y, columns=COLUMNS), EDGES)
    assert model.encoder.prepare(torch.as_tensor(x)).numbers.shape == (200, columns)


def test_a_training_step_adds_up_the_published_terms():
    """Against the definition, written out for the two halves of a mini-batch."""
    torch.manual_seed(0)
    x, y = numbers(40)
    weights = Weights(reconstruction=2.0, consistency=3.0, contrast=5.0)
    model = PaperScl(Training(), weights, depth=2).build(training(x, y, columns=COLUMNS), EDGES)
    label = torch.as_tensor(BINS.bins.index(y))
    rows = torch.randperm(40)[:20]
    module, total = step(model, weights, x, y, label, rows)
    parts = {"cross_entropy": 0.0, "reconstruction": 0.0, "consistency": 0.0}
    mains = []
    for half in (rows[:10], rows[10:]):
        first = torch.as_tensor(x[half]).float()
        whole = model.encoder.layers(first)
        rebuilt = model.decoder(whole)
        second = first.clone()
        second[:, [1, 3]] = rebuilt
        again = model.encoder.layers(second)
        q, q_again = (torch.log_softmax(model.head.layers(w[:, :8]), dim=1) for w in (whole, again))
        for log_q in (q, q_again):
            parts["cross_entropy"] += -log_q[torch.arange(10), label[half]].mean()
        for found in (rebuilt, model.decoder(again)):
            parts["reconstruction"] += ((found - first[:, [1, 3]]) ** 2).mean()
        parts["consistency"] += contrastive_losses.label_consistency(q, q_again)
        mains.append((whole[:, :8], again[:, :8]))
    contrast = contrastive_losses.latent_contrast(mains, [(mains[0][0], mains[1][0])])
    expected = parts["cross_entropy"] + 2 * parts["reconstruction"] + 3 * parts["consistency"] + 5 * contrast
    torch.testing.assert_close(total, expected, rtol=1e-5, atol=1e-5)
    for name, value in {**parts, "contrast": contrast, "total": expected}.items():
        assert float(module.gathered[f"loss/{name}"][0]) == pytest.approx(float(value.detach()), rel=1e-4)


@pytest.mark.parametrize(("preset", "factor"), [("paper_scl", 1.0), ("paper_scl_image", 100.0)])
def test_presets_are_as_published(preset, factor):
    with hydra.initialize_config_module("galaxy_causal.conf", version_base="1.3"):
        network = instantiate(hydra.compose("config", overrides=[f"network={preset}"]).network)
    training = network.training
    assert (training.batch_size, training.learning_rate, training.max_steps) == (64, 1e-4, 180_000)
    assert (list(training.milestones), training.decay, training.patience) == ([60_000], 0.2, None)
    terms = network.weights
    assert (terms.cross_entropy, terms.consistency, terms.contrast) == (1.0, 1.0, 1.0)
    assert (terms.reconstruction, terms.neighbours) == (factor, 0.0)


def test_scl_joins_residuals_of_all_related_numbers_and_drops_out_in_encoder_and_head():
    """g, r and a redshift that follow one another: three pairs; errors and E(B-V) have none."""
    x, y = numbers()
    x[:, 3] = x[:, 1] + 0.1 * x[:, 3]
    both = np.column_stack([x, x[:, 1] + 0.1 * x[:, 2]])
    model = Scl(Training(), dropout=0.3).build(training(both, y, columns=(*COLUMNS, "redshift/z")), EDGES)
    assert len(model.encoder.preparation.residuals.one) == 3
    rates = [m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)]
    assert rates == [0.3] * 3  # two layers of the encoder, one of the head


def scl(epochs=3, **options):
    training = Training(batch_size=128, learning_rate=2e-3, patience=5, max_epochs=epochs, threads=1)
    return Scl(training, **{"width": 32, "latent": 2, **options})


def fitted(network, data=None, seed=0, epochs=3, estimator=BINS):
    trained = NetworkLearner(network, {**TRAINER, "max_epochs": epochs}, seed)
    return estimator.information(sample() if data is None else data, trained, seed)


def test_the_same_seed_gives_the_same_latent_and_every_term_is_kept():
    weights = Weights(reconstruction=1.0, consistency=0.1, contrast=0.1, neighbours=0.1)
    network, data = scl(weights=weights, nuisance_dim=2, components=2), sample(n=400)
    one, again, other = (fitted(network, data, seed=s, epochs=2) for s in (0, 0, 1))
    np.testing.assert_array_equal(one.latent, again.latent)
    assert not np.array_equal(one.latent, other.latent)
    assert (one.latent.shape, one.latent.dtype) == ((400, 2), np.float32)
    terms = ("cross_entropy", "reconstruction", "consistency", "contrast", "neighbours", "total")
    assert {f"loss/{name}" for name in terms} <= set(one.history)
    assert all(len(one.history[f"loss/{name}"]) == 2 for name in terms)


def test_the_latent_alone_gives_the_density():
    data = sample(n=600)
    result = fitted(scl(), data, estimator=CrossEntropy(6.0, 12.5, 520, recalibrate="none"))
    model = scl().build(data.part(0, 300), EDGES).eval()
    model.load_state_dict(result.weights)
    p = model.head.probabilities(torch.as_tensor(result.latent)).detach().numpy()
    label = BINS.bins.index(data.y)
    np.testing.assert_allclose(np.log(p[np.arange(600), label]), result.columns["log_p"], atol=1e-4)


def test_a_narrow_latent_knows_what_a_gaussian_input_tells():
    """As for the network without a bottleneck; 1,500 test galaxies of deviation 0.9, error 0.023."""
    result = fitted(scl(epochs=20, latent=1), sample(n=6_000), epochs=20)
    truth = -0.5 * np.log(1 - 0.81)
    assert truth - 0.12 < result.metrics["mi_test"] < truth + 0.07


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(UserError, match="batch_size=3: two halves"):
        Scl(Training(batch_size=3)).check(sample(n=100))
    with pytest.raises(UserError, match=r"network\.latent=0 must be"):
        scl(latent=0)
    with pytest.raises(UserError, match=r"network\.nuisance_dim=-1 must be"):
        scl(nuisance_dim=-1)


def test_weights_that_make_no_sense_are_refused():
    with pytest.raises(UserError, match="contrast=-1"):
        Weights(contrast=-1)
    with pytest.raises(UserError, match="cross_entropy=0"):
        Weights(cross_entropy=0)
    images = blob_sample(0.9, 20, 0)
    with pytest.raises(UserError, match="no decoder"):
        SclImage(Training(), weights=PUBLISHED).check(images)
    with pytest.raises(UserError, match="16x16 pixels; network=paper_scl_image"):
        PaperSclImage(Training()).check(images)
