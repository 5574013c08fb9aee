import numpy as np
import pytest
import torch

from galaxy_causal.estimator import Binning, CrossEntropy, prior
from galaxy_causal.network import Mlp, NetworkLearner, PaperPhotometry, Training
from galaxy_causal.network.lightning.batches import RowBatches
from galaxy_causal.types import Sample, UserError

TRAINER = {
    "accelerator": "cpu", "devices": 1, "strategy": "auto", "max_steps": -1, "num_sanity_val_steps": 0,
    "enable_model_summary": False, "use_distributed_sampler": False,
}  # fmt: skip
BINS = CrossEntropy(6.0, 12.5, 520)


def sample(n=3000, r=0.9, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    x = np.column_stack([r * y + np.sqrt(1 - r**2) * rng.normal(size=n), rng.normal(size=n)])
    split = np.repeat(["train", "validation", "test"], [n // 2, n // 4, n - n // 2 - n // 4])
    return Sample(x, 10 + 0.6 * y, split, ("signal/x1", "signal/x2"), frozenset({"signal"}))


def learner(epochs, seed=0, network=None, **trainer):
    if network is None:
        training = Training(batch_size=128, learning_rate=2e-3, patience=5, max_epochs=epochs, threads=1)
        network = Mlp(training, width=32)
    return NetworkLearner(network, {**TRAINER, "max_epochs": epochs, **trainer}, seed)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    data = sample()
    state = torch.random.get_rng_state()
    one, again, other = (BINS.information(data, learner(3, seed), 0).pointwise_mi for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_trained_network_knows_the_information_of_a_gaussian():
    """Pointwise values have deviation 0.9: the mean of 3,000 has error 0.016. The network's own loss
    lowers the mean by its parameters' worth of 6,000 galaxies, a few hundredths at most."""
    result = BINS.information(sample(n=12_000), learner(40), 0)
    truth = -0.5 * np.log(1 - 0.81)
    assert truth - 0.08 < result.metrics["mi_test"] < truth + 0.05


@pytest.mark.parametrize("average", [0, 2])
def test_the_best_weights_return(average):
    training = Training(
        batch_size=32, learning_rate=2e-3, patience=5, average=average, max_epochs=60, threads=1
    )
    data = sample(n=400)
    own = CrossEntropy(6.0, 12.5, 520, recalibrate="none")
    result = own.information(data, learner(60, network=Mlp(training, width=32)), 0)
    validation = data.split == "validation"
    best = min(value for _, value in result.history["validation"])
    assert -result.columns["log_p"][validation].mean() == pytest.approx(best, abs=2e-3)
    assert len(result.history["validation"]) < 60


def test_test_galaxies_do_not_influence_the_fit():
    data = sample()
    changed = np.where((data.split == "test")[:, None], 100.0, data.x)
    other = Sample(changed, data.y, data.split, data.columns, data.modalities)
    one, two = (BINS.information(s, learner(2), 0).columns["log_p"] for s in (data, other))
    seen = data.split != "test"
    np.testing.assert_array_equal(one[seen], two[seen])


def test_paper_photometry_trains_and_lowers_its_loss():
    training = Training(
        batch_size=128, learning_rate=1e-4, replacement=True, steps_per_epoch=40, schedule="steps",
        milestones=[60], decay=0.2, max_steps=120,
    )  # fmt: skip
    result = BINS.information(sample(), learner(-1, network=PaperPhotometry(training), max_steps=120), 0)
    losses = [value for _, value in result.history["train"]]
    assert [step for step, _ in result.history["train"]] == [40, 80, 120]
    assert losses[2] < losses[0]


def test_batches_cover_an_epoch_once_or_draw_with_replacement():
    rows = torch.arange(1000)
    epoch = torch.cat(list(RowBatches(rows, Training(batch_size=100), 0)))
    assert torch.equal(epoch.sort().values, rows)
    drawn = list(RowBatches(rows, Training(batch_size=100, replacement=True, steps_per_epoch=7), 0))
    assert len(drawn) == 7
    assert len(torch.cat(drawn).unique()) < 700


def test_a_wrong_trainer_option_is_explained():
    with pytest.raises(UserError, match="the trainer refuses its options"):
        BINS.information(sample(n=200), learner(1, accelerator="abacus"), 0)


def test_steps_that_end_before_the_first_validation_are_refused_at_once(monkeypatch):
    monkeypatch.setattr("pytorch_lightning.Trainer.fit", lambda *_: pytest.fail("it trains"))
    with pytest.raises(UserError, match=r"max_steps=5 is less than the 11 steps of an epoch"):
        BINS.information(sample(), learner(3, max_steps=5, val_check_interval=None), 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"val_check_interval": 30}, r"val_check_interval.* \(30\)"),
        ({"limit_train_batches": 1e-4}, "limit_train_batches"),
    ],
)
def test_what_lightning_refuses_only_while_it_trains_is_told_as_its_options(options, words):
    with pytest.raises(UserError, match=f"the trainer refuses its options: .*{words}"):
        BINS.information(sample(n=400), learner(2, **options), 0)


def test_errors_of_ours_while_it_trains_are_not_told_as_lightnings(monkeypatch):
    def fail(*_):
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("galaxy_causal.network.lightning.module.DensityModule.training_step", fail)
    with pytest.raises(ValueError, match=r"^a mistake of ours$") as met:
        BINS.information(sample(n=400), learner(2), 0)
    assert not isinstance(met.value, UserError)


def test_a_network_with_published_bins_keeps_them_and_its_own_density():
    """Unless another estimator is asked for; a network without learns cells, and shares with the prior."""
    training = Training(batch_size=128, learning_rate=1e-3, max_epochs=1, threads=1)
    data = sample(n=600)
    fit = learner(1, network=PaperPhotometry(training))
    result = CrossEntropy().information(data, fit, 0)
    bins = Binning(*PaperPhotometry.bins)
    label = bins.index(data.y)
    p = fit.restore(data, bins.edges, result.weights).probabilities(data)
    np.testing.assert_allclose(result.columns["log_p"], np.log(p[np.arange(600), label]), atol=1e-5)
    log_prior = np.log(prior(label[data.split == "train"], bins.count))[label]
    np.testing.assert_array_equal(result.columns["log_prior"], log_prior)
    assert "learnt_share" not in result.metrics
    given = CrossEntropy(6.0, 12.5, 520, recalibrate="none").information(data, fit, 0)
    np.testing.assert_array_equal(given.pointwise_mi, result.pointwise_mi)
    assert "learnt_share" in CrossEntropy(recalibrate="prior").information(data, fit, 0).metrics
    assert "learnt_share" in CrossEntropy().information(data, learner(1), 0).metrics


def test_restored_fits_of_cells_give_the_same_density():
    """Of a network that sets out from a trend, too: it is made anew from the training galaxies."""
    data = sample(n=600, r=0.9999)
    estimator = CrossEntropy(recalibrate="none")
    fit = learner(2)
    result = estimator.information(data, fit, 0)
    target = estimator.target(data, fit)
    density = fit.restore(target.sample, target.edges, result.weights)
    p = density.probabilities(data)[np.arange(600), target.label]
    np.testing.assert_allclose(p, np.exp(result.columns["log_p"]), rtol=1e-4, atol=1e-30)
    np.testing.assert_allclose(density.log_prob(data, target.label), result.columns["log_p"], rtol=1e-3)
    assert any(name.startswith("encoder.trend") for name in result.weights)
