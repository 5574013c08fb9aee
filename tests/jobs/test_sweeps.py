"""Every sweep ends with its members side by side, in one run above theirs, whatever launches them."""

import subprocess
import sys
import time

import pandas as pd
import pytest
from command import QUICK
from stored import artifacts, client, runs

from galaxy_causal.fitting.tracker import MemberRun
from galaxy_causal.jobs import comparing
from galaxy_causal.types import Stored

SWEEP = ("-m", *QUICK, "estimator=gaussian", "dataset.r1=0.5,0.7,0.9")


def member(name, **params):
    return MemberRun("id", name, "decompose", params, Stored("key", None, {}))


def above(tmp_path, of="decompose", members=3):
    """The one run above the members, which all of them have as their parent."""
    (parent,) = runs(tmp_path, "sweep")
    own = runs(tmp_path, of)
    assert len(own) == members
    assert {run.data.tags["mlflow.parentRunId"] for run in own} == {parent.info.run_id}
    assert {run.data.tags["sweep"] for run in own} == {parent.data.tags["sweep"]}
    assert parent.info.status == "FINISHED"
    return parent


def test_a_sweep_is_one_run_with_table_figures_and_page(galaxy_causal, tmp_path):
    outcome = galaxy_causal(*SWEEP)
    assert outcome.code == 0, outcome.err
    parent = above(tmp_path)
    folder = artifacts(tmp_path, parent)
    names = {file.name for file in folder.iterdir()}
    assert {"report.csv", "curves.csv", "report.html", "sweep.png", "sweep_against.pdf"} <= names
    table = pd.read_csv(folder / "report.csv").query("group == 'all'")
    label = "signal[x1] | signal[x2] (dataset.r1={})"
    assert sorted(table["decomposition"]) == [label.format(r) for r in (0.5, 0.7, 0.9)]
    told = sorted(run.data.metrics["mi_union"] for run in runs(tmp_path, "decompose"))
    assert sorted(table["mi_union"]) == pytest.approx(told)
    assert "Of 3 members of the sweep" in outcome.out
    assert "Of 3 members of the sweep" in parent.data.tags["mlflow.note.content"]
    assert "galaxy-causal -m" in (folder / "report.html").read_text()
    again = galaxy_causal(*SWEEP)
    assert again.code == 0, again.err
    assert above(tmp_path).info.run_id == parent.info.run_id


