"""Densities of single galaxies: those of a planted Gaussian, of classes, and where there are none."""

from dataclasses import replace

import numpy as np
import pytest

from galaxy_causal.dataset import gaussian
from galaxy_causal.estimator import Amortised, CrossEntropy, Gaussian, TabICL
from galaxy_causal.fitting import FitMaker, FitStore, Fitting, keeps_one_density, pair_densities
from galaxy_causal.network import preset
from galaxy_causal.types import Input, InputPair, InputSet, PairFits

N, SPLIT = 6000, {"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}
X1, X2 = (InputSet(name, (Input("signal", name),)) for name in ("x1", "x2"))
PAIR = InputPair(X1, X2, InputSet("both", (*X1.items, *X2.items)))
R1, R2 = 0.8, 0.5


def network(name, epochs):
    given = preset(name)
    return replace(given, width=32, training=replace(given.training, max_epochs=epochs, batch_size=256))


def made(estimator, given):
    maker = FitMaker(
        Fitting(estimator=estimator, network=given, seeds=1),
        gaussian(N, R1, R2, 0.0, seed=0, split=SPLIT),
        FitStore.temporary,
    )
    return maker, [maker.fit(one, 0) for one in (PAIR.x1, PAIR.x2, PAIR.union)]


@pytest.fixture(scope="module")
def densities():
    maker, fits = made(CrossEntropy(), network("mlp", 25))
    rows = np.flatnonzero(maker.catalogue.split == "test")[:40]
    three = (PAIR.x1, PAIR.x2, PAIR.union)
    return maker, rows, pair_densities(maker, PAIR, three, PairFits(*((one,) for one in fits)), rows), fits


def test_a_planted_gaussian_has_its_densities(densities):
    """p(y | x) of correlation r has the mean 10 + 0.6 r x and the deviation 0.6 sqrt(1 - r^2)."""
    maker, rows, found, _ = densities
    step = found.grid[1] - found.grid[0]
    np.testing.assert_allclose(found.density.sum(axis=2) * step, 1.0, atol=0.02)
    assert found.prior.sum() * step == pytest.approx(1.0, abs=0.01)
    signals = maker.catalogue.features["signal"]
    x1, x2 = (signals[name].value[rows] for name in ("x1", "x2"))
    means = 10 + 0.6 * np.stack([R1 * x1, R2 * x2, R1 * x1 + R2 * x2])
    deviations = 0.6 * np.sqrt(1 - np.array([R1**2, R2**2, R1**2 + R2**2]))
    for k in range(3):
        p = found.density[:, k] / found.density[:, k].sum(axis=1, keepdims=True)
        mean = p @ found.grid
        deviation = np.sqrt((p * (found.grid - mean[:, None]) ** 2).sum(axis=1))
        # 4,200 training galaxies know a line to some hundredths of a deviation, the edges less well.
        assert np.median(np.abs(mean - means[k])) < 0.06 * 0.6, k
        assert np.median(deviation) == pytest.approx(deviations[k], rel=0.12), k


def test_the_densities_are_those_of_the_informations(densities):
    """At the true target log p(y | x) - log p(y) is the stored information, but for the grid's steps."""
    maker, rows, found, fits = densities
    assert not found.discrete
    for k, fit in enumerate(fits):
        ratio = np.log(found.density[:, k] / found.prior)
        there = [
            np.interp(y, found.grid, one) for y, one in zip(maker.catalogue.target[rows], ratio, strict=True)
        ]
        np.testing.assert_allclose(there, fit.pointwise_mi[rows], atol=0.05)


def test_one_fit_of_all_subsets_has_them_too():
    maker = FitMaker(
        Fitting(estimator=Amortised(), network=network("amortised", 12), seeds=1),
        gaussian(N, R1, R2, 0.0, seed=0, split=SPLIT), FitStore.temporary,
    )  # fmt: skip
    divided = replace(PAIR.union, players=PAIR.union.items)
    fit = (maker.fit(divided, 0),)
    rows = np.flatnonzero(maker.catalogue.split == "test")[:20]
    found = pair_densities(maker, PAIR, (divided,), PairFits(fit, fit, fit), rows)
    step = found.grid[1] - found.grid[0]
    np.testing.assert_allclose(found.density.sum(axis=2) * step, 1.0, atol=0.03)
    widths = [
        np.median(np.sqrt((p * (found.grid - (p @ found.grid)[:, None] * step) ** 2).sum(axis=1) * step))
        for p in found.density.transpose(1, 0, 2)
    ]
    assert widths[2] < widths[0] < widths[1] < 0.65  # the more is known, the narrower


def test_estimators_that_keep_no_density_have_none():
    maker, fits = made(Gaussian(), network("mlp", 1))
    assert pair_densities(maker, PAIR, (), PairFits(*((one,) for one in fits)), np.arange(3)) is None
    assert keeps_one_density(CrossEntropy())
    assert not any(map(keeps_one_density, (Gaussian(), CrossEntropy(folds=3), TabICL())))
