"""Chunks of HDF5 and zarr: those that lack are read as the fill value, and those that lie elsewhere not."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.files.hdf5 import check_stored_within
from galaxy_causal.files.regular import check_regular
from galaxy_causal.types import UserError

Array = Any
"""A data set of h5py, or an array of zarr in a folder."""


def check_stored(
    path: Path, array: Array, ids: NDArray[np.generic] | None, null_pixels: Sequence[float]
) -> None:
    """Refuse an array (n, ...) of which chunks were never written, or were lost in a copy.

    A fill value that is not finite, or one of ``null_pixels``, lets them pass, as such pixels are flagged.
    Of zarr's shards it is seen whether they are there, not what they hold. Time and memory grow with the
    chunks that are stored, not with those that the shape claims.
    """
    if getattr(array, "is_virtual", False):
        return check_stored_within(path, array)
    grid, size, fill, stored = _in_zarr(path, array) if hasattr(array, "oindex") else _in_hdf5(array)
    lacking = math.prod(grid) - sum(stored.values())
    if lacking == 0 or _is_flagged(fill, null_pixels):
        return None
    whole = {place for place, count in stored.items() if count == math.prod(grid[1:])}
    rows = array.shape[0] - sum(min(size, array.shape[0] - place * size) for place in whole)
    blocks = (place for place in range(grid[0]) if place not in whole)
    every = (row for place in blocks for row in range(place * size, min((place + 1) * size, array.shape[0])))
    some = list(islice(every, 5))
    names, what = (some, "rows") if ids is None else (ids[some], "ids")
    raise UserError(
        f"{path} lacks {lacking} of the {math.prod(grid)} chunks of {array.name}: values of "
        f"{rows} of {array.shape[0]} galaxies ({what} {', '.join(map(str, names))}"
        f"{', ...' if rows > 5 else ''}) were never written, or were lost, and would be read as {fill}. "
        "Copy or write it again; where they are blank on purpose, write NaN, which is flagged"
    )


Stored = tuple[tuple[int, ...], int, object, Mapping[int, int]]
"""The grid of chunks, galaxies a chunk, the fill value, and how many chunks are stored at each place of the
grid's first axis."""


def _in_hdf5(array: Array) -> Stored:
    if array.chunks is None:
        from h5py import h5d

        empty = array.id.get_create_plist().get_layout() == h5d.CONTIGUOUS
        empty = empty and array.size > 0 and array.id.get_offset() is None
        return (1,), array.shape[0], array.fillvalue, {} if empty else {0: 1}
    grid, stored = _grid(array.shape, array.chunks), Counter[int]()

    def see(chunk: Any) -> None:  # noqa: ANN401  (a StoreInfo of h5py)
        stored[int(chunk.chunk_offset[0]) // array.chunks[0]] += 1

    array.id.chunk_iter(see)
    return grid, array.chunks[0], array.fillvalue, stored


def _in_zarr(path: Path, array: Array) -> Stored:
    size = array.shards or array.chunks
    return _grid(array.shape, size), size[0], array.fill_value, stored_chunks(path, array)


def _grid(shape: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-whole // part) for whole, part in zip(shape, size, strict=True))


def _is_flagged(fill: Any, null_pixels: Sequence[float]) -> bool:  # noqa: ANN401  (a number of numpy's)
    record = np.asarray(fill).dtype.names is not None  # of a compound data set, whose fields are many
    return not (fill is None or record) and bool(
        not np.isfinite(fill) or np.isin(np.float32(fill), np.asarray(null_pixels, dtype=np.float32))
    )


def check_store(path: Path) -> None:
    """Refuse a folder in which anything is a link, a pipe or a device.

    zarr would read a linked file, whatever it is, as pixels, and wait for a pipe. The folder itself may be
    a link.
    """
    if not path.is_dir():
        raise UserError(f"{path} is no folder; give the folder of a zarr store (unpack one that is zipped)")
    for name, entry in _entries(path):
        if entry.is_symlink():
            raise UserError(
                f"{path}: {name} is a link, to {os.readlink(entry)!r}, which is not followed inside of a "
                "zarr store; put what is needed in its place (cp -rL)"
            )
        if not entry.is_file():
            check_regular(path / name, "a zarr store holds files and folders alone: take it out")


def _entries(path: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files in and below a folder, and links, which are not followed, by their names from there."""
    folders = [""]
    while folders:
        inside = folders.pop()
        with os.scandir(f"{path}/{inside}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{inside}{entry.name}/")
                else:
                    yield f"{inside}{entry.name}", entry


def zarr_object(path: Path, group: Any, name: str) -> Any:  # noqa: ANN401
    """The array or group ``name`` of a group of zarr, None where there is none."""
    if name not in group:
        return None
    found = group[name]
    for codec in (*(getattr(found, "filters", None) or ()), *(getattr(found, "compressors", None) or ())):
        if getattr(codec, "codec_id", "") == "pickle":
            raise UserError(
                f"{path}: {name!r} holds pickled Python objects, which are not read; save numbers"
            )
    return found


def stored_chunks(path: Path, array: Any) -> Counter[int]:  # noqa: ANN401
    """How many of its files, which are shards or chunks, an array has at each place of its first axis.

    An empty file counts as none: zarr takes an empty shard for one without chunks.
    """
    encode, axes, stored = array.metadata.encode_chunk_key, len(array.shape), Counter[int]()
    for name, entry in _entries(path / array.path):
        numbers = re.split("[./]", name)[-axes:]
        if not all(number.isdecimal() for number in numbers) or len(numbers) < axes:
            continue
        place = tuple(map(int, numbers))
        if encode(place) == name and entry.stat().st_size > 0:
            stored[place[0]] += 1
    return stored
