"""Files that hold the images of many galaxies, opened where they are read."""

from __future__ import annotations

import lzma
import math
import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.pixels import Pixels, single_precision
from galaxy_causal.files import check_memory
from galaxy_causal.files.npy import mapped
from galaxy_causal.types import UserError

DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    RuntimeError,
    MemoryError,
    ArithmeticError,
    zlib.error,
    lzma.LZMAError,
)
"""What libraries raise for a damaged file; codecs have errors of their own."""
Rows = NDArray[np.int64]
Ids = NDArray[np.str_] | NDArray[np.int64]


@dataclass(frozen=True)
class Description:
    """What a file says of its images: shape (n, bands, height, width); None where it does not say.

    ``columns`` are names of its arrays that hold one value an image.
    """

    shape: tuple[int, int, int, int]
    ids: Ids | None = None
    bands: tuple[str, ...] | None = None
    pixel_scale: float | None = None
    unit: str | None = None
    columns: tuple[str, ...] = ()


class ImageFile(Protocol):
    """Images of n galaxies. It can be pickled, and read in any process and after a fork."""

    path: Path
    description: Description

    def read(self, rows: Rows) -> Pixels:
        """Images (m, bands, height, width) of these rows of the file, in this order, as they stand there."""

    def masked(self, rows: Rows) -> NDArray[np.bool_] | None:
        """Pixels that the file marks as bad, same shape; None where it marks none."""

    def verify(self) -> None:
        """Read all and refuse what differs from a checksum in the file; nothing where it carries none."""

    def stamp(self) -> str:
        """Text that changes with the files (names, sizes, times of change) and with what of them is read.

        Empty where nothing tells of a change.
        """


class Opened:
    """Something that each process opens for itself, when it first needs it, and that pickles unopened.

    The arguments of ``opener`` say what it is.
    """

    def __init__(self, opener: partial[Any]) -> None:
        self._opener = opener
        self._opened: tuple[int, Any] | None = None

    def get(self) -> Any:  # noqa: ANN401  (an array of numpy's, h5py's or zarr's)
        """What this process has opened."""
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), self._opener())
        return self._opened[1]

    @property
    def place(self) -> str:
        """Which array of which file."""
        return " ".join(map(str, self._opener.args))

    def __getstate__(self) -> dict[str, object]:
        return {"_opener": self._opener, "_opened": None}


