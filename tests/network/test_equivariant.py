from dataclasses import replace

import numpy as np
import pytest
import torch
from image_learners import BINS, learner, quick
from image_samples import blob_sample, images_of

from galaxy_causal.network import ImageD4
from galaxy_causal.network.equivariant import TurningConv2d, _relative
from galaxy_causal.network.pixels import turned


def test_relative_orientations_form_the_group_of_the_square():
    """g^-1 h: rows and columns are permutations, g^-1 g is the identity, and turning twice agrees."""
    relative = _relative()
    for table in (relative, relative.T):
        assert torch.equal(table.sort(dim=0).values, torch.arange(8)[:, None].expand(8, 8))
    assert (relative.diagonal() == 0).all()
    image = torch.randn(1, 1, 5, 5)
    for g in range(8):
        for h in range(8):
            once = turned(image, torch.tensor([relative[g, h]]))
            assert torch.equal(turned(once, torch.tensor([g])), turned(image, torch.tensor([h])))


@pytest.mark.parametrize(
    ("options", "size"),
    [({"size": 3, "padding": 1}, 6), ({"size": 1}, 6), ({"size": 4, "stride": 2, "padding": 1}, 8)],
)
def test_output_turns_with_the_input(options, size):
    """Turning a function on the group moves its grid and its orientations: f(h) comes to lie at g h."""
    torch.manual_seed(0)
    first = TurningConv2d(2, 3, first=True, **options).double()
    pixels = torch.randn(4, 2, size, size, dtype=torch.float64)
    after = TurningConv2d(3, 2, 3, padding=1).double()
    layers = torch.nn.Sequential(first, torch.nn.SiLU(), after)
    for layer in (first, after):
        torch.nn.init.normal_(layer.bias)
    plain = layers(pixels).unflatten(1, (2, 8))
    for g in range(8):
        element = torch.full((4,), g)
        found = layers(turned(pixels, element)).unflatten(1, (2, 8))
        for h in range(8):
            expected = turned(plain[:, :, _relative()[g, h]], element)
            torch.testing.assert_close(found[:, :, h], expected, rtol=1e-10, atol=1e-12)


def test_a_turning_convolution_costs_what_an_ordinary_one_costs():
    layer = TurningConv2d(4, 4, 3, padding=1)
    assert layer.shape == (32, 32, 3, 3)
    assert layer.weight.numel() == 32 * 32 * 9 // 8


def test_trained_weights_ignore_orientation_and_side_inputs_count():
    """To the rounding of float32: sums run in another order."""
    data = blob_sample(0.9, 600, seed=3, kind="elongation", numbers=2)
    density = learner(2, ImageD4(quick(2), width=16)).fit(data, BINS.bins.index(data.y), BINS.bins.edges)
    part = data.part(0, 64)
    pixels = part.images.read(np.arange(64))
    reference = density.probabilities(part)
    assert not np.allclose(reference, reference[0])
    for g in range(8):
        whirled = turned(torch.from_numpy(pixels), torch.full((64,), g)).numpy().copy()
        other = density.probabilities(changed(part, whirled))
        np.testing.assert_allclose(other, reference, rtol=2e-4, atol=1e-6)
    shifted = changed(part, np.roll(pixels, 3, axis=-1))
    assert np.abs(density.probabilities(shifted) - reference).max() > 1e-3
    without = density.probabilities(changed(part, pixels, x=part.x + 1))
    assert np.abs(without - reference).max() > 1e-3


def changed(part, pixels, **others):
    return replace(part, images=images_of(pixels), **others)
