"""What a training leaves behind, beside its definition."""

from types import SimpleNamespace

import pytest
from torch import nn

from galaxy_causal.network import Training
from galaxy_causal.network.kept_weights import KeptWeights
from galaxy_causal.types import UserError

BATCHES = 4


class Weight(nn.Module):
    """A module that Lightning would train, with a model of a single weight."""

    def __init__(self):
        super().__init__()
        self.model = nn.Linear(1, 1, bias=False)

    @property
    def value(self):
        return self.model.weight.item()

    @value.setter
    def value(self, new):
        nn.init.constant_(self.model.weight, new)


def trainer(validation=0.0):
    return SimpleNamespace(
        num_training_batches=BATCHES,
        sanity_checking=False,
        should_stop=False,
        callback_metrics={"validation": validation},
    )


def train(kept, epochs, losses):
    """The weight is the number of the step; what each validation saw, and the weight after it."""
    module, seen, after = Weight(), [], []
    for epoch in range(epochs):
        for step in range(BATCHES):
            module.value = epoch * BATCHES + step
            kept.on_train_batch_end(trainer(), module, None, None, step)
        run = trainer(losses[epoch])
        kept.on_validation_start(run, module)
        seen.append(module.value)
        kept.on_validation_end(run, module)
        after.append(module.value)
        if run.should_stop:
            break
    kept.on_train_end(trainer(), module)
    return module.value, seen, after


def averages(epochs, steps):
    """The exponential average over so many steps, at first a quarter of those so far, after each epoch."""
    value, found = 0.0, []
    for step in range(epochs * BATCHES):
        value += (step - value) * max(1 / steps, 4 / (step + 4))
        if step % BATCHES == BATCHES - 1:
            found.append(value)
    return found


def test_validation_sees_the_average_and_training_goes_on_from_the_weights():
    _, seen, after = train(KeptWeights(None, average=2), 3, [3.0, 2.0, 1.0])
    assert seen == pytest.approx(averages(3, 2 * BATCHES), rel=1e-5)
    assert after == [3.0, 7.0, 11.0]


@pytest.mark.parametrize("average", [0.5, 2])
def test_without_patience_the_last_average_stays(average):
    left, _, _ = train(KeptWeights(None, average), 3, [3.0, 1.0, 2.0])
    assert left == pytest.approx(averages(3, average * BATCHES)[-1], rel=1e-5)


def test_with_patience_the_best_average_stays():
    left, seen, _ = train(KeptWeights(2, average=2), 9, [3.0, 1.0, 2.0, 1.5, 0.0])
    assert len(seen) == 4  # two validations without a better one
    assert left == pytest.approx(averages(2, 2 * BATCHES)[-1], rel=1e-5)


@pytest.mark.parametrize(("patience", "left"), [(None, 11.0), (5, 7.0)])
def test_without_an_average_weights_are_kept_as_they_are(patience, left):
    found, seen, _ = train(KeptWeights(patience, average=0), 3, [3.0, 1.0, 2.0])
    assert (found, seen) == (left, [3.0, 7.0, 11.0])


def test_after_one_epoch_the_first_weights_are_forgotten():
    """Steps count to 4,000 in one epoch: the mean of the last quarter, weighted as t^3, lies at 4/5."""
    kept, module = KeptWeights(None, average=2), Weight()
    run = trainer()
    run.num_training_batches = 4000
    for step in range(4000):
        module.value = step
        kept.on_train_batch_end(run, module, None, None, step)
    kept.on_train_end(run, module)
    assert module.value == pytest.approx(0.8 * 4000, rel=2e-3)


def test_an_average_over_less_than_a_step_is_the_weight():
    assert train(KeptWeights(None, average=0.01), 1, [0.0])[0] == 3.0


def test_only_numbers_from_zero_are_epochs():
    for wrong in (-1, None, float("inf"), "abc", True):
        with pytest.raises(
            UserError, match=rf"network\.training\.average={wrong} must be a number, at least 0"
        ):
            Training(average=wrong)
