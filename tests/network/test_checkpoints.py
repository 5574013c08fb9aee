"""A training that is left and gone on with ends as one that was never left: to the last bit, on a CPU."""

import signal
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from image_learners import TRAINER
from image_samples import blob_sample

from galaxy_causal.estimator import Critic, CrossEntropy
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
from galaxy_causal.types import Sample, UserError

BINS = CrossEntropy(6.0, 12.5, 40)


class LeftError(Exception):
    """What ends a training that is asked to stop."""


class CrashError(Exception):
    """What ends a training without a word."""


@pytest.fixture(autouse=True)
def stops():
    def leaves(number, frame):
        raise LeftError

    before = signal.signal(signal.SIGUSR1, leaves)
    yield
    signal.signal(signal.SIGUSR1, before)


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
    if not players:
        return data
    images = replace(data.images, bands=("images/g", "images/r"))
    return replace(data, images=images, players={"other/0": (0,), "images/g": (), "images/r": ()})


def brief(**options):
    usual = {"batch_size": 20, "learning_rate": 4e-3, "weight_decay": 1e-2, "max_epochs": 2, "threads": 1}
    return Training(**{**usual, **options})


@dataclass(frozen=True)
class Case:
    network: Network
    sample: Sample = field(default_factory=numbers)
    trainer: dict = field(default_factory=dict)
    image_memory: float = 4.0


AVERAGED = {"average": 0.5, "patience": 3}
STEPS = {"schedule": "steps", "milestones": (2, 4), "decay": 0.3}
WILD = {"batch_size": 60, "max_epochs": 7, "patience": 1, "learning_rate": 0.15}
"""Its second validation is the worse, and its fifth the best."""
SMALL = {"width": 8, "components": 2}
mlp = partial(Mlp, width=8, blocks=1)
CASES = {
    "dropout, cosine, average, best": Case(mlp(brief(**AVERAGED)), trainer={"num_sanity_val_steps": 1}),
    "last weights, schedule in steps": Case(mlp(brief(**STEPS))),
    "one batch an epoch": Case(mlp(brief(batch_size=60, max_epochs=4, **AVERAGED))),
    "gathered gradients": Case(
        mlp(brief(**AVERAGED)), numbers(280), {"accumulate_grad_batches": 3, "val_check_interval": 2}
    ),
    "validated within epochs": Case(mlp(brief(batch_size=15, **AVERAGED)), trainer={"val_check_interval": 2}),
    "validated across epochs": Case(
        mlp(brief()), trainer={"val_check_interval": 2, "check_val_every_n_epoch": None}
    ),
    "validated every other epoch": Case(mlp(brief()), trainer={"check_val_every_n_epoch": 2}),
    "a part of each epoch": Case(mlp(brief(**AVERAGED)), trainer={"limit_train_batches": 2}),
    "longer than patience": Case(mlp(brief(**WILD), width=16), trainer={"min_epochs": 5}),
    "replacement": Case(
        PaperPhotometry(
            brief(replacement=True, steps_per_epoch=3, max_steps=6, max_epochs=-1, **STEPS), latent=3
        ),
        trainer={"max_steps": 6, "max_epochs": -1},
    ),
    "subsets": Case(Amortised(brief(**AVERAGED), blocks=1, **SMALL), numbers(players=True)),
    "contrastive": Case(Scl(brief(**AVERAGED), width=8, blocks=1)),
    "published contrastive": Case(PaperScl(brief(**STEPS, batch_size=30))),
    "images held": Case(Image(brief(batch_size=18, **AVERAGED), width=8), pixels()),
    "images streamed": Case(ImageD4(brief(batch_size=12), width=8), pixels(), image_memory=0),
    "contrastive images": Case(SclImage(brief(batch_size=18), width=8), pixels(), image_memory=0),
    "subsets of images": Case(
        AmortisedImage(brief(batch_size=18, **AVERAGED), hidden=16, apertures=2, embedding=8, **SMALL),
        pixels(players=True),
        image_memory=0,
    ),
}


def learner(case, checkpoints=None):
    trainer = {**TRAINER, "max_epochs": case.network.training.max_epochs, **case.trainer}
    compute = Compute(image_memory=case.image_memory)
    return NetworkLearner(case.network, trainer, 3, compute=compute, checkpoints=checkpoints)


def trained(case, checkpoints=None):
    label, edges = BINS.bins.index(case.sample.y), BINS.bins.edges
    return learner(case, checkpoints).fit(case.sample, label, edges)


def same(one, other):
    assert one.history == other.history
    assert one.weights.keys() == other.weights.keys()
    assert all(torch.equal(value, other.weights[name]) for name, value in one.weights.items())


