"""Averages of local tests over realisations, groups and bins of galaxies."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import norm

from galaxy_causal.dataset import gaussian
from galaxy_causal.jobs.causal.answers import average, bins_of, groups_of
from galaxy_causal.jobs.causal.graph import graph_of
from galaxy_causal.types import Answer, Pooled

ONE = Pooled(
    group="all", galaxies=50, independent=7.0, disjoint=5, corr=0.2, corr_null=0.01, corr_error=0.1,
    corr_null_error=0.15, corr_p=0.05, pred_eff=0.3, pred_eff_error=0.04, pred_eff_null=0.1,
    pred_eff_null_error=0.03, pred_eff_p=0.02, significant=0.4, gradient_bound=0.25, kernel_p=np.nan,
)  # fmt: skip


def test_one_realisation_stays_as_it_is():
    found = average([ONE])
    for item in fields(found):
        if item.name != "kernel_p":
            assert getattr(found, item.name) == getattr(ONE, item.name)
    assert np.isnan(found.kernel_p)


def test_realisations_are_averaged_and_their_variance_adds_to_the_error():
    found = average([ONE, replace(ONE, corr=0.4, pred_eff_p=0.8, significant=0.0, kernel_p=0.1)])
    between = np.var([0.2, 0.4], ddof=1) / 2
    assert (found.corr, found.significant) == pytest.approx((0.3, 0.2))
    assert found.corr_error == pytest.approx(np.sqrt(0.1**2 + between))
    assert found.corr_p == pytest.approx(2 * norm.sf(0.3 / np.sqrt(0.15**2 + between)))
    assert average([replace(ONE, kernel_p=p) for p in (0.01, 0.03)]).kernel_p == pytest.approx(0.04)
    assert found.pred_eff_p == pytest.approx(2 * 0.41)
    assert average([ONE, replace(ONE, pred_eff_p=0.9), replace(ONE, pred_eff_p=1.0)]).pred_eff_p == 1.0


def test_groups_without_neighbourhoods_have_nan():
    none = Pooled("all", 0, 0.0, 0, *[np.nan] * 13)
    for realisations in ([none], [none, none]):
        found = average(realisations)
        assert np.isnan(found.p)
        assert found.galaxies == 0
        assert np.isnan([found.corr, found.corr_p, found.pred_eff, found.pred_eff_p]).all()


def test_bins_hold_each_galaxy_once_and_equally_many():
    galaxies = gaussian(
        1000, 0.5, 0.5, 0.0, split={"train": 0.7, "validation": 0.15, "test": 0.15, "seed": 0}, seed=0
    )
    galaxies = replace(
        galaxies, galaxy_class=np.where(np.arange(1000) % 3 == 0, "passive", "odd"),
        magnitude=np.where(np.arange(1000) < 500, np.nan, galaxies.target), magnitude_label="m",
    )  # fmt: skip
    tested = np.flatnonzero(galaxies.split == "test")
    groups = groups_of(galaxies, tested)
    assert list(groups) == ["all", "passive", "odd"]
    bins = bins_of(galaxies, tested, groups, count=4, least=20)
    mass = next(b for b in bins if (b.group, b.label) == ("all", galaxies.target_label))
    assert [int(m.sum()) for m in mass.masks] == [38, 38, 37, 37]
    assert np.sum(mass.masks, axis=0).tolist() == [1] * 150
    assert (np.diff(mass.centre) > 0).all()
    magnitude = next(b for b in bins if (b.group, b.label) == ("all", "m"))
    assert np.sum(magnitude.masks) == np.isfinite(galaxies.magnitude[tested]).sum()
    assert all(len(b.masks) == max(1, min(4, int(np.sum(b.masks)) // 20)) for b in bins)
    assert not [b for b in bins if np.sum(b.masks) < 20]


def test_the_graph_joins_what_tells_more():
    """And nothing else: that the latent tells of the target makes it no cause."""
    tells, silent = (replace(average([ONE]), corr_p=p, pred_eff_p=1.0) for p in (0.02, 0.04))
    answers = [Answer("a", (), (tells,), ()), Answer("b", ("c",), (silent,), ())]
    graph, rows = graph_of("ugriz", "mass", answers)
    assert graph.variables == ("ugriz", "latent", "mass", "a", "b given c")
    assert [(e.a, e.b, e.mark_a, e.mark_b) for e in graph.edges] == [
        ("a", "mass", "circle", "circle"),
    ]
    assert [row["a"] for row in rows] == ["a"]
    by_kernel = Answer("c", (), (replace(silent, kernel_p=0.01),), ())  # three tests: 0.03
    assert [row["a"] for row in graph_of("ugriz", "mass", [by_kernel])[1]] == ["c"]
