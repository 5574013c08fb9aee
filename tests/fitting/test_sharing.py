"""One store for several machines: a fit is made once, whoever dies, stops or cannot be reached."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from s3fs import S3FileSystem
from sharers import AT_ONCE, NEVER, sharer

from galaxy_causal.fitting import FitStore, Made, recipe_key
from galaxy_causal.types import UserError

KEY = recipe_key({"a": 1})


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An address at an S3 server of this machine."""
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        server = ThreadedMotoServer(port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "user")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        S3FileSystem.clear_instance_cache()
        fsspec.filesystem("s3").mkdir("bucket")
        yield "s3://bucket"
        server.stop()
    S3FileSystem.clear_instance_cache()


@pytest.fixture(params=["one root", "folder", "s3"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], tuple[str, str]]:
    """The root and the address of fits of a machine."""
    if request.param == "one root":
        return lambda host: (str(tmp_path / "root"), "")
    place = tmp_path if request.param == "folder" else f"{request.getfixturevalue('s3')}/{tmp_path.name}"
    return lambda host: (str(tmp_path / host), f"{place}/fits")


def fits_at(shared: Callable[[str], tuple[str, str]], *hosts: str) -> list[str]:
    """Who made the fits that are kept."""
    return [
        file.read_text() for host in sorted(hosts) for file in Path(shared(host)[0]).glob("fits/*/*/weights")
    ]


def test_another_machine_waits_and_uses_what_the_first_makes(shared: Callable, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with sharer(*shared("one"), "one", str(go), lease=60) as one:
        assert one.line() == "making"
        with sharer(*shared("two"), "two", AT_ONCE, lease=60) as two:
            assert two.line() == "waiting"
            go.touch()
            assert two.line() == "found that of one"
        assert one.line() == "made that of one"


def test_what_a_dead_machine_was_at_is_taken_over(shared: Callable) -> None:
    with sharer(*shared("one"), "one", NEVER) as one:
        assert one.line() == "making"
        one.end()
        with sharer(*shared("two"), "two", AT_ONCE) as two:
            assert two.line() == "waiting", "for nothing tells of another machine whether it died"
            assert two.line() == "making"
            assert two.line() == "made that of two"
    partial = Path(shared("two")[0]) / "partial"
    assert list(partial.glob("*/*")) == []


def test_who_was_stopped_for_long_ends_and_publishes_nothing(shared: Callable) -> None:
    with sharer(*shared("one"), "one", NEVER) as one:
        assert one.line() == "making"
        one.signal(signal.SIGSTOP)
        with sharer(*shared("two"), "two", AT_ONCE) as two:
            assert [two.line() for _ in range(3)] == ["waiting", "making", "made that of two"]
        one.signal(signal.SIGCONT)
        said = one.line()
        assert said.startswith("error: a fit: the lease that keeps others from making it too was lost: ")
        assert "has taken it over" in said
    assert set(fits_at(shared, "one", "two")) == {"two"}


def test_what_a_killed_process_was_at_is_swept_and_what_others_are_at_is_not(shared: Callable) -> None:
    root, fits = shared("one")
    store = FitStore(root, fits or None)
    partial, dead, other = store.root / "partial", f"{'dead' * 3}-p1-2-{'0' * 12}", "f" * len(KEY)
    left = [partial / name for name in (f"{KEY}-{dead}", f"{other}-{dead}", f"copy-{other}-{dead}-before")]
    theirs = partial / "merge-p1-2-000000000000-abcd"
    with sharer(root, fits, "one", NEVER, lease=60) as one:
        assert one.line() == "making"
        for folder in (*left, theirs):
            folder.mkdir(parents=True)
        store.sweep()
        (living,) = set(partial.iterdir()) - {theirs}
        one.signal(signal.SIGSTOP)  # nor does it say that it has ended
        store.sweep()
        assert living.exists()
        assert theirs.exists(), "of another kind, which is swept by other means"


def test_a_lease_of_many_seconds_is_kept_while_its_owner_lives(tmp_path: Path) -> None:
    """Its owner says how long others are to wait."""
    with sharer(str(tmp_path), "", "one", NEVER, lease=1000) as one:
        assert one.line() == "making"
        with sharer(str(tmp_path), "", "two", AT_ONCE, lease=1) as two:
            assert two.line() == "waiting"
            assert two.is_silent


def make(folder: Path) -> Made:
    (folder / "weights").write_text("weights")
    return Made({"loss": 0.5})


def test_checkpoints_are_gone_with_the_making(shared: Callable) -> None:
    root, fits = shared("one")
    store = FitStore(root, fits or None)
    place = store.checkpoints(KEY)
    assert place == f"{fits or root}/checkpoints/{KEY}"
    fs, path = fsspec.url_to_fs(place)

    def long(folder: Path) -> Made:
        fs.makedirs(path, exist_ok=True)
        fs.pipe_file(f"{path}/last.ckpt", b"x")
        return make(folder)

    store.get_or_make({"a": 1}, "fit", {}, long)
    assert not fs.exists(f"{path}/last.ckpt")
    store.clear_checkpoints(KEY)


def test_a_bucket_that_there_is_not(tmp_path: Path, s3: str) -> None:
    with pytest.raises(UserError, match=r"s3://nowhere/fits cannot be written \(.*make the bucket or folder"):
        FitStore(tmp_path, "s3://nowhere/fits").get_or_make({"a": 1}, "fit", {}, make)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError("Access Denied"), r"may not be written \(Access Denied\); see to your credentials"),
        (
            RuntimeError("Unable to locate credentials"),
            r"may not be written \(Unable to locate credentials\)",
        ),
        (OSError(30, "Read-only file system"), r"cannot be reached \(.*Read-only file system"),
        (OSError(28, "No space left on device"), r"cannot be reached \(.*No space left on device"),
        (ConnectionError("no route to host"), r"cannot be reached \(no route to host\); see to the address"),
    ],
)
def test_a_place_that_takes_nothing_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.pipe_file", refuse)
    store = FitStore(tmp_path, "memory://refusing/fits")
    with pytest.raises(UserError, match=rf"tracking\.fits=memory://refusing/fits {words}") as caught:
        store.get_or_make({"a": 1}, "fit", {}, never)
    assert caught.value.__cause__ is error, "from which the command line tells that a disk is full"


