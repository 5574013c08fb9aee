"""Files that hold the images of many galaxies, opened where they are read."""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.column_values import exact_ids
from galaxy_causal.dataset.image_chunks import check_stored
from galaxy_causal.dataset.opened import Opened, gather
from galaxy_causal.dataset.single_precision import single_precision
from galaxy_causal.types import UserError

HDF5 = (".h5", ".hdf5", ".hdf")
DAMAGE = (OSError, ValueError, KeyError, EOFError, RuntimeError, zlib.error, lzma.LZMAError)
"""What libraries raise for a damaged file; codecs have errors of their own."""
Rows = NDArray[np.int64]
Pixels = NDArray[np.float32]
Ids = NDArray[np.str_] | NDArray[np.int64]


@dataclass(frozen=True)
class Description:
    """What a file says of its images: shape (n, bands, height, width); None where it does not say."""

    shape: tuple[int, int, int, int]
    ids: Ids | None = None
    bands: tuple[str, ...] | None = None
    pixel_scale: float | None = None
    unit: str | None = None


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
        """Text that changes with the files (names, sizes, times of change) and with what of them is read."""


class ArrayFile:
    """Images in one array (n, bands, height, width), or in one array (n, height, width) for each band."""

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

    def read(self, rows: Rows) -> Pixels:
        """Images (m, bands, height, width) of these rows, a copy as float32."""
        with reading(self.path):
            if len(self._arrays) == 1:
                return single_precision(np.asarray(gather(self._arrays[0].get(), rows)))
            pixels = np.empty((len(rows), *self.description.shape[1:]), dtype=np.float32)
            for band, array in enumerate(self._arrays):
                single_precision(np.asarray(gather(array.get(), rows)), out=pixels[:, band])
            return pixels

    def masked(self, rows: Rows) -> NDArray[np.bool_] | None:
        """Where the mask is not zero, (m, bands, height, width)."""
        if self._mask is None:
            return None
        with reading(self.path):
            bad: NDArray[np.bool_] = np.asarray(gather(self._mask.get(), rows)) != 0
        return bad if bad.ndim == 4 else np.repeat(bad[:, None], self.description.shape[1], axis=1)

    def verify(self) -> None:
        """As it was told how."""
        if self._verify is not None:
            self._verify()

    def stamp(self) -> str:
        """Name, size and time of every file that holds pixels, and the places of the pixels and the mask."""
        places = [array.place for array in self._arrays]
        return "\n".join([stamp([self.path]), *places, "" if self._mask is None else self._mask.place])


class reading:  # noqa: N801  (used as a statement)
    """Turn the errors of a damaged file into ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DAMAGE) and not isinstance(error, UserError):
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise UserError(
                f"{self.path} cannot be read: {reason}. Is it complete? Copy or write it again"
            ) from error


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
        array = Opened(partial(_open_npy, path))
        return ArrayFile(path, [array], Description(image_shape(path, array.get())))


def _open_npy(path: Path) -> Any:  # noqa: ANN401
    return np.load(path, mmap_mode="r", allow_pickle=False)


def hdf5_file(
    path: Path, dataset: str, mask: str | None = None, null_pixels: Sequence[float] = ()
) -> ArrayFile:
    """Images in a dataset of an HDF5 file, with ids in ``id`` and attributes of the dataset or the file.

    Chunks of the images that are not there are refused (see ``check_stored``); those of ``mask`` may lack,
    as a mask is zero in most places: they hold its fill value.
    """
    import h5py

    with reading(path), h5py.File(path, "r") as file:
        return _of_group(path, file, partial(_open_hdf5, path), dataset, mask, null_pixels)


def _open_hdf5(path: Path, dataset: str) -> Any:  # noqa: ANN401
    """The dataset, memory-mapped where it lies in the file as in memory, which is many times faster."""
    import h5py

    file = h5py.File(path, "r")
    found = file[dataset]
    offset = found.id.get_offset()
    plain = found.chunks is None and found.external is None and file.userblock_size == 0
    if offset is None or not plain or found.dtype.kind not in "iufb":
        return found
    mapped = np.memmap(path, dtype=found.dtype, mode="r", offset=offset, shape=found.shape)
    file.close()
    return mapped


def zarr_file(
    path: Path, dataset: str, mask: str | None = None, null_pixels: Sequence[float] = ()
) -> ArrayFile:
    """Images in an array of a zarr group, otherwise as in ``hdf5_file``."""
    import zarr

    with reading(path):
        group = zarr.open(path, mode="r")
        if hasattr(group, "shape"):
            raise UserError(
                f"{path} is an array of shape {group.shape}, where a group is needed that holds the array "
                f"{dataset!r}, and ids in 'id': put it into a group, under that name or under one that "
                "dataset.images.dataset gives"
            )
        return _of_group(path, group, partial(_open_zarr, path), dataset, mask, null_pixels)


def _open_zarr(path: Path, dataset: str) -> Any:  # noqa: ANN401
    import zarr

    return zarr.open_group(path, mode="r")[dataset]


def _of_group(
    path: Path,
    group: Any,  # noqa: ANN401  (a group of h5py or zarr)
    opener: Callable[[str], Any],
    dataset: str,
    mask: str | None,
    null_pixels: Sequence[float],
) -> ArrayFile:
    for name in filter(None, (dataset, mask)):
        if name not in group or not hasattr(group[name], "shape"):
            raise UserError(
                f"{path} has no array {name!r}; it has {', '.join(map(str, group)) or 'nothing'}: set "
                f"dataset.images.{'mask' if name == mask else 'dataset'} to one of these"
            )
    shape = image_shape(path, group[dataset])
    if mask is not None and group[mask].shape not in (shape, (shape[0], *shape[2:])):
        raise UserError(f"{path}: the mask {mask} has the shape {group[mask].shape}, the images have {shape}")
    said = {**dict(group.attrs), **dict(group[dataset].attrs)}
    description = Description(
        shape,
        ids=_ids(path, np.asarray(group["id"][:]), shape[0]) if "id" in group else None,
        bands=band_names(said["bands"]) if "bands" in said else None,
        pixel_scale=float(said["pixel_scale"]) if "pixel_scale" in said else None,
        unit=_text(said["unit"]) if "unit" in said else None,
    )
    check_stored(path, group[dataset], description.ids, null_pixels)
    masked = None if mask is None else Opened(partial(opener, mask))
    return ArrayFile(path, [Opened(partial(opener, dataset))], description, masked)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _ids(path: Path, value: NDArray[Any], count: int) -> Ids:
    if value.shape != (count,):
        raise UserError(f"{path} holds {count} images and ids of shape {value.shape}; give one id an image")
    if value.dtype.kind in "iuf":
        return exact_ids(path, "the array id", value)
    return np.array([_text(v) for v in value], dtype=np.str_)


def image_shape(path: Path, array: Any) -> tuple[int, int, int, int]:  # noqa: ANN401
    """The shape of images, checked."""
    shape = tuple(int(s) for s in array.shape)
    if len(shape) != 4 or 0 in shape[1:] or array.dtype.kind not in "iufb":
        raise UserError(
            f"{path}: images have the shape {shape} and type {array.dtype}; they must be numbers of shape "
            "(galaxies, bands, height, width): move the axis of bands to the second place"
        )
    return shape[0], shape[1], shape[2], shape[3]
