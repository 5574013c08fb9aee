"""Several devices give the numbers of one, but for rounding. Here each is a process on the CPU."""

import signal

import numpy as np
import pytest
import torch
from gaussian_samples import gaussian_sample
from image_learners import BINS, TRAINER, learner, quick
from image_samples import blob_sample
from torch import nn

from galaxy_causal.crew import Launch, crewed, current
from galaxy_causal.fitting import Fitting, TrainerOptions
from galaxy_causal.network import Checkpoints, Compute, Mlp, NetworkLearner, process_count
from galaxy_causal.network.lightning.batches import RowBatches, RowChunks
from galaxy_causal.network.lightning.devices import devices_of
from galaxy_causal.network.lightning.shares import WholeDropout
from galaxy_causal.network.lightning.trainer import trainer_for
from galaxy_causal.types import UserError

ROUNDING = 2e-3
"""Nats, of a galaxy. Sums in single precision in another order differ by 1e-7, which some 50 steps of Adam
enlarge, where gradients near zero may change their signs: 2e-5 and 6e-5 were met."""


@pytest.fixture(scope="module", autouse=True)
def one_crew():
    with crewed(adopts=False):
        yield


def alike(several, one):
    for name in ("train", "validation"):
        assert [step for step, _ in several.history[name]] == [step for step, _ in one.history[name]]
        losses = ([value for _, value in found.history[name]] for found in (several, one))
        np.testing.assert_allclose(*losses, rtol=1e-4)
    np.testing.assert_allclose(several.pointwise_mi, one.pointwise_mi, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("devices", [pytest.param(4, marks=pytest.mark.long), 2])
def test_numbers(capfd, devices):
    """Batches of 130 and 300 validation galaxies, which four devices cannot share out evenly; dropout."""
    data = gaussian_sample(0.8, 3001, seed=0, noise_columns=2)
    network = Mlp(quick(4, batch_size=130), width=32)
    several = BINS.information(data, learner(4, network, devices=devices), 0)
    assert capfd.readouterr() == ("", "")
    alike(several, BINS.information(data, learner(4, network), 0))


@pytest.mark.parametrize("memory", [1.0, 0.0])
def test_images_held_or_streamed(memory):
    """Turned at random, with validation galaxies in chunks."""
    data, compute = blob_sample(0.9, 701, seed=0), Compute(memory)
    several = BINS.information(data, learner(2, devices=2, compute=compute), 0)
    alike(several, BINS.information(data, learner(2, compute=compute), 0))


class LeftError(Exception):
    """What ends a training that is asked to stop."""


@pytest.mark.long
def test_all_go_on_from_a_checkpoint_of_the_first(tmp_path):
    """One device's order, dropout, averages and best weights are in it; the others hear of them."""
    data = gaussian_sample(0.8, 1000, seed=0)
    network = Mlp(quick(3, batch_size=100, average=0.5, patience=2), width=16)

    left = []

    def leaves(number, frame):
        raise LeftError

    def leave(*_):
        if not left:  # a second signal would be served at once
            left.append(signal.raise_signal(signal.SIGUSR1))

    def made(progress):
        checkpoints = Checkpoints(str(tmp_path), 1000, {})
        one = NetworkLearner(
            network, {**TRAINER, "max_epochs": 3, "devices": 2}, 0, progress, None, checkpoints
        )
        return BINS.information(data, one, 0)

    before = signal.signal(signal.SIGUSR1, leaves)
    with pytest.raises(LeftError):
        made(leave)
    signal.signal(signal.SIGUSR1, before)
    assert [file.name for file in tmp_path.iterdir()] == ["1.running"]
    alike(made(None), BINS.information(data, learner(3, network), 0))


def test_too_many_devices_for_a_batch_are_refused():
    data = gaussian_sample(0.8, 100, seed=0)
    with pytest.raises(
        UserError, match="2 devices share out what they train on, and a batch holds 3 galaxies"
    ):
        BINS.information(data, learner(1, Mlp(quick(1, batch_size=3, least_steps=1)), devices=2), 0)


@pytest.mark.parametrize("shape", [(12, 5), (36, 5)])
def test_dropout_leaves_out_what_one_device_would(shape):
    """Also where a network holds several rows of each galaxy, one block after the other."""
    x, layer = torch.randn(shape), nn.Dropout(0.3)
    torch.manual_seed(1)
    whole = layer(x).reshape(-1, 12, 5)
    for rank in range(3):
        own = x.reshape(-1, 12, 5)[:, rank::3].reshape(-1, 5)
        torch.manual_seed(1)
        with WholeDropout(12, 4, rank, 3):
            kept = layer(own)
            assert torch.equal(layer.eval()(own), own)
        layer.train()
        assert torch.equal(kept, whole[:, rank::3].reshape(-1, 5))


def test_rows_are_shared_out_without_rest(monkeypatch):
    rows = torch.arange(301)
    training, validation = [], []
    for rank in range(4):
        for module in ("batches", "feeding"):
            monkeypatch.setattr(
                f"galaxy_causal.network.lightning.{module}.place", lambda rank=rank: (rank, 4)
            )
        training.append(list(RowBatches(rows, quick(1, batch_size=50), 0)))
        validation.append(torch.cat(list(RowChunks(rows, 20))))
    monkeypatch.undo()
    for whole, *shares in zip(RowBatches(rows, quick(1, batch_size=50), 0), *training, strict=True):
        assert torch.equal(torch.cat(shares).sort().values, whole.sort().values)
    assert torch.equal(torch.cat(validation), rows)


@pytest.fixture
def started(monkeypatch):
    """As the first of four processes that srun started on two machines."""
    launch = Launch(0, 4, 0, 2, 2, "gpu1", 15000, "srun")
    monkeypatch.setattr(current._current(), "launch", launch)
    return launch


@pytest.mark.parametrize(
    "given", [{}, {"devices": 2}, {"devices": [0, 1], "num_nodes": 2}, {"devices": "auto"}]
)
def test_devices_follow_from_how_processes_were_started(started, given):
    options = {**TRAINER, **given}
    assert process_count(options) == 4
    trainer = trainer_for(Mlp(quick(1)), options)
    assert (trainer.world_size, trainer.num_nodes, trainer.global_rank) == (4, 2, 0)


@pytest.mark.parametrize(("name", "value"), [("devices", 3), ("devices", [0, 1, 2]), ("num_nodes", 4)])
def test_options_that_contradict_it_are_refused(started, name, value):
    words = "srun has started 2 processes on each of 2 machines; leave it out"
    with pytest.raises(UserError, match=words):
        trainer_for(Mlp(quick(1)), {**TRAINER, name: value})


def test_fits_know_how_many_devices_there_are_in_all(started):
    fitting = Fitting(trainer=TrainerOptions(accelerator="cpu"))
    assert process_count(fitting.trainer_of(fitting.network)) == 4


@pytest.mark.parametrize(
    ("visible", "given", "numbers"),
    [(2, {}, [0, 1]), (4, {"devices": [3, 1]}, [3, 1]), (1, {}, [0, 0])],
    ids=["all", "those named", "each its own"],
)
def test_every_process_has_the_gpu_of_its_number(monkeypatch, started, visible, given, numbers):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: visible)
    assert [device.index for device in devices_of(given, started)] == numbers


def test_too_few_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(UserError, match="4 processes train on this machine, which shows 2 GPUs"):
        devices_of({}, Launch(0, 4, 0, 4, 1, "gpu1", 15000, "torchrun"))
