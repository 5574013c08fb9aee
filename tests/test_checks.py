import pytest

from galaxy_causal.network import AmortisedImage, Image, Mlp, PaperPhotometry, Scl, Training
from galaxy_causal.types import UserError


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