def kept(folder, minutes=1e6, told=None, **belongs):
    told = [] if told is None else told
    return Checkpoints(str(folder), minutes, {"fit": "a", **belongs}, lambda *at: told.append(at))


def leave():
    """Ask this process to stop."""
    signal.raise_signal(signal.SIGUSR1)


def crash():
    raise CrashError


def module_of(case):
    return type(case.network.module(case.network.build(case.sample.part(0, 30), BINS.bins.edges)))


def do_within(patched, kind, number, act):
    """Have something done within the batch of this number that is trained on, counted from 0."""
    real, counted = kind.training_step, count()

    def wrapped(self, batch, index):
        if next(counted) == number:
            act()
        return real(self, batch, index)

    patched.setattr(kind, "training_step", wrapped)


@pytest.mark.parametrize("name", CASES)
def test_left_in_every_batch_it_ends_the_same(name, tmp_path, monkeypatch):
    """By turns it is asked to stop within the first batch, and dies in the one after, which a checkpoint
    precedes: so it is left within epochs, at their ends, at their beginnings and within validations."""
    case, kind = CASES[name], module_of(CASES[name])
    whole = trained(case)
    assert len(whole.history["validation"]) > 1 or name == "validated every other epoch"
    for left in range(20):
        with monkeypatch.context() as patched:
            crashes = left % 2 == 1
            do_within(patched, kind, crashes, crash if crashes else leave)
            try:
                found = trained(case, kept(tmp_path, minutes=0 if crashes else 1e6))
            except (LeftError, CrashError):
                continue
        break
    assert 2 < left < 19
    same(found, whole)


def test_where_it_goes_on_is_told(tmp_path, monkeypatch):
    case = CASES["last weights, schedule in steps"]
    told = []
    do_within(monkeypatch, module_of(case), 3, leave)
    with pytest.raises(LeftError):
        trained(case, kept(tmp_path, told=told))
    assert told == []
    trained(case, kept(tmp_path, told=told))
    assert told == [(1, 4, 6)]


def test_a_short_training_leaves_no_file_and_changes_no_numbers(tmp_path):
    case = CASES["dropout, cosine, average, best"]
    state = torch.random.get_rng_state()
    same(trained(case, kept(tmp_path)), trained(case))
    assert list(tmp_path.iterdir()) == []
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_long_training_that_is_finished_is_not_trained_again(tmp_path, monkeypatch):
    case = CASES["contrastive"]
    whole = trained(case, kept(tmp_path, minutes=0))
    assert [file.name for file in tmp_path.iterdir()] == ["1.finished"]
    do_within(monkeypatch, module_of(case), 0, crash)
    again = trained(case, kept(tmp_path))
    same(again, whole)
    np.testing.assert_array_equal(again.probabilities(case.sample), whole.probabilities(case.sample))
    np.testing.assert_array_equal(again.latent(case.sample), whole.latent(case.sample))


