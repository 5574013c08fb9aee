"""What one input says beyond another."""

import numpy as np
import pytest
import torch

from galaxy_causal.network import Mlp, Standardise, Training
from galaxy_causal.network.pixels import Apertures
from galaxy_causal.network.residuals import (
    Residuals,
    WithResiduals,
    colour_pairs,
    profile_pairs,
    related_pairs,
)
from galaxy_causal.types import Sample, UserError

EDGES = np.linspace(6.0, 12.5, 521)


@pytest.fixture(scope="module")
def magnitudes():
    """g, its error, r that is g less a colour, and a number that has nothing to do with them."""
    rng = np.random.default_rng(0)
    g = rng.normal(17.0, 1.0, 4000)
    colour = rng.normal(0.7, 0.05, 4000)
    return np.column_stack([g, 10 ** (0.4 * (g - 22)), g - colour, rng.normal(size=4000)]), colour


def test_the_residual_of_two_magnitudes_is_their_colour(magnitudes):
    x, colour = magnitudes
    scaled = Standardise(x).scaled(torch.as_tensor(x))
    residuals = Residuals(scaled, torch.tensor([[0, 2]]))(scaled)
    assert residuals.shape == (4000, 1)
    # of the colour, some 0.0025 of the magnitude is in the line's slope: 0.05^2 / 1
    assert abs(np.corrcoef(residuals[:, 0].numpy(), colour)[0, 1]) > 0.99


def test_pairs_that_share_little_and_columns_that_are_constant_are_left_out(magnitudes):
    x = np.column_stack([magnitudes[0], np.full(4000, 3.0)])
    scaled = Standardise(x).scaled(torch.as_tensor(x))
    assert related_pairs(scaled, [4, 3, 2, 0], 0.5).tolist() == [[0, 2]]
    assert related_pairs(scaled, range(5), 1.0).shape == (0, 2)
    out = WithResiduals(x, range(5), 0.0)(torch.as_tensor(x))
    assert torch.isfinite(out).all()


def test_values_come_first_and_alone_where_nothing_is_related(magnitudes):
    x = magnitudes[0]
    alone = WithResiduals(x, [0, 3], 0.5)
    assert alone.count == 4
    torch.testing.assert_close(alone(torch.as_tensor(x)), Standardise(x)(torch.as_tensor(x)))
    joined = WithResiduals(x, [0, 2, 3], 0.5)
    assert joined.count == 5
    torch.testing.assert_close(joined(torch.as_tensor(x))[:, :4], alone(torch.as_tensor(x)))


def test_mlp_joins_no_errors(magnitudes):
    x = magnitudes[0]
    y = np.random.default_rng(1).normal(10.0, 0.6, 4000)
    columns = ("photometry/g", "photometry/g/error", "photometry/r", "redshift/redshift")
    data = Sample(x, y, np.full(4000, "train"), columns, frozenset({"photometry"}))
    assert data.values == (0, 2, 3)
    first = Mlp(Training()).build(data, EDGES).encoder[0]
    assert first.residuals.one.tolist() == [0]
    assert first.residuals.other.tolist() == [2]
    with pytest.raises(UserError, match=r"network\.related=1\.5 must be at most 1"):
        Mlp(Training(), related=1.5)


def test_colours_are_of_two_bands_in_one_aperture_and_profiles_of_one_band():
    columns = torch.arange(12).reshape(3, 4)
    assert {tuple(pair) for pair in colour_pairs(columns[:2, :2]).tolist()} == {(0, 4), (1, 5)}
    assert len(colour_pairs(columns)) == 3 * 4
    assert {tuple(pair) for pair in profile_pairs(columns[1:]).tolist()} == {
        (4, 5), (5, 6), (6, 7), (8, 9), (9, 10), (10, 11),
    }  # fmt: skip
    for empty in (colour_pairs(columns[:1]), profile_pairs(columns[:, :1])):
        assert empty.shape == (0, 2)


def test_an_image_s_colour_at_the_centre_is_given_to_the_network():
    """Two bands that share all light but for a faint core: it is a thousandth of the variation of either
    band's light within the smallest aperture, and most of what their residual is."""
    rng = np.random.default_rng(0)
    core = rng.normal(size=500)
    pixels = np.repeat(np.exp(rng.normal(size=500))[:, None, None, None], 2, axis=1) * np.ones((1, 1, 16, 16))
    pixels[:, 0, 7:9, 7:9] *= np.exp(0.03 * core)[:, None, None]
    light = Apertures(torch.as_tensor(pixels), 4)
    values = light(torch.as_tensor(pixels))
    residual = Residuals(values, torch.tensor([[0, 4]]))(values)[:, 0]
    assert abs(np.corrcoef(core, values[:, 0])[0, 1]) < 0.1
    assert abs(np.corrcoef(core, residual)[0, 1]) > 0.9
