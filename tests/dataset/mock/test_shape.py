import numpy as np
import pytest

from galaxy_causal.dataset.mock.images import draw_images
from galaxy_causal.dataset.mock.model import DISK_FLATTENING, axis_ratio
from galaxy_causal.dataset.mock.shape import axis_ratios, moments
from galaxy_causal.dataset.mock.telescope import FRAME, seeing_node


def disks(galaxy, cosine, angle=0.4):
    flux = np.zeros((len(cosine), 2, 5))
    flux[:, 1] = 100.0
    values = {"disk_radius": 3.0, "apparent_cos_inclination": cosine, "position_angle": angle}
    return draw_images(galaxy(len(cosine), **values), flux)


@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_axis_ratios_of_disks(galaxy, angle):
    """Within 0.06: a disk is no Gaussian, for which the corrections are exact."""
    cosine = np.array([0.0, 0.3, 0.6, 0.8, 1.0])
    seeing = np.repeat(seeing_node(np.array([1.43])), 5)
    found = axis_ratios(moments(disks(galaxy, cosine, angle)), np.full(5, 2.5), seeing)
    expected = axis_ratio(cosine, DISK_FLATTENING)
    np.testing.assert_allclose(found, np.repeat(expected[:, None], 5, axis=1), atol=0.06)


def test_what_cannot_be_measured_is_nan_and_noise_has_a_bound():
    frames = np.zeros((3, 5, FRAME, FRAME), dtype=np.float32)
    frames[1:, :, FRAME // 2, FRAME // 2] = 1.0  # a point is sharper than the seeing: nothing is left
    frames[2] *= -1
    found = axis_ratios(moments(frames), np.full(3, 1.0), np.full(3, 5))
    assert np.isnan(found[0]).all()
    assert (found[1] == 0.05).all()
    assert np.isnan(found[2]).all()
    assert np.isnan(axis_ratios(moments(frames), np.full(3, np.nan), np.full(3, 5))).all()
