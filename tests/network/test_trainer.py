"""The options of Lightning's trainer: which are followed, which are refused, what becomes of devices."""

import threading

import numpy as np
import pytest
import torch
from gaussian_samples import gaussian_sample
from image_learners import BINS, TRAINER, learner, quick
from image_samples import blob_sample, images_of
from pytorch_lightning.strategies import SingleDeviceStrategy

from galaxy_causal.network import Image, Mlp, PaperPhotometry, PaperScl, Weights
from galaxy_causal.network.lightning.batches import RowChunks
from galaxy_causal.network.lightning.devices import device_count
from galaxy_causal.network.lightning.feeding import WINDOW, streamed
from galaxy_causal.network.lightning.trainer import trainer_for
from galaxy_causal.types import UserError

MLP = Mlp(quick(1))


def options(**given):
    return {**TRAINER, "max_epochs": 1, **given}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"devices": 2, "strategy": "fsdp"}, "trainer.strategy=fsdp: choose auto or ddp or ddp_spawn, which"),
        ({"devices": 1, "strategy": None}, "trainer.strategy=None: choose auto or ddp or ddp_spawn"),
        ({"accelerator": "tpu"}, "the trainer refuses its options"),
        ({"num_nodes": 2}, "trainer.num_nodes=2: the processes of other machines are started by srun"),
        ({"benchmark": "abc"}, "the trainer refuses its options"),
        ({"precision": "64-true"}, "choose null"),
    ],
)
def test_what_cannot_be_followed_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        trainer_for(MLP, options(**given))


@pytest.mark.parametrize("name", ["auto", "ddp", "ddp_spawn"])
def test_lightning_starts_no_processes_for_several_devices(name):
    unweighted = PaperScl(quick(1), Weights())
    for network in (MLP, unweighted):
        strategy = trainer_for(network, options(devices=2, strategy=name)).strategy
        assert strategy.launcher is None
        assert strategy._ddp_kwargs["broadcast_buffers"] is False
        # Terms without weight leave a decoder without gradient.
        assert strategy._ddp_kwargs["find_unused_parameters"] is (network is unweighted)


@pytest.mark.parametrize(
    ("devices", "accelerator", "count"),
    [
        (1, "cpu", 1),
        ("2", "cpu", 2),
        ([0, 3], "gpu", 2),
        ("auto", "cpu", 1),
        (-1, "gpu", 4),
        ("0,2", "gpu", 2),
    ],
)
def test_devices_are_counted(monkeypatch, devices, accelerator, count):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert device_count({"devices": devices, "accelerator": accelerator}) == count


@pytest.mark.parametrize("name", ["auto", "ddp"])
def test_one_device_has_one_process(name):
    assert isinstance(trainer_for(MLP, options(strategy=name)).strategy, SingleDeviceStrategy)


@pytest.mark.parametrize("network", [MLP, PaperPhotometry(quick(1))])
def test_numbers_are_learnt_in_single_precision_whatever_images_are(network):
    """Half precision would round the magnitude 17.04 to 17."""
    data = gaussian_sample(0.8, 400, seed=0)
    single, half = (
        BINS.information(data, learner(1, network, precision=precision), 0).pointwise_mi
        for precision in (None, "bf16-mixed")
    )
    np.testing.assert_array_equal(half, single)


def test_gradients_of_half_precision_are_clipped():
    data = blob_sample(0.9, 300, seed=0)
    free, clipped = (
        BINS.information(data, learner(1, precision="bf16-mixed", gradient_clip_val=clip), 0).pointwise_mi
        for clip in (None, 1e-9)
    )
    assert np.abs(free - clipped).max() > 1e-3


@pytest.mark.parametrize("pin", [True, False])
def test_page_locked_memory_is_made_once_a_window_and_not_where_a_network_waits(monkeypatch, pin):
    made = []
    monkeypatch.setattr(
        torch.Tensor, "pin_memory", lambda t: made.append((len(t), threading.current_thread())) or t
    )
    images = images_of(np.zeros((2 * WINDOW, 1, 1, 1), np.float32), "r")
    list(streamed(RowChunks(torch.arange(2 * WINDOW), 128), images, pin))
    assert [count for count, _ in made] == [WINDOW] * (2 if pin else 0)
    assert threading.main_thread() not in {thread for _, thread in made}


def test_an_unknown_scaling_is_refused_before_anything_is_trained():
    with pytest.raises(UserError, match=r"network.scaling=log must be one of signed_log, asinh, linear"):
        Image(quick(1), scaling="log")
