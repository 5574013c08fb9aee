from dataclasses import replace

import numpy as np
import pytest
import torch
from image_samples import blob_sample, images_of
from torch.utils.flop_counter import FlopCounterMode
from training_samples import training

from galaxy_causal.network import Image, ImageD4, Mlp, Training
from galaxy_causal.types import UserError

EDGES = np.linspace(6.0, 12.5, 521)
PAPER_GFLOP = 5.93


@pytest.mark.parametrize("network", [Image(Training()), ImageD4(Training())])
def test_the_default_networks_cost_a_fraction_of_the_published_one(network):
    rng = np.random.default_rng(0)
    images = images_of(rng.normal(size=(9, 5, 64, 64)).astype(np.float32), "ugriz")
    model = network.build(training(rng.normal(size=(9, 1)), rng.normal(10, 1, 9), images), EDGES)
    with FlopCounterMode(display=False) as counter:
        model(
            torch.zeros(1, 1, dtype=torch.float64),
            torch.zeros(1, dtype=torch.long),
            torch.zeros(1, 5, 64, 64),
        )
    assert counter.get_total_flops() / 1e9 < 0.2 * PAPER_GFLOP / 5


@pytest.mark.parametrize("network", [Image(Training(), width=8), ImageD4(Training(), width=8)])
@pytest.mark.parametrize("numbers", [0, 2])
def test_a_fresh_network_knows_the_scale_of_its_target(network, numbers):
    data = blob_sample(0.5, 200, seed=0, numbers=numbers)
    model = network.build(data, EDGES)
    p = model.probabilities(torch.as_tensor(data.x[:5]), torch.from_numpy(data.images.read(np.arange(5))))
    centres = 0.5 * (EDGES[1:] + EDGES[:-1])
    np.testing.assert_allclose(p.detach().numpy() @ centres, data.y.mean(), atol=0.5)


@pytest.mark.parametrize("network", [Image, ImageD4])
def test_binned_convolutions_see_means_of_squares_and_apertures_all_pixels(network):
    """Noise that cancels within every square of pixels is invisible, unless an aperture cuts the square."""
    data = blob_sample(0.5, 40, seed=0)
    pixels = data.images.read(np.arange(40))
    height = np.random.default_rng(0).normal(size=(8, 8))
    checks = np.kron(height, [[1, -1], [-1, 1]]).astype(np.float32)
    torch.manual_seed(0)
    model = network(Training(), width=8, binning=2).build(data, EDGES)
    torch.nn.init.normal_(model.encoder.join.weight)

    def features(images):
        encoder = model.encoder
        scaled = encoder.prepare.scaling(encoder.prepare.binning(torch.from_numpy(images)))
        return encoder.trunk(scaled).detach().numpy()

    np.testing.assert_allclose(features(pixels), features(pixels + checks), atol=1e-4)
    light = model.encoder.light(torch.from_numpy(pixels))
    assert not np.allclose(light, model.encoder.light(torch.from_numpy(pixels + checks)), atol=1e-2)
    with FlopCounterMode(display=False) as binned:
        model.encoder.trunk(torch.zeros(1, 2, 8, 8))
    whole = network(Training(), width=8).build(data, EDGES)
    with FlopCounterMode(display=False) as full:
        whole.encoder.trunk(torch.zeros(1, 2, 16, 16))
    assert binned.get_total_flops() < 0.3 * full.get_total_flops()


def test_blank_bands_do_no_harm():
    data = blob_sample(0.5, 50, seed=0)
    pixels = data.images.read(np.arange(50))
    pixels[:, 0] = 0
    model = Image(Training(), width=8).build(replace(data, images=images_of(pixels)), EDGES)
    loss = -model(torch.as_tensor(data.x), torch.full((50,), 300), torch.from_numpy(pixels)).mean()
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        (Image(Training(), width=12), (16, 16), "network.width=12 must be a multiple of 8"),
        (Image(Training()), (16, 24), "images of 16x24 pixels cannot be turned .*network.augment=false"),
        (Image(Training()), (4, 4), "images of 4x4 pixels are too small"),
        (Image(Training(), binning=3), (16, 16), "network.binning=3 does not divide images of 16x16"),
        (
            Image(Training(), binning=4),
            (16, 16),
            "too small.*lower network.binning",
        ),
        (ImageD4(Training()), (20, 20), "side is a multiple of 8 pixels, these are 20x20"),
        (ImageD4(Training(), binning=2), (24, 24), "side is a multiple of 16 pixels, these are 24x24"),
        (Mlp(Training()), (16, 16), "Mlp takes numbers, but the inputs hold g, r; use network=image"),
    ],
)
def test_images_that_do_not_fit_are_refused(network, shape, message):
    data = replace(blob_sample(0.5, 30, seed=0), images=images_of(np.zeros((30, 2, *shape), np.float32)))
    with pytest.raises(UserError, match=message):
        network.check(data)


def test_shapes_that_are_not_square_pass_without_augmentation():
    data = replace(blob_sample(0.5, 30, seed=0), images=images_of(np.zeros((30, 2, 16, 24), np.float32)))
    network = Image(Training(), width=8, augment=False)
    network.check(data)
    model = network.build(data, EDGES)
    assert model.probabilities(torch.as_tensor(data.x[:2]), torch.zeros(2, 2, 16, 24)).shape == (2, 520)


def test_numbers_alone_are_refused_with_the_remedy():
    data = replace(blob_sample(0.5, 30, seed=0, numbers=1), images=None)
    with pytest.raises(
        UserError, match=r"Image takes images, but the inputs are other/0; name a network for tables"
    ):
        Image(Training()).check(data)


@pytest.mark.parametrize(
    ("apertures", "colours", "seen"), [(8, 3, [2, 4, 6]), (8, 8, [*range(8)]), (4, 3, [1, 2, 3]), (1, 1, [0])]
)
def test_only_images_in_units_of_flux_have_colours(apertures, colours, seen):
    """Of four bands, of which two are divided by their flux: one colour, in ``colours`` apertures."""
    pixels = np.random.default_rng(0).normal(size=(40, 4, 16, 16)).astype(np.float32)
    names = ("images/g", "images/r", "normalised_images/g", "normalised_images/r")
    data = replace(blob_sample(0.5, 40, seed=0), images=images_of(pixels, names))
    network = Image(Training(), width=8, apertures=apertures, colours=colours)
    encoder = network.build(data, EDGES).encoder
    assert encoder.colours.one.tolist() == seen
    assert encoder.colours.other.tolist() == [apertures + place for place in seen]
    alone = replace(data, images=images_of(pixels[:, 2:], names[2:]))
    assert Image(Training(), width=8).build(alone, EDGES).encoder.colours is None
    assert Image(Training(), width=8, colours=0).build(data, EDGES).encoder.colours is None
    for wrong in (-1, 1.5):
        with pytest.raises(UserError, match=rf"network\.colours={wrong} must be a whole number, at least 0"):
            Image(Training(), width=8, colours=wrong).check(data)
