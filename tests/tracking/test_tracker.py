"""MLflow shows fits and jobs; fits do not need it."""

import json
import math
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from galaxy_causal.fitting import FitStore, Made, recipe_key
from galaxy_causal.fitting.folder import checksums
from galaxy_causal.fitting.leases import Holder
from galaxy_causal.fitting.recipe import canonical
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.tracking import open_store
from galaxy_causal.tracking.tracker import MlflowTracker
from galaxy_causal.types import UserError

WORKER = Path(__file__).with_name("workers.py")


@pytest.fixture(scope="module")
def module_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "with space" / "mlruns"


@pytest.fixture
def store(module_root: Path, request: pytest.FixtureRequest) -> FitStore:
    """One database for all, for making one takes seconds; an experiment and fits for each test."""
    shutil.rmtree(module_root / "fits", ignore_errors=True)
    return reopened(module_root, request.node.name)


def reopened(root: Path, experiment: str) -> FitStore:
    return open_store(root=root, experiment=experiment)


def tracker(store: FitStore) -> MlflowTracker:
    assert isinstance(store.tracker, MlflowTracker)
    return store.tracker


def client(store: FitStore):
    return tracker(store)._runs._client


def make(folder: Path) -> Made:
    (folder / "weights").write_text("weights")
    (folder / "loss.png").write_text("png")
    return Made({"loss": 0.5, "nan": math.nan, "inf": -math.inf}, {"curve": ((0, 3.0), (10, 2.0))})


def never(folder: Path) -> Made:
    raise AssertionError(f"made again in {folder}")


def runs(store: FitStore) -> list:
    return tracker(store)._runs.search("")


def test_a_fit_is_shown_once_under_its_job(store: FitStore) -> None:
    for _ in range(2):
        fit, _ = store.get_or_make({"a": 1}, "fit", {"dataset": "sdss"}, make, "parent")
    (run,) = runs(store)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "fit")
    tags = run.data.tags
    assert (tags["dataset"], tags["mlflow.parentRunId"], tags["fit_key"]) == ("sdss", "parent", fit.key)
    assert store.root / tags["folder"] == fit.folder
    assert {"galaxy_causal", "torch"} <= set(tags)
    about = json.loads((fit.folder / "about.json").read_text())
    assert run.info.start_time == int(1000 * about["started"])
    assert run.info.end_time == int(1000 * about["finished"])
    curve = client(store).get_metric_history(run.info.run_id, "curve")
    assert [(point.step, point.value) for point in curve] == [(0, 3.0), (10, 2.0)]
    assert run.data.metrics["loss"] == 0.5
    shown = store.root / "artifacts" / run.info.run_id / "artifacts"
    assert {file.relative_to(shown).as_posix() for file in shown.rglob("*.*")} == {
        "loss.png", "fit/recipe.json", "fit/about.json", "fit/metrics.json",
    }  # fmt: skip
    listed = {item.path for item in client(store).list_artifacts(run.info.run_id)}
    assert listed == {"loss.png", "fit"}, "MLflow's pages find them"


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({"mi": 0.01}, "0.010"),
        ({"mi": 0.01, "mi_err": 0.02}, "0.010 ± 0.020"),
        ({"mi": 0.01, "mi_folds_err": 0.02}, "0.010 ± 0.020"),
    ],
)
def test_a_fit_says_what_it_found_with_its_error_where_one_is_known(store, metrics, told) -> None:
    tags = {"dataset": "sdss", "inputs": "u", "estimator": "gaussian"}
    store.get_or_make({"metrics": metrics}, "fit", tags, lambda _: Made(metrics, {}), "parent")
    (run,) = runs(store)
    note = run.data.tags["mlflow.note.content"]
    assert note == f"u tell {told} nats of the target of sdss, by gaussian."


@pytest.mark.parametrize("how", ["deleted", "its files removed"])
def test_a_view_that_is_lost_costs_no_training(store: FitStore, how: str) -> None:
    store.get_or_make({"a": 1}, "fit", {}, make)
    (run,) = runs(store)
    if how == "deleted":
        client(store).delete_run(run.info.run_id)
    shutil.rmtree(store.root / "artifacts" / run.info.run_id)
    other = reopened(store.root, tracker_name(store))
    assert other.get_or_make({"a": 1}, "fit", {}, never)[1]
    (again,) = runs(other)
    assert (again.info.run_id != run.info.run_id) == (how == "deleted")
    assert again.data.metrics["curve"] == 2.0


