"""What is found of this machine, this environment and the store, each with a verdict and a remedy."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
from filelock import FileLock, Timeout
from omegaconf import DictConfig

from galaxy_causal.files import existing
from galaxy_causal.fitting.code import versions
from galaxy_causal.processes.cores import cores
from galaxy_causal.tracking import check_place
from galaxy_causal.tracking.server import probe
from galaxy_causal.types import UserError
from galaxy_causal.types.extras import missing

WRONG, SLOW, MISSING = "wrong", "slow", "missing"
PACKAGES = ("pytorch-lightning", "hydra-core", "mlflow", "numpy", "astropy", "pgmpy", "npeet-plus")
"""Whose versions are told beside torch's, where they are here."""
SIZE = 512
"""Rows of the matrices that are multiplied: large enough for the processor's peak, done in a millisecond."""
WRITTEN = 2**24
"""Bytes that are written and brought to the disk."""
FILES = 50
"""Small files that are written and renamed, as leases are."""
LEAST_RATE = 5e9
"""Operations of one core in a second: a processor of ten years ago has ten times as many."""
LEAST_DISK = 20e6
"""Bytes a second below which fits wait for the disk."""
MOST_FILE = 0.02
"""Seconds of a small file above which fits side by side wait for one another: a network's disk."""
LEAST_FREE = 2**30
"""Bytes: a sweep of a hundred fits of ten thousand galaxies."""


@dataclass(frozen=True)
class Finding:
    """Something that was looked at.

    Parameters
    ----------
    name, value
        What, and what was found.
    state
        Empty where it is well; ``slow``, ``missing``, or ``wrong`` where no job can work.
    remedy
        What to do, where there is something.
    """

    name: str
    value: str
    state: str = ""
    remedy: str = ""


def findings(tracking: DictConfig) -> Iterator[Finding]:
    """Look at everything, one after the other, in a second or two.

    Parameters
    ----------
    tracking
        The group of options that says where fits and runs are kept.

    Yields
    ------
    Finding
        In the order in which a reader asks.
    """
    yield from installed()
    yield from devices()
    yield from (kept := list(store(tracking)))
    yield _core()
    if kept[0].state != WRONG:
        yield _disk(existing(Path(str(tracking.root)).expanduser().resolve()))


def installed() -> Iterator[Finding]:
    """Versions, and packages that some jobs need and are not here."""
    own = versions()
    commit = f", commit {own['commit'][:10]}" if "commit" in own else ""
    yield Finding("galaxy_causal", f"{own['galaxy_causal']}{commit}, in {Path(__file__).parents[2]}")
    yield Finding("python", f"{platform.python_version()}, {sys.executable}, {platform.platform()}")
    lacking = missing()
    gone = {name for packages in lacking.values() for name in packages}
    told = [f"torch {own['torch']}", *(f"{name} {version(name)}" for name in PACKAGES if name not in gone)]
    yield Finding("packages", ", ".join(told))
    for extra, packages in lacking.items():
        yield Finding(
            f"[{extra}]", f"without {', '.join(packages)}", MISSING, f"pip install 'galaxy_causal[{extra}]'"
        )


def devices() -> Iterator[Finding]:
    """Cores and memory, and who else is at work; GPUs."""
    import torch

    memory, busy = psutil.virtual_memory(), os.getloadavg()[0]
    what = f"{cores()} cores, {memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GiB are free"
    crowded = busy > 1.5 * cores()
    remedy = f"on average {busy:.0f} processes compute just now: fits take longer beside them"
    yield Finding("processor", what, SLOW if crowded else "", remedy if crowded else "")
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(number)
            yield Finding(f"GPU {number}", f"{about.name}, {about.total_memory / 2**30:.0f} GiB")
        return
    built = "torch is built without CUDA" if torch.version.cuda is None else "torch sees none"
    on_apple = torch.backends.mps.is_available()
    yield Finding("GPU", "Apple's, trainer.accelerator=mps" if on_apple else f"none: {built}")


def store(tracking: DictConfig) -> Iterator[Finding]:
    """Whether fits and runs can be kept, and what is there already."""
    root = Path(str(tracking.root)).expanduser().resolve()
    try:
        check_place(root)
    except UserError as error:
        yield Finding("store", str(root), WRONG, str(error))
        return
    fits, database = root / "fits", root / "mlflow.db"
    count = (
        sum(1 for shelf in fits.iterdir() if shelf.is_dir() for _ in shelf.iterdir()) if fits.is_dir() else 0
    )
    size = f", mlflow.db {database.stat().st_size / 2**20:.1f} MiB" if database.exists() else ""
    yield Finding("store", f"{root}: {count:,} fits{size}")
    free = shutil.disk_usage(existing(root)).free
    full = free < LEAST_FREE
    remedy = "make room, or choose another place by tracking.root=<folder>"
    yield Finding("disk", f"{free / 2**30:.1f} GiB free", SLOW if full else "", remedy if full else "")
    if not _locks(existing(root)):
        yield Finding(
            "locks", "files cannot be locked here", WRONG, "choose a local disk by tracking.root=<folder>"
        )
    uri = tracking.get("uri")
    if uri is not None:
        try:
            probe(str(uri))
            yield Finding("server", f"{uri} answers")
        except UserError as error:
            yield Finding("server", str(uri), WRONG, str(error))


def _core() -> Finding:
    """What one core multiplies."""
    rate = _multiplied()
    slow = rate < LEAST_RATE
    remedy = "set OMP_NUM_THREADS=1 where fits run side by side; look who else computes"
    return Finding("one core", f"{rate / 1e9:.0f} GFlop/s", SLOW if slow else "", remedy if slow else "")


def _disk(place: Path) -> Finding:
    """What a disk writes, and how long a small file takes."""
    written, small = _written(place)
    slow = written < LEAST_DISK or small > MOST_FILE
    remedy = "choose a disk of this machine by tracking.root=<folder>, and bring it home by job=merge"
    value = f"{written / 1e6:,.0f} MB/s; a small file {1e3 * small:.1f} ms"
    return Finding("disk's speed", value, SLOW if slow else "", remedy if slow else "")


def _multiplied() -> float:
    """Operations a second in single precision, of the best of some products."""
    from threadpoolctl import threadpool_limits

    matrix, best = np.ones((SIZE, SIZE), np.float32), np.inf
    with threadpool_limits(1):
        for _ in range(20):
            start = time.perf_counter()
            matrix @ matrix
            best = min(best, time.perf_counter() - start)
    return float(2 * SIZE**3 / best)


def _written(place: Path) -> tuple[float, float]:
    """Bytes a second that reach the disk of a folder, and seconds of a small file."""
    with tempfile.TemporaryDirectory(dir=place, prefix=".doctor-") as made:
        folder, content = Path(made), os.urandom(WRITTEN)  # to make them takes as long as to write them
        start = time.perf_counter()
        with (folder / "large").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        rate = WRITTEN / (time.perf_counter() - start)
        start = time.perf_counter()
        for number in range(FILES):
            (folder / "new").write_bytes(b"x")
            (folder / "new").replace(folder / f"small{number}")
        return rate, (time.perf_counter() - start) / FILES


def _locks(place: Path) -> bool:
    """Whether a lock that one holds keeps another out."""
    with tempfile.TemporaryDirectory(dir=place, prefix=".doctor-") as folder:
        path = f"{folder}/lock"
        try:
            with FileLock(path):
                try:
                    FileLock(path).acquire(blocking=False)
                except Timeout:
                    return True
        except OSError:
            return False
    return False
