"""``sdss.npz`` as it is published: a cube of images, channels last, and a record array of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.dataset.images.file import (
    ArrayFile,
    Description,
    Opened,
    Rows,
    band_names,
    image_shape,
    reading,
)
from galaxy_causal.dataset.images.members import places, verify
from galaxy_causal.dataset.images.pixels import Pixels, single_precision
from galaxy_causal.files import check_regular
from galaxy_causal.files.names import check_names
from galaxy_causal.files.npy import RowsOnDisk, mapped
from galaxy_causal.types import UserError, option

CUBE, LABELS = "cube", "labels"


class ChannelsLast(ArrayFile):
    """Images in one array (n, height, width, bands)."""

    def read(self, rows: Rows) -> Pixels:
        """Images (m, bands, height, width) of these rows, a copy as float32."""
        with reading(self.path):
            found = self._arrays[0].get().take(rows)
            pixels = np.empty((len(rows), *self.description.shape[1:]), dtype=np.float32)
            return single_precision(np.moveaxis(found, -1, 1), out=pixels)


@dataclass(frozen=True)
class MgsFile:
    """The two arrays where they lie; those of a compressed file in copies, made when they are first needed.

    Parameters
    ----------
    path
        The npz file, or the folder with ``cube.npy`` and ``labels.npy``.
    cache
        For the copies (see ``images.members.places``).
    """

    path: Path
    cache: Path

    def __len__(self) -> int:
        return len(self._labels())

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns of the labels."""
        return tuple(self._labels().dtype.names)

    def column(self, name: str, remedy: str) -> NDArray[Any]:
        """A column of the labels (n,), copied; ``remedy`` is for where they do not have it."""
        labels = self._labels()
        check_names(f"{self.path}: the array {LABELS}", [name], labels.dtype.names, remedy)
        return np.array(labels[name])

    def _labels(self) -> Any:  # noqa: ANN401  (a memory map)
        with reading(self.path):
            labels = mapped(*self._place(LABELS))
        if labels.ndim != 1 or labels.dtype.names is None:
            raise UserError(
                f"{self.path}: the array {LABELS} has the shape {labels.shape} and the type "
                f"{labels.dtype}; it must be a record array with a row for each image"
            )
        return labels

    def images(self, bands: str | Sequence[str], pixel_scale: float, unit: str) -> ArrayFile:
        """The cube, whose ids are its row numbers."""
        place = self._place(CUBE)
        with reading(self.path):
            array = Opened(partial(RowsOnDisk, *place))
        named, last = band_names(bands), array.get()
        channels = last.shape[-1] if last.ndim == 4 else len(named)
        if channels != len(named) or len(set(named)) < len(named):
            raise UserError(
                f"{self.path}: the array {CUBE} has the shape {last.shape}, whose last axis is that of the "
                f"bands; {option('dataset.bands', ', '.join(named))} must name each of the {channels} once"
            )
        stand_in = np.broadcast_to(np.empty((), last.dtype), last.shape)  # nothing is read
        shape = image_shape(self.path, np.moveaxis(stand_in, -1, 1) if last.ndim == 4 else stand_in)
        if shape[0] != len(self):
            raise UserError(
                f"{self.path}: the array {CUBE} holds {shape[0]} images and {LABELS} {len(self)} rows; they "
                "belong together row by row. Is the file complete? Copy it again"
            )
        description = Description(shape, np.arange(shape[0]), named, pixel_scale, unit)
        check = partial(verify, self.path, [CUBE]) if place[0] == self.path else None
        return ChannelsLast(self.path, [array], description, verify=check)

    def verify_labels(self) -> None:
        """Compare the checksum of the labels, where they lie in a zip file that has one."""
        if self._place(LABELS)[0] == self.path:
            verify(self.path, [LABELS])

    def _place(self, member: str) -> tuple[Path, int]:
        """The file in which an array lies, and where in it."""
        if not self.path.is_dir():
            ((file, offset),) = places(self.path, [member], self.cache)
            return file, offset
        file = self.path / f"{member}.npy"
        check_regular(file, f"give sdss.npz, or a folder with {CUBE}.npy and {LABELS}.npy")
        return file, 0
