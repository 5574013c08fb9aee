"""The simulated survey as an HDF5 file that is written by several processes and read lazily.

While it is being written it is called ``<name>.partial``; a chunk counts once its checksum is there.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import ArrayFile, Description, Opened
from galaxy_causal.dataset.mock.chunk import LOST, Chunk, Settings
from galaxy_causal.dataset.mock.columns import CATALOGUE, TRUTH
from galaxy_causal.dataset.mock.graph import mock_graph
from galaxy_causal.dataset.mock.telescope import CUTOUT, OPTICAL, PIXEL
from galaxy_causal.files import Place, attributes, counted, lay_out, places
from galaxy_causal.types import Floats, ImageReader, UserError, option

FORMAT = "galaxy_causal mock survey"
REVISION = 3
"""Raise it when the code gives the same settings other galaxies or columns."""
WORTH_SHOWING = 200  # chunks: some two seconds to check
CHUNK = 250
"""Galaxies that are simulated from one seed, and lost when a run is killed."""
IMAGES, SUMS, LOSSES = "images", "chunks/sha256", "chunks/lost"
BYTES_PER_GALAXY = 2 * len(OPTICAL) * CUTOUT**2 + 8 * (len(CATALOGUE) + len(TRUTH))


def recipe(settings: Settings, n: int) -> str:
    """What the galaxies of a file are made of, as sorted JSON."""
    return json.dumps({"n": n, "revision": REVISION, **asdict(settings)}, sort_keys=True)


def create(path: Path, settings: Settings, n: int) -> None:
    """Make an empty file of the final size, its space taken. Raises OSError where there is no space."""
    chunks = -(-n // CHUNK)
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        **{f"catalogue/{name}": ("f8", (n,)) for name in CATALOGUE},
        **{f"truth/{name}": ("f8", (n,)) for name in TRUTH},
        SUMS: ("u1", (chunks, 32)),
        LOSSES: ("i8", (chunks, len(LOST))),
        IMAGES: ("f2", (n, len(OPTICAL), CUTOUT, CUTOUT)),
    }
    graph = json.dumps(asdict(mock_graph(settings.colour_gradients, settings.morphology)))
    said = {"unit": "nanomaggy", "bands": "".join(OPTICAL), "pixel_scale": PIXEL}
    lay_out(path, shapes, {"format": FORMAT, "graph": graph, **said}, recipe(settings, n))


def hashed() -> list[str]:
    """The data sets that a chunk's checksum covers, in its order."""
    return [*(f"catalogue/{name}" for name in CATALOGUE), *(f"truth/{name}" for name in TRUTH), IMAGES]


def write_chunk(path: Path, layout: Mapping[str, Place], number: int, chunk: Chunk) -> None:
    """Put a chunk at its place, and its checksum once the rest has reached the disk."""
    first = number * CHUNK
    rows: dict[str, NDArray[Any]] = {f"catalogue/{name}": chunk.catalogue[name] for name in CATALOGUE}
    rows |= {f"truth/{name}": chunk.truth[name] for name in TRUTH}
    rows[IMAGES] = chunk.images
    digest = hashlib.sha256()
    with path.open("r+b", buffering=0) as file:
        for name in hashed():
            data = np.ascontiguousarray(rows[name], dtype=layout[name].dtype)
            digest.update(data.tobytes())
            layout[name].write(file.fileno(), first, data)
        lost = np.array([[chunk.lost[reason] for reason in LOST]])
        layout[LOSSES].write(file.fileno(), number, lost)
        os.fdatasync(file.fileno())
        layout[SUMS].write(file.fileno(), number, np.frombuffer(digest.digest(), np.uint8)[None])


def done(path: Path, layout: Mapping[str, Place]) -> NDArray[np.bool_]:
    """Which chunks are complete: those with a checksum (chunks,)."""
    complete: NDArray[np.bool_] = np.any(layout[SUMS].read(path), axis=1)
    return complete


