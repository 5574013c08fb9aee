"""Chunks that an HDF5 or zarr file lacks: both libraries read them as the fill value, and say nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.types import UserError

Array = Any
"""A data set of h5py, or an array of zarr in a folder."""


def check_stored(
    path: Path, array: Array, ids: NDArray[np.generic] | None, null_pixels: Sequence[float]
) -> None:
    """Refuse an array (n, ...) of which chunks were never written, or were lost in a copy.

    A fill value that is not finite, or one of ``null_pixels``, lets them pass, as such pixels are flagged.
    Of zarr's shards it is seen whether they are there, not what they hold.
    """
    if getattr(array, "is_virtual", False):
        return _check_sources(path, array)
    stored, size, fill = _in_zarr(path, array) if hasattr(array, "oindex") else _in_hdf5(array)
    if stored.all() or _is_flagged(fill, null_pixels):
        return None
    lacking = ~stored.reshape(len(stored), -1).all(axis=1)
    rows = np.flatnonzero(np.repeat(lacking, size)[: array.shape[0]])
    names, what = (rows, "rows") if ids is None else (ids[rows], "ids")
    raise UserError(
        f"{path} lacks {int(np.sum(~stored))} of the {stored.size} chunks of {array.name}: values of "
        f"{len(rows)} of {array.shape[0]} galaxies ({what} {', '.join(map(str, names[:5]))}"
        f"{', ...' if len(rows) > 5 else ''}) were never written, or were lost, and would be read as {fill}. "
        "Copy or write it again; where they are blank on purpose, write NaN, which is flagged"
    )


def _in_hdf5(array: Array) -> tuple[NDArray[np.bool_], int, object]:
    """Whether each chunk (of the grid of chunks) is stored, galaxies a chunk, and the fill value."""
    if array.chunks is None:
        from h5py import h5d

        empty = array.id.get_create_plist().get_layout() == h5d.CONTIGUOUS and array.external is None
        empty = empty and array.size > 0 and array.id.get_offset() is None
        return np.array([not empty]), array.shape[0], array.fillvalue if empty else None
    grid = _grid(array.shape, array.chunks)
    if array.id.get_num_chunks() == np.prod(grid):
        return np.ones(grid, dtype=bool), array.chunks[0], None
    stored = np.zeros(grid, dtype=bool)

    def see(chunk: Any) -> None:  # noqa: ANN401  (a StoreInfo of h5py)
        stored[tuple(np.floor_divide(chunk.chunk_offset, array.chunks))] = True

    array.id.chunk_iter(see)
    return stored, array.chunks[0], array.fillvalue


def _check_sources(path: Path, array: Array) -> None:
    """Refuse a virtual data set of HDF5 whose parts lie in files that are not there."""
    names = {source.file_name for source in array.virtual_sources()} - {"."}
    absent = sorted(name for name in names if not (path.parent / name).is_file())  # or absolute
    if absent:
        raise UserError(
            f"{path}: {array.name} is put together from {len(names)} files, of which {len(absent)} are not "
            f"there ({', '.join(absent[:3])}{', ...' if len(absent) > 3 else ''}), and would be read as "
            f"{array.fillvalue}; put them where it looks for them"
        )


def _in_zarr(path: Path, array: Array) -> tuple[NDArray[np.bool_], int, object]:
    """As ``_in_hdf5``; what zarr stores in one file is a shard, or a chunk where there are no shards."""
    size = array.shards or array.chunks
    grid = _grid(array.shape, size)
    folder = path / array.path
    key = array.metadata.encode_chunk_key
    there = [_holds_something(folder / key(place)) for place in np.ndindex(grid)]
    return np.array(there, dtype=bool).reshape(grid), size[0], array.fill_value


def _holds_something(file: Path) -> bool:
    """False for an empty file too: zarr takes an empty shard for one without chunks."""
    try:
        return os.stat(file).st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False


def _grid(shape: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-whole // part) for whole, part in zip(shape, size, strict=True))


def _is_flagged(fill: Any, null_pixels: Sequence[float]) -> bool:  # noqa: ANN401  (a number of numpy's)
    return fill is not None and bool(
        not np.isfinite(fill) or np.isin(np.float32(fill), np.asarray(null_pixels, dtype=np.float32))
    )