def tracker_name(store: FitStore) -> str:
    return str(client(store).get_experiment(tracker(store)._runs._experiment_id).name)


def test_a_fit_that_came_from_elsewhere_is_shown_when_it_is_used(store: FitStore, tmp_path: Path) -> None:
    FitStore(tmp_path / "hers").get_or_make({"a": 1}, "hers", {}, make)
    shutil.copytree(tmp_path / "hers" / "fits", store.root / "fits", dirs_exist_ok=True)
    assert runs(store) == []
    assert store.find({"a": 1}, "parent") is not None
    (run,) = runs(store)
    assert (run.info.run_name, run.data.tags["mlflow.parentRunId"]) == ("hers", "parent")


def test_a_fit_that_is_made_again_has_another_run(store: FitStore) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    (first.folder / "weights").write_text("cut")
    store.get_or_make({"a": 1}, "fit", {}, lambda folder: {"loss": 0.25})
    old, new = runs(store)
    assert old.data.tags["fit_key"] == f"damaged-{first.key}"
    assert "set aside" in old.data.tags["damaged"]
    assert (new.data.tags["fit_key"], new.data.metrics) == (first.key, {"loss": 0.25})
    store.find({"a": 1})
    assert len(runs(store)) == 2


def test_who_helps_shows_nothing(store: FitStore) -> None:
    store.untracked().get_or_make({"a": 1}, "fit", {}, make)
    assert runs(store) == []


def test_a_job_is_found_once_it_is_finished(store: FitStore, tmp_path: Path) -> None:
    (tmp_path / "table").write_text("t")
    assert store.tracker.find_job({"a": 1}) is None
    with store.tracker.job({"a": 1}, "job", {}, {}) as job:
        assert store.tracker.find_job({"a": 1}) is None
        job.log({"mi": 0.5})
        job.log_artifacts(tmp_path)
    found = store.tracker.find_job({"a": 1.0})
    assert found is not None
    assert (str(found.folder), dict(found.metrics)) == (job.place, {"mi": 0.5})
    assert (found.folder / "table").read_text() == "t"
    assert store.tracker.find_job({"a": 2}) is None
    assert store.find({"a": 1}) is None, "a job is no fit"


@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_how_a_job_ends_is_written(store: FitStore, error: type, status: str) -> None:
    with pytest.raises(error), store.tracker.job({"a": 1}, "job", {}, {}):
        raise error
    assert [run.info.status for run in runs(store)] == [status]


def test_sigterm_ends_as_killed(store: FitStore) -> None:
    with pytest.raises(SystemExit), store.tracker.job({"job": 1}, "job", {}, {}):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert [run.info.status for run in runs(store)] == ["KILLED"]


def test_a_job_has_one_run(store: FitStore, tmp_path: Path) -> None:
    params = {f"p{i}": i for i in range(150)} | {"long": "x" * 7000, "device": "cpu", "one.[3.6]": "FLUX"}
    with store.tracker.job({"job": 1}, "job", {"job": "fit"}, params) as job:
        job.log({f"m{i}": 1.0 for i in range(1200)} | {"changes": 3.0, "nan": math.nan})
    with pytest.raises(ZeroDivisionError), store.tracker.job({"job": 1}, "job", {}, params) as second:
        raise ZeroDivisionError
    with store.tracker.job({"job": 1}, "job", {}, params | {"device": "cuda"}) as third:
        (tmp_path / "figure.png").write_text("png")
        third.log({"m0": 1.0, "changes": 2.0, "nan": math.nan})
        third.log_artifacts(tmp_path)
        third.tag("fits", "a,b")
    assert job.run_id == second.run_id == third.run_id
    (run,) = runs(store)
    assert run.info.status == "FINISHED"
    history = client(store).get_metric_history
    assert [len(history(job.run_id, name)) for name in ("m0", "nan", "changes")] == [1, 1, 2]
    assert run.data.metrics["changes"] == 2.0
    assert run.data.tags["params_changed"] == "device (see params.json)"
    assert run.data.params["long"] == "7000 characters, see params.json"
    assert run.data.params["one._3.6_"] == "FLUX"
    stored = json.loads((Path(job.place) / "params.json").read_text())
    assert (stored["long"], stored["device"], stored["one.[3.6]"]) == ("x" * 7000, "cuda", "FLUX")


