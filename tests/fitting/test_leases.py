"""A lease has one owner at any time; it ends with its owner, and the work with it."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from galaxy_causal.fitting.leases import (
    AddressPlace,
    FolderPlace,
    Held,
    Holder,
    LeaseLost,
    LeasePlace,
    Leases,
    Sightings,
    place_of,
)
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.types import UserError

SOON = 60.0
"""Seconds in which a busy machine does what takes a few."""


@pytest.fixture(params=["folder", "folder without links", "address"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LeasePlace:
    if request.param == "address":
        return AddressPlace(f"memory://{tmp_path.name}/leases")
    if request.param == "folder without links":

        def refuse(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    return FolderPlace(tmp_path / "leases")


@pytest.fixture
def folder(tmp_path: Path) -> FolderPlace:
    return FolderPlace(tmp_path / "leases")


def elsewhere(token: str = "other", seconds: float = 1.0) -> Holder:
    """The owner of a lease on another machine."""
    return Holder(token, replace(ProcessIdentity.own(), host="elsewhere"), seconds)


def work(until: float = SOON) -> None:
    """In Python, as training is between its products."""
    end = time.monotonic() + until
    while time.monotonic() < end:
        sum(range(100))
    raise AssertionError("the work went on")


@contextmanager
def in_a_thread(target: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        thread.join(SOON)


def test_of_many_that_make_a_file_one_does(place: LeasePlace) -> None:
    made: list[int] = []
    gate = threading.Barrier(8)

    def make(number: int) -> None:
        gate.wait(SOON)
        if place.create("of/1", b"%d" % number):
            made.append(number)

    threads = [threading.Thread(target=make, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert place.read("of/1") == b"%d" % made[0]
    assert place.read("of/2") is None
    assert place.create("of/12", b"")
    assert place.numbers("of") == [1, 12]
    assert place.numbers("nothing") == []
    place.remove("of/1")
    place.remove("of/1")
    assert place.numbers("of") == [12]


def test_numbers_never_come_again_and_one_file_stays(place: LeasePlace) -> None:
    leases, highest = Leases(place), 0
    for _ in range(3):
        with leases.held("of", "it") as lease:
            assert place.numbers("of")[-1] > highest
            lease.renew()
            lease.fence()
            (highest,) = place.numbers("of")
            holder = leases.holder("of")
            assert holder is not None
            assert (holder.token, holder.pid) == (lease.token, os.getpid())
        assert leases.holder("of") is None
        assert place.numbers("of")[-1] > highest
        (highest,) = place.numbers("of")


def test_another_waits_or_hears_who_holds_it(place: LeasePlace) -> None:
    order: list[str] = []
    started = threading.Event()

    def wait() -> None:
        with Leases(place).held("of", "it", lambda name: started.set()):
            order.append("second")

    thread = threading.Thread(target=wait)
    with Leases(place).held("of", "it"):
        thread.start()
        assert started.wait(SOON)
        with pytest.raises(Held, match=f"process {os.getpid()} on .* is at it"):
            Leases(place).held("of", "it", blocking=False).__enter__()
        order.append("first")
    thread.join(SOON)
    assert order == ["first", "second"]


def test_the_dead_of_another_machine_are_waited_for_and_followed(place: LeasePlace) -> None:
    place.create("of/7", elsewhere().content)
    with pytest.raises(Held, match="elsewhere"):
        Leases(place).held("of", "it", blocking=False).__enter__()
    with Leases(place, 1).held("of", "it"):
        assert place.numbers("of") == [8]


def test_the_dead_of_this_machine_are_followed_at_once(place: LeasePlace) -> None:
    dead = replace(ProcessIdentity.own(), started="1")
    place.create("of/1", Holder("dead", dead, 1e6).content)
    with Leases(place).held("of", "it", blocking=False) as lease:
        assert Holder.read(place.read("of/2") or b"").token == lease.token


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"token": "x"}', b"\xff"])
def test_a_lease_that_cannot_be_read_is_over_when_nothing_changes(
    folder: FolderPlace, content: bytes
) -> None:
    folder.create("of/1", content)
    assert str(Leases(folder).holder("of")) == "another process"
    with Leases(folder, 1).held("of", "it"):
        pass


def test_the_living_of_another_machine_are_left_alone(folder: FolderPlace) -> None:
    """Whatever their clock says, and though whoever waits would give it up sooner."""
    stop = threading.Event()

    def beat() -> None:
        number = 1
        while not stop.wait(0.1):
            folder.create(f"of/{number + 1}", elsewhere(seconds=5).content)
            folder.remove(f"of/{number}")
            number += 1

    folder.create("of/1", elsewhere(seconds=5).content)
    leases = Leases(folder, 1)
    with in_a_thread(beat):
        end = time.monotonic() + 2
        while time.monotonic() < end:
            with pytest.raises(Held):
                leases.held("of", "it", blocking=False).__enter__()
            time.sleep(0.05)
        stop.set()


def test_no_time_of_day_is_written_or_read(folder: FolderPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that clocks which differ, or jump, do not matter."""

    def none() -> float:
        raise AssertionError("a clock that machines set differently")

    for name in ("time", "time_ns"):
        monkeypatch.setattr(time, name, none)
    with Leases(folder).held("of", "it") as lease:
        lease.renew()
        content = folder.read(f"of/{folder.numbers('of')[-1]}")
    assert set(json.loads(content or b"")) == {"token", "process", "seconds", "free"}


