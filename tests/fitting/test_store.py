"""Fits are folders: made once, whole or not there, and found without MLflow."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from galaxy_causal.fitting import FitStore, Held, Made, recipe_key
from galaxy_causal.fitting.remote import check_address
from galaxy_causal.types import UserError

WORKER = Path(__file__).with_name("workers.py")
KEY = recipe_key({"a": 1})


@pytest.fixture
def store(tmp_path: Path) -> FitStore:
    return FitStore(tmp_path / "with space" / "mlruns")


def make(folder: Path) -> Made:
    (folder / "sub").mkdir()
    (folder / "sub" / "weights").write_text("weights")
    return Made({"loss": 0.5, "nan": math.nan, "inf": -math.inf}, {"curve": ((0, 3.0), (10, 2.0))})


def never(folder: Path) -> Made:
    raise AssertionError(f"made again in {folder}")


def test_no_mlflow_is_needed(tmp_path: Path) -> None:
    code = (
        "import sys; from galaxy_causal.fitting import FitStore;"
        f"store = FitStore({str(tmp_path)!r}); store.get_or_make({{'a': 1}}, 'fit', {{}}, lambda f: {{}});"
        "assert store.find({'a': 1}); sys.exit('mlflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_made_once_and_found_again(store: FitStore) -> None:
    first, reused = store.get_or_make({"a": 1, "b": 2}, "fit", {"dataset": "sdss"}, make)
    assert not reused
    again, reused = store.get_or_make({"b": 2.0, "a": 1}, "another name", {}, never)
    assert reused
    assert (again.key, again.folder) == (first.key, first.folder)
    assert again.folder == store.root / "fits" / again.key[:2] / again.key
    assert (again.folder / "sub" / "weights").read_text() == "weights"
    assert json.loads((again.folder / "recipe.json").read_text()) == {"a": 1, "b": 2}
    about = json.loads((again.folder / "about.json").read_text())
    assert (about["name"], about["tags"]) == ("fit", {"dataset": "sdss"})
    assert about["started"] <= about["finished"]
    assert "torch" in about["versions"]
    assert math.isnan(again.metrics["nan"])
    assert dict(again.metrics, nan=0) == {"loss": 0.5, "nan": 0, "inf": -math.inf, "curve": 2.0}
    assert list((store.root / "partial").iterdir()) == []
    assert store.find({"a": 1}) is None


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_what_fails_leaves_nothing(store: FitStore, error: type) -> None:
    def fail(folder: Path) -> Made:
        (folder / "half").write_text("half")
        raise error

    with pytest.raises(error):
        store.get_or_make({"a": 1}, "fit", {}, fail)
    assert store.find({"a": 1}) is None
    assert not [file for file in store.root.rglob("*") if file.is_file() and "leases" not in file.parts]
    stored, reused = store.get_or_make({"a": 1}, "fit", {}, make)
    assert not reused
    assert not (stored.folder / "half").exists()


def test_there_whole_or_not_at_all(store: FitStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it has its name nobody finds it, and then all of it has reached the disk."""
    seen: list[tuple[bool, set[str]]] = []
    rename = Path.rename

    def watch(folder: Path, to: Path) -> Path:
        seen.append((store.find({"a": 1}) is None, {file.name for file in folder.iterdir()}))
        return rename(folder, to)

    monkeypatch.setattr(Path, "rename", watch)
    store.get_or_make({"a": 1}, "fit", {}, make)
    assert seen == [(True, {"sub", "recipe.json", "metrics.json", "about.json", "checksums.json"})]

    def fail(*_: object) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="disk full"):
        store.get_or_make({"a": 2}, "fit", {}, make)
    assert store.find({"a": 2}) is None
    assert list((store.root / "partial").iterdir()) == []


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def changed(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def removed_with_its_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def outward(file: Path) -> None:
    file.write_text(json.dumps({"../../elsewhere": {"bytes": 1, "sha256": ""}}))


DAMAGES = {
    "recipe removed": ("recipe.json", Path.unlink, "recipe.json is missing"),
    "recipe of another": (
        "recipe.json", lambda file: file.write_text('{"a": 2}'), "recipe.json is not that of this fit"
    ),
    "recipe no text": ("recipe.json", lambda file: file.write_bytes(b"\xff"), "is not that of this fit"),
    "metrics changed": ("metrics.json", changed, "metrics.json has other content than was stored"),
    "cut": ("sub/weights", cut, "sub/weights has 6 of 7 bytes"),
    "emptied": ("sub/weights", emptied, "sub/weights has 0 of 7 bytes"),
    "changed": ("sub/weights", changed, "sub/weights has other content than was stored"),
    "removed": ("sub/weights", removed_with_its_folder, "sub/weights is missing"),
    "checksums changed": ("checksums.json", changed, "checksums.json was changed"),
    "checksums no list": ("checksums.json", lambda file: file.write_text("[]"), "checksums.json was changed"),
    "checksums outward": ("checksums.json", outward, "checksums.json was changed"),
    "checksums removed": ("checksums.json", Path.unlink, "checksums.json is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGES)
def test_a_damaged_fit_is_named_set_aside_and_made_again(
    store: FitStore, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    name, harm, message = DAMAGES[case]
    first, _ = store.get_or_make({"a": 1}, "a fit", {}, make)
    harm(first.folder / name)
    again, reused = store.get_or_make({"a": 1}, "a fit", {}, make)
    assert not reused
    assert (again.folder / "sub" / "weights").read_text() == "weights"
    err = capfd.readouterr().err
    assert err.startswith("warning: stored a fit is damaged: ")
    assert f"{message} in {first.folder}; set aside as " in err
    assert err.count("\n") == 1
    (aside,) = (store.root / "damaged").iterdir()
    assert str(aside) in err
    assert aside.name.startswith(first.key)
    assert store.get_or_make({"a": 1}, "a fit", {}, never)[1]
    assert capfd.readouterr().err == ""


def test_a_fit_that_is_removed_is_made_again(store: FitStore, capfd: pytest.CaptureFixture[str]) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    shutil.rmtree(first.folder)
    assert not store.get_or_make({"a": 1}, "fit", {}, make)[1]
    assert capfd.readouterr().err == ""


def test_a_file_that_may_not_be_read_is_not_damaged(store: FitStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.get_or_make({"a": 1}, "fit", {}, make)

    def refuse(file: Path) -> str:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("galaxy_causal.fitting.folder.sha256_of", refuse)
    with pytest.raises(PermissionError):
        store.find({"a": 1})
    monkeypatch.undo()
    assert store.find({"a": 1}) is not None


def test_files_that_people_add_do_not_matter(store: FitStore) -> None:
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    (first.folder / "notes.txt").write_text("mine")
    assert store.get_or_make({"a": 1}, "fit", {}, never)[1]


def test_folders_of_fits_can_be_moved_copied_and_merged(tmp_path: Path) -> None:
    mine, hers = FitStore(tmp_path / "mine"), FitStore(tmp_path / "hers")
    mine.get_or_make({"a": 1}, "fit", {}, make)
    hers.get_or_make({"a": 2}, "fit", {}, make)
    shutil.copytree(hers.root / "fits", mine.root / "fits", dirs_exist_ok=True)
    mine.root.rename(tmp_path / "moved")
    moved = FitStore(tmp_path / "moved")
    for number in (1, 2):
        assert moved.get_or_make({"a": number}, "fit", {}, never)[1]
    before = sorted(hers.root.rglob("*"))
    moved.get_or_make({"a": 3}, "fit", {}, make)
    assert sorted(hers.root.rglob("*")) == before


def test_a_temporary_store_is_gone_with_its_last_user() -> None:
    store = FitStore.temporary()
    root = store.root
    store.get_or_make({"a": 1}, "fit", {}, make)
    assert store.find({"a": 1}) is not None
    assert root.exists()
    del store
    assert not root.exists()


def test_sixteen_processes_make_each_fit_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(WORKER), "share", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answers = json.loads(done.stdout)
    assert len(answers) == 16
    for number in range(3):
        assert (tmp_path / f"made{number}").read_text() == "x"
        assert sorted(answer[number][0] for answer in answers) == [False] + 15 * [True]
        assert {answer[number][1] for answer in answers} == {str(number)}
    assert len(list((tmp_path / "fits").glob("*/*"))) == 3


def test_a_killed_process_leaves_nothing_that_is_found(tmp_path: Path) -> None:
    command = [sys.executable, str(WORKER), "hang", str(tmp_path)]
    store = FitStore(tmp_path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "making\n"
        assert store.find({"a": 1}) is None, "and does not wait"
        holder = store.is_held(KEY)
        assert holder is not None
        assert holder.pid == process.pid
        with pytest.raises(Held, match=f"process {process.pid} on .* is at fit"):
            store.get_or_make({"a": 1}, "fit", {}, never, blocking=False)
        process.kill()
    assert len(list((tmp_path / "partial").glob(f"{KEY}-*/half"))) == 1
    assert store.is_held(KEY) is None, "which is seen at once"
    stored, reused = store.get_or_make({"a": 1}, "fit", {}, make)
    assert not reused
    assert not (stored.folder / "half").exists()
    assert list((tmp_path / "partial").iterdir()) == []


@pytest.fixture
def far(tmp_path: Path) -> str:
    """An address of fits that no other test has."""
    return f"memory://{tmp_path.name}/fits"


def files(far: str) -> dict[str, bytes]:
    fs, path = fsspec.url_to_fs(far)
    found = {name.removeprefix(path).lstrip("/"): fs.cat_file(name) for name in fs.find(path)}
    return {name: content for name, content in found.items() if not name.startswith("leases/")}


def test_machines_share_fits_at_an_address(tmp_path: Path, far: str) -> None:
    first, _ = FitStore(tmp_path / "one", far).get_or_make({"a": 1}, "fit", {}, make)
    uploaded = {f"{KEY[:2]}/{KEY}/{file.relative_to(first.folder).as_posix()}": file.read_bytes()
                for file in first.folder.rglob("*") if file.is_file()}  # fmt: skip
    assert files(far) == uploaded, "the same folders as on a disk"
    other = FitStore(tmp_path / "two", far)
    found, reused = other.get_or_make({"a": 1}, "fit", {}, never)
    assert reused
    assert found.folder.is_relative_to(tmp_path / "two")
    assert (found.folder / "sub" / "weights").read_text() == "weights"
    assert other.find({"a": 2}) is None


def test_an_upload_that_is_cut_short_is_no_fit_and_is_mended(
    tmp_path: Path, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fs, _ = fsspec.url_to_fs(far)
    put, pipe, order = fs.put_file, fs.pipe_file, []

    def note(source: str, to: str) -> None:
        order.append(to)
        put(source, to)

    def cut_short(to: str, content: bytes, **options: str) -> None:
        if to.endswith("checksums.json"):
            raise ConnectionError("gone")
        pipe(to, content, **options)

    monkeypatch.setattr(fs, "put_file", note)
    monkeypatch.setattr(fs, "pipe_file", cut_short)
    one = FitStore(tmp_path / "one", far)
    with pytest.raises(UserError, match=r"the fit is kept in .*/one/fits.* could not take it \(gone\)"):
        one.get_or_make({"a": 1}, "fit", {}, make)
    assert len(order) == 4, "all but the list of checksums, which comes last"
    monkeypatch.undo()
    assert FitStore(tmp_path / "two", far).find({"a": 1}) is None
    assert one.get_or_make({"a": 1}, "fit", {}, never)[1]
    assert FitStore(tmp_path / "two", far).get_or_make({"a": 1}, "fit", {}, never)[1]


def test_who_is_late_does_not_replace_the_marker_of_others(
    tmp_path: Path, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = FitStore(tmp_path / "one", far).get_or_make({"a": 1}, "theirs", {}, make)[0]
    late = FitStore(tmp_path / "two", far)
    with monkeypatch.context() as patch:  # as long as it has not looked again
        patch.setattr("galaxy_causal.fitting.remote.RemoteFits.marker", lambda *_: None)
        assert not late.get_or_make({"a": 1}, "late", {}, make)[1]
    assert files(far)[f"{KEY[:2]}/{KEY}/checksums.json"] == (theirs.folder / "checksums.json").read_bytes()


def test_a_fit_that_another_is_at_is_not_waited_for_although_a_damaged_one_is_there(store: FitStore) -> None:
    first, _ = store.get_or_make({"a": 1}, "a fit", {}, make)
    changed(first.folder / "sub" / "weights")
    with (
        FitStore(store.root).leases.held(f"fit-{KEY}", "a fit"),
        pytest.raises(Held, match="is at a fit"),
    ):
        store.get_or_make({"a": 1}, "a fit", {}, never, blocking=False)


@pytest.mark.parametrize("address", ["sftp://vera:ru@bin@host/fits", "simplecache::sftp://vera:rubin@host/x"])
def test_a_password_in_an_address_is_refused_and_not_shown(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError, match=r"tracking\.fits=sftp://\.\.\.@host has a password") as refused:
        FitStore(tmp_path, address).find({"a": 1})
    assert "bin" not in str(refused.value)
    check_address("tracking.fits", "abfs://container@account/fits")
    check_address("tracking.fits", "s3://host:9000/a@b")


def test_the_fit_of_the_others_wins(tmp_path: Path, far: str) -> None:
    """Of a fit that was made in both places, all use one from then on."""
    mine = FitStore(tmp_path / "one").get_or_make({"a": 1}, "mine", {}, make)[0]
    FitStore(tmp_path / "two", far).get_or_make({"a": 1}, "theirs", {}, make)
    shared = FitStore(tmp_path / "one", far).find({"a": 1})
    assert shared is not None
    assert shared.folder == mine.folder
    assert json.loads((shared.folder / "about.json").read_text())["name"] == "theirs"


@pytest.mark.parametrize("harm", ["changed", "removed", "unlisted"])
def test_damage_at_an_address_is_set_aside_there(
    tmp_path: Path, far: str, harm: str, capfd: pytest.CaptureFixture[str]
) -> None:
    FitStore(tmp_path / "one", far).get_or_make({"a": 1}, "a fit", {}, make)
    fs, path = fsspec.url_to_fs(far)
    weights = f"{path}/{KEY[:2]}/{KEY}/sub/weights"
    if harm == "unlisted":
        fs.pipe_file(f"{path}/{KEY[:2]}/{KEY}/checksums.json", b"3")
    elif harm == "removed":
        fs.rm_file(weights)
    else:
        fs.pipe_file(weights, b"Weights")
    other = FitStore(tmp_path / "two", far)
    assert not other.get_or_make({"a": 1}, "a fit", {}, make)[1]
    wrong = "recipe.json is missing" if harm == "unlisted" else "sub/weights "
    assert f"is damaged: {wrong}" in capfd.readouterr().err
    assert any(name.startswith(f"damaged/{KEY}") for name in files(far))
    assert FitStore(tmp_path / "three", far).get_or_make({"a": 1}, "a fit", {}, never)[1]


def test_damage_here_is_mended_from_there(
    tmp_path: Path, far: str, capfd: pytest.CaptureFixture[str]
) -> None:
    store = FitStore(tmp_path / "one", far)
    first, _ = store.get_or_make({"a": 1}, "fit", {}, make)
    changed(first.folder / "sub" / "weights")
    again, reused = store.get_or_make({"a": 1}, "fit", {}, never)
    assert reused
    assert (again.folder / "sub" / "weights").read_text() == "weights"
    assert capfd.readouterr().err == ""


def test_an_address_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tracking\.fits=nowhere://x"):
        FitStore(tmp_path, "nowhere://x").find({"a": 1})


def test_a_place_of_others_that_cannot_be_reached_is_named(tmp_path, monkeypatch):
    def offline(*_args, **_options):
        raise ConnectionError("no route to host")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.cat_file", offline)
    store = FitStore(tmp_path, "memory://elsewhere/fits")
    with pytest.raises(UserError, match=r"=memory://elsewhere/fits cannot be reached \(no route to host"):
        store.find({"a": 1})
    with pytest.raises(UserError, match=r"tracking\.fits=nothing://there cannot be used"):
        FitStore(tmp_path, "nothing://there").find({"a": 1})
