from dataclasses import replace

import numpy as np
import pytest
from densities import Given
from gaussian_samples import gaussian_sample

from galaxy_causal.estimator import Binning, Cells, CrossEntropy, prior, target_of
from galaxy_causal.estimator.target import given_bins
from galaxy_causal.types import Learner, UserError

PUBLISHED = (6.0, 12.5, 520)


class Independent(Learner):
    """Says the training galaxies' own shares of the cells, whatever the inputs."""

    def fit(self, sample, bins, edges):
        share = np.bincount(bins[sample.split == "train"], minlength=len(edges) - 1) + 0.0
        p = share / share.sum()
        return Given(lambda part: np.tile(p, (len(part.y), 1)))


def test_without_bins_the_training_galaxies_are_the_measure():
    data = gaussian_sample(0.5, 2000, seed=0)
    train = data.split == "train"
    target = target_of(data, None, "kernel")
    expected = Cells.of(data.y[train])
    np.testing.assert_array_equal(target.edges, expected.edges)
    np.testing.assert_array_equal(target.prior, expected.mass)
    np.testing.assert_array_equal(target.label, expected.index(data.y))
    np.testing.assert_array_equal(target.sample.y, expected.score(data.y))
    np.testing.assert_array_equal(target.sample.measured, data.y)
    np.testing.assert_array_equal(target.log_prior, np.log(expected.mass)[target.label])
    assert target.sample.x is data.x
    other = replace(data, y=np.where(train, data.y, 3 * data.y))
    changed = target_of(other, None, "kernel")
    np.testing.assert_array_equal(changed.edges, target.edges)
    np.testing.assert_array_equal(changed.prior, target.prior)


@pytest.mark.parametrize("name", ["smooth", "rounded", "classes"])
def test_the_score_of_a_galaxy_lies_in_its_cell(name):
    """So that labels and targets that a learner sees agree, those outside the training galaxies too."""
    data = gaussian_sample(0.5, 2000, seed=1)
    y = {"smooth": data.y, "rounded": np.round(data.y, 1), "classes": np.floor(data.y)}[name]
    target = target_of(replace(data, y=y), None, "kernel")
    score, inside = target.sample.y, target.label
    ends = np.array([-np.inf, *target.edges[1:-1], np.inf])
    assert (score >= ends[inside] - 1e-9).all()
    assert (score <= ends[inside + 1] + 1e-9).all()


@pytest.mark.parametrize(("bins", "published"), [(Binning(6.0, 12.5, 520), None), (None, PUBLISHED)])
def test_with_bins_a_users_or_published_the_target_stays_itself(bins, published):
    data = gaussian_sample(0.5, 2000, seed=0)
    target = target_of(data, bins, "histogram", published)
    own = Binning(6.0, 12.5, 520)
    label = own.index(data.y)
    assert target.cells == own
    np.testing.assert_array_equal(target.sample.y, data.y)
    np.testing.assert_array_equal(target.label, label)
    np.testing.assert_array_equal(target.prior, prior(label[data.split == "train"], 520, "histogram"))


def test_a_users_bins_go_before_published_ones():
    data = gaussian_sample(0.5, 200, seed=0)
    assert target_of(data, Binning(5.0, 15.0, 100), "kernel", PUBLISHED).cells == Binning(5.0, 15.0, 100)


def test_published_bins_that_miss_the_target_are_refused():
    data = gaussian_sample(0.5, 200, seed=0)
    with pytest.raises(UserError, match=r"200 of 200 targets lie outside \[6.0, 12.5\]"):
        target_of(replace(data, y=data.y + 100), None, "kernel", PUBLISHED)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((6.0, None, None), "estimator.high, estimator.bins are missing"),
        ((None, 12.5, None), "estimator.low, estimator.bins are missing"),
        ((6.0, 12.5, None), "estimator.bins is missing"),
        ((None, 12.5, 520), "estimator.low is missing"),
    ],
)
def test_bins_are_given_whole_or_not_at_all(given, missing):
    with pytest.raises(UserError, match=missing):
        given_bins(*given)
    with pytest.raises(UserError, match=missing):
        CrossEntropy(*given)


def test_bins_are_given_by_three_numbers():
    assert given_bins(None, None, None) is None
    assert given_bins(0.0, 0.5, 4) == Binning(0.0, 0.5, 4)


LAWS = {
    "smooth": lambda y: y,
    "rounded": lambda y: np.round(y, 1),
    "a limit": lambda y: np.maximum(y, 9.8),
    "heavy tails": lambda y: np.tan(np.pi * (1 / (1 + np.exp(-(y - 10) * 3)) - 0.5)),
    "classes": np.round,
}


@pytest.mark.parametrize("law", LAWS)
def test_what_does_not_look_at_its_inputs_tells_nothing(law):
    """Of any target: what was learnt of the training galaxies' own scatter is taken back."""
    data = gaussian_sample(0.9, 3000, seed=2)
    found = CrossEntropy().information(replace(data, y=LAWS[law](data.y)), Independent(), 0)
    assert abs(found.metrics["mi_test"]) < 0.005
    assert np.isfinite(found.pointwise_mi).all()
