"""The simulated survey as an HDF5 file that is written by several processes and read lazily.

Every data set is contiguous and allocated when the file is made, and rows are written at their place in the
file without the HDF5 library: a killed process leaves a file that HDF5 can still open. While it is being
written it is called ``<name>.partial``; a chunk counts once its checksum is there.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.single_precision import single_precision
from galaxy_causal.dataset.mock.chunk import LOST, Chunk, Settings
from galaxy_causal.dataset.mock.columns import CATALOGUE, TRUTH
from galaxy_causal.dataset.mock.graph import mock_graph
from galaxy_causal.dataset.mock.telescope import CUTOUT, OPTICAL, PIXEL
from galaxy_causal.files import offset_in_file, open_hdf5
from galaxy_causal.types import Floats, UserError

FORMAT = "galaxy_causal mock survey"
REVISION = 3
"""Raise it when the code gives the same settings other galaxies or columns."""
CHUNK = 250
"""Galaxies that are simulated from one seed, and lost when a run is killed."""
IMAGES, SUMS, LOSSES = "images", "chunks/sha256", "chunks/lost"
BYTES_PER_GALAXY = 2 * len(OPTICAL) * CUTOUT**2 + 8 * (len(CATALOGUE) + len(TRUTH))


@dataclass(frozen=True)
class Place:
    """Where a contiguous data set lies in a file."""

    offset: int
    dtype: str
    shape: tuple[int, ...]


def recipe(settings: Settings, n: int) -> str:
    """What the galaxies of a file are made of, as sorted JSON."""
    return json.dumps({"n": n, "revision": REVISION, **asdict(settings)}, sort_keys=True)


def create(path: Path, settings: Settings, n: int) -> None:
    """Make an empty file of the final size, its space taken. Raises OSError where there is no space."""
    try:
        _lay_out(path, settings, n)
    except RuntimeError as error:  # h5py's, of a disk that refuses to write
        told = re.search(r"error message = '([^']*)'", str(error))
        reason = told.group(1) if told else " ".join(str(error).split())[:150]
        raise OSError(errno.EIO, reason) from error
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def _lay_out(path: Path, settings: Settings, n: int) -> None:
    import h5py

    fixed = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    fixed.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    fixed.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    chunks = -(-n // CHUNK)
    layout: dict[str, tuple[str, tuple[int, ...]]] = {
        **{f"catalogue/{name}": ("f8", (n,)) for name in CATALOGUE},
        **{f"truth/{name}": ("f8", (n,)) for name in TRUTH},
        SUMS: ("u1", (chunks, 32)),
        LOSSES: ("i8", (chunks, len(LOST))),
        IMAGES: ("f2", (n, len(OPTICAL), CUTOUT, CUTOUT)),
    }
    with h5py.File(path, "w") as file:
        for name, (dtype, shape) in layout.items():
            file.require_group(name.rpartition("/")[0] or "/")
            space = h5py.h5s.create_simple(shape)
            h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(np.dtype(dtype)), space, fixed)
        graph = mock_graph(settings.colour_gradients, settings.morphology)
        file.attrs.update(format=FORMAT, recipe=recipe(settings, n), graph=json.dumps(asdict(graph)))
        file[IMAGES].attrs.update(unit="nanomaggy", bands="".join(OPTICAL), pixel_scale=PIXEL)


def places(path: Path) -> dict[str, Place]:
    """All data sets of a file. Raises OSError where HDF5 cannot open it, also if it is cut short, and
    UserError for values that do not lie in it in one piece.
    """
    import h5py

    found: dict[str, Place] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = Place(offset_in_file(path, item), item.dtype.str, item.shape)

    with open_hdf5(path) as file:
        file.visititems(visit)
    return found


def attributes(path: Path) -> dict[str, Any]:
    """The attributes of a file's root. Raises OSError as ``places`` does."""
    with open_hdf5(path) as file:
        return dict(file.attrs)


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
            _put(file.fileno(), layout[name], first, data)
        lost = np.array([[chunk.lost[reason] for reason in LOST]], dtype=layout[LOSSES].dtype)
        _put(file.fileno(), layout[LOSSES], number, lost)
        os.fdatasync(file.fileno())
        _put(file.fileno(), layout[SUMS], number, np.frombuffer(digest.digest(), np.uint8)[None])


