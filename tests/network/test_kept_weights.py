"""What a training leaves behind, beside its definition: the trainer is Lightning's, the weights are set."""

import warnings

import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from galaxy_causal.network import Training
from galaxy_causal.network.lightning.batches import RowChunks
from galaxy_causal.network.lightning.kept_weights import kept_weights
from galaxy_causal.network.lightning.quiet import quiet_lightning
from galaxy_causal.types import UserError

BATCHES = 4


class Weight(pl.LightningModule):
    """A module whose single weight is the number of the step; validations find the losses of a list."""

    def __init__(self, losses):
        super().__init__()
        self.model = nn.Linear(1, 1, bias=False)
        self.losses = list(losses)
        self.seen, self.after = [], []
        self.automatic_optimization = False

    @property
    def value(self):
        return self.model.weight.item()

    def training_step(self, batch, _):
        optimiser = self.optimizers()
        optimiser.step()
        nn.init.constant_(self.model.weight, self.global_step - 1)

    def validation_step(self, batch, _):
        self.seen.append(self.value)
        self.log("validation", self.losses[len(self.seen) - 1])

    def on_train_epoch_end(self):
        self.after.append(self.value)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.0)


def train(training, epochs, losses, batches=BATCHES):
    """The weight that is left, what each validation saw, and the weight with which training went on."""
    module = Weight(losses)
    with quiet_lightning(), warnings.catch_warnings():
        trainer = pl.Trainer(
            accelerator="cpu", max_epochs=epochs, callbacks=kept_weights(training), logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            num_sanity_val_steps=0,
        )  # fmt: skip
        trainer.fit(module, RowChunks(torch.arange(batches), 1), RowChunks(torch.arange(1)))
    return module.value, module.seen, module.after


def options(patience, average):
    return Training(patience=patience, average=average)


def averages(epochs, steps):
    """The exponential average over so many steps, at first a quarter of those so far, after each epoch."""
    value, found = 0.0, []
    for step in range(epochs * BATCHES):
        value += (step - value) * max(1 / steps, 4 / (step + 4))
        if step % BATCHES == BATCHES - 1:
            found.append(value)
    return found


def test_validation_sees_the_average_and_training_goes_on_from_the_weights():
    _, seen, after = train(options(None, 2), 3, [3.0, 2.0, 1.0])
    assert seen == pytest.approx(averages(3, 2 * BATCHES), rel=1e-5)
    assert after == [3.0, 7.0, 11.0]


@pytest.mark.parametrize("average", [0.5, 2])
def test_without_patience_the_last_average_stays(average):
    left, _, _ = train(options(None, average), 3, [3.0, 1.0, 2.0])
    assert left == pytest.approx(averages(3, average * BATCHES)[-1], rel=1e-5)


def test_with_patience_the_best_average_stays():
    left, seen, _ = train(options(2, 2), 9, [3.0, 1.0, 2.0, 1.5, 0.0])
    assert len(seen) == 4  # two validations without a better one
    assert left == pytest.approx(averages(2, 2 * BATCHES)[-1], rel=1e-5)


@pytest.mark.parametrize(("patience", "left"), [(None, 11.0), (5, 7.0)])
def test_without_an_average_weights_are_kept_as_they_are(patience, left):
    found, seen, _ = train(options(patience, 0), 3, [3.0, 1.0, 2.0])
    assert (found, seen) == (left, [3.0, 7.0, 11.0])


def test_a_validation_that_is_no_number_is_none_that_is_better():
    left, seen, _ = train(options(2, 0), 9, [1.0, float("nan"), float("nan"), 0.0])
    assert (left, len(seen)) == (3.0, 3)


def test_after_one_epoch_the_first_weights_are_forgotten():
    """Steps count to 4,000 in one epoch: the mean of the last quarter, weighted as t^3, lies at 4/5."""
    left, _, _ = train(options(None, 2), 1, [0.0], batches=4000)
    assert left == pytest.approx(0.8 * 4000, rel=2e-3)


def test_an_average_over_less_than_a_step_is_the_weight():
    assert train(options(None, 0.01), 1, [0.0])[0] == 3.0


@pytest.mark.parametrize("wrong", [-1, None, "abc", True])
def test_only_numbers_from_zero_are_epochs(wrong):
    with pytest.raises(UserError, match=rf"network\.training\.average={wrong} must be a number, at least 0"):
        Training(average=wrong)


def test_no_training_has_infinitely_many_epochs():
    with pytest.raises(UserError, match=r"network\.training\.average=inf must be at most 1,000,000"):
        Training(average=float("inf"))
