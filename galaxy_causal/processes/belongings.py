"""Files and folders that tell by their name whose they are: what a dead process left can be removed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from galaxy_causal.processes.identity import ProcessIdentity

TEMPORARY = "galaxy_causal_"
"""How the names of our temporary folders begin."""
MARK = re.compile(r"p(\d+)-(\d+(?:\.\d+)?)-([0-9a-f]{12})")


def mark() -> str:
    """What a name contains that belongs to this process.

    Returns
    -------
    str
        Its number, when it started, and a hash of its machine, boot and container.
    """
    own = ProcessIdentity.own()
    return f"p{own.pid}-{own.started or 0}-{_place(own)}"


def machine() -> str:
    """What a file's name contains that belongs to this machine, until it is started again.

    Returns
    -------
    str
        A hash; all its containers of the same name have it.
    """
    own = ProcessIdentity.own()
    return hashlib.sha256(f"{own.host}\n{own.boot}".encode()).hexdigest()[:12]


def is_left(name: str) -> bool:
    """Whether a name belongs to a process that has ended for certain.

    Parameters
    ----------
    name
        Of a file or folder.

    Returns
    -------
    bool
        False where it belongs to nobody, or to a process of another machine, boot or container.
    """
    found = MARK.search(name)
    own = ProcessIdentity.own()
    if found is None or found[3] != _place(own):
        return False
    return replace(own, pid=int(found[1]), started=found[2]).is_alive() is False


def sweep(folder: Path, begins: str = "") -> list[Path]:
    """Remove from a folder what processes left there that have ended.

    Parameters
    ----------
    folder
        It may be absent.
    begins
        How names begin that may be removed.

    Returns
    -------
    list of pathlib.Path
        What was removed. What belongs to another user, or cannot be removed, stays.
    """
    gone = []
    for path in _entries(folder):
        if path.name.startswith(begins) and is_left(path.name) and _is_mine(path):
            _remove(path)
            gone.append(path)
    return gone


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Have an empty folder, gone afterwards, or at the next start where this process is killed.

    Yields
    ------
    pathlib.Path
        The folder.
    """
    _sweep_once()
    with tempfile.TemporaryDirectory(prefix=_prefix()) as folder:
        yield Path(folder)


def lasting_folder() -> Path:
    """Make an empty folder for whoever removes it; where this process is killed, the next start does.

    Returns
    -------
    pathlib.Path
        The folder.
    """
    _sweep_once()
    return Path(tempfile.mkdtemp(prefix=_prefix()))


def _prefix() -> str:
    return f"{TEMPORARY}{mark()}-"


@cache
def _sweep_once() -> None:
    with suppress(OSError):  # no temporary folder at all: whoever needs one will say so
        sweep(Path(tempfile.gettempdir()), TEMPORARY)


@cache
def _place(process: ProcessIdentity) -> str:
    text = "\n".join((process.host, process.boot, process.namespace))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_mine(path: Path) -> bool:
    try:
        return not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
    except OSError:
        return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()
