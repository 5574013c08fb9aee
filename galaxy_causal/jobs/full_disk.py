"""A disk that takes no more, in one message, however the library that met it says so."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from galaxy_causal.jobs.causes import causes

FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
"""Errors of the system: no space, a quota, a file larger than ``ulimit -f`` lets it be."""
SAID = re.compile(
    r"No space left on device|[Nn]ot enough space|database or disk is full|disk I/O error|quota exceeded"
    r"|File too large|\d+ requested and \d+ written|inline_container.*(write failed|unexpected pos)"
    r"|PytorchStreamWriter failed|No usable temporary directory"
)
"""What errors without such a number say: those of SQLite, numpy, PyTorch, tempfile, and wrapped ones."""


def full_disk(error: BaseException, places: Iterable[Path] = ()) -> str | None:
    """What to tell of an error that a full disk caused, None of any other.

    It names the file where the error does, else the disks of all ``places`` and of temporary files, for which
    of them was full cannot be known once a job has tidied up.
    """
    met = [one for one in causes(error) if _is_full(one)]
    if not met:
        return None
    names = (getattr(one, name, None) for one in met for name in ("filename2", "filename"))
    file = next((Path(os.fsdecode(name)) for name in names if isinstance(name, str | bytes | Path)), None)
    if file is not None:
        where = f"{file} cannot be written ({_free(_existing(file.parent))})"
    else:
        disks = {folder.stat().st_dev: folder for folder in (_temporary(), *map(_existing, places))}
        least_first = sorted(disks.values(), key=lambda folder: shutil.disk_usage(folder).free)
        where = f"a file cannot be written ({', '.join(map(_free, least_first))})"
    return (
        f"{where}: {_reason(met[-1])}. Free some space, or choose another place: of runs by "
        "tracking.root=<folder>, of temporary files by TMPDIR=<folder> before the command. Then run the same "
        "command again: what is finished is kept."
    )


def _reason(error: BaseException) -> str:
    said = SAID.search(str(error))
    if isinstance(error, OSError) and error.errno is not None and (error.errno in FULL or said is None):
        return os.strerror(error.errno)
    return str(error) if said is None else said[0]


def places_of(cfg: DictConfig) -> list[Path]:
    """Where a job may write: the folder of its runs, the current one, and whatever paths it was given."""
    root = OmegaConf.select(cfg, "tracking.root", throw_on_missing=False)
    first = [Path(root).expanduser()] if isinstance(root, str) else []
    return [*first, Path(), *map(Path, _absolute(OmegaConf.to_container(cfg)))]


def _absolute(node: object) -> Iterator[str]:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _absolute(item)
    elif isinstance(node, str) and os.path.isabs(os.path.expanduser(node)):
        yield os.path.expanduser(node)


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return isinstance(error, Exception) and SAID.search(str(error)) is not None


def _existing(place: Path) -> Path:
    """The place, or the folder above it that is there."""
    place = place.absolute()
    return next(folder for folder in (place, *place.parents) if folder.exists())


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # none can be written: that may be the very error
        return _existing(Path(os.environ.get("TMPDIR", "/tmp")))


def _free(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 2**20:,.1f} MiB free on the disk of {folder}"
