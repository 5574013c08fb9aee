"""Images in an array of an HDF5 file or of a zarr group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import (
    ArrayFile,
    Description,
    Ids,
    Opened,
    band_names,
    image_shape,
    reading,
)
from galaxy_causal.dataset.tables.values import exact_ids
from galaxy_causal.files import check_memory, check_stored_within, hdf5_object, open_hdf5
from galaxy_causal.files.chunks import check_store, check_stored, zarr_object
from galaxy_causal.types import UserError, option

HDF5 = (".h5", ".hdf5", ".hdf")
COPIES = 4
"""Of ids, while they are matched."""


def hdf5_file(
    path: Path,
    dataset: str,
    mask: str | None = None,
    null_pixels: Sequence[float] = (),
    ids: str | None = None,
) -> ArrayFile:
    """Images in a dataset of an HDF5 file, with attributes of the dataset or the file.

    Their ids are in the array ``ids`` (None: in ``id``, where there is one). Links within the file are
    followed; those to other files, and external storage, are refused. Chunks of the images that are not there
    are refused (see ``check_stored``); those of ``mask`` may lack, as a mask is zero in most places: they
    hold its fill value.
    """
    with reading(path), open_hdf5(path) as file:
        find = partial(hdf5_object, file)
        return _of_group(path, file, find, partial(_open_hdf5, path), dataset, mask, null_pixels, ids)


def _open_hdf5(path: Path, dataset: str) -> Any:  # noqa: ANN401
    """The dataset, memory-mapped where it lies in the file as in memory, which is many times faster."""
    file = open_hdf5(path)
    found = hdf5_object(file, dataset)
    offset = found.id.get_offset()
    plain = found.chunks is None and file.userblock_size == 0
    if offset is None or not plain or found.dtype.kind not in "iufb":
        return found
    mapped = np.memmap(path, dtype=found.dtype, mode="r", offset=offset, shape=found.shape)
    file.close()
    return mapped


def zarr_file(
    path: Path,
    dataset: str,
    mask: str | None = None,
    null_pixels: Sequence[float] = (),
    ids: str | None = None,
) -> ArrayFile:
    """Images in an array of a zarr group in a folder, otherwise as in ``hdf5_file``."""
    import zarr

    check_store(path)
    with reading(path):
        group = zarr.open(path, mode="r")
        if hasattr(group, "shape"):
            raise UserError(
                f"{path} is an array of shape {group.shape}, where a group is needed that holds the array "
                f"{dataset!r}, and ids in 'id': put it into a group, under that name or under one that "
                f"{option('dataset.images.dataset')} gives"
            )
        find = partial(zarr_object, path, group)
        return _of_group(path, group, find, partial(_open_zarr, path), dataset, mask, null_pixels, ids)


def _open_zarr(path: Path, dataset: str) -> Any:  # noqa: ANN401
    import zarr

    return zarr.open_group(path, mode="r")[dataset]


def _of_group(
    path: Path,
    group: Any,  # noqa: ANN401  (a group of h5py or zarr)
    find: Callable[[str], Any],
    opener: Callable[[str], Any],
    dataset: str,
    mask: str | None,
    null_pixels: Sequence[float],
    ids: str | None,
) -> ArrayFile:
    found = {name: find(name) for name in (dataset, mask, ids or "id") if name is not None}
    for what, name in (("dataset", dataset), ("mask", mask), ("ids", ids)):
        if name is not None and not hasattr(found[name], "shape"):
            named = option(f"dataset.images.{what}")
            raise UserError(
                f"{path} has no array {name!r}; it has {', '.join(map(str, group)) or 'nothing'}: set "
                f"{named} to one of these"
            )
    images, own_ids = found[dataset], found[ids or "id"]
    shape = image_shape(path, images)
    if mask is not None and found[mask].shape not in (shape, (shape[0], *shape[2:]), shape[:3]):
        raise UserError(f"{path}: the mask {mask} has the shape {found[mask].shape}, the images have {shape}")
    if mask is not None:
        check_stored_within(path, found[mask])
    said = {**dict(group.attrs), **dict(images.attrs)}
    description = Description(
        shape,
        ids=None if own_ids is None else _ids(path, own_ids, shape[0]),
        bands=band_names(said["bands"]) if "bands" in said else None,
        pixel_scale=float(said["pixel_scale"]) if "pixel_scale" in said else None,
        unit=_text(said["unit"]) if "unit" in said else None,
        columns=_of_length(group, find, shape[0]),
    )
    check_stored(path, images, description.ids, null_pixels)
    masked = None if mask is None else Opened(partial(opener, mask))
    return ArrayFile(path, [Opened(partial(opener, dataset))], description, masked)


def _of_length(group: Any, find: Callable[[str], Any], count: int) -> tuple[str, ...]:  # noqa: ANN401
    """The arrays of a group that hold one value an image; links are not looked at."""
    names = []
    for name in map(str, group):
        try:
            shape = getattr(find(name), "shape", None)
        except UserError:  # a link to elsewhere
            continue
        names += [name] if shape == (count,) else []
    return tuple(names)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _ids(path: Path, array: Any, count: int) -> Ids:  # noqa: ANN401
    shape = getattr(array, "shape", ())
    if shape != (count,):
        raise UserError(f"{path} holds {count} images and ids of shape {shape}; give one id an image")
    if count > 1:  # one id may be zero, which zarr leaves out
        check_stored(path, array, None, ())
    check_memory(path, COPIES * array.dtype.itemsize * count, f"{count:,} ids")
    value: NDArray[Any] = np.asarray(array[:])
    if value.dtype.kind in "iuf":
        return exact_ids(path, "the array id", value)
    return np.array([_text(v) for v in value], dtype=np.str_)
