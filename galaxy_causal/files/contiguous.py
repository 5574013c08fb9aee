"""HDF5 files that grow, survive being killed, and can be mapped into memory.

The HDF5 library only lays a file out, every data set in one piece. Rows are written past it, to space that
the disk has set aside: the library keeps writes back, and when they fail later on a full disk it does not
tell.
"""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.files.hdf5 import hdf5_object, offset_in_file, open_hdf5

SPARE = 1 << 20
"""Bytes that the description of the data sets may take."""


@dataclass(frozen=True)
class Place:
    """Where a data set lies in its file, in one piece.

    Parameters
    ----------
    offset
        Of its first value [bytes].
    dtype
        As numpy spells it, such as ``<f4``.
    shape
        Its first axis counts rows.
    """

    offset: int
    dtype: str
    shape: tuple[int, ...]

    def mapped(self, path: Path) -> NDArray[Any]:
        """The data set as a memory map."""
        return np.memmap(path, self.dtype, "r", self.offset, self.shape)

    def read(self, path: Path) -> NDArray[Any]:
        """A copy of the whole data set."""
        values = np.fromfile(path, self.dtype, math.prod(self.shape), offset=self.offset)
        return values.reshape(self.shape)

    def write(self, descriptor: int, row: int, values: NDArray[Any]) -> None:
        """Put rows (m, ...) from ``row`` on into an open file; OSError where the disk does not take them."""
        data = memoryview(np.ascontiguousarray(values, dtype=self.dtype).tobytes())
        size = math.prod(self.shape[1:]) * np.dtype(self.dtype).itemsize
        position = self.offset + row * size
        while data:
            written = os.pwrite(descriptor, data, position)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data, position = data[written:], position + written


def lay_out(
    path: Path,
    shapes: Mapping[str, tuple[str, tuple[int, ...]]],
    attributes: Mapping[str, object],
    recipe: str,
    values: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, Place]:
    """Make a file of its final size, with zeros in it, or with the ``values`` that there are already.

    Parameters
    ----------
    path
        Of the file, which is overwritten.
    shapes
        Type and shape of each data set, by its name, such as ``truth/mass``.
    attributes
        Of the file.
    recipe
        What the file is made of: an attribute that is written last, and tells that the layout is whole.
    values
        Whole data sets beside those of ``shapes``.

    Returns
    -------
    dict of str to Place
        Where each data set lies.

    Raises
    ------
    OSError
        Where the disk has no space, or refuses to write.
    """
    given = dict(values or {})
    wanted = {**shapes, **{name: (value.dtype.str, value.shape) for name, value in given.items()}}
    size = sum(
        int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize for dtype, shape in wanted.values()
    )
    with path.open("wb") as raw:  # the HDF5 library cannot cope with a disk that is full
        os.posix_fallocate(raw.fileno(), 0, size + SPARE)
    try:
        _made(path, wanted, attributes)
        with path.open("r+b") as raw:
            os.posix_fallocate(raw.fileno(), 0, path.stat().st_size)
            found = places(path)
            for name, value in given.items():
                found[name].write(raw.fileno(), 0, value)
            os.fsync(raw.fileno())
        _marked(path, recipe)
    except RuntimeError as error:  # h5py's, of a disk that refuses to write
        told = re.search(r"error message = '([^']*)'", str(error))
        reason = told.group(1) if told else " ".join(str(error).split())[:150]
        raise OSError(errno.EIO, reason) from error
    return found


def _made(
    path: Path, wanted: Mapping[str, tuple[str, tuple[int, ...]]], attributes: Mapping[str, object]
) -> None:
    import h5py

    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    with h5py.File(path, "w", locking=False) as file:  # who looks at it meanwhile is not in the way
        for name, (dtype, shape) in wanted.items():
            file.require_group(name.rpartition("/")[0] or "/")
            kind, space = h5py.h5t.py_create(np.dtype(dtype)), h5py.h5s.create_simple(shape)
            h5py.h5d.create(file.id, name.encode(), kind, space, early)
        file.attrs.update(attributes)


def _marked(path: Path, recipe: str) -> None:
    import h5py

    with h5py.File(path, "r+", locking=False) as file:
        file.attrs["recipe"] = recipe


def places(path: Path) -> dict[str, Place]:
    """All data sets of a file, and of the groups in it.

    Parameters
    ----------
    path
        Of an HDF5 file.

    Returns
    -------
    dict of str to Place
        By names such as ``truth/mass``; groups within groups are not entered.

    Raises
    ------
    OSError
        Where HDF5 cannot open it, also if it is cut short.
    UserError
        For values that do not lie in it in one piece.
    """
    with open_hdf5(path) as file:
        found = {name: hdf5_object(file, name) for name in file}
        groups = [name for name, item in found.items() if not hasattr(item, "shape")]
        for group in groups:
            inside = found.pop(group)
            found |= {f"{group}/{name}": hdf5_object(file, f"{group}/{name}") for name in inside}
        return {
            name: Place(offset_in_file(path, item), item.dtype.str, item.shape)
            for name, item in found.items()
            if hasattr(item, "shape")
        }


def attributes(path: Path) -> dict[str, Any]:
    """The attributes of a file.

    Parameters
    ----------
    path
        Of an HDF5 file.

    Returns
    -------
    dict
        Of values as h5py reads them, by name.

    Raises
    ------
    OSError
        Where HDF5 cannot open it.
    """
    with open_hdf5(path) as file:
        return dict(file.attrs)