def checksum(path: Path, layout: Mapping[str, Place]) -> str:
    """SHA-256 of the checksums of all chunks, hence of all that is in the file."""
    return hashlib.sha256(layout[SUMS].read(path).tobytes()).hexdigest()


def losses(path: Path, layout: Mapping[str, Place]) -> dict[str, int]:
    """How many galaxies were left out for which reason."""
    total = layout[LOSSES].read(path).sum(axis=0)
    return {reason: int(count) for reason, count in zip(LOST, total, strict=True)}


def reader(path: Path, place: Place) -> ImageReader:
    """Reads cutouts (m, 5, 64, 64) [nanomaggies per pixel] by row (m,), in any process, as float32."""
    count, bands, height, width = place.shape
    return ArrayFile(
        path, [Opened(partial(place.mapped, path))], Description((count, bands, height, width))
    ).read


def open_finished(path: Path, settings: Settings, n: int) -> dict[str, Place]:
    """The data sets of a finished file of these settings; UserError for any other file."""
    try:
        layout, found = places(path), attributes(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read as HDF5 ({' '.join(str(error).split())[:150]}): it is cut short or "
            f"another kind of file. Delete it to simulate again, or give another {option('dataset.path')}"
        ) from error
    if found.get("format") != FORMAT or not {IMAGES, SUMS, LOSSES} <= set(layout):
        raise UserError(f"{path} is no {FORMAT}; give another {option('dataset.path')}")
    wanted, there = (json.loads(text) for text in (recipe(settings, n), found["recipe"]))
    differing = [key for key in wanted if wanted[key] != there.get(key)]
    if differing:
        values = ", ".join(f"{key}={there.get(key)} for {wanted[key]}" for key in differing)
        raise UserError(
            f"{path} holds other galaxies ({values}); give another {option('dataset.path')}, or delete it"
        )
    if not done(path, layout).all():
        raise UserError(f"{path} lacks some galaxies; delete it to simulate again")
    return layout


def no_space(path: Path, n: int, error: OSError | None = None) -> UserError:
    """What to tell a user whose disk is full."""
    return UserError(
        f"{path.parent} has no space for {n:,} galaxies, {n * BYTES_PER_GALAXY / 1e9:.2f} "
        f"GB{f' ({error.strerror})' if error else ''}; make room, then run the same command again to go on, "
        f"or choose a smaller {option('dataset.n')} or another {option('dataset.path')}"
    )


def is_full(error: OSError) -> bool:
    """Whether this error says that the disk or the quota is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def columns(path: Path, layout: Mapping[str, Place], group: str) -> dict[str, Floats]:
    """All columns (n,) of ``catalogue`` or ``truth`` by name."""
    prefix = f"{group}/"
    return {n.removeprefix(prefix): p.read(path) for n, p in layout.items() if n.startswith(prefix)}


def verify(path: Path, layout: Mapping[str, Place]) -> None:
    """Refuse a file whose galaxies do not agree with their checksums, naming their rows.

    All of it is read, at about 0.7 GB/s; ``<name>.verified`` beside it remembers its size and time of
    change, so that it is read once.
    """
    status, seal = path.stat(), path.with_name(f"{path.name}.verified")
    state = f"{status.st_size} {status.st_mtime_ns}"
    with suppress(OSError):
        if seal.is_file() and seal.read_text() == state:
            return
    sums = layout[SUMS].read(path)
    maps = [layout[name].mapped(path) for name in hashed()]
    for number in counted(range(len(sums)), f"checking {path.name}", WORTH_SHOWING):
        rows, digest = slice(number * CHUNK, (number + 1) * CHUNK), hashlib.sha256()
        for values in maps:
            digest.update(values[rows].tobytes())
        if digest.digest() != sums[number].tobytes():
            last = min(rows.stop, len(maps[0])) - 1
            raise UserError(
                f"{path} is damaged: galaxies {rows.start} to {last} differ from what was written; delete it "
                "to simulate again"
            )
    with suppress(OSError):  # where it cannot be remembered, the next run reads it again
        seal.write_text(state)
