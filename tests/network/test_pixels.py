from collections import Counter

import numpy as np
import pytest
import torch

from galaxy_causal.network.pixels import Apertures, PixelScaling, aperture_masks, other_orientations, turned


def all_orientations(image):
    """The eight of the square, by numpy."""
    return {np.rot90(a, k, (-2, -1)).tobytes() for a in (image, image[..., ::-1]) for k in range(4)}


def test_eight_orientations_each_once_and_zero_changes_nothing():
    image = np.arange(2 * 4 * 4).reshape(1, 2, 4, 4)
    out = turned(torch.as_tensor(image).expand(8, 2, 4, 4), torch.arange(8)).numpy()
    assert {o[None].tobytes() for o in out} == all_orientations(image)
    np.testing.assert_array_equal(out[0], image[0])


def test_every_image_of_a_batch_turns_by_itself():
    pixels, orientation = torch.randn(30, 3, 6, 6), torch.randint(8, (30,))
    together = turned(pixels, orientation)
    for k in range(30):
        assert torch.equal(together[k], turned(pixels[k : k + 1], orientation[k : k + 1])[0])


def published_copies(image):
    """What the published draws give, with probabilities: quarter turns, then a flip of the first axis."""
    copies = Counter()
    for turns in range(4):
        for flips in (True, False):
            flipped = flips or turns == 0
            copy = np.rot90(image, turns)
            copies[(copy[::-1] if flipped else copy).tobytes()] += 1 / 8
    return copies


def test_other_orientations_come_as_often_as_published():
    """Over 32,000 draws a share of 1/8 has an error of 0.0018, one of 1/4 of 0.0024."""
    image = np.arange(16).reshape(4, 4)
    torch.manual_seed(0)
    drawn = other_orientations(32_000)
    counts = torch.bincount(drawn, minlength=8).tolist()
    copies = turned(torch.as_tensor(image).expand(8, 1, 4, 4), torch.arange(8))[:, 0].numpy()
    found = {copy.tobytes(): count / 32_000 for copy, count in zip(copies, counts, strict=True) if count}
    expected = published_copies(image)
    assert image.tobytes() not in expected
    assert sorted(expected.values()) == [1 / 8] * 6 + [1 / 4]
    assert found == pytest.approx(dict(expected), abs=0.01)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("signed_log", lambda v: np.sign(v) * np.log(1 + np.abs(v))),
        ("asinh", lambda v: np.log(v + np.sqrt(v**2 + 1))),
        ("linear", lambda v: v),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int16])
def test_scalings(kind, expected, dtype):
    """Integers would be truncated by a logarithm in place: log(1 + 3) is not 1."""
    pixels = np.array([-300, -3, 0, 1, 3, 2000], dtype=dtype).reshape(1, 1, 2, 3)
    out = PixelScaling(kind)(torch.as_tensor(pixels))
    assert out.dtype == torch.float32
    np.testing.assert_allclose(out.numpy(), expected(pixels.astype(float)), rtol=1e-6)


def test_softening_is_of_each_channel_and_kinds_are_known():
    scaled = PixelScaling("linear", torch.tensor([2.0, 4.0]))(torch.ones(1, 2, 2, 2))
    np.testing.assert_array_equal(scaled[0, :, 0, 0].numpy(), [0.5, 0.25])
    with pytest.raises(ValueError, match=r"scaling='log' is none of signed_log, asinh, linear"):
        PixelScaling("log")


def test_apertures_add_up_light_within_circles():
    masks = aperture_masks((64, 64), 8).reshape(8, 64, 64).numpy()
    radius = 1.5 * (32 / 1.5) ** (np.arange(8) / 7)
    assert (np.diff(masks.sum(axis=(1, 2))) > 0).all()
    for mask, r in zip(masks[3:], radius[3:], strict=True):  # pixels of a circle, to their granularity
        assert mask.sum() == pytest.approx(np.pi * r**2, rel=0.15)
    pixels = torch.rand(40, 2, 64, 64) + 0.1
    light = Apertures(pixels, 8)
    flux = np.einsum("nchw,khw->nck", pixels.numpy(), masks).reshape(40, 16)
    shown = np.arcsinh(flux / (0.1 * np.median(np.abs(flux), axis=0)))
    expected = (shown - shown.mean(axis=0)) / shown.std(axis=0)
    np.testing.assert_allclose(light(pixels).numpy(), expected, atol=2e-4)
    blank = Apertures(torch.zeros(5, 2, 16, 16), 3)(torch.zeros(5, 2, 16, 16))
    assert (blank == 0).all()
