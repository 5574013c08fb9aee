"""A training that is left and gone on with ends as one that was never left: to the last bit, on a CPU."""

from dataclasses import dataclass
from itertools import count

import numpy as np
import pytest
import torch
from image_learners import TRAINER
from image_samples import blob_sample

from galaxy_causal.estimator import CrossEntropy
from galaxy_causal.network import (
    Amortised,
    AmortisedImage,
    Checkpoints,
    Compute,
    Image,
    ImageD4,
    Mlp,
    Network,
    NetworkLearner,
    PaperPhotometry,
    PaperScl,
    Scl,
    SclImage,
    Training,
)
from galaxy_causal.network.lightning.module import DensityModule
from galaxy_causal.processes import ask
from galaxy_causal.types import Sample

BINS = CrossEntropy(6.0, 12.5, 40)


class LeftError(Exception):
    """What ends a training that is asked to stop."""


def leave():
    raise LeftError


def numbers(n=120, players=False):
    rng = np.random.default_rng(0)
    y = rng.normal(size=n)
    x = np.column_stack([0.9 * y + 0.4 * rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)])
    split = np.repeat(["train", "validation", "test"], [n // 2, n // 4, n - n // 2 - n // 4])
    columns = ("signal/a", "signal/b", "signal/c")
    who = {name: (i,) for i, name in enumerate(columns)} if players else {}
    return Sample(x, 10 + 0.6 * y, split, columns, frozenset({"signal"}), players=who)


def pixels(players=False):
    data = blob_sample(0.9, 60, 0, numbers=1)
    who = {"other/0": (0,), "images/g": (), "images/r": ()}
    if not players:
        return data
    images = data.images
    named = type(images)(("images/g", "images/r"), *[getattr(images, f) for f in FIELDS[1:]])
    return Sample(data.x, data.y, data.split, data.columns, data.modalities, named, players=who)


FIELDS = ("bands", "shape", "pixel_scale", "unit", "read", "checksum")


def brief(**options):
    return Training(
        **{
            "batch_size": 16,
            "learning_rate": 4e-3,
            "weight_decay": 1e-2,
            "max_epochs": 2,
            "threads": 1,
            **options,
        }
    )


@dataclass(frozen=True)
class Case:
    network: Network
    sample: Sample
    trainer: dict
    compute: Compute = Compute()


AVERAGED = {"average": 0.5, "patience": 3}
STEPS = {"schedule": "steps", "milestones": (2, 5), "decay": 0.3}
SMALL = {"width": 8, "components": 2}
CASES = {
    "plain": Case(Mlp(brief(), width=8, blocks=1), numbers(), {}),
    "averaged": Case(Mlp(brief(**AVERAGED), width=8, blocks=1), numbers(), {}),
    "one batch an epoch": Case(Mlp(brief(batch_size=60, max_epochs=4, **AVERAGED), width=8), numbers(), {}),
    "schedule in steps": Case(Mlp(brief(**STEPS, **AVERAGED), width=8), numbers(), {}),
    "gathered gradients": Case(Mlp(brief(**AVERAGED), width=8), numbers(200), {"accumulate_grad_batches": 4}),
    "validated within epochs": Case(Mlp(brief(**AVERAGED), width=8), numbers(), {"val_check_interval": 2}),
    "validated across epochs": Case(
        Mlp(brief(), width=8), numbers(), {"val_check_interval": 2, "check_val_every_n_epoch": None}
    ),
    "validated every other epoch": Case(
        Mlp(brief(max_epochs=4), width=8), numbers(), {"check_val_every_n_epoch": 2}
    ),
    "limited": Case(Mlp(brief(**AVERAGED), width=8), numbers(), {"limit_train_batches": 2}),
    "at least": Case(
        Mlp(brief(max_epochs=4, patience=1, learning_rate=0.1), width=8), numbers(), {"min_epochs": 3}
    ),
    "replacement": Case(
        PaperPhotometry(
            brief(replacement=True, steps_per_epoch=3, max_steps=7, max_epochs=-1, **STEPS), latent=3
        ),
        numbers(),
        {"max_steps": 7, "max_epochs": -1},
    ),
    "subsets": Case(Amortised(brief(**AVERAGED), blocks=1, **SMALL), numbers(players=True), {}),
    "contrastive": Case(Scl(brief(**AVERAGED), width=8, blocks=1), numbers(), {}),
    "published contrastive": Case(PaperScl(brief(**STEPS)), numbers(), {}),
    "images held": Case(Image(brief(**AVERAGED), width=8), pixels(), {}),
    "images streamed": Case(Image(brief(), width=8), pixels(), {}, Compute(image_memory=0)),
    "images of D4": Case(ImageD4(brief(), width=8), pixels(), {}),
    "contrastive images": Case(SclImage(brief(), width=8), pixels(), {}, Compute(image_memory=0)),
    "subsets of images": Case(
        AmortisedImage(brief(**AVERAGED), width=8, hidden=16, apertures=2, components=2, embedding=8),
        pixels(players=True),
        {},
        Compute(image_memory=0),
    ),
}


def learner(case, checkpoints):
    trainer = {**TRAINER, "max_epochs": case.network.training.max_epochs, **case.trainer}
    return NetworkLearner(case.network, trainer, 3, compute=case.compute, checkpoints=checkpoints)


def trained(case, checkpoints=None):
    label, edges = BINS.bins.index(case.sample.y), BINS.bins.edges
    return learner(case, checkpoints).fit(case.sample, label, edges)


def same(one, other):
    assert one.history == other.history
    assert one.weights.keys() == other.weights.keys()
    for name, value in one.weights.items():
        assert torch.equal(value, other.weights[name]), name


def kept(folder, minutes=1e6, **belongs):
    told = []
    return Checkpoints(str(folder), minutes, {"fit": "a", **belongs}, lambda *at: told.append(at)), told


@pytest.fixture
def stop(monkeypatch):
    """``stop(step, number)`` asks to stop within the batch of this number, of training or validation."""

    def within(step, number):
        real, counted = getattr(DensityModule, step), count()

        def wrapped(self, batch, index):
            if next(counted) == number:
                assert ask(leave)
            return real(self, batch, index)

        monkeypatch.setattr(DensityModule, step, wrapped)

    yield within


@pytest.mark.parametrize("name", CASES)
def test_left_in_any_batch_it_ends_the_same(name, tmp_path, monkeypatch):
    case = CASES[name]
    whole = trained(case)
    kind = type(case.network.module(case.network.build(case.sample.part(0, 30), BINS.bins.edges)))
    for step in ("training_step", "validation_step"):
        real = getattr(kind, step)
        for number in count():
            folder, counted = tmp_path / f"{step}{number}", count()

            def wrapped(self, batch, index, real=real, counted=counted, number=number):
                if next(counted) == number:
                    assert ask(leave)
                return real(self, batch, index)

            with monkeypatch.context() as patched:
                patched.setattr(kind, step, wrapped)
                checkpoints, _ = kept(folder)
                try:
                    trained(case, checkpoints)
                except LeftError:
                    pass
                else:
                    break
            checkpoints, told = kept(folder)
            same(trained(case, checkpoints), whole)
            print(step, number, told)
        assert number > 1
