"""Stored files that were cut, emptied, removed or changed are never used, and never a traceback."""

import os
import re
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import QUICK
from stored import artifacts, client, runs

CAUSAL = (
    "job=causal", *QUICK[:4], "network=scl", *QUICK[4:7], "network.latent=2", "causal.query=x2",
    "causal.k=60", "causal.permutations=19", "causal.sufficiency=false", "causal.bins=2", "dataset.n=800",
)  # fmt: skip
SUBSETS = (
    "job=subsets", *QUICK[:7], "estimator=amortised", "subsets.draws=20", "subsets.referee=false",
)  # fmt: skip


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def emptied(file):
    file.write_bytes(b"")


def changed(file):
    table = pq.read_table(file)
    place = table.column_names.index("information")
    more = pa.array(table["information"].to_numpy() + 1)
    pq.write_table(table.set_column(place, "information", more), file)


def numbers(outcome):
    """What the job tells, without the time that it took and where it is kept."""
    return [line for line in outcome.out.splitlines() if "±" in line]


def fit_file(tmp_path, name, number=0, job="fit"):
    """Of the runs that are not set aside."""
    found = [run for run in runs(tmp_path, job) if "damaged" not in run.data.tags]
    files = (artifacts(tmp_path, run) / name for run in found)
    return sorted(file for file in files if file.exists())[number]


def test_damaged_fits_are_named_set_aside_and_made_again(galaxy_causal, tmp_path):
    first = galaxy_causal(*QUICK)
    before = {run.info.run_id for run in runs(tmp_path, "fit")}
    cut(fit_file(tmp_path, "galaxies.parquet", 0))
    changed(fit_file(tmp_path, "galaxies.parquet", 1))
    again = galaxy_causal(*QUICK)
    assert again.code == 0, again.err
    assert "3 fits: 2 trained, 1 reused" in again.out
    warnings = again.err.splitlines()
    assert len(warnings) == 2
    assert all(re.match(r"warning: stored .* seed 0 is damaged: galaxies\.parquet has ", w) for w in warnings)
    assert numbers(again) == numbers(first)
    after = runs(tmp_path, "fit")
    assert len(after) == 5
    assert sum("damaged" in run.data.tags for run in after if run.info.run_id in before) == 2
    last = galaxy_causal(*QUICK)
    assert "3 fits: 0 trained, 3 reused" in last.out
    assert last.err == ""


@pytest.mark.long
def test_a_causal_question_survives_damage(galaxy_causal, tmp_path):
    first = galaxy_causal(*CAUSAL)
    assert first.code == 0, first.err
    steps = (
        [("fit", "latent.npy", cut)],
        [("fit", "weights.pt", emptied)],
        [("fit", "galaxies.parquet", os.remove), ("neighbours", "neighbours.npz", cut)],
    )
    for harms in steps:
        for job, name, harm in harms:
            harm(fit_file(tmp_path, name, job=job))
        again = galaxy_causal(*CAUSAL)
        assert again.code == 0, again.err
        assert again.err.count("is damaged: ") == len(harms)
        assert all(f"is damaged: {name} " in again.err for _, name, _ in harms)
        assert numbers(again) == numbers(first)


def test_subsets_restore_no_damaged_weights(galaxy_causal, tmp_path):
    first = galaxy_causal(*SUBSETS)
    assert first.code == 0, first.err
    cut(fit_file(tmp_path, "weights.pt"))
    again = galaxy_causal(*SUBSETS)
    assert again.code == 0, again.err
    assert "is damaged: weights.pt has " in again.err
    assert "1 fits: 1 trained, 0 reused" in again.out
    assert numbers(again) == numbers(first)


def as_in_earlier_days(tmp_path, job):
    """Make the runs hold the files of their fits, without checksums, and nothing else hold them."""
    store = client(tmp_path)
    for run in runs(tmp_path, job):
        folder = tmp_path / "mlruns" / "artifacts" / run.info.run_id / "artifacts"
        shutil.copytree(artifacts(tmp_path, run), folder, dirs_exist_ok=True)
        for name in ("checksums.json", "about.json", "metrics.json"):
            (folder / name).unlink()
        for tag in ("shows", "folder"):
            store.delete_tag(run.info.run_id, tag)
    shutil.rmtree(tmp_path / "mlruns" / "fits")


@pytest.mark.long
def test_fits_of_earlier_days_are_read_and_refused_by_name_where_they_cannot_be(galaxy_causal, tmp_path):
    first = galaxy_causal(*SUBSETS)
    as_in_earlier_days(tmp_path, "fit")
    shutil.copytree(tmp_path / "mlruns", tmp_path / "kept")
    whole = galaxy_causal(*SUBSETS)
    assert "1 fits: 0 trained, 1 reused" in whole.out
    assert (whole.err, numbers(whole)) == ("", numbers(first))
    for k, (name, harm) in enumerate(
        (("weights.pt", cut), ("galaxies.parquet", cut), ("galaxies.parquet", emptied))
    ):
        shutil.copytree(tmp_path / "kept", tmp_path / f"kept{k}")
        (weights,) = (tmp_path / f"kept{k}").glob("artifacts/*/artifacts/weights.pt")
        harm(weights.with_name(name))
        refused = galaxy_causal(*SUBSETS, f"tracking.root=kept{k}")
        assert refused.code == 2, refused.err
        assert f"{name} is damaged" in refused.err
        assert "Delete its folder, and its run" in refused.err
        assert len(refused.err.splitlines()) == 1


def test_damaged_graphs_are_made_again(galaxy_causal, tmp_path):
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 500))
    frame = pd.DataFrame({"LOGM": a, "Z": a + b, "G": b + c})
    frame.to_csv(tmp_path / "galaxies.csv")
    command = (
        "job=discover", "dataset=table", "dataset.path=galaxies.csv", "dataset.columns.target=LOGM",
        "dataset.columns.other={z: Z, g: G}", "discovery.variables=[z, target, g]",
        "discovery.stability.replicates=10",
    )  # fmt: skip
    assert galaxy_causal(*command).code == 0
    for number in (0, 1):  # of all galaxies, and of the resamples
        cut(fit_file(tmp_path, "marks.npy", number, job="graph"))
    again = galaxy_causal(*command)
    assert again.code == 0, again.err
    assert again.err.count("is damaged: marks.npy has ") == 2