def never(folder: Path) -> Made:
    raise AssertionError(f"made in {folder}")


def test_what_may_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = f"memory://{tmp_path.name}/fits"
    FitStore(tmp_path / "one", far).get_or_make({"a": 1}, "fit", {}, make)

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr("fsspec.implementations.memory.MemoryFileSystem.pipe_file", refuse)
    assert FitStore(tmp_path / "two", far).get_or_make({"a": 1}, "fit", {}, never)[1]


def test_a_place_that_vanishes_in_the_middle_ends_the_fit_or_leaves_it_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = f"memory://{tmp_path.name}/fits"

    def refuse(*_args: object, **_options: object) -> None:
        raise ConnectionError("gone")

    def vanish(folder: Path) -> Made:
        for name in ("pipe_file", "put_file", "cat_file"):
            monkeypatch.setattr(f"fsspec.implementations.memory.MemoryFileSystem.{name}", refuse)
        return make(folder)

    store = FitStore(tmp_path / "one", far)
    with pytest.raises(UserError, match=r"cannot be reached \(gone\)"):
        store.get_or_make({"a": 1}, "fit", {}, vanish)
    assert (store.folder(KEY) / "weights").exists(), "and is sent when the place is back"
    monkeypatch.undo()
    assert store.get_or_make({"a": 1}, "fit", {}, never)[1]
    assert FitStore(tmp_path / "two", far).get_or_make({"a": 1}, "fit", {}, never)[1]


def test_addresses_without_leases_are_told_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        _ = FitStore(tmp_path / name, "ftp-like://host/fits").fits
        _ = FitStore(tmp_path / name, "data:fits").leases
    assert capfd.readouterr().err.count("warning: fits in tracking.fits=data:fits are shared, but") == 1


def test_a_shared_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "fits").write_text("a file")
    with pytest.raises(UserError, match=r"tracking\.fits=.*/fits cannot be"):
        FitStore(tmp_path / "one", str(tmp_path / "fits")).get_or_make({"a": 1}, "fit", {}, make)
    assert os.listdir(tmp_path) == ["fits"] or not (tmp_path / "one" / "fits").exists()
