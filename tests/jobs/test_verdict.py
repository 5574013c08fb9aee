"""Verdicts on a decomposition through the command line."""

import numpy as np
import pytest
from astropy.table import Table
from stored import runs

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


def test_the_second_opinion_can_be_left_out(galaxy_causal, tmp_path, table):
    outcome = galaxy_causal(*table, *SHORT, "decomposition.referee=false")
    assert outcome.code == 0, outcome.err
    assert "second opinion" not in outcome.out
    assert {run.data.tags["estimator"] for run in runs(tmp_path, "fit")} == {"cross_entropy"}


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
