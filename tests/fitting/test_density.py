"""A stored fit tells of new galaxies what it told of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from densities import Given

from galaxy_causal.dataset import sample
from galaxy_causal.estimator import Amortised, Cells, CrossEntropy, Gaussian
from galaxy_causal.estimator.predictive import Predictive, mixture
from galaxy_causal.estimator.target import Target
from galaxy_causal.fitting import GALAXIES, FitMaker, FitStore, FittedDensity, Fitting
from galaxy_causal.fitting.density import mixture_of
from galaxy_causal.fitting.portable import LEVELS, PortableDensity
from galaxy_causal.network import preset
from galaxy_causal.types import Catalogue, Feature, Input, InputSet, UserError

N = 400
INPUTS = InputSet("photometry[gr]", (Input("photometry", "g", error=True), Input("photometry", "r")), ())
KINDS = {
    "cells": CrossEntropy(),
    "bins": CrossEntropy(8.0, 13.0, 40, recalibrate="temperature"),
    "pit": CrossEntropy(recalibrate="pit"),
    "as learnt": CrossEntropy(recalibrate="none"),
    "classes": CrossEntropy(),
}


def galaxies(name: str = "mine", seed: int = 0, kind: str = "cells") -> Catalogue:
    rng = np.random.default_rng(seed)
    mass = rng.normal(10.5, 0.5, N)
    magnitudes = {band: 30 - mass + 0.2 * rng.normal(size=N) for band in "gr"}
    error = np.full(N, 0.2) + 0.01 * rng.random(N)
    return Catalogue(
        name=name,
        id=np.arange(N),
        target=np.round(mass) if kind == "classes" else mass,
        target_label="log M",
        features={"photometry": {b: Feature(m, "mag", error) for b, m in magnitudes.items()}},
        split=np.repeat(["train", "validation", "test"], [240, 80, 80]),
    )


def maker(kind: str) -> FitMaker:
    mlp = preset("mlp")
    network = replace(mlp, width=16, blocks=1, training=replace(mlp.training, max_epochs=8))
    fitting = Fitting(estimator=KINDS[kind], network=network)
    return FitMaker(fitting, galaxies(kind=kind), FitStore.temporary)


@pytest.fixture(scope="module", params=KINDS)
def fit(request):
    made = maker(request.param)
    stored = made.fit(INPUTS, 0)
    table = pq.read_table(made.stored(INPUTS, 0).folder / GALAXIES)
    return request.param, made, stored, {name: table[name].to_numpy() for name in table.column_names}


def test_it_tells_of_its_own_galaxies_what_was_stored(fit):
    _, made, stored, table = fit
    density, own = FittedDensity(made, INPUTS, 0), made.catalogue
    information = density.log_prob(own, own.target) - density.log_prior(own.target)
    np.testing.assert_allclose(information, stored.pointwise_mi, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(density.predict(own), table["estimate"], rtol=1e-12)
    assert stored.metrics["mi_test"] > 0.3, "it has learnt something to be told"


def test_it_is_a_density_per_unit_of_the_target(fit):
    """The sum over cells of p(y | x) dy is one, and so is that of the prior."""
    kind, made, _, _ = fit
    density = FittedDensity(made, INPUTS, 0)
    cells = density.predictive.target.cells
    one = sample(made.catalogue, INPUTS).take(np.full(cells.count, 300))
    middle = cells.bounds[1:] if kind == "classes" else 0.5 * (cells.bounds[1:] + cells.bounds[:-1])
    width = np.ones(cells.count) if kind == "classes" else np.diff(cells.bounds)
    for logs in (density.log_prob(one, middle), density.log_prior(middle)):
        assert np.sum(np.exp(logs) * width) == pytest.approx(1.0, abs=1e-6)


def test_draws_have_its_mean_and_its_distribution(fit):
    kind, made, _, table = fit
    density, count = FittedDensity(made, INPUTS, 0), 2000
    draws = density.sample(made.catalogue, count, seed=3)
    assert draws.shape == (N, count)
    np.testing.assert_array_equal(draws, density.sample(made.catalogue, count, seed=3))
    assert not np.array_equal(draws, density.sample(made.catalogue, count, seed=4))
    error = draws.std(axis=1) / np.sqrt(count)
    cells = density.predictive.target.cells
    off = 0.5 * np.max(np.diff(cells.bounds)) * (kind not in ("classes", "bins"))  # centres are medians
    within = np.abs(draws.mean(axis=1) - table["estimate"]) < 5 * error + 0.05 * off + 1e-9
    assert within.all()
    y = made.catalogue.target[:, None]
    low, high = (draws < y).mean(axis=1), (draws <= y).mean(axis=1)
    sigma = 0.5 / np.sqrt(count)
    inside = np.abs(made.catalogue.target - cells.bounds.mean()) < 0.5 * np.ptp(cells.bounds)
    assert ((low - 5 * sigma <= table["pit"]) & (table["pit"] <= high + 5 * sigma))[inside].all()
    if kind == "classes":
        assert set(np.unique(draws)) <= set(np.unique(made.catalogue.target))
    else:
        np.testing.assert_allclose(low[inside], table["pit"][inside], atol=5 * sigma)


def test_new_galaxies_are_told_of_by_name(fit):
    kind, made, _, _ = fit
    density, new = FittedDensity(made, INPUTS, 0), galaxies("hers", seed=1, kind=kind)
    estimate = density.predict(new)
    assert np.std(estimate - new.target) < 0.8 * np.std(new.target)
    np.testing.assert_array_equal(estimate, density.predict(sample(new, INPUTS)))
    bands = new.features["photometry"]
    for features, message in (
        (
            {"r": bands["r"]},
            r"no photometry/g, photometry/g/error; the fit of photometry\[gr\] needs .*/g/error",
        ),
        ({**bands, "g": replace(bands["g"], error=None)}, "has no photometry/g/error;"),
        (
            {**bands, "r": replace(bands["r"], unit="nanomaggy")},
            "photometry/r is in nanomaggy, and was in mag",
        ),
    ):
        with pytest.raises(UserError, match=message):
            density.predict(replace(new, features={"photometry": features}))
    with pytest.raises(UserError, match=r"the fit was given photometry/g, photometry/g/error, photometry/r"):
        density.predict(sample(new, replace(INPUTS, items=INPUTS.items[:1])))
    with pytest.raises(UserError, match=r"y of shape \(3,\): give a finite target for each of 400"):
        density.log_prob(new, new.target[:3])


def test_what_holds_no_density_is_refused():
    made = maker("cells")
    with pytest.raises(UserError, match="seed 0 was not made"):
        FittedDensity(made, INPUTS, 0)
    for estimator, name in ((Gaussian(), "gaussian"), (CrossEntropy(folds=3), "cross_entropy in folds")):
        with pytest.raises(UserError, match=f"fits of estimator={name} hold no one density"):
            FittedDensity(replace(made, fitting=replace(made.fitting, estimator=estimator)), INPUTS, 0)


def test_of_an_amortised_fit_it_is_the_density_of_all_inputs():
    made = maker("cells")
    network = replace(preset("amortised_small"), training=replace(preset("mlp").training, max_epochs=2))
    made = replace(made, fitting=Fitting(estimator=Amortised(), network=network))
    inputs = replace(INPUTS, players=tuple(replace(item, error=False) for item in INPUTS.items))
    stored = made.fit(inputs, 0)
    density, own = FittedDensity(made, inputs, 0), made.catalogue
    information = density.log_prob(own, own.target) - density.log_prior(own.target)
    np.testing.assert_allclose(information, stored.pointwise_mi, rtol=1e-12, atol=1e-12)


def test_quantiles_are_those_of_its_draws_and_of_the_mean_of_several(fit):
    """Of 4,000 draws a level is met within 0.05: six standard errors of a share of a half."""
    kind, made, _, _ = fit
    density, some = FittedDensity(made, INPUTS, 0), made.catalogue
    levels = [0.1, 0.5, 0.9]
    told, draws = density.quantiles(some, levels), density.sample(some, 4000, seed=1)
    assert told.shape == (N, 3)
    for k, level in enumerate(levels):
        below, up_to = ((draws < told[:, [k]]).mean(axis=1), (draws <= told[:, [k]]).mean(axis=1))
        assert np.all((below <= level + 0.05) & (up_to >= level - 0.05))
    if kind != "classes":
        means, cuts = mixture_of([density, density], some, levels)
        np.testing.assert_array_equal(cuts, told)
        np.testing.assert_array_equal(means, [density.predict(some)] * 2)
    with pytest.raises(UserError, match="between 0 and 1"):
        density.quantiles(some, [0.5, 1.0])


def test_of_a_frame_it_tells_the_same_without_holding_all_probabilities(fit, monkeypatch):
    _, made, _, _ = fit
    density = FittedDensity(made, INPUTS, 0)
    portable = PortableDensity.of(density)
    values = sample(made.catalogue, INPUTS).x
    monkeypatch.setattr(Predictive, "all_probabilities", None)
    told = portable.tell(pd.DataFrame(values, columns=portable.columns))
    np.testing.assert_allclose(told["estimate"], density.predict(made.catalogue), rtol=1e-12)
    expected = density.quantiles(made.catalogue, LEVELS)
    np.testing.assert_allclose(told.iloc[:, 1:].to_numpy(), expected, rtol=1e-12)


def test_a_mixture_lies_between_its_parts():
    """Of two distant spikes the median of the mean is at the end of the lower one, the quartiles within."""
    cells = Cells.of(np.linspace(0.0, 1.0, 5000))
    low, high = (np.argmin(np.abs(cells.centres - c)) for c in (0.2, 0.8))
    target = Target(cells, np.full(cells.count, 1 / cells.count), np.zeros(3, int), None)
    spikes = [Given(lambda part, k=k: np.tile(np.eye(cells.count)[k], (len(part.y), 1))) for k in (low, high)]
    told = [Predictive(spike, None, target) for spike in spikes]
    data = sample(galaxies(), INPUTS).take(np.arange(3))
    _, found = mixture(told, [data, data], np.array([0.25, 0.5, 0.75]))
    wide = np.diff(cells.bounds).max()
    np.testing.assert_allclose(found, np.tile([0.2, cells.bounds[low + 1], 0.8], (3, 1)), atol=2 * wide)
