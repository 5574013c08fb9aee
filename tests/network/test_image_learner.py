from dataclasses import replace

import numpy as np
import pytest
import torch
from image_learners import BINS, learner, quick
from image_samples import blob_sample, images_of
from torch import nn

from galaxy_causal.network import AmortisedImage, Compute, Image, ImageD4, PaperImage, Training
from galaxy_causal.network.lightning.devices import device_of
from galaxy_causal.network.model import DensityModel
from galaxy_causal.types import UserError


@pytest.mark.parametrize(
    ("network", "kind"),
    [(Image, "brightness"), (Image, "colour"), (ImageD4, "colour"), (ImageD4, "elongation")],
)
def test_a_trained_network_knows_the_information_of_blobs(network, kind):
    """Pointwise values have deviation 0.9 or less: the mean of 400 has error 0.045. The network's own loss
    lowers it further, by some tens of parameters' worth of 1,200 galaxies."""
    data = blob_sample(0.9, 2000, seed=1, kind=kind)
    result = BINS.information(data, learner(10, network(quick(10), width=8)), 0)
    truth = -0.5 * np.log(1 - 0.81)
    assert truth - 0.22 < result.metrics["mi_test"] < truth + 0.13


def test_labels_that_images_know_nothing_of_give_no_information():
    """The mean of 400 test galaxies has error 0.01 for a network that hardly departs from the prior."""
    rng = np.random.default_rng(0)
    data = blob_sample(0.9, 2000, seed=2)
    noise = replace(data, images=images_of(rng.normal(size=(2000, 2, 16, 16)).astype(np.float32)))
    result = BINS.information(noise, learner(4), 0)
    assert -0.06 < result.metrics["mi_test"] < 0.03


def test_numbers_beside_images_count():
    """Images of noise, and a number that knows: -1/2 log(1 - 0.64) = 0.51."""
    data = blob_sample(0.0, 2000, seed=4, numbers=1)
    rng = np.random.default_rng(1)
    told = 0.8 * (data.y - 10) / 0.6 + 0.6 * rng.normal(size=2000)
    result = BINS.information(replace(data, x=told[:, None]), learner(8), 0)
    assert result.metrics["mi_test"] == pytest.approx(0.51, abs=0.12)


def test_the_same_seed_gives_the_same_numbers_held_or_streamed():
    data = blob_sample(0.9, 700, seed=0)
    held, again, streamed, other = (
        BINS.information(data, learner(2, seed=seed, compute=Compute(memory)), 0).pointwise_mi
        for memory, seed in ((1.0, 0), (1.0, 0), (0.0, 0), (1.0, 1))
    )
    np.testing.assert_array_equal(held, again)
    np.testing.assert_array_equal(held, streamed)
    assert not np.array_equal(held, other)


def test_test_images_do_not_influence_the_fit():
    data = blob_sample(0.9, 500, seed=0)
    pixels = data.images.read(np.arange(500)).copy()
    pixels[data.split == "test"] = 100.0
    other = replace(data, images=images_of(pixels))
    one, two = (BINS.information(s, learner(1), 0).columns["log_p"] for s in (data, other))
    seen = data.split != "test"
    np.testing.assert_array_equal(one[seen], two[seen])


def test_half_precision_and_channels_first_train_too():
    data = blob_sample(0.9, 500, seed=0)
    plain = BINS.information(data, learner(2), 0).metrics["mi_test"]
    first = BINS.information(data, learner(2, compute=Compute(channels_last=False)), 0).metrics["mi_test"]
    half = BINS.information(data, learner(2, precision="bf16-mixed"), 0).metrics["mi_test"]
    assert first == pytest.approx(plain, abs=0.02)  # rounding of float32, through 10 steps
    assert half == pytest.approx(plain, abs=0.1)  # bfloat16 has 8 bits


@pytest.mark.long
def test_a_compiled_network_trains_to_the_same(monkeypatch):
    """Traced by torch.compile and run as it stands: to build code for a processor takes a minute."""
    compiled = []

    def traced(model):
        compiled.append(model)
        nn.Module.compile(model, backend="eager")

    monkeypatch.setattr(DensityModel, "compile", traced, raising=False)
    data = blob_sample(0.9, 300, seed=0)
    plain, quicker = (
        BINS.information(data, learner(2, compute=Compute(compiled=chosen)), 0).pointwise_mi
        for chosen in (False, True)
    )
    assert len(compiled) == 1
    np.testing.assert_allclose(quicker, plain, atol=1e-3)  # traced operations may round otherwise


@pytest.mark.parametrize(
    ("devices", "number"), [(1, 0), ([1], 1), ([2, 3], 2), ("auto", 0), ("1,", 1), ("2,3", 2)]
)
def test_a_network_is_scored_on_the_device_that_trained_it(monkeypatch, devices, number):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_of({"accelerator": "auto", "devices": devices}) == torch.device("cuda", number)
    assert device_of({"accelerator": "cpu", "devices": 1}) == torch.device("cpu")


def test_a_network_for_all_subsets_is_not_compiled():
    network = AmortisedImage(quick(1))
    with pytest.raises(UserError, match="at false"):
        learner(1, network, compute=Compute(compiled=True)).check()


@pytest.mark.long
def test_the_published_network_trains_and_lowers_its_loss():
    rng = np.random.default_rng(0)
    data = blob_sample(0.9, 20, seed=0)
    data = replace(data, images=images_of(rng.normal(size=(20, 1, 56, 56)).astype(np.float32), "r"))
    training = Training(
        batch_size=4, learning_rate=1e-4, replacement=True, steps_per_epoch=3, schedule="steps",
        milestones=[3], decay=0.2, max_steps=6, threads=1,
    )  # fmt: skip
    result = BINS.information(data, learner(-1, PaperImage(training), max_steps=6), 0)
    losses = [value for _, value in result.history["train"]]
    assert [step for step, _ in result.history["train"]] == [3, 6]
    assert losses[1] < losses[0]
