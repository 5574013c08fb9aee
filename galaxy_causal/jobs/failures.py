"""What jobs die of that is no slip of the user's, in one message: a full disk, memory, a missing package."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from galaxy_causal.files import existing
from galaxy_causal.processes.parents import EndedError
from galaxy_causal.types import UserError, by_door
from galaxy_causal.types.extras import remedy

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
        where = f"{file} cannot be written ({_free(existing(file.parent))})"
    else:
        disks = {folder.stat().st_dev: folder for folder in (_temporary(), *map(existing, places))}
        least_first = sorted(disks.values(), key=lambda folder: shutil.disk_usage(folder).free)
        where = f"a file cannot be written ({', '.join(map(_free, least_first))})"
    return (
        f"{where}: {_reason(met[-1])}. Free some space, or choose another place: of runs by "
        "tracking.root=<folder>, of temporary files by TMPDIR=<folder> before the command. Then run the same "
        "command again: what is finished is kept."
    )


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


def _reason(error: BaseException) -> str:
    said = SAID.search(str(error))
    if isinstance(error, OSError) and error.errno is not None and (error.errno in FULL or said is None):
        return os.strerror(error.errno)
    return str(error) if said is None else said[0]


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return isinstance(error, Exception) and SAID.search(str(error)) is not None


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # none can be written: that may be the very error
        return existing(Path(os.environ.get("TMPDIR", "/tmp")))


def _free(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 2**20:,.1f} MiB free on the disk of {folder}"


KILLED = frozenset(("BrokenExecutor", "ProcessExitedException"))
"""Errors of pools of processes (joblib's too) and of PyTorch's, whose process ended without a word."""
REFUSED = re.compile(r"can't allocate memory|not enough memory|out of memory")
"""What PyTorch says where it gets no memory, of the machine's or of a device's."""


def _remedy() -> str:
    workers = by_door(
        "fits_at_once=1, launcher.workers=1, discovery.stability.workers=1", 'stability={"workers": 1}'
    )
    return (
        f"Ask for less at once ({workers}, a smaller network.training.batch_size, fewer draws or galaxies), "
        f"or give the machine more memory. Then {_again()}"
    )


def _again() -> str:
    return by_door(
        "run the same command again: what is finished is kept.",
        "ask the same again: what is finished is kept, if in a store.",
    )


def lack_of_memory(error: BaseException) -> str | None:
    """What to tell of an error that comes of memory that ran out or of a killed process; None of others."""
    for one in causes(error):
        said = str(one).partition("\n")[0].strip()
        if isinstance(one, EndedError):
            return f"{said}, most likely from outside. {_again()}"
        if any(kind.__name__ in KILLED for kind in type(one).__mro__):
            return f"a worker process was killed, most likely because memory ran out. {_remedy()}"
        if isinstance(one, MemoryError) or (isinstance(one, RuntimeError) and REFUSED.search(str(one))):
            return f"memory ran out{f' ({said})' if said else ''}. {_remedy()}"
    return None


def lack_of_package(error: BaseException) -> str | None:
    """What to tell of a module that cannot be imported as an extra is not installed; None of others."""
    lacking = (one.name for one in causes(error) if isinstance(one, ModuleNotFoundError) and one.name)
    return next(filter(None, map(remedy, lacking)), None)


def in_words(error: BaseException) -> str | None:
    """What to tell people of an error, None of one that is ours."""
    seen: BaseException | None = error
    while seen is not None:  # instantiation wraps the readers' errors in its own
        if isinstance(seen, UserError):
            return str(seen)
        seen = seen.__cause__
    lack = full_disk(error) or lack_of_memory(error) or lack_of_package(error)
    if lack is not None:
        return lack
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror}: {error.filename}; make it readable and writable, or choose another place"
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, or else while what was handled, and so on."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