def _put(descriptor: int, place: Place, row: int, values: NDArray[Any]) -> None:
    size = int(np.prod(place.shape[1:], dtype=np.int64)) * np.dtype(place.dtype).itemsize
    data = memoryview(values.tobytes())
    position = place.offset + row * size
    while data:
        written = os.pwrite(descriptor, data, position)
        data, position = data[written:], position + written


def done(path: Path, layout: Mapping[str, Place]) -> NDArray[np.bool_]:
    """Which chunks are complete: those with a checksum (chunks,)."""
    complete: NDArray[np.bool_] = np.any(read(path, layout[SUMS]), axis=1)
    return complete


def read(path: Path, place: Place) -> NDArray[Any]:
    """A whole data set."""
    count = int(np.prod(place.shape, dtype=np.int64))
    return np.fromfile(path, place.dtype, count, offset=place.offset).reshape(place.shape)


def checksum(path: Path, layout: Mapping[str, Place]) -> str:
    """SHA-256 of the checksums of all chunks, hence of all that is in the file."""
    return hashlib.sha256(read(path, layout[SUMS]).tobytes()).hexdigest()


def losses(path: Path, layout: Mapping[str, Place]) -> dict[str, int]:
    """How many galaxies were left out for which reason."""
    total = read(path, layout[LOSSES]).sum(axis=0)
    return {reason: int(count) for reason, count in zip(LOST, total, strict=True)}


@dataclass(frozen=True)
class Reader:
    """Reads cutouts by row, in any process: it holds a path and a place, no open file.

    ``checksum`` tells a file from another that stood at the same path before.
    """

    path: str
    place: Place
    checksum: str

    def __call__(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cutouts (m, 5, 64, 64) [nanomaggies per pixel] of rows (m,), float32."""
        return single_precision(_mapped(self, os.getpid())[rows])


@lru_cache(maxsize=8)
def _mapped(reader: Reader, _process: int) -> NDArray[Any]:
    place = reader.place
    return np.memmap(reader.path, place.dtype, "r", place.offset, place.shape)


def open_finished(path: Path, settings: Settings, n: int) -> dict[str, Place]:
    """The data sets of a finished file of these settings; UserError for any other file."""
    try:
        layout, found = places(path), attributes(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read as HDF5 ({' '.join(str(error).split())[:150]}): it is cut short or "
            "another kind of file. Delete it to simulate again, or give another dataset.path"
        ) from error
    if found.get("format") != FORMAT or not {IMAGES, SUMS, LOSSES} <= set(layout):
        raise UserError(f"{path} is no {FORMAT}; give another dataset.path")
    wanted, there = (json.loads(text) for text in (recipe(settings, n), found["recipe"]))
    differing = [key for key in wanted if wanted[key] != there.get(key)]
    if differing:
        values = ", ".join(f"{key}={there.get(key)} for {wanted[key]}" for key in differing)
        raise UserError(f"{path} holds other galaxies ({values}); give another dataset.path, or delete it")
    if not done(path, layout).all():
        raise UserError(f"{path} lacks some galaxies; delete it to simulate again")
    return layout


def no_space(path: Path, n: int, error: OSError | None = None) -> UserError:
    """What to tell a user whose disk is full."""
    return UserError(
        f"{path.parent} has no space for {n:,} galaxies, {n * BYTES_PER_GALAXY / 1e9:.2f} GB"
        f"{f' ({error.strerror})' if error else ''}; make room, then run the same command again to go on, "
        "or choose a smaller dataset.n or another dataset.path"
    )


def is_full(error: OSError) -> bool:
    """Whether this error says that the disk or the quota is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def columns(path: Path, layout: Mapping[str, Place], group: str) -> dict[str, Floats]:
    """All columns (n,) of ``catalogue`` or ``truth`` by name."""
    prefix = f"{group}/"
    return {n.removeprefix(prefix): read(path, p) for n, p in layout.items() if n.startswith(prefix)}