def test_a_tag_is_never_cut(store: FitStore) -> None:
    with pytest.raises(UserError, match="artifact"), store.tracker.job({"job": 1}, "job", {}, {}) as job:
        job.tag("fits", "x" * 9000)


def tags_of(process: ProcessIdentity, beat: int = 0) -> dict[str, str]:
    """Of a run that a process writes to, and left."""
    owner = Holder("token", process, seconds=1.0)
    return {"host": process.host, "owner": owner.content.decode(), "beat": str(beat)}


def test_reaping_spares_the_living_and_the_unknown(store: FitStore) -> None:
    with store.tracker.job({"job": 1}, "job", {}, {}):
        assert tracker(store).reap() == 0
    number, create = tracker(store)._runs._experiment_id, client(store).create_run
    own = ProcessIdentity.own()
    dead = tags_of(replace(own, started="1"))
    spared = [
        create(number, tags=tags)
        for tags in (
            {**tags_of(own), "job_key": "k"},
            dead,  # of no fit and no job
            {"host": "elsewhere", "locks": "/a/b", "job_key": "k"},  # as earlier versions left it
        )
    ]
    killed = [create(number, tags={**dead, kind: "k/../../x"}) for kind in ("job_key", "fit_key")]
    assert tracker(store).reap() == 2
    status = {run.info.run_id: run.info.status for run in runs(store)}
    assert {status[run.info.run_id] for run in killed} == {"KILLED"}
    assert {status[run.info.run_id] for run in spared} == {"RUNNING"}


def test_a_run_of_a_dead_machine_is_killed_from_anywhere(store: FitStore) -> None:
    """At a later opening than the first that sees it, if it showed no sign of life in between."""
    other = replace(ProcessIdentity.own(), host="elsewhere")
    number, create = tracker(store)._runs._experiment_id, client(store).create_run
    silent, living = (create(number, tags={**tags_of(other), "job_key": key}) for key in ("k", "l"))
    again = reopened(store.root, tracker_name(store))
    assert {run.info.status for run in runs(again)} == {"RUNNING"}
    time.sleep(1.1)
    client(store).set_tag(living.info.run_id, "beat", "1")
    again = reopened(store.root, tracker_name(store))
    status = {run.info.run_id: run.info.status for run in runs(again)}
    assert status == {silent.info.run_id: "KILLED", living.info.run_id: "RUNNING"}


def test_a_job_goes_on_in_a_run_whose_process_is_gone_and_in_no_other(store: FitStore) -> None:
    other = replace(ProcessIdentity.own(), host="elsewhere")
    number, create = tracker(store)._runs._experiment_id, client(store).create_run
    key = {"job_key": recipe_key({"job": 1})}
    living = create(number, tags={**tags_of(other), **key})
    with store.tracker.job({"job": 1}, "job", {}, {}) as job:
        assert job.run_id != living.info.run_id
        client(store).delete_run(living.info.run_id)
    left = create(number, tags={**tags_of(replace(other, host=socket.gethostname(), started="1")), **key})
    client(store).delete_run(job.run_id)
    with store.tracker.job({"job": 1}, "job", {}, {}) as job:
        assert job.run_id == left.info.run_id


def test_a_living_run_shows_signs_of_life(module_root: Path) -> None:
    store = open_store(root=module_root, experiment="pulse", lease_seconds=1)
    with store.tracker.job({"job": 1}, "job", {}, {}) as job:
        client(store).set_terminated(job.run_id, "KILLED")
        until(lambda: client(store).get_run(job.run_id).info.status == "RUNNING")
        assert int(client(store).get_run(job.run_id).data.tags["beat"]) > 0
    assert client(store).get_run(job.run_id).info.status == "FINISHED"