def test_one_that_is_asked_to_stop_in_its_last_batch_is_finished_first(tmp_path, monkeypatch):
    """Lightning would not come back to a validation after the last of ``max_steps``."""
    case = CASES["replacement"]
    with monkeypatch.context() as patched:
        do_within(patched, module_of(case), 5, leave)
        with pytest.raises(LeftError):
            trained(case, kept(tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["1.finished"]
    do_within(monkeypatch, module_of(case), 0, crash)
    trained(case, kept(tmp_path))


@pytest.mark.parametrize(
    "estimator", [CrossEntropy(6.0, 12.5, 40, folds=3), Critic("info_nce", 6.0, 12.5, 40)]
)
def test_folds_and_critics_go_on_in_the_training_that_was_left(estimator, tmp_path, monkeypatch):
    """Of folds, the finished ones before it come back, though none was worth a file."""
    case = CASES["dropout, cosine, average, best"]
    whole = estimator.information(case.sample, learner(case), 0)
    steps = 6
    told, number = [], steps * max(estimator.folds - 1, 0) + 2
    with monkeypatch.context() as patched:
        do_within(patched, module_of(case), number, leave)
        with pytest.raises(LeftError):
            estimator.information(case.sample, learner(case, kept(tmp_path)), 0)
    with monkeypatch.context() as patched:
        do_within(patched, module_of(case), steps, crash)  # which more than one training would come to
        found = estimator.information(case.sample, learner(case, kept(tmp_path, told=told)), 0)
    assert told == [(estimator.folds or 1, 3, steps)]
    assert found.metrics == whole.metrics
    assert found.history == whole.history
    np.testing.assert_array_equal(found.pointwise_mi, whole.pointwise_mi)


def left_behind(case, folder, monkeypatch):
    with monkeypatch.context() as patched:
        do_within(patched, module_of(case), 2, leave)
        with pytest.raises(LeftError):
            trained(case, kept(folder))
    return folder / "1.running"


CONTENT = {
    "cut short": lambda content: content[:-100],
    "emptied": lambda _: b"",
    "changed": lambda content: content[:-3000] + b"?" + content[-2999:],
    "other": lambda _: b"[1]\nsomething else",
}


@pytest.mark.parametrize("how", CONTENT)
def test_a_damaged_one_is_named_and_set_aside(how, tmp_path, monkeypatch, capfd):
    case = CASES["last weights, schedule in steps"]
    file = left_behind(case, tmp_path, monkeypatch)
    file.write_bytes(CONTENT[how](file.read_bytes()))
    told = []
    same(trained(case, kept(tmp_path, told=told)), trained(case))
    said = capfd.readouterr().err
    assert said.startswith(f"warning: the checkpoint {file} is damaged: ")
    assert said.endswith("set aside as 1.running.aside there, and the fit begins anew\n")
    assert told == []
    assert [found.name for found in tmp_path.iterdir()] == ["1.running.aside"]


def test_one_of_another_version_is_set_aside(tmp_path, monkeypatch, capfd):
    case = CASES["last weights, schedule in steps"]
    file = left_behind(case, tmp_path, monkeypatch)
    same(trained(case, kept(tmp_path, torch="1.0")), trained(case))
    assert f"the checkpoint {file} is of torch None, and this is 1.0; set aside" in capfd.readouterr().err


def test_one_of_another_network_is_set_aside(tmp_path, monkeypatch, capfd):
    case = CASES["last weights, schedule in steps"]
    left_behind(case, tmp_path, monkeypatch)
    other = replace(case, network=mlp(brief(), width=16))
    same(trained(other, kept(tmp_path)), trained(other))
    assert "holds other weights than the network has (" in capfd.readouterr().err


def test_where_none_can_be_written_training_goes_on(tmp_path, capfd):
    case = CASES["one batch an epoch"]
    place = tmp_path / "link"
    place.symlink_to(tmp_path / "absent" / "folder")
    same(trained(case, kept(place, minutes=0)), trained(case))
    said = capfd.readouterr().err.splitlines()
    assert f"warning: no checkpoint can be written to {place} (" in said[0]
    assert said[0].endswith("the fit goes on without, and tries again in 0 minutes")


def test_the_last_one_stays_until_the_next_is_there(tmp_path, monkeypatch, capfd):
    checkpoints = kept(tmp_path, minutes=0)
    training = checkpoints.begin()
    training.write({"step": 1})
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.files, "write", Mock(side_effect=OSError("No space left")))
        training.finish({"step": 2}, asked=False)
    assert [file.name for file in tmp_path.iterdir()] == ["1.running"]
    assert "no checkpoint can be written" in capfd.readouterr().err
    checkpoints.begin().write({"step": 1})  # now there is room
    assert kept(tmp_path).begin().finished() == {"step": 2}


def test_one_that_cannot_be_removed_fails_no_fit(tmp_path, monkeypatch, capfd):
    checkpoints = kept(tmp_path, minutes=0)
    training = checkpoints.begin()
    training.write({"step": 1})
    monkeypatch.setattr(checkpoints.files, "remove", Mock(side_effect=OSError("slow down")))
    training.finish({"step": 2}, asked=False)
    assert f"the checkpoint 1.running in {tmp_path} cannot be removed (slow down)" in capfd.readouterr().err
    assert kept(tmp_path).begin().finished() == {"step": 2}


def test_they_may_lie_at_an_address(monkeypatch):
    case = CASES["last weights, schedule in steps"]
    with monkeypatch.context() as patched:
        do_within(patched, module_of(case), 2, leave)
        with pytest.raises(LeftError):
            trained(case, kept("memory://checkpoints/of-a-test"))
    told = []
    same(trained(case, kept("memory://checkpoints/of-a-test", told=told)), trained(case))
    assert told == [(1, 3, 6)]


def test_a_place_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "1.finished").mkdir()
    with pytest.raises(UserError, match=r"the checkpoint .*1\.finished cannot be read"):
        trained(CASES["last weights, schedule in steps"], kept(tmp_path))


def test_under_slurm_lightning_neither_looks_for_checkpoints_nor_requeues(tmp_path, monkeypatch):
    (tmp_path / "hpc_ckpt_1.ckpt").write_text("of another program")
    monkeypatch.chdir(tmp_path)
    for name, value in (("NTASKS", "4"), ("JOB_ID", "1"), ("NODELIST", "a"), ("PROCID", "0")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    case = CASES["last weights, schedule in steps"]
    found = trained(case, kept(tmp_path / "checkpoints"))
    monkeypatch.undo()
    same(found, trained(case))
