from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from galaxy_causal.network import AmortisedImage, Image, Mlp, PaperPhotometry, Scl, Training
from galaxy_causal.types import UserError, check_options


@dataclass(frozen=True)
class Some:
    count: int = 1
    size: float = 1.0
    on: bool = True
    word: str = "a"
    maybe: int | None = None
    sizes: Sequence[float] = ()
    other: Training = None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": 0}, "group.count=0 must be a whole number, at least 1"),
        ({"count": 1.5}, "group.count=1.5 must be a whole number"),
        ({"count": True}, "group.count=True must be a whole number"),
        ({"count": None}, "group.count=None must be a whole number"),
        ({"size": "abc"}, "group.size=abc must be a number"),
        ({"size": float("nan")}, "group.size=nan must be a number"),
        ({"on": 1}, "group.on=1 must be true or false"),
        ({"word": 3}, "group.word=3 must be a word"),
        ({"maybe": -1}, "group.maybe=-1 must be a whole number, at least 0"),
        ({"maybe": "few"}, "group.maybe=few must be a whole number, or null, at least 0"),
        ({"sizes": "few"}, "group.sizes=few must be a list of numbers"),
        ({"sizes": [1, "few"]}, "group.sizes=[1, 'few'] must be a list of numbers"),
    ],
)
def test_options_of_another_kind_are_refused(given, message):
    with pytest.raises(UserError) as found:
        check_options("group", Some(**given), {"count": 1, "maybe": 0})
    assert str(found.value).startswith(message)


def test_options_of_the_declared_kind_pass():
    for given in (
        {},
        {"count": 7},
        {"size": -2},
        {"size": float("inf")},
        {"on": False},
        {"maybe": 3},
        {"sizes": [1, 0.5]},
        {"other": "anything"},
    ):
        check_options("group", Some(**given), {"count": 1, "maybe": 0})


@pytest.mark.parametrize(
    ("network", "given", "message"),
    [
        (Mlp, {"width": "abc"}, "network.width=abc must be a whole number, at least 1"),
        (Mlp, {"blocks": -1}, "network.blocks=-1 must be a whole number, at least 0"),
        (Mlp, {"dropout": 1.0}, "network.dropout=1.0 must be below 1"),
        (Mlp, {"related": None}, "network.related=None must be a number"),
        (PaperPhotometry, {"depth": 0}, "network.depth=0 must be"),
        (Scl, {"latent": 2.5}, "network.latent=2.5 must be a whole number"),
        (Image, {"binning": 0}, "network.binning=0 must be a whole number, at least 1"),
        (Image, {"related": 2}, "network.related=2 must be at most 1"),
        (Image, {"augment": "maybe"}, "network.augment=maybe must be true or false"),
        (AmortisedImage, {"embedding": 0}, "network.embedding=0 must be"),
        (AmortisedImage, {"subsets": 0}, "network.subsets=0 must be"),
    ],
)
def test_networks_refuse_options_when_they_are_made(network, given, message):
    with pytest.raises(UserError, match=message):
        network(Training(), **given)


@pytest.mark.parametrize(
    "given",
    [
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": "fast"},
        {"weight_decay": -1},
        {"patience": 0},
        {"threads": 0},
        {"max_epochs": 1.5},
        {"replacement": "yes"},
    ],
)
def test_training_refuses_options_when_it_is_made(given):
    (name,) = given
    with pytest.raises(UserError, match=rf"network\.training\.{name}={given[name]} must be"):
        Training(**given)