def test_a_run_that_another_process_took_over_is_left_to_it(module_root: Path) -> None:
    store = open_store(root=module_root, experiment="taken", lease_seconds=1)

    def write() -> None:
        with store.tracker.job({"job": 1}, "job", {}, {}) as job:
            client(store).set_tag(job.run_id, "owner", "another")
            until(lambda: job._pulse.lost)
            job.log({"mi": 1.0})

    with pytest.raises(UserError, match=r"another process goes on with run .*for 1 s; run the same command"):
        write()
    (run,) = runs(store)
    assert (run.info.status, run.data.metrics) == ("RUNNING", {})
    client(store).set_terminated(run.info.run_id, "KILLED")


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_of_two_views_of_a_fit_one_stays(store: FitStore) -> None:
    """Two stores with leases of their own may show a fit on one server at the same time."""
    fit, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    (first,) = runs(store)
    client(store).update_run(first.info.run_id, "RUNNING")  # not yet seen by the other store
    seal = first.data.tags["shows"]
    tracker(store)._add(fit, seal, None)
    client(store).update_run(first.info.run_id, "FINISHED")
    assert len(runs(store)) == 2
    lowest = min(run.info.run_id for run in runs(store))
    for _ in range(2):
        tracker(store)._keep_one(fit.key, seal)
        assert [run.info.run_id for run in runs(store)] == [lowest]