def gather(array: Any, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401  (see Opened)
    """``array[rows]`` in few reads: memory maps as they are, other files by runs of consecutive rows."""
    if len(rows) and (np.diff(rows) == 1).all():
        return array[int(rows[0]) : int(rows[-1]) + 1]
    if isinstance(array, np.ndarray):
        return array[rows]
    unique, back = np.unique(rows, return_inverse=True)
    if hasattr(array, "oindex"):
        return array.oindex[unique][back]
    starts = np.flatnonzero(np.diff(unique, prepend=-2) != 1)
    runs = (
        [array[int(run[0]) : int(run[-1]) + 1] for run in np.split(unique, starts[1:])] if len(rows) else []
    )
    return np.concatenate(runs)[back] if runs else array[:0]


class ArrayFile:
    """Images in one array (n, bands, height, width), or in one array (n, height, width) for each band.

    After ``turn`` the one array is (n, height, width, bands).
    """

    def __init__(
        self,
        path: Path,
        arrays: Sequence[Opened],
        description: Description,
        mask: Opened | None = None,
        verify: Callable[[], None] | None = None,
    ) -> None:
        self.path = path
        self.description = description
        self._arrays = tuple(arrays)
        self._mask = mask
        self._verify = verify
        self._last = False

    def turn(self) -> None:
        """Take the last axis of the array for that of the bands."""
        count, height, width, bands = self.description.shape
        self._last = True
        self.description = replace(self.description, shape=(count, bands, height, width))

    def _in_order(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(values, 3, 1) if self._last and values.ndim == 4 else values

    def read(self, rows: Rows) -> Pixels:
        """Images (m, bands, height, width) of these rows, a copy as float32."""
        with reading(self.path):
            if self._arrays[0].get().ndim == len(self.description.shape):
                return single_precision(self._in_order(np.asarray(gather(self._arrays[0].get(), rows))))
            pixels = np.empty((len(rows), *self.description.shape[1:]), dtype=np.float32)
            for band, array in enumerate(self._arrays):
                single_precision(np.asarray(gather(array.get(), rows)), out=pixels[:, band])
            return pixels

    def masked(self, rows: Rows) -> NDArray[np.bool_] | None:
        """Where the mask is not zero, (m, bands, height, width)."""
        if self._mask is None:
            return None
        with reading(self.path):
            bad: NDArray[np.bool_] = self._in_order(np.asarray(gather(self._mask.get(), rows)) != 0)
        shape = self.description.shape[1:]
        if bad.shape[1:] not in (shape, shape[1:]):
            raise UserError(
                f"{self.path}: the mask of an image has the shape {bad.shape[1:]}, and the image {shape} "
                "(bands, height, width)"
            )
        return bad if bad.ndim == 4 else np.repeat(bad[:, None], self.description.shape[1], axis=1)

    def verify(self) -> None:
        """As it was told how."""
        if self._verify is not None:
            self._verify()

    def stamp(self) -> str:
        """Name, size and time of every file that holds pixels, and the places of the pixels and the mask."""
        places = [array.place for array in self._arrays]
        places.append("" if self._mask is None else self._mask.place)
        return "\n".join([stamp([self.path]), *places, *(["bands last"] if self._last else [])])


class HeldArray(ArrayFile):
    """Images in an array in memory, (n, bands, height, width), with its mask where it has one."""

    def __init__(self, images: Any) -> None:  # noqa: ANN401  (anything that is an array)
        path, array = Path("images"), np.asanyarray(images)
        masked = isinstance(array, np.ma.MaskedArray)
        mask = Opened(partial(np.ma.getmaskarray, array)) if masked else None
        super().__init__(
            path, [Opened(partial(np.asarray, array))], Description(image_shape(path, array)), mask
        )

    def stamp(self) -> str:
        """Nothing: whether an array has changed only its values tell."""
        return ""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the errors of a damaged file into ours."""
    try:
        yield
    except UserError:
        raise
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"{path} cannot be read: {reason}. Is it complete? Copy or write it again") from error


def stamp(paths: Sequence[Path]) -> str:
    """One line a file: its path, size and time of change; of a folder, every file below it."""
    lines = []
    for path in paths:
        found = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in found:
            status = file.stat()
            lines.append(f"{file.resolve()} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(lines)


def band_names(value: object) -> tuple[str, ...]:
    """``ugriz``, ``grzW1W2``, ``u,g,r`` or a list as names of bands: a letter and the digits after it."""
    if isinstance(value, str):
        return tuple(re.split(r"[,\s]+", value.strip())) if re.search(r"[,\s]", value.strip()) else tuple(
            re.findall(r"[^\W\d_]\d*", value)
        )  # fmt: skip
    if isinstance(value, Sequence | np.ndarray):
        return tuple(v.decode() if isinstance(v, bytes) else str(v) for v in value)
    raise UserError(f"bands={value}: give names such as ugriz, or a list of them")


def npy_file(path: Path) -> ArrayFile:
    """Images in an uncompressed array, memory-mapped."""
    with reading(path):
        array = Opened(partial(mapped, path))
        return ArrayFile(path, [array], Description(image_shape(path, array.get())))


def image_shape(path: Path, array: Any) -> tuple[int, int, int, int]:  # noqa: ANN401
    """The shape of images, checked; one image must fit in memory, and so must a chunk of an array."""
    shape = tuple(int(s) for s in array.shape)
    if len(shape) != 4 or 0 in shape[1:] or array.dtype.kind not in "iufb":
        raise UserError(
            f"{path}: images have the shape {shape} and type {array.dtype}; they must be numbers of shape "
            "(galaxies, bands, height, width), or (galaxies, height, width, bands)"
        )
    check_memory(path, array.dtype.itemsize * math.prod(shape[1:]), f"one image of shape {shape[1:]}")
    chunk = getattr(array, "chunks", None) or ()
    check_memory(path, array.dtype.itemsize * math.prod(chunk), f"one chunk of shape {tuple(chunk)}")
    return shape[0], shape[1], shape[2], shape[3]
