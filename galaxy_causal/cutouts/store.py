"""An HDF5 file of cutouts that grows, survives being killed, and looks whole only when it is."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.cutouts.plan import Plan
from galaxy_causal.files import hdf5_object, offset_in_file, open_hdf5
from galaxy_causal.types import UserError

Values = Mapping[str, NDArray[Any]]
SPARE = 1 << 20
"""Bytes that must stay free beside the images."""


@dataclass(frozen=True)
class _Place:
    """Where a dataset lies in its file."""

    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]


class CutoutFile:
    """The cutouts of a plan in ``<output>.partial``, renamed to ``output`` by ``finish``.

    It holds, for n galaxies in the order of the plan, ``images`` (n, bands, size, size) float32, NaN where
    flagged; ``id``, ``ra``, ``dec`` [deg]; ``flagged`` (n, bands), how many pixels are; ``offset`` (n, 2),
    the galaxy's place x, y from the middle [pixels]; ``frame`` (n, bands), numbers of ``frames``, the
    files' names. Attributes: ``bands``, ``pixel_scale`` [arcsec], ``unit``, ``recipe``. Every dataset
    lies in one piece and can be memory-mapped. ``done`` (n,) says which galaxies are written; their pixels
    reach the disk first.

    The HDF5 library only lays the file out. What follows is written past it, to space that the disk has
    set aside: the library keeps writes back, and when they fail later on a full disk it does not tell.

    Opening raises UserError where the disk has too little space, where another process writes, and where a
    file of other galaxies, frames or settings is in the way.
    """

    def __init__(self, output: Path, plan: Plan) -> None:
        self.output = output
        self.partial = output.with_name(f"{output.name}.partial")
        self._plan = plan
        self._recipe = json.dumps(plan.recipe(), sort_keys=True)
        self._file = -1
        self._places: dict[str, _Place] = {}

    def whole(self) -> bool:
        """Whether ``output`` is there already, made from the same; raises UserError where from another."""
        if not self.output.exists():
            return False
        try:
            recipe = _recipe(self.output)
        except OSError as error:
            raise UserError(
                f"{self.output} is there and no HDF5 file that can be read ({error}); name another by "
                "cutouts.output, or remove it"
            ) from error
        self._compare(self.output, recipe)
        return True

    def __enter__(self) -> CutoutFile:
        if not self.output.parent.is_dir():
            raise UserError(
                f"cutouts.output={self.output}: there is no folder {self.output.parent}; make it first"
            )
        with writing(self.partial):
            if not self._laid_out():
                try:
                    self._lay_out()
                except BaseException:
                    self.partial.unlink(missing_ok=True)
                    raise
            self._compare(self.partial, _recipe(self.partial))
            self._places = _places(self.partial)
            self._file = os.open(self.partial, os.O_RDWR)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def left(self) -> NDArray[np.int64]:
        """Rows of galaxies that are not written yet."""
        return np.flatnonzero(self.read("done") == 0)

    def write(self, rows: NDArray[np.int64], values: Values) -> None:
        """Write ``images``, ``flagged`` and ``offset`` of these galaxies, and mark them as done."""
        with writing(self.partial):
            for name, value in values.items():
                self._put(name, rows, value)
            os.fsync(self._file)
            self._put("done", rows, np.ones(len(rows), dtype=np.uint8))
            os.fsync(self._file)

    def read(self, name: str) -> NDArray[Any]:
        """A copy of all of a small dataset, such as ``flagged``."""
        return np.array(self._mapped(name))

    def images(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """A copy of the images of these galaxies."""
        return np.array(self._mapped("images")[rows])

    def finish(self) -> None:
        """Give the file its name."""
        with writing(self.partial):
            self.partial.replace(self.output)

    def _mapped(self, name: str) -> NDArray[Any]:
        place = self._places[name]
        return np.memmap(self.partial, place.dtype, "r", place.offset, place.shape)

    def _put(self, name: str, rows: NDArray[np.int64], values: NDArray[Any]) -> None:
        place = self._places[name]
        size = place.dtype.itemsize * int(np.prod(place.shape[1:]))
        for row, value in zip(rows, values, strict=True):
            data = np.ascontiguousarray(value, dtype=place.dtype).tobytes()
            if os.pwrite(self._file, data, place.offset + int(row) * size) < size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _laid_out(self) -> bool:
        """False where there is no file yet, or one whose making was cut short."""
        try:
            return self.partial.exists() and _recipe(self.partial) is not None
        except BlockingIOError:  # another process writes
            raise
        except OSError:
            return False

    def _lay_out(self) -> None:
        """Make the file without what ``write`` writes, set its space aside, and see that all is there."""
        import h5py

        self._check_space()
        plan, count = self._plan, len(self._plan.positions.id)
        bands, size = len(plan.grid.bands), plan.grid.size
        ids = plan.positions.id
        given = {
            "id": ids if ids.dtype.kind == "i" else np.char.encode(ids.astype(np.str_), "utf-8"),
            "ra": plan.positions.ra,
            "dec": plan.positions.dec,
            "frame": plan.chosen.astype(np.int32),
            "frames": np.char.encode([frame.path.name for frame in plan.frames], "utf-8"),
            "flagged": np.zeros((count, bands), dtype=np.int32),
            "offset": np.zeros((count, 2), dtype=np.float32),
            "done": np.zeros(count, dtype=np.uint8),
        }
        with h5py.File(self.partial, "w") as file:
            early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            space = h5py.h5s.create_simple((count, bands, size, size))
            h5py.h5d.create(file.id, b"images", h5py.h5t.IEEE_F32LE, space, early).close()
            for name, value in given.items():
                file[name] = value
            file.attrs["bands"] = list(plan.grid.bands)
            file.attrs["pixel_scale"] = plan.grid.pixel_scale
            file.attrs["unit"] = plan.unit
        with self.partial.open("r+b") as raw:
            os.posix_fallocate(raw.fileno(), 0, os.fstat(raw.fileno()).st_size)
        with h5py.File(self.partial, "r+") as file:
            for name, value in given.items():
                if not np.array_equal(file[name][:], value):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            file.attrs["recipe"] = self._recipe  # last: tells that the layout is whole

    def _check_space(self) -> None:
        """Set the file's space aside once, as the HDF5 library cannot cope with a disk that is full."""
        grid = self._plan.grid
        needed = 4 * len(self._plan.positions.id) * len(grid.bands) * grid.size**2 + SPARE
        free = shutil.disk_usage(self.output.parent).free
        if needed > free:
            raise UserError(
                f"{self.output} needs {needed / 1e9:.3f} GB, and {self.output.parent} has {free / 1e9:.3f} "
                "GB free; name a file on another disk by cutouts.output, or cut fewer galaxies"
            )
        with self.partial.open("wb") as raw:
            os.posix_fallocate(raw.fileno(), 0, needed)

    def _compare(self, file: Path, recipe: object) -> None:
        if recipe == self._recipe:
            return
        mine = json.loads(self._recipe)
        theirs = json.loads(str(recipe)) if recipe else {}
        names = {"sha256": "galaxies or frames"}
        differing = [names.get(k, k) for k in mine if mine[k] != theirs.get(k)]
        raise UserError(
            f"{file} is there and was made from other settings ({', '.join(differing)}); name another file "
            "by cutouts.output, or remove it"
        )


class writing:  # noqa: N801  (used as a statement)
    """Turn the errors of a full disk or a locked file into ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | RuntimeError) and not isinstance(error, UserError):
            reason = " ".join(str(error).split())
            raise UserError(
                f"cannot write {self.path} ({reason}); is the disk full, or does another process write to "
                "it? What is written stays: run the same command again to go on"
            ) from error


def _recipe(path: Path) -> str | None:
    """The recipe of a file, None where it has none."""
    with open_hdf5(path) as file:
        recipe = file.attrs.get("recipe")
    return None if recipe is None else str(recipe)


def _places(path: Path) -> dict[str, _Place]:
    with open_hdf5(path) as file:
        found = {name: hdf5_object(file, name) for name in file}
        return {name: _Place(offset_in_file(path, d), d.dtype, d.shape) for name, d in found.items()}
