"""Simulates chunk after chunk, in parallel, into a file; goes on where a killed run stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
from rich.progress import MofNCompleteColumn

from galaxy_causal.dataset.mock import store
from galaxy_causal.dataset.mock.chunk import Settings, simulate_chunk
from galaxy_causal.files import alone, attributes, bar, places
from galaxy_causal.types import UserError, option

SPARE = 50_000_000
"""Bytes that are to stay free on the disk."""


def simulate(path: Path, settings: Settings, n: int, processes: int) -> None:
    """Make the file of ``n`` galaxies, unless another process makes it meanwhile.

    The galaxies depend on the settings alone: each chunk has its own seed. The file gets its name once it is
    complete. Raises UserError where it cannot be written or the disk is full; finished chunks are kept.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path, "simulates"):
            if not path.exists():
                _simulate(path.with_name(f"{path.name}.partial"), settings, n, processes)
                path.with_name(f"{path.name}.partial").rename(path)
    except BrokenProcessPool as error:
        raise UserError(
            "a simulating process was ended from outside, perhaps for want of memory; try a smaller "
            f"{option('dataset.processes')}: finished galaxies are kept"
        ) from error
    except OSError as error:
        if store.is_full(error):
            raise store.no_space(path, n, error) from error
        raise UserError(
            f"cannot write {path} ({error.strerror or error}); choose another place with "
            f"{option('dataset.path')}"
        ) from error


def _simulate(partial: Path, settings: Settings, n: int, processes: int) -> None:
    if not _continues(partial, settings, n):
        partial.unlink(missing_ok=True)
        if shutil.disk_usage(partial.parent).free < n * store.BYTES_PER_GALAXY + SPARE:
            raise store.no_space(partial, n)
        try:
            store.create(partial, settings, n)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
    layout = places(partial)
    missing = np.flatnonzero(~store.done(partial, layout))
    sizes = [min(store.CHUNK, n - store.CHUNK * int(number)) for number in missing]
    finished = n - sum(sizes)
    with bar(MofNCompleteColumn()) as shown:
        task = shown.add_task("simulating galaxies", total=n, completed=finished)
        try:
            for size in _run(partial, settings, [int(m) for m in missing], sizes, processes):
                shown.advance(task, size)
                finished += size
        except UserError:  # there are no such galaxies
            if not finished:
                partial.unlink()
            raise


def _continues(partial: Path, settings: Settings, n: int) -> bool:
    """Whether there is the beginning of this very simulation."""
    if not partial.exists():
        return False
    try:
        return bool(attributes(partial).get("recipe") == store.recipe(settings, n))
    except OSError:  # killed while it was being made
        return False


def _run(
    partial: Path, settings: Settings, numbers: list[int], sizes: list[int], processes: int
) -> Iterator[int]:
    from joblib import delayed

    from galaxy_causal.processes.pools import parallel

    jobs = (delayed(_make)(partial, settings, k, size) for k, size in zip(numbers, sizes, strict=True))
    yield from parallel(min(processes, max(len(numbers), 1)), return_as="generator_unordered")(jobs)


def _make(partial: Path, settings: Settings, number: int, size: int) -> int:
    """Simulate and write one chunk; its size."""
    chunk = simulate_chunk(settings, number, size)
    store.write_chunk(partial, places(partial), number, chunk)
    return size
