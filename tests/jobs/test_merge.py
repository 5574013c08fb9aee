"""Fits and runs of another store come home whole and without doubles, and that store stays as it was."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import fsspec
import pytest
from command import QUICK
from rich.console import Console

from galaxy_causal.fitting import FitStore, recipe_key
from galaxy_causal.jobs.merge.merging import _work, merge
from galaxy_causal.tracking import open_store
from galaxy_causal.tracking.runs import Runs
from galaxy_causal.types import UserError

QUIET = Console(quiet=True)


def make(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "weights.pt").write_text("weights")
    return {"mi": 1.5}


def ask(store, job, *fits):
    """What a job does: its run, and fits below it."""
    with store.tracker.job({"job": job}, f"job {job}", {"job": job, "note": "hers"}, {"a": 1}) as run:
        for fit in fits:
            store.get_or_make({"fit": fit}, f"fit {fit}", {}, make, run.run_id)
        run.log({"mi": 2.5, "atoms/redundant": float("inf")})
    return run.run_id


@pytest.fixture
def hers(tmp_path):
    """A store with two jobs, which share a fit, and a job that failed."""
    store = open_store(root=tmp_path / "hers")
    ask(store, "first", 1, 2)
    ask(store, "second", 2, 3)
    with (
        pytest.raises(ValueError, match="in the middle"),
        store.tracker.job({"job": "third"}, "third", {}, {}),
    ):
        raise ValueError("in the middle")
    return store.root


def home(tmp_path):
    return open_store(root=tmp_path / "mine")


def bring(tmp_path, source):
    return merge(QUIET, home(tmp_path), str(source), "galaxy_causal").metrics()


def counts(*numbers):
    names = [
        f"{kind}_{state}" for kind in ("fits", "runs") for state in ("brought", "here", "damaged", "left")
    ]
    return dict(zip(names, numbers, strict=True))


def state(root):
    """Every file of a store and its content."""
    files = sorted(file for file in root.rglob("*") if file.is_file())
    return {
        str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) for file in files
    }


def runs(root, experiment="galaxy_causal"):
    """Names, statuses, metrics, own tags, names of parents and artifacts of all runs, without their ids."""
    tracker = open_store(root=root).tracker
    found = tracker._runs.search("")
    names = {run.info.run_id: run.info.run_name for run in found}
    return sorted(
        (
            run.info.run_name,
            run.info.status,
            (run.info.start_time, run.info.end_time) * (run.info.run_name != "third"),
            sorted(run.data.metrics.items()),
            sorted(run.data.params.items()),
            sorted(
                (key, value) for key, value in run.data.tags.items()
                if not key.startswith("mlflow.") and key not in ("owner", "beat")
            ),
            names.get(run.data.tags.get("mlflow.parentRunId")),
            sorted(
                (str(file.relative_to(tracker._artifacts.fetch(run.info.run_id))), file.read_bytes())
                for file in tracker._artifacts.fetch(run.info.run_id).rglob("*") if file.is_file()
            ),
        )
        for run in found
    )  # fmt: skip


def test_all_that_is_whole_comes_home_once_and_nothing_is_written_there(tmp_path, hers):
    before = state(hers)
    assert bring(tmp_path, hers) == counts(3, 0, 0, 0, 2, 0, 0, 1)
    assert state(hers) == before
    theirs = [run for run in runs(hers) if run[0] != "third"]
    assert runs(tmp_path / "mine") == theirs
    for fit in (1, 2, 3):
        found = home(tmp_path).find({"fit": fit})
        assert (found.folder / "deep" / "weights.pt").read_text() == "weights"
        assert found.metrics == {"mi": 1.5}
    assert home(tmp_path).tracker.find_job({"job": "first"}).metrics["atoms/redundant"] == float("inf")
    assert bring(tmp_path, hers) == counts(0, 3, 0, 0, 0, 2, 0, 1)
    assert runs(tmp_path / "mine") == theirs
    assert list((tmp_path / "mine" / "partial").iterdir()) == []


def test_what_is_under_way_stays_when_the_store_is_opened_again(tmp_path):
    def long(folder):
        (folder / "half").write_text("half")
        with _work(store.root) as work:
            (work / "mlflow.db").write_text("a copy")
            assert home(tmp_path).tracker
            assert {file.name for file in store.root.glob("partial/*/*")} == {"half", "mlflow.db"}
        return {}

    store = home(tmp_path)
    assert not store.get_or_make({"fit": 1}, "fit 1", {}, long)[1]
    assert list((store.root / "partial").iterdir()) == []


def test_what_is_here_stays_as_it_is(tmp_path, hers):
    ask(home(tmp_path), "first", 1)
    mine = runs(tmp_path / "mine")
    assert bring(tmp_path, hers) == counts(2, 1, 0, 0, 1, 1, 0, 1)
    after = runs(tmp_path / "mine")
    assert [run for run in after if run in mine] == mine
    # fit 2 belongs to the job that made it there, which is here
    assert {run[0]: run[6] for run in after} == {
        "job first": None, "fit 1": "job first", "fit 2": "job first",
        "job second": None, "fit 3": "job second",
    }  # fmt: skip


def test_a_run_that_ended_early_here_becomes_the_one_that_was_finished_there(tmp_path, hers):
    store = home(tmp_path)
    with pytest.raises(KeyboardInterrupt), store.tracker.job({"job": "first"}, "job first", {}, {}):
        raise KeyboardInterrupt
    bring(tmp_path, hers)
    assert [run[1] for run in runs(tmp_path / "mine") if run[0] == "job first"] == ["FINISHED"]


@pytest.mark.parametrize("harm", ["cut", "missing", "no list"])
def test_what_is_damaged_there_is_named_and_left(tmp_path, hers, harm):
    key = recipe_key({"fit": 2})
    folder = hers / "fits" / key[:2] / key
    if harm == "cut":
        (folder / "deep" / "weights.pt").write_text("wei")
    elif harm == "missing":
        (folder / "metrics.json").unlink()
    else:
        (folder / "checksums.json").unlink()
    before = state(hers)
    found = merge(QUIET, home(tmp_path), str(hers), "galaxy_causal")
    assert found.metrics() == counts(2, 0, 1, 0, 2, 0, 0, 1)
    assert state(hers) == before
    told = {
        "cut": f"warning: damaged in {hers}: fit {key} (fit 2): deep/weights.pt has 3 of 7 bytes",
        "missing": f"warning: damaged in {hers}: fit {key} (fit 2): metrics.json is missing",
        "no list": f"warning: damaged in {hers}: fit {key}: it has no list of checksums",
    }
    assert told[harm] in str(found)
    assert home(tmp_path).find({"fit": 2}) is None


def test_one_that_is_damaged_here_is_replaced(tmp_path, hers, capsys):
    store = home(tmp_path)
    fit, _ = store.get_or_make({"fit": 1}, "fit 1", {}, make)
    (fit.folder / "deep" / "weights.pt").unlink()
    assert bring(tmp_path, hers)["fits_brought"] == 3
    assert "fit 1 is damaged" in capsys.readouterr().err
    assert (fit.folder / "deep" / "weights.pt").read_text() == "weights"


def test_ended_in_the_middle_it_goes_on(tmp_path, hers, monkeypatch):
    take, metrics = FitStore.take, Runs.metrics
    taken, logged = [], []

    def interrupted(store, *given):
        taken.append(given)
        if len(taken) == 2:
            raise KeyboardInterrupt
        return take(store, *given)

    monkeypatch.setattr(FitStore, "take", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bring(tmp_path, hers)
    monkeypatch.undo()

    def killed(runs, *given):
        logged.append(given)
        if len(logged) == 2:
            raise SystemExit(143)
        metrics(runs, *given)

    monkeypatch.setattr(Runs, "metrics", killed)
    with pytest.raises(SystemExit):
        bring(tmp_path, hers)
    monkeypatch.undo()
    assert bring(tmp_path, hers) == counts(0, 3, 0, 0, 1, 1, 0, 1)
    theirs = [run for run in runs(hers) if run[0] != "third"]
    assert [run[:2] + run[3:] for run in runs(tmp_path / "mine")] == [run[:2] + run[3:] for run in theirs]


MERGE = """
import sys
import galaxy_causal as gc
gc.merge(sys.argv[1], sys.argv[2], progress=False)
"""


@pytest.mark.long
def test_two_at_once_make_no_double(tmp_path, hers):
    home(tmp_path).tracker  # noqa: B018  (there is a database)
    command = [sys.executable, "-c", MERGE, str(hers), str(tmp_path / "mine")]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for one in both:
            assert (one.communicate(timeout=300)[1], one.returncode) == ("", 0)
    finally:
        for one in both:
            one.kill()
    # what one of them left to the other, for it was at it, is there too
    assert [run[:2] for run in runs(tmp_path / "mine")] == [
        run[:2] for run in runs(hers) if run[0] != "third"
    ]


@pytest.mark.parametrize("place", ["folder", "address"])
def test_fits_alone(tmp_path, hers, place):
    source = str(hers / "fits")
    if place == "address":
        source = "memory://bucket/fits"
        there = fsspec.filesystem("memory")
        there.put(f"{hers}/fits/", "/bucket/fits", recursive=True)
    try:
        assert bring(tmp_path, source) == counts(3, 0, 0, 0, 0, 0, 0, 0)
        assert home(tmp_path).find({"fit": 3}) is not None
        assert bring(tmp_path, source) == counts(0, 3, 0, 0, 0, 0, 0, 0)
    finally:
        if place == "address":
            there.rm("/bucket", recursive=True)


def test_what_is_no_fit_yet_is_left_and_checkpoints_are_none(tmp_path):
    there, key = fsspec.filesystem("memory"), recipe_key({"fit": 1})
    there.pipe_file(f"/{tmp_path.name}/fits/{key[:2]}/{key}/recipe.json", b"{}")
    there.pipe_file(f"/{tmp_path.name}/fits/checkpoints/{'a' * len(key)}/last.ckpt", b"x")
    found = merge(QUIET, home(tmp_path), f"memory://{tmp_path.name}/fits", "galaxy_causal")
    assert found.metrics() == counts(0, 0, 0, 1, 0, 0, 0, 0)
    assert f"fit {key}: it is being sent there, or that was cut short" in str(found)


def test_a_store_whose_runs_a_server_shows_gives_its_fits(tmp_path, hers):
    (hers / "mlflow.db").unlink()
    found = merge(QUIET, home(tmp_path), str(hers), "galaxy_causal")
    assert found.metrics() == counts(3, 0, 0, 0, 0, 0, 0, 0)
    assert "there is no database of runs: fits alone were brought" in str(found)


def test_fits_of_an_earlier_layout_come_too(tmp_path, hers):
    """Its run, of which it was an artifact, held all its files."""
    key = recipe_key({"fit": 1})
    folder = hers / "fits" / key[:2] / key
    with closing(sqlite3.connect(hers / "mlflow.db")) as database, database:
        (run,) = database.execute(
            "SELECT run_uuid FROM tags WHERE key = 'fit_key' AND value = ?", [key]
        ).fetchone()
        database.execute("DELETE FROM tags WHERE key IN ('shows', 'folder') AND run_uuid = ?", [run])
    artifacts = hers / "artifacts" / run / "artifacts"
    shutil.rmtree(artifacts)
    shutil.move(folder, artifacts)
    for name in ("metrics.json", "about.json", "checksums.json"):
        (artifacts / name).unlink()
    before = state(hers)
    assert bring(tmp_path, hers) == counts(3, 0, 0, 0, 2, 0, 0, 1)
    assert state(hers) == before
    found = home(tmp_path).find({"fit": 1})
    assert found.metrics == {"mi": 1.5}
    assert (found.folder / "deep" / "weights.pt").stat().st_nlink == 1
    assert json.loads((found.folder / "about.json").read_text())["name"] == "fit 1"


def test_databases_of_other_versions(tmp_path, hers):
    with closing(sqlite3.connect(hers / "mlflow.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'of the future'")
    before = state(hers)
    with pytest.raises(
        UserError, match=r"mlflow\.db is of a later version of MLflow .*or the fits alone from"
    ):
        bring(tmp_path, hers)
    (hers / "mlflow.db").write_text("nothing that can be read")
    with pytest.raises(UserError, match=r"cannot read the database .*mlflow\.db"):
        bring(tmp_path, hers)
    assert before.keys() == state(hers).keys()


CUT_SHORT = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute(f"PRAGMA journal_mode={sys.argv[2]}")
database.execute("PRAGMA cache_size=1")
database.execute("BEGIN IMMEDIATE")
database.execute("UPDATE runs SET name = printf('%05000d', 1)")
database.execute("UPDATE metrics SET value = 0")
os._exit(0)
"""


