"""Verdicts on a decomposition through the command line."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.table import Table, vstack
from informations import of_pair
from stored import runs

from galaxy_causal.decomposition import ALWAYS, summarise
from galaxy_causal.jobs.decompose.verdict import judged, words
from galaxy_causal.types import Fit, PairFits

SHORT = ("seeds=1", "fits_at_once=1", "network.training.max_epochs=3")


@pytest.fixture
def table(tmp_path):
    """300 galaxies whose mass rests on two of ten numbers, in a file."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 10))
    mass = 10 + 0.4 * (x[:, 0] + x[:, 1]) + 0.2 * rng.normal(size=300)
    columns = {"mass": mass, "z": 0.1 + 0.01 * rng.random(300)} | {f"c{k}": x[:, k] for k in range(10)}
    Table(columns).write(tmp_path / "t.csv")
    other = "{" + ", ".join(f"c{k}: c{k}" for k in range(10)) + "}"
    return (
        "dataset=table", f"dataset.path={tmp_path / 't.csv'}", "dataset.columns.target=mass",
        "dataset.columns.redshift=z", f"dataset.columns.other={other}",
        "bands=pair", "bands.x1.other=true", "bands.x2.redshift=true",
    )  # fmt: skip


def test_numbers_are_marked_and_tracked(galaxy_causal, tmp_path, table):
    """210 training galaxies do not teach ten inputs: less is found than there is, and is said to be."""
    outcome = galaxy_causal(*table, "seeds=1", "fits_at_once=1", "network.training.max_epochs=20")
    assert outcome.code == 0, outcome.err
    assert "second opinion, by boosted trees:" in outcome.out
    assert len(runs(tmp_path, "fit")) == 6
    (run,) = runs(tmp_path, "decompose")
    truth = 0.5 * np.log(1 + 2 * 0.4**2 / 0.2**2)
    assert run.data.metrics["mi_x1"] < truth - run.data.metrics["mi_x1_err"]
    assert run.data.tags["verdict_mi_x1"] == "not to be trusted"  # 45 test galaxies: fewer than 50
    assert run.data.metrics["verdict/mi_x1"] == 2.0
    assert run.data.metrics["mi_x1_shortfall"] >= 0.0
    assert "(?): not to be trusted" in outcome.out
    assert "of 45 held-out galaxies nothing is to be trusted; at least 50 are needed" in outcome.err


def test_the_second_opinion_can_be_left_out(galaxy_causal, tmp_path, table):
    outcome = galaxy_causal(*table, *SHORT, "decomposition.referee=false")
    assert outcome.code == 0, outcome.err
    assert "second opinion" not in outcome.out
    assert {run.data.tags["estimator"] for run in runs(tmp_path, "fit")} == {"cross_entropy"}


@pytest.mark.long
def test_few_values_of_the_target_are_said_to_be_classes(galaxy_causal, tmp_path, table):
    rows = Table.read(tmp_path / "t.csv")
    rows["mass"] = np.round(rows["mass"])
    rows.write(tmp_path / "t.csv", overwrite=True)
    outcome = galaxy_causal(*table, *SHORT)
    assert outcome.code == 0, outcome.err
    assert (
        f"the target has {len(np.unique(rows['mass'][:210]))} values: they are treated as classes"
        in outcome.out
    )


@pytest.mark.long
def test_a_closed_form_that_sees_no_curve_is_told_what_it_misses(galaxy_causal, tmp_path, table):
    """A square has no correlation: what a joint Gaussian finds is nothing."""
    rows = Table.read(tmp_path / "t.csv")
    rows["mass"] = 10 + rows["c0"] ** 2 + 0.1 * np.random.default_rng(1).normal(size=len(rows))
    rows.write(tmp_path / "t.csv", overwrite=True)
    outcome = galaxy_causal(*table, "estimator=gaussian")
    assert outcome.code == 0, outcome.err
    (run,) = runs(tmp_path, "decompose")
    assert run.data.metrics["mi_x1"] < 0.1
    assert run.data.metrics["mi_x1_shortfall"] > 0.2


