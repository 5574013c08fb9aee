"""What dead processes left is removed, and nothing else."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from galaxy_causal.processes import (
    ProcessIdentity,
    belongings,
    lasting_folder,
    machine,
    mark,
    sweep,
    temporary_folder,
)
from galaxy_causal.processes.belongings import is_left

LEAVES = """
import os, signal, sys
from galaxy_causal.processes import lasting_folder, mark, temporary_folder
print(mark(), flush=True)
lasting_folder()
with temporary_folder() as folder:
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An own place for temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    belongings._sweep_once.cache_clear()
    yield tmp_path
    belongings._sweep_once.cache_clear()


def killed():
    """The mark of a process that was killed while it had two temporary folders."""
    done = subprocess.run([sys.executable, "-c", LEAVES], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    return done.stdout.strip()


def test_temporary_folders_of_a_killed_process_go_when_another_needs_one(temporary):
    killed()
    left = set(temporary.iterdir())
    assert len(left) == 2
    (temporary / "galaxy_causal_of_an_earlier_version").mkdir()
    with temporary_folder() as folder:
        assert folder.parent == temporary
        assert not left & set(temporary.iterdir())
    assert not folder.exists()
    assert [path.name for path in temporary.iterdir()] == ["galaxy_causal_of_an_earlier_version"]


def test_only_what_belongs_to_the_dead_is_removed(tmp_path):
    dead = killed()
    assert is_left(dead)
    pid, started, place = dead.split("-")
    own = mark().split("-")
    living = {
        "nobody": "key-token",
        "us": mark(),
        "another machine": f"{pid}-{started}-{'0' * 12}",
        "no mark": f"{pid}-{place}",
    }
    assert own[2] == place
    gone = [f"key-token-{dead}", f"key-{own[0]}-1-{place}"]  # our number, but of one that started before
    for name in (*living.values(), *gone):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").touch()
    (tmp_path / f"other-{dead}").touch()
    assert {path.name for path in sweep(tmp_path, "key")} == set(gone)
    assert {path.name for path in tmp_path.iterdir()} == {*living.values(), f"other-{dead}"}
    assert [path.name for path in sweep(tmp_path)] == [f"other-{dead}"]
    assert sweep(tmp_path / "absent") == []


def test_links_are_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (tmp_path / f"link-{killed()}").symlink_to(kept)
    assert len(sweep(tmp_path)) == 1
    assert (kept / "file").exists()


def test_folders_of_ours_are_in_use(temporary):
    folder = lasting_folder()
    belongings._sweep_once.cache_clear()
    with temporary_folder():
        assert Path(folder).is_dir()


def test_machines_and_their_starts_have_names_of_their_own(monkeypatch):
    own, names = ProcessIdentity.own(), [machine()]
    for other in (replace(own, host="elsewhere"), replace(own, boot="later"), replace(own, pid=1)):
        monkeypatch.setattr(ProcessIdentity, "own", classmethod(lambda cls, other=other: other))
        names.append(machine())
    assert len(set(names)) == 3
    assert names[3] == names[0]
