import numpy as np
import pytest
import torch

from galaxy_causal.network.pixels import Apertures, PixelScaling, aperture_masks, turned


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
