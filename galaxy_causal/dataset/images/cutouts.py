"""A table of the user's own with images of its galaxies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.catalogue import Unsplit
from galaxy_causal.dataset.ids import lines_of_ids
from galaxy_causal.dataset.images.cubes import CubeFolder
from galaxy_causal.dataset.images.file import (
    ArrayFile,
    Description,
    HeldArray,
    Ids,
    ImageFile,
    band_names,
    npy_file,
    reading,
)
from galaxy_causal.dataset.images.groups import HDF5, hdf5_file, zarr_file
from galaxy_causal.dataset.images.join import Fill, Joining, Share, Unmatched, join, null_values_of_pixels
from galaxy_causal.dataset.images.scan import cache_folder
from galaxy_causal.dataset.tables.nulls import NullValues
from galaxy_causal.dataset.tables.photometry import Extinction, PhotometryUnit
from galaxy_causal.dataset.tables.table import Nulls, TargetOption, unsplit
from galaxy_causal.dataset.tables.values import exact_ids
from galaxy_causal.files import check_regular, read_text
from galaxy_causal.files.npy import mapped
from galaxy_causal.types import Catalogue, Positive, UserError, check_option, checked, option

OPTIONS = (
    "path", "array", "dataset", "mask", "ids", "bands", "channels", "pixel_scale", "unit", "null_pixels"
)  # fmt: skip
KINDS = "HDF5 (.h5, .hdf5), zarr (.zarr), an array (.npy) or a folder of FITS cubes"
SCALE_TOLERANCE = 1e-3  # relative


def cutouts(
    path: str | None,
    columns: Mapping[str, object],
    split: Mapping[str, object],
    images: Mapping[str, object],
    *,
    fill: Fill = "error",
    max_flagged: Share | None = None,
    unmatched: Unmatched = "error",
    cache: str | None = None,
    hdu: int | str | None = None,
    photometry_unit: PhotometryUnit = None,
    softening: Positive = 0.1,
    extinction: Extinction = None,
    null_values: NullValues = None,
    nulls: Nulls = "error",
    where: str | None = None,
    target_label: str | None = None,
    target_kind: TargetOption = None,
    name: str | None = None,
) -> Catalogue:
    """Galaxies of a table with images that are matched by id.

    Parameters
    ----------
    path, columns, split, hdu, photometry_unit, softening, extinction, null_values, nulls, where,
    target_label, target_kind, name
        Of the table, as in ``table``.
    images
        ``path``: an HDF5 or zarr file with an array ``dataset`` (galaxies, bands, height, width), ids in
        ``id`` and attributes ``bands``, ``pixel_scale`` [arcsec] and ``unit``; a .npy array of the same
        shape; or a folder of FITS cubes <id>.fits (see ``CubeFolder``). In Python ``array`` in its place: an
        array of that shape, of which masked pixels are flagged. Where bands come last, (galaxies, height,
        width, bands), their number tells so, or ``channels`` (``first`` or ``last``). ``ids`` names a text or
        .npy file of ids in the order of the images, or another array of the HDF5 or zarr file, or is a list
        of them, where the images have none; images without any ids
        belong to the rows of a table whose ids are its row numbers. ``bands``, ``pixel_scale`` and ``unit``
        are needed where the file does not say them, and must agree where it does. Pixels that are not finite,
        equal to one of ``null_pixels``, or not zero in the array ``mask`` of the HDF5 or zarr file are
        flagged.
    fill
        What flagged pixels become: ``error`` refuses them, ``zero`` and ``median`` (of the good pixels of
        that image and band) put a value in their place, ``nan`` leaves NaN.
    max_flagged
        Galaxies with a larger share of flagged pixels in any band are left out and counted; the share is the
        feature ``other/flagged_fraction``.
    unmatched
        Whether galaxies without an image and images without a galaxy are refused (``error``), or left out
        and counted (``drop``).
    cache
        Folder for what is worth keeping; None: ``galaxy_causal`` in the user's cache.

    Returns
    -------
    Catalogue
        The checksum of its images covers every pixel of every matched galaxy in every band, flagged ones as
        NaN, with ``fill``.

    Raises
    ------
    UserError
        For files, shapes, bands, ids and pixels that cannot be used, before any training.
    """
    galaxies = imaged(
        path, columns, images, fill=fill, max_flagged=max_flagged, unmatched=unmatched, cache=cache,
        hdu=hdu, photometry_unit=photometry_unit, softening=softening, extinction=extinction,
        null_values=null_values, nulls=nulls, where=where, target_label=target_label,
        target_kind=target_kind, name=name,
    )  # fmt: skip
    return galaxies.finish(split)


@checked("dataset")
def imaged(
    source: object,
    columns: Mapping[str, object],
    images: Mapping[str, object],
    *,
    fill: Fill = "error",
    max_flagged: Share | None = None,
    unmatched: Unmatched = "error",
    cache: str | None = None,
    **options: Any,  # noqa: ANN401
) -> Unsplit:
    """The galaxies of ``cutouts`` before they are split; ``source`` and ``options`` as in ``unsplit``."""
    nothing = null_values_of_pixels("dataset.images.null_pixels", images.get("null_pixels"))
    file = _open(images, nothing)
    how = Joining(fill, max_flagged, unmatched, nothing, cache_folder(cache))
    return join(unsplit(source, columns, **options), file, how)


def _open(images: Mapping[str, object], null_pixels: Sequence[float]) -> ImageFile:
    unknown = sorted(set(map(str, images)) - set(OPTIONS))
    if unknown:
        raise UserError(
            f"{option('dataset.images')} has no {', '.join(unknown)}; it has {', '.join(OPTIONS)}"
        )
    path = Path(str(images["path"])).expanduser() if images.get("path") is not None else None
    if images.get("array") is not None:
        if path is not None:
            raise UserError(f"{option('dataset.images')} has an array and a path; give one of them")
        file: ImageFile = HeldArray(images["array"])
    elif path is None:
        raise UserError(f"{option('dataset.images.path')} is not set; give {KINDS}")
    else:
        if not path.is_dir():
            remedy = f"give {KINDS} (a relative path starts at {Path.cwd()})"
            check_regular(path, remedy, option("dataset.images.path", path))
        file = _kind(path, images, null_pixels)
    if images.get("mask") is not None and file.path.suffix.lower() not in (".zarr", *HDF5):
        raise UserError(
            f"{option('dataset.images.mask', images['mask'])}: only HDF5 and zarr files can have "
            "one; set bad pixels to NaN, and leave it out"
        )
    _turn(file, images)
    left = {
        name: value for name, value in images.items() if name != "ids" or not _is_inside(file.path, value)
    }
    file.description = _described(file.path, file.description, left)
    return file


def _turn(file: ImageFile, images: Mapping[str, object]) -> None:
    """Let the axis of bands be the one that the number of names or ``channels`` tells: the first or last."""
    shape, given = file.description.shape, images.get("channels")
    check_option(option("dataset.images.channels"), given, Literal["first", "last"] | None)
    named = file.description.bands if images.get("bands") is None else band_names(images["bands"])
    count = len(named or ())
    if not isinstance(file, ArrayFile):
        if given == "last":
            raise UserError(
                f"{option('dataset.images.channels', given)}: the bands of {file.path} are the first axis; "
                "leave it out"
            )
        return
    if given is None and shape[1] == shape[3] == count:
        raise UserError(
            f"{file.path} holds images of shape {shape[1:]}, of which the first axis or the last may be that "
            f"of the {count} bands; set {option('dataset.images.channels')} to first or last"
        )
    if given == "last" or (given is None and shape[3] == count != shape[1]):
        file.turn()


def _is_inside(path: Path, ids: object) -> bool:
    """Whether ids are an array of the file with the images, and no file beside it."""
    held = path.suffix.lower() in (".zarr", *HDF5)
    return held and isinstance(ids, str) and Path(ids).suffix not in (".txt", ".npy")


def _kind(path: Path, images: Mapping[str, object], null_pixels: Sequence[float]) -> ImageFile:
    suffix = path.suffix.lower()
    if suffix == ".zarr" or (suffix in HDF5 and path.is_file()):
        mask = None if images.get("mask") is None else str(images["mask"])
        open_file = zarr_file if suffix == ".zarr" else hdf5_file
        ids = str(images["ids"]) if _is_inside(path, images.get("ids")) else None
        return open_file(path, str(images.get("dataset", "images")), mask, null_pixels, ids)
    if path.is_dir():
        return CubeFolder(path)
    if suffix == ".npy":
        return npy_file(path)
    raise UserError(f"{option('dataset.images.path', path)}: unknown kind of images {suffix!r}; give {KINDS}")


def _described(path: Path, said: Description, images: Mapping[str, object]) -> Description:
    """What the file says and what is configured, which must not contradict each other."""
    bands = None if images.get("bands") is None else band_names(images["bands"])
    scale = images.get("pixel_scale")
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, int | float) or not scale > 0):
        raise UserError(
            f"{option('dataset.images.pixel_scale', scale)}: give the size of a pixel in arcsec, as 0.396"
        )
    unit = None if images.get("unit") is None else str(images["unit"])
    given = Description(said.shape, _listed(images, said.shape[0]), bands, scale, unit)
    for what in ("ids", "bands", "pixel_scale", "unit"):
        configured, found = getattr(given, what), getattr(said, what)
        if configured is None and found is None and what != "ids":
            raise UserError(
                f"{path} does not give the {what} of the images; set {option(f'dataset.images.{what}')}"
            )
        if configured is not None and found is not None and not _same(configured, found):
            raise UserError(
                f"{path} gives its own {what}, {_short(found)}, which contradicts "
                f"{option(f'dataset.images.{what}')}={_short(configured)}; leave that out to use the file's"
            )
        said = replace(said, **{what: found if configured is None else configured})
    if said.bands is None or len(said.bands) != said.shape[1] or len(set(said.bands)) < len(said.bands):
        raise UserError(
            f"{path} holds images of shape {said.shape[1:]}, whose first axis is that of the bands, and "
            f"{len(said.bands or ())} names of bands, {', '.join(said.bands or ())}; each of the "
            f"{said.shape[1]} needs one name: set {option('dataset.images.bands')}, such as ugriz or [g, r, "
            "W1]"
        )
    return said


def _same(first: object, second: object) -> bool:
    if isinstance(first, float | int) and isinstance(second, float | int):
        return bool(np.isclose(first, second, rtol=SCALE_TOLERANCE))
    return np.array_equal(np.asarray(first).astype(str), np.asarray(second).astype(str))


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple | np.ndarray) else str(value)
    return text if len(text) < 80 else f"{text[:80]}..."


def _listed(images: Mapping[str, object], count: int) -> Ids | None:
    """Ids from a file beside the images."""
    if images.get("ids") is None:
        return None
    if not isinstance(images["ids"], str | Path):
        return _checked_ids(Path("images"), np.asarray(images["ids"]), count)
    file = Path(str(images["ids"])).expanduser()
    remedy = "give a .txt file with one id a line, or a .npy array, in the order of the images"
    check_regular(file, remedy, option("dataset.images.ids", file))
    if file.suffix not in (".txt", ".npy"):
        raise UserError(f"{option('dataset.images.ids', file)}: {remedy}")
    if file.suffix == ".npy":
        with reading(file):
            ids = mapped(file)
    else:
        ids = np.array(lines_of_ids(read_text(file, remedy)), dtype=np.str_)
    return _checked_ids(file, np.array(ids), count)


def _checked_ids(file: Path, ids: NDArray[Any], count: int) -> Ids:
    if ids.shape != (count,) or ids.dtype.kind not in "iufU":
        raise UserError(
            f"{file} holds ids of shape {ids.shape} and type {ids.dtype} for {count} images; give a whole "
            "number or a text for each"
        )
    return exact_ids(file, "the array", ids)