@pytest.mark.long
def test_members_side_by_side_have_one_run_above_them(tmp_path):
    call = [sys.executable, "-m", "galaxy_causal", *SWEEP, "launcher=joblib", "launcher.workers=3"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    above(tmp_path)


def test_a_sweep_that_an_engine_runs_has_one_too(tmp_path):
    call = [sys.executable, "-m", "galaxy_causal"]
    engine = [*SWEEP, "launcher=local", "launcher.tasks=3"]
    done = subprocess.run([*call, *engine], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    wait = [*call, "job=status", "wait=true"]
    done = subprocess.run(wait, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    until = time.monotonic() + 120
    while not (found := runs(tmp_path, "sweep")) or found[0].info.status != "FINISHED":
        assert time.monotonic() < until
        time.sleep(1)
    above(tmp_path)


@pytest.mark.long
def test_a_sweep_that_was_stopped_goes_on_and_has_one_run_above_it(galaxy_causal, tmp_path, monkeypatch):
    """Stopped in the comparison, and then between members."""

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(comparing, "_side_by_side", stopped)
        assert galaxy_causal(*SWEEP).code != 0
    (parent,) = runs(tmp_path, "sweep")
    assert parent.info.status == "KILLED"
    outcome = galaxy_causal(*SWEEP)
    assert outcome.code == 0, outcome.err
    assert above(tmp_path).info.run_id == parent.info.run_id


def test_members_of_other_jobs_stand_in_a_table_of_their_answers(galaxy_causal, tmp_path):
    outcome = galaxy_causal(
        "-m", "dataset=gaussian", "dataset.n=300", "job=discover", "discovery=pc,ges",
        "discovery.variables=[target,x1,x2]", "discovery.stability.replicates=0",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    parent = above(tmp_path, "discover", 2)
    table = pd.read_csv(artifacts(tmp_path, parent) / "comparison.csv", index_col="member")
    assert [name.split(":")[0] for name in table.index] == ["PC", "GES"]
    assert set(table["galaxies"]) == {300}
    assert outcome.out.count("The search finds") >= 4


def test_of_several_jobs_one_is_compared_and_others_are_named(galaxy_causal, tmp_path):
    outcome = galaxy_causal(
        "-m", *QUICK, "dataset.n=300", "estimator=gaussian", "job=discover,decompose", "seed=0,1",
        "discovery=pc", "discovery.variables=[target,x1,x2]", "discovery.stability.replicates=0",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    (parent,) = runs(tmp_path, "sweep")
    assert parent.data.tags["of"] == "decompose"
    said = "members of job=decompose stand side by side; left out of it: job=discover (2)"
    assert said in outcome.out.splitlines()


def test_one_member_alone_is_compared_with_nothing(galaxy_causal, tmp_path):
    assert galaxy_causal("-m", *QUICK, "estimator=gaussian").code == 0
    assert not runs(tmp_path, "sweep")
    assert galaxy_causal(*QUICK, "estimator=gaussian", "dataset.r1=0.4").code == 0
    assert [run.data.tags.get("sweep", "") != "" for run in runs(tmp_path, "decompose")] == [False, True]


def test_members_of_one_name_are_told_apart_by_what_differs():
    assert comparing.labels([member("a"), member("b")]) == ["a", "b"]
    some = [member("a", seed="0", n="5"), member("a", seed="1", n="5"), member("b", seed="0", n="5")]
    assert comparing.labels(some) == ["a (seed=0)", "a (seed=1)", "b"]
    assert comparing.labels([member("a"), member("a")]) == ["a (1)", "a (2)"]
    assert comparing.labels([member("a", x="1"), member("a")]) == ["a (x=1)", "a (x=-)"]


def test_a_sweep_has_one_name_whatever_launches_it_in_whatever_order():
    one = comparing.named([["a=1", "b=2"], ["a=1", "b=3"]])
    assert comparing.named([["a=1", "b=3", "launcher=joblib"], ["a=1", "b=2", "launcher=joblib"]]) == one
    others = [[["a=1", "b=2"]], [["a=1", "b=2"], ["a=1", "b=4"]]]
    assert one not in {comparing.named(other) for other in others}


def test_the_database_says_what_a_run_is_made_of(galaxy_causal, tmp_path):
    """What MLflow's pages show: kind and description of the experiment, data set, source, version, note."""
    assert galaxy_causal(*QUICK).code == 0
    store = client(tmp_path)
    tags = store.get_experiment_by_name("galaxy_causal").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert "redundant" in tags["mlflow.note.content"]
    (job,) = runs(tmp_path, "decompose")
    for run in (job, *runs(tmp_path, "fit")):
        (used,) = run.inputs.dataset_inputs
        assert used.dataset.name == "gaussian"
        assert len(used.dataset.digest) == 36
        assert run.data.tags["mlflow.source.name"] == "galaxy-causal"
        assert run.data.tags["mlflow.source.type"] == "LOCAL"
        commit = run.data.tags.get("commit", "")
        assert run.data.tags.get("mlflow.source.git.commit", "") == commit.rstrip("+")
        assert run.info.run_name.endswith(" · cross_entropy")
    assert len({run.inputs.dataset_inputs[0].dataset.digest for run in runs(tmp_path)}) == 1
    note = job.data.tags["mlflow.note.content"]
    assert note.startswith("**Together signal")
    assert "| all | 60 |" in note
    assert f"runs/{job.info.run_id}/artifacts/report.html?workflowType=machine_learning" in note
    assert len(note) < 8000