@pytest.mark.parametrize("where", ["main thread, deaf to signals", "another thread"])
def test_a_lease_that_is_taken_over_ends_the_work(folder: FolderPlace, where: str) -> None:
    said: list[str] = []

    def own() -> None:
        try:
            with Leases(folder, 1).held("of", "my fit") as lease:
                for _ in range(100):  # numbers pass by: take the next
                    if folder.create(f"of/{folder.numbers('of')[-1] + 1}", elsewhere().content):
                        break
                with pytest.raises(BaseException):  # noqa: B017, PT011  (whatever it is by then)
                    work()
                lease.fence()
        except LeaseLost as error:
            said.append(str(error))

    if where == "another thread":
        with in_a_thread(own):
            pass
    else:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        own()
        signal.signal(signal.SIGINT, before)
    (message,) = said
    assert message.startswith("my fit: the lease that keeps others from making it too was lost: process ")
    assert "on elsewhere has taken it over" in message
    assert "tracking.lease_seconds" in message
    assert Leases(folder).holder("of") == elsewhere(), "what is another's stays so"
    sum(range(1000))  # nothing comes later


class Away(FolderPlace):
    """A place that is reached, or not, or does not answer."""

    failing = hanging = False

    def create(self, path: str, content: bytes) -> bool:
        while self.hanging:
            time.sleep(0.05)
        if self.failing:
            raise OSError("no route to host")
        return super().create(path, content)


@pytest.mark.parametrize("how", ["failing", "hanging"])
def test_a_lease_that_cannot_be_renewed_ends_the_work(tmp_path: Path, how: str) -> None:
    place = Away(tmp_path)
    why = r" \(no route to host\)" if how == "failing" else ""

    def own() -> None:
        with Leases(place, 1).held("outer", "job"), Leases(place, 1).held("of", "it"):
            setattr(place, how, True)
            work()

    with pytest.raises(LeaseLost, match=rf"no sign of life could be written for 1 s{why}\. Nothing"):
        own()
    setattr(place, how, False)


def test_a_short_absence_does_not_matter(tmp_path: Path) -> None:
    place = Away(tmp_path)
    with Leases(place).held("of", "it") as lease:
        place.failing = True
        lease.fence()
        place.failing = False
        lease.fence()
        assert place.numbers("of") == [2]


def test_who_waits_outlasts_a_short_absence(tmp_path: Path) -> None:
    place = Away(tmp_path)
    place.create("layout.json", b'{"version": 1}')
    place.create("of/1", elsewhere().content)
    timer = threading.Timer(1, setattr, [place, "failing", False])
    place.failing = True
    timer.start()
    leases = Leases(place, 2)
    leases._prepared = True
    with leases.held("of", "it") as lease:
        assert Holder.read(place.read(f"of/{place.numbers('of')[-1]}") or b"").token == lease.token
    timer.join()