def test_killed_process_is_noticed_and_its_run_goes_on(module_root: Path) -> None:
    before = reopened(module_root, "killed")
    assert runs(before) == []
    command = [sys.executable, str(WORKER), str(module_root), "killed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        (alive,) = runs(reopened(module_root, "killed"))
        assert alive.info.status == "RUNNING"
        process.kill()
    after = reopened(module_root, "killed")
    assert [run.info.status for run in runs(after)] == ["KILLED"]
    with after.tracker.job({"job": 1}, "job", {}, {}) as job:
        pass
    assert job.run_id == alive.info.run_id
    assert [run.info.status for run in runs(after)] == ["FINISHED"]


def of_an_earlier_layout(root: Path, recipe: dict, listed: bool = True, **harm: str) -> str:
    """A finished run that holds the files of a fit itself, as earlier versions left it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The ``noload`` loader strategy", DeprecationWarning)
        from mlflow import MlflowClient

    mlflow = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    found = mlflow.get_experiment_by_name("galaxy_causal")
    number = (
        mlflow.create_experiment("galaxy_causal", (root / "artifacts").as_uri())
        if found is None
        else found.experiment_id
    )
    tags = {
        "job": "fit", "dataset": "gaussian", "host": "elsewhere", "locks": str(root / "locks"),
        "galaxy_causal": "0.0.9", "torch": "2.0", "fit_key": recipe_key(recipe),
        "mlflow.parentRunId": "job",
    }  # fmt: skip
    run_id = str(mlflow.create_run(number, tags=tags, run_name="an earlier fit").info.run_id)
    for step, value in enumerate((3.0, 2.0)):
        mlflow.log_metric(run_id, "curve", value, step=step)
    mlflow.log_metric(run_id, "mi", 0.5, step=0)
    folder = root / "artifacts" / run_id / "artifacts"
    folder.mkdir(parents=True)
    (folder / "weights.pt").write_text("weights")
    if listed:
        (folder / "checksums.json").write_text(checksums(folder))
        mlflow.set_tag(run_id, "checksums", "its SHA-256")
    (folder / "recipe.json").write_text(canonical(recipe))
    for name, text in harm.items():
        (folder / f"{name}.pt").write_text(text)
    mlflow.set_terminated(run_id, "FINISHED")
    return run_id


@pytest.mark.parametrize("listed", [True, False])
def test_fits_of_an_earlier_layout_are_read_on(
    tmp_path: Path, listed: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    assert open_store(root=tmp_path / "runs").tracker.finished() == []
    run_id = of_an_earlier_layout(tmp_path / "runs", {"a": 1}, listed)
    (tmp_path / "runs").rename(tmp_path / "moved")
    store = open_store(root=tmp_path / "moved")
    fit, reused = store.get_or_make({"a": 1}, "fit", {}, never)
    assert reused
    assert dict(fit.metrics) == {"mi": 0.5, "curve": 2.0}
    assert fit.folder == store.folder(recipe_key({"a": 1}))
    assert (fit.folder / "weights.pt").read_text() == "weights"
    about = json.loads((fit.folder / "about.json").read_text())
    assert about["name"] == "an earlier fit"
    assert about["tags"] == {"job": "fit", "dataset": "gaussian"}
    assert about["versions"] == {"galaxy_causal": "0.0.9", "torch": "2.0"}
    (run,) = runs(store)
    assert (run.info.run_id, run.data.tags["mlflow.parentRunId"]) == (run_id, "job")
    assert run.data.tags["folder"] == fit.folder.relative_to(store.root).as_posix()
    alone = FitStore(store.root).find({"a": 1})
    assert alone is not None, "needs no MLflow from then on"
    shutil.rmtree(fit.folder)
    assert store.get_or_make({"a": 1}, "fit", {}, never)[1], "its run has it still"
    assert len(runs(store)) == 1
    assert capfd.readouterr().err == ""


def test_a_damaged_fit_of_an_earlier_layout_is_made_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert open_store(root=tmp_path).tracker.finished() == []
    run_id = of_an_earlier_layout(tmp_path, {"a": 1}, weights="cut")
    store = open_store(root=tmp_path)
    assert not store.get_or_make({"a": 1}, "fit", {}, make)[1]
    err = capfd.readouterr().err
    assert err.startswith("warning: stored an earlier fit is damaged: weights.pt has 3 of 7 bytes in ")
    assert f"set aside as run {run_id}, and made again" in err
    old, new = runs(store)
    assert (old.info.run_id, old.data.tags["damaged"]) == (run_id, "weights.pt has 3 of 7 bytes")
    assert new.data.tags["fit_key"] == recipe_key({"a": 1})


def test_a_moved_store_and_a_copy_work_and_leave_the_original(tmp_path: Path) -> None:
    first = open_store(root=tmp_path / "first")
    with first.tracker.job({"job": 1}, "job", {}, {}) as job:
        first.get_or_make({"a": 1}, "fit", {}, make, job.run_id)
    assert open_store(root=first.root, experiment="other").tracker.finished() == []
    shutil.copytree(first.root, tmp_path / "a copy")
    before = {file: file.read_bytes() for file in first.root.rglob("*") if file.is_file()}
    copy = open_store(root=tmp_path / "a copy")
    assert copy.get_or_make({"a": 1}, "fit", {}, never)[1]
    with copy.tracker.job({"job": 1}, "job", {}, {}) as again:
        again.log_artifacts(copy.folder(recipe_key({"a": 1})))
    assert again.run_id == job.run_id
    assert Path(again.place).is_relative_to(copy.root)
    assert {file: file.read_bytes() for file in first.root.rglob("*") if file.is_file()} == before
    with closing(sqlite3.connect(copy.root / "mlflow.db")) as database:
        places = [uri for (uri,) in database.execute("SELECT artifact_location FROM experiments")]
        places += [uri for (uri,) in database.execute("SELECT artifact_uri FROM runs")]
    assert len(places) == 5
    assert all(uri.startswith(f"{(copy.root / 'artifacts').as_uri()}") for uri in places)
    listed = {item.path for item in client(copy).list_artifacts(job.run_id)}
    assert {"params.json", "weights"} <= listed, "MLflow's pages find them"


def test_a_database_has_nothing_written_elsewhere(tmp_path: Path) -> None:
    """Whatever somebody wrote in it: artifacts lie beside it."""
    store = open_store(root=tmp_path / "runs")
    with store.tracker.job({"job": 1}, "job", {}, {}):
        pass
    prey = tmp_path / "prey"
    with closing(sqlite3.connect(store.root / "mlflow.db")) as database, database:
        database.execute("UPDATE runs SET artifact_uri = ?", [prey.as_uri()])
    other = open_store(root=store.root)
    with other.tracker.job({"job": 1}, "job", {}, {}) as job:
        other.get_or_make({"a": 1}, "fit", {}, make, job.run_id)
    assert not prey.exists()
    assert (Path(job.place) / "params.json").is_relative_to(store.root)


def test_an_experiment_of_other_means_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = open_store(root=tmp_path / "runs")
    own = client(store).create_experiment("own", artifact_location="s3://bucket/of/somebody")
    run = client(store).create_run(own)
    with pytest.raises(
        UserError, match=r"experiment own keeps its artifacts in s3://bucket/of/somebody, not"
    ):
        _ = open_store(root=store.root, experiment="own").tracker
    assert client(store).get_run(run.info.run_id).info.artifact_uri.startswith("s3://bucket/of/somebody/")
    assert open_store(root=store.root).tracker.finished() == []