@pytest.mark.parametrize("log", ["delete", "wal"])
def test_a_change_that_was_cut_short_there_does_not_come(tmp_path, hers, log):
    """Its first half is in the file, and what tells how to undo it beside."""
    command = [sys.executable, "-c", CUT_SHORT, str(hers / "mlflow.db"), log]
    subprocess.run(command, check=True)
    halves = [file for file in hers.glob("mlflow.db-*") if not file.name.endswith("shm")]
    assert [file.name for file in halves] == [f"mlflow.db-{'wal' if log == 'wal' else 'journal'}"]
    assert log == "wal" or halves[0].stat().st_size > 0
    before = (hers / "mlflow.db").read_bytes(), halves[0].read_bytes()
    assert bring(tmp_path, hers) == counts(3, 0, 0, 0, 2, 0, 0, 1)
    assert ((hers / "mlflow.db").read_bytes(), halves[0].read_bytes()) == before
    found = home(tmp_path).tracker.finished()
    assert {run["name"] for run in found} == {"job first", "job second", "fit 1", "fit 2", "fit 3"}
    assert all(run.get("mi") in (1.5, 2.5) for run in found)


def test_sources_that_are_none_are_refused(tmp_path, hers):
    (tmp_path / "empty").mkdir()
    store = home(tmp_path)
    for source, words in {
        tmp_path / "absent": "there is no such folder",
        tmp_path / "empty": "is no store",
        store.root: "is tracking.root itself",
        store.root / "fits": "is tracking.root itself",
        "http://host:5000": "is a server: bring from the folder",
        "nothing://bucket/fits": "cannot be used",
        "memory://nothing/here": "holds no fits",
    }.items():
        with pytest.raises(UserError, match=words):
            bring(tmp_path, source)
    with pytest.raises(UserError, match=r"has no experiment mine, but galaxy_causal; choose one"):
        merge(QUIET, store, str(hers), "mine")


def test_the_command(galaxy_causal, tmp_path):
    quick = (*QUICK, "estimator=gaussian")
    assert galaxy_causal(*quick, "tracking.root=hers").code == 0
    outcome = galaxy_causal("job=merge", "from=hers", "tracking.root=mine")
    assert outcome.code == 0, outcome.err
    rows = [line.replace("│", " ").split() for line in outcome.out.splitlines()]
    assert ["fits", "3", "0", "0", "0"] in rows
    assert ["runs", "1", "0", "0", "0"] in rows
    again = galaxy_causal(*quick, "tracking.root=mine")
    assert "3 fits: 0 trained, 3 reused" in again.out
    assert [run[:2] for run in runs(tmp_path / "mine")] == [run[:2] for run in runs(tmp_path / "hers")]
    refused = galaxy_causal("job=merge")
    assert refused.code == 2
    assert refused.err.startswith("error: job=merge needs the store to bring from: from=<folder>")