@pytest.mark.long
def test_the_second_opinion_is_of_the_target_in_the_same_bins(galaxy_causal, tmp_path, table):
    """Of one of two bins no more than log 2 nats can be known, however much of the target."""
    rows = Table.read(tmp_path / "t.csv")
    rows["mass"] = 10 + rows["c0"] + rows["c1"]
    rows.write(tmp_path / "t.csv", overwrite=True)
    bins = ("estimator.low=5", "estimator.high=15", "estimator.bins=2", "estimator.prior=histogram")
    outcome = galaxy_causal(*table, *SHORT, *bins)
    assert outcome.code == 0, outcome.err
    found = [r.data.metrics["mi"] for r in runs(tmp_path, "fit") if r.data.tags["estimator"] == "boosted"]
    assert 0.3 < max(found) < np.log(2)


class Galaxies:
    """What of a catalogue a verdict rests on: ten galaxies of training for each of test."""

    galaxy_class = None
    target_classes = ()
    target = np.arange(1100.0)
    split = np.repeat(["train", "test"], [1000, 100])

    def __len__(self):
        return len(self.split)


@pytest.mark.parametrize("fits", [3, 1])
def test_other_targets_in_the_test_sample_are_a_fault_of_one_fit_for_all_as_of_three(fits):
    """The metrics of a fit that takes subsets are of all inputs, but the target is the same."""
    informations = of_pair(0.5 + 0.1 * np.random.default_rng(0).normal(size=(1, 3, 1100)))
    catalogue = Galaxies()
    held_out = catalogue.split == "test"
    summaries = summarise(informations.of(held_out), np.zeros(100, dtype=int), ["all"], 50, 0)[:1]
    metrics = {"prior_mismatch": 0.3, "mi_test": 0.5, "mi_train": 0.5, "pit_distance": 0.9}
    made = [(Fit("", informations.x1[0], metrics, False, None),) for _ in range(fits)]
    found = PairFits(*(made if fits == 3 else made * 3))
    (summary,), evidence = judged(summaries, catalogue, held_out, informations, found, ALWAYS)
    assert "0.300 nats" in evidence["all"]["mi_x1"].faults[0]
    assert set(summary.verdict.values()) == {"not to be trusted"}
    assert (evidence["all"]["mi_x1"].shortfall > 0.1) == (fits == 3)  # the calibration is of all inputs


def test_a_network_that_finds_nothing_where_there_is_something_is_named():
    """Its share is the prior's: nothing for every galaxy, exactly, which is no lower bound in the table."""
    rng = np.random.default_rng(0)
    informations, catalogue = of_pair(np.zeros((1, 3, 1100))), Galaxies()
    held_out = catalogue.split == "test"
    summaries = summarise(informations.of(held_out), np.zeros(100, dtype=int), ["all"], 50, 0)[:1]
    fits = PairFits(*((Fit("", informations.x1[0], {"mi_test": 0.0}, False, None),) for _ in range(3)))
    opinions = 0.35 + 0.1 * rng.normal(size=(3, 1100))
    (summary,), evidence = judged(summaries, catalogue, held_out, informations, fits, ALWAYS, opinions)
    assert summary.verdict["mi_x1"] == "not to be trusted"
    inputs = SimpleNamespace(label="inputs")
    lines = list(words(summary, evidence["all"], SimpleNamespace(x1=inputs, x2=inputs, union=inputs)))
    assert len(lines) == 3
    assert all("is not to be trusted, some 0.3" in line and "independent" in line for line in lines)


def test_a_target_that_hardly_varies_is_not_to_be_trusted(galaxy_causal, tmp_path, table):
    """100 of 600 masses differ from the rest: some 15 of the 90 test galaxies carry every number."""
    rng = np.random.default_rng(3)
    rows = vstack([Table.read(tmp_path / "t.csv")] * 2)
    rows["c0"] = rng.normal(size=len(rows))
    rows["mass"] = np.where(rng.random(len(rows)) < 1 / 8, 10 + 0.3 * rows["c0"], 10.0)
    rows.write(tmp_path / "t.csv", overwrite=True)
    outcome = galaxy_causal(*table, "estimator=gaussian", "decomposition.referee=false")
    assert outcome.code == 0, outcome.err
    assert re.search(r"all but 1?\d of its 90 held-out galaxies have the same target", outcome.err)
    (run,) = runs(tmp_path, "decompose")
    assert run.data.tags["verdict_mi_union"] == "not to be trusted"