def test_who_was_stopped_finds_its_lease_taken(folder: FolderPlace) -> None:
    """Though the others have gone on by many numbers, so that its next one is free again."""

    def own() -> None:
        with Leases(folder, 1e6).held("of", "it") as lease:
            folder.remove("of/1")
            folder.create("of/9", elsewhere().content)
            lease.fence()

    with pytest.raises(LeaseLost):
        own()
    assert folder.numbers("of") == [9]


def test_an_error_that_follows_from_the_loss_is_told_as_the_loss(folder: FolderPlace) -> None:
    def own() -> None:
        with Leases(folder, 1e6).held("of", "it"):
            folder.create("of/2", elsewhere().content)
            raise FileNotFoundError("what its new owner swept away")

    with pytest.raises(LeaseLost):
        own()


def test_an_answer_that_comes_late_is_no_loss(tmp_path: Path) -> None:
    class Late(FolderPlace):
        def create(self, path: str, content: bytes) -> bool:
            return super().create(path, content) and path == "layout.json"

    place = Late(tmp_path)
    with Leases(place).held("of", "it") as lease:
        lease.renew()
        assert place.numbers("of") == [2]


def test_a_fork_neither_renews_nor_gives_back(folder: FolderPlace) -> None:
    with Leases(folder).held("of", "it") as lease:
        pid = os.fork()
        if pid == 0:
            lease._stop()
            os._exit(0)
        os.waitpid(pid, 0)
        holder = Leases(folder).holder("of")
        assert holder is not None
        assert holder.token == lease.token


def test_a_place_that_makes_a_file_twice_is_refused(tmp_path: Path) -> None:
    class Careless(FolderPlace):
        def create(self, path: str, content: bytes) -> bool:
            (tmp_path / path).write_bytes(content)
            return True

    with pytest.raises(UserError, match=f"{tmp_path} lets two processes make the same file"):
        Leases(Careless(tmp_path)).held("of", "it").__enter__()


@pytest.mark.parametrize("content", [b'{"version": 2}', b"something"])
def test_leases_of_another_version_are_refused(folder: FolderPlace, content: bytes) -> None:
    folder.create("layout.json", content)
    with pytest.raises(UserError, match=r"are of version .*knows version 1; let all who share it"):
        Leases(folder).held("of", "it").__enter__()


def test_addresses(tmp_path: Path) -> None:
    assert isinstance(place_of(str(tmp_path)), FolderPlace)
    assert isinstance(place_of(f"file://{tmp_path}"), FolderPlace)
    assert isinstance(place_of("memory://x/leases"), AddressPlace)
    assert place_of("data:leases") is None, "fsspec would look first, and then write"
    with pytest.raises(UserError, match="several addresses in one"):
        place_of("simplecache::memory://x/leases")


def test_only_what_was_seen_counts(tmp_path: Path) -> None:
    now = [100.0]
    sightings = Sightings(10, now=lambda: now[0])
    looks = ((0, "a", 0), (4, "a", 4), (10, "a", 14), (50, "a", 24), (1, "b", 0), (3, "b", 3), (1, "a", 0))
    for passed, value, unchanged in looks:
        now[0] += passed
        assert sightings.unchanged("run", value) == unchanged


def test_what_was_seen_is_remembered_until_the_machine_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, now = tmp_path / "new" / "seen.json", [0.0]
    for passed, unchanged in ((0, 0), (500, 500), (20, 520)):
        now[0] += passed
        sightings = Sightings(file=file, now=lambda: now[0])
        assert sightings.unchanged("run", "a") == unchanged
        sightings.unchanged("other", "a")
        sightings.keep({"run"})
    assert list(json.loads(file.read_text())["seen"]) == ["run"]
    own = replace(ProcessIdentity.own(), boot="later")
    monkeypatch.setattr(ProcessIdentity, "own", classmethod(lambda cls: own))
    assert Sightings(file=file, now=lambda: now[0]).unchanged("run", "a") == 0
    file.write_text("{")
    assert Sightings(file=file, now=lambda: now[0]).unchanged("run", "a") == 0


def test_a_full_disk_leaves_no_files_behind(
    folder: FolderPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, _: bytes) -> None:
        file.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        folder.create("of/1", b"1")
    assert list((tmp_path / "leases" / "of").iterdir()) == []
