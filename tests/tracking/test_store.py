import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from galaxy_causal.tracking import Made, Store, open_store
from galaxy_causal.types import UserError

WORKER = Path(__file__).with_name("workers.py")


@pytest.fixture(scope="module")
def module_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "with space" / "mlruns"


@pytest.fixture
def store(module_root: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """One database for all, for making one takes seconds; an experiment for each test."""
    return open_store(root=module_root, experiment=request.node.name)


def make(folder: Path) -> Made:
    (folder / "sub").mkdir()
    (folder / "sub" / "weights").write_text("weights")
    return Made({"loss": 0.5, "nan": math.nan, "inf": -math.inf}, {"curve": ((0, 3.0), (10, 2.0))})


def never(folder: Path) -> Made:
    raise AssertionError(f"made again in {folder}")


def runs(store: Store) -> list:
    return store._runs.search("")


def test_made_once_and_found_again(store: Store) -> None:
    first, reused = store.get_or_make({"a": 1, "b": 2}, "fit", {"dataset": "sdss"}, make, "parent")
    assert not reused
    again, reused = store.get_or_make({"b": 2.0, "a": 1}, "another name", {}, never)
    assert reused
    assert (again.run_id, again.artifacts) == (first.run_id, first.artifacts)
    assert (again.artifacts / "sub" / "weights").read_text() == "weights"
    assert json.loads((again.artifacts / "recipe.json").read_text()) == {"a": 1, "b": 2}
    assert math.isnan(again.metrics["nan"])
    assert dict(again.metrics, nan=0) == {"loss": 0.5, "nan": 0, "inf": -math.inf, "curve": 2.0}
    (run,) = runs(store)
    assert run.info.status == "FINISHED"
    assert run.data.tags["dataset"] == "sdss"
    assert run.data.tags["mlflow.parentRunId"] == "parent"
    assert list((store.root / "partial").iterdir()) == []


def test_a_job_is_found_once_it_is_finished(store: Store, tmp_path: Path) -> None:
    (tmp_path / "table").write_text("t")
    assert store.find_job({"a": 1}) is None
    with store.job({"a": 1}, "job", {}, {}) as job:
        assert store.find_job({"a": 1}) is None
        job.log({"mi": 0.5})
        job.log_artifacts(tmp_path)
    found = store.find_job({"a": 1.0})
    assert found is not None
    assert (found.run_id, dict(found.metrics)) == (job.run_id, {"mi": 0.5})
    assert (found.artifacts / "table").read_text() == "t"
    assert store.find_job({"a": 2}) is None
    assert store.find({"a": 1}) is None, "a job is no fit"


@pytest.mark.parametrize(("error", "status"), [(ZeroDivisionError, "FAILED"), (KeyboardInterrupt, "KILLED")])
def test_failure_is_written_and_not_reused(store: Store, error: type, status: str) -> None:
    def fail(folder: Path) -> Made:
        (folder / "half").write_text("half")
        raise error

    with pytest.raises(error):
        store.get_or_make({"a": 1}, "fit", {}, fail)
    (run,) = runs(store)
    assert run.info.status == status
    stored, reused = store.get_or_make({"a": 1}, "fit", {}, make)
    assert not reused
    assert stored.run_id == run.info.run_id
    assert not (stored.artifacts / "half").exists()


def test_sigterm_ends_as_killed(store: Store) -> None:
    with pytest.raises(SystemExit), store.job({"job": 1}, "job", {}, {}):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    (run,) = runs(store)
    assert run.info.status == "KILLED"


def test_finished_only_once_artifacts_are_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    text = store._runs.text

    def watch(run_id: str, content: str, name: str) -> None:
        seen.append((name, store._runs.has(run_id, "sub"), store._runs.get(run_id).info.status))
        text(run_id, content, name)

    monkeypatch.setattr(store._runs, "text", watch)
    store.get_or_make({"a": 1}, "fit", {}, make)
    assert seen == [("recipe.json", True, "RUNNING")]

    def fail(*_: str) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store._runs, "text", fail)
    with pytest.raises(OSError, match="disk full"):
        store.get_or_make({"a": 2}, "fit", {}, make)
    assert [run.info.status for run in runs(store)] == ["FINISHED", "FAILED"]


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def changed(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def removed_with_its_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


DAMAGES = {
    "recipe removed": ("recipe.json", Path.unlink, "recipe.json is missing"),
    "recipe of another": (
        "recipe.json", lambda file: file.write_text('{"a": 2}'), "recipe.json is not that of this fit"
    ),
    "recipe no text": ("recipe.json", lambda file: file.write_bytes(b"\xff"), "is not that of this fit"),
    "everything removed": ("recipe.json", removed_with_its_folder, "recipe.json is missing"),
    "cut": ("sub/weights", cut, "sub/weights has 6 of 7 bytes"),
    "emptied": ("sub/weights", emptied, "sub/weights has 0 of 7 bytes"),
    "changed": ("sub/weights", changed, "sub/weights has other content than was stored"),
    "removed": ("sub/weights", removed_with_its_folder, "sub/weights is missing"),
    "checksums changed": ("checksums.json", changed, "checksums.json was changed"),
    "checksums removed": ("checksums.json", Path.unlink, "checksums.json is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_run_is_named_set_aside_and_made_again(
    store: Store, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    name, harm, message = DAMAGES[case]
    first, _ = store.get_or_make({"a": 1}, "a fit", {}, make)
    harm(first.artifacts / name)
    again, reused = store.get_or_make({"a": 1}, "a fit", {}, make)
    assert not reused
    assert again.run_id != first.run_id
    assert (again.artifacts / "sub" / "weights").read_text() == "weights"
    err = capfd.readouterr().err
    assert err.startswith("warning: stored a fit is damaged: ")
    assert message in err
    assert str(first.artifacts) in err
    assert err.count("\n") == 1
    kept = store._runs.get(first.run_id)
    assert kept.info.status == "FINISHED"
    assert message in kept.data.tags["damaged"]
    found, reused = store.get_or_make({"a": 1}, "a fit", {}, never)
    assert (found.run_id, reused) == (again.run_id, True)
    assert capfd.readouterr().err == ""


def test_a_run_stored_without_checksums_is_still_found(store: Store) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    store._runs._client.delete_tag(first.run_id, "checksums")
    (first.artifacts / "checksums.json").unlink()
    again, reused = store.get_or_make({"a": 1}, "fit", {}, never)
    assert (again.run_id, reused) == (first.run_id, True)


def test_a_file_that_may_not_be_read_is_not_damaged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)

    def refuse(file: Path) -> str:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("galaxy_causal.tracking.damage.sha256", refuse)
    with pytest.raises(PermissionError):
        store.find({"a": 1})
    monkeypatch.undo()
    found = store.find({"a": 1})
    assert found is not None
    assert found.run_id == first.run_id


def test_files_that_people_add_do_not_matter(store: Store) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    (first.artifacts / "notes.txt").write_text("mine")
    assert store.get_or_make({"a": 1}, "fit", {}, never)[1]


def test_a_job_has_one_run(store: Store, tmp_path: Path) -> None:
    params = {f"p{i}": i for i in range(150)} | {"long": "x" * 7000, "device": "cpu"}
    with store.job({"job": 1}, "job", {"job": "fit"}, params) as job:
        job.log({f"m{i}": 1.0 for i in range(1200)} | {"changes": 3.0, "nan": math.nan})
    with pytest.raises(ZeroDivisionError), store.job({"job": 1}, "job", {}, params) as second:
        raise ZeroDivisionError
    with store.job({"job": 1}, "job", {}, params | {"device": "cuda"}) as third:
        (tmp_path / "figure.png").write_text("png")
        third.log({"m0": 1.0, "changes": 2.0, "nan": math.nan})
        third.log_artifacts(tmp_path)
        third.tag("fits", "a,b")
    assert job.run_id == second.run_id == third.run_id
    (run,) = runs(store)
    assert run.info.status == "FINISHED"
    history = store._runs._client.get_metric_history
    assert [len(history(job.run_id, name)) for name in ("m0", "nan", "changes")] == [1, 1, 2]
    assert run.data.metrics["changes"] == 2.0
    assert run.data.tags["params_changed"] == "device (see params.json)"
    assert run.data.params["long"] == "7000 characters, see params.json"
    stored = json.loads((store._runs.fetch(job.run_id, None) / "params.json").read_text())
    assert stored["long"] == "x" * 7000
    assert stored["device"] == "cuda"


def test_a_tag_is_never_cut(store: Store) -> None:
    with pytest.raises(UserError, match="artifact"), store.job({"job": 1}, "job", {}, {}) as job:
        job.tag("fits", "x" * 9000)


def test_reaping_spares_the_living_and_the_unknown(store: Store) -> None:
    with store.job({"job": 1}, "job", {}, {}):
        assert store.reap() == 0
    client, number = store._runs._client, store._runs._experiment_id
    owner = store._runs._owner
    elsewhere = client.create_run(number, tags={**owner, "host": "elsewhere", "job_key": "k"})
    folder = client.create_run(number, tags={**owner, "locks": "/elsewhere", "fit_key": "k"})
    keyless = client.create_run(number, tags=owner)
    dead = client.create_run(number, tags={**owner, "fit_key": "k"})
    assert store.reap() == 1
    assert client.get_run(dead.info.run_id).info.status == "KILLED"
    for alive in (elsewhere, folder, keyless):
        assert client.get_run(alive.info.run_id).info.status == "RUNNING"
    with store.job({"job": 2}, "job", {}, {}) as job:
        pass
    assert job.run_id != elsewhere.info.run_id


def test_four_processes_make_each_fit_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(WORKER), "share", str(tmp_path / "mlruns")]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")
        answers.append(json.loads(out))
    for number in range(3):
        assert (tmp_path / "mlruns" / f"made{number}").read_text() == "x"
        assert len({answer[number][0] for answer in answers}) == 1
        assert sorted(answer[number][1] for answer in answers) == [False, True, True, True]
        assert {answer[number][2] for answer in answers} == {str(number)}
    assert len(runs(open_store(root=tmp_path / "mlruns"))) == 3


def test_killed_process_is_noticed_and_its_runs_go_on(module_root: Path) -> None:
    open_store(root=module_root)
    command = [sys.executable, str(WORKER), "hang", str(module_root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "making\n"
        alive = runs(open_store(root=module_root))
        assert [run.info.status for run in alive] == ["RUNNING", "RUNNING"]
        process.kill()
    store = open_store(root=module_root)
    assert [run.info.status for run in runs(store)] == ["KILLED", "KILLED"]
    with store.job({"job": 1}, "job", {}, {}) as job:
        stored, reused = store.get_or_make({"fit": 1}, "fit", {}, make, job.run_id)
    assert not reused
    assert not (stored.artifacts / "half").exists()
    assert {run.info.run_id for run in alive} == {job.run_id, stored.run_id}
    assert [run.info.status for run in runs(store)] == ["FINISHED", "FINISHED"]


def test_a_parameter_may_have_any_name(store: Store) -> None:
    with store.job({"job": 1}, "job", {}, {"photometry.[3.6]": "FLUX", "Größe": 1}) as job:
        pass
    (run,) = runs(store)
    assert run.data.params == {"photometry._3.6_": "FLUX", "Größe": "1"}
    assert (
        json.loads((store._runs.fetch(job.run_id, None) / "params.json").read_text())["photometry.[3.6]"]
        == "FLUX"
    )
