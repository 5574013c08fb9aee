"""What one input says beyond another."""

import numpy as np
import pytest
import torch

from galaxy_causal.network import Mlp, Standardise, Training
from galaxy_causal.network.residuals import Residuals, WithResiduals, related_pairs
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
    with pytest.raises(UserError, match="a number from 0 to 1"):
        Mlp(Training(), related=1.5)
