"""An HDF5 file of cutouts that grows, survives being killed, and looks whole only when it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.cutouts.plan import Plan
from galaxy_causal.types import UserError

Values = Mapping[str, NDArray[Any]]


class CutoutFile:
    """The cutouts of a plan in ``<output>.partial``, renamed to ``output`` by ``finish``.

    It holds, for n galaxies in the order of the plan, ``images`` (n, bands, size, size) float32, NaN where
    flagged; ``id``, ``ra``, ``dec`` [deg]; ``flagged`` (n, bands), how many pixels are; ``offset`` (n, 2),
    the galaxy's place x, y from the middle [pixels]; ``frame`` (n, bands), numbers of ``frames``, the
    files' names. Attributes: ``bands``, ``pixel_scale`` [arcsec], ``unit``, ``recipe``. ``images`` lies
    in one piece and can be memory-mapped. ``done`` (n,) says which galaxies are written; their pixels
    reach the disk first.

    Opening raises UserError where the disk has too little space, where another process writes, and where a
    file of other galaxies, frames or settings is in the way.
    """

    def __init__(self, output: Path, plan: Plan) -> None:
        self.output = output
        self.partial = output.with_name(f"{output.name}.partial")
        self._plan = plan
        self._recipe = json.dumps(plan.recipe(), sort_keys=True)
        self._file: Any = None

    def whole(self) -> bool:
        """Whether ``output`` is there already, made from the same; raises UserError where from another."""
        if not self.output.exists():
            return False
        import h5py

        try:
            with h5py.File(self.output, "r") as file:
                recipe = file.attrs.get("recipe")
        except OSError as error:
            raise UserError(
                f"{self.output} is there and no HDF5 file that can be read ({error}); name another by "
                "cutouts.output, or remove it"
            ) from error
        self._compare(self.output, recipe)
        return True

    def __enter__(self) -> CutoutFile:
        import h5py

        if not self.output.parent.is_dir():
            raise UserError(
                f"cutouts.output={self.output}: there is no folder {self.output.parent}; make it first"
            )
        fresh = not self.partial.exists()
        if fresh:
            self._check_space()
        with writing(self.partial):
            self._file = h5py.File(self.partial, "w" if fresh else "r+")
        try:
            if fresh or "recipe" not in self._file.attrs:  # killed before it was laid out
                self._file.clear()
                with writing(self.partial):
                    self._lay_out()
            self._compare(self.partial, self._file.attrs["recipe"])
        except BaseException:
            self._file.close()
            if fresh:
                self.partial.unlink()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with writing(self.partial):
            self._file.close()

    def left(self) -> NDArray[np.int64]:
        """Rows of galaxies that are not written yet."""
        return np.flatnonzero(self._file["done"][:] == 0)

    def write(self, rows: NDArray[np.int64], values: Values) -> None:
        """Write ``images``, ``flagged`` and ``offset`` of these galaxies, and mark them as done."""
        order = np.argsort(rows)
        with writing(self.partial):
            for name, value in values.items():
                for row, one in zip(rows[order], value[order], strict=True):
                    self._file[name][row] = one
            self._file.flush()
            self._file["done"][rows[order]] = 1
            self._file.flush()

    def read(self, name: str) -> NDArray[Any]:
        """All of a small dataset, such as ``flagged``."""
        return np.asarray(self._file[name][:])

    def images(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Images of these galaxies, rising row numbers."""
        return np.asarray(self._file["images"][rows])

    def finish(self) -> None:
        """Close and give the file its name."""
        with writing(self.partial):
            self._file.close()
        self.partial.replace(self.output)

    def _lay_out(self) -> None:
        import h5py

        plan, count = self._plan, len(self._plan.positions.id)
        bands, size = len(plan.grid.bands), plan.grid.size
        file = self._file
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)  # the file's layout is then never touched again
        early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((count, bands, size, size))
        h5py.h5d.create(file.id, b"images", h5py.h5t.IEEE_F32LE, space, early).close()
        ids = plan.positions.id
        file["id"] = ids if ids.dtype.kind == "i" else np.char.encode(ids.astype(np.str_), "utf-8")
        file["ra"], file["dec"] = plan.positions.ra, plan.positions.dec
        file["frame"] = plan.chosen.astype(np.int32)
        file["frames"] = [frame.path.name for frame in plan.frames]
        file["flagged"] = np.zeros((count, bands), dtype=np.int32)
        file["offset"] = np.zeros((count, 2), dtype=np.float32)
        file["done"] = np.zeros(count, dtype=np.uint8)
        file.attrs["bands"] = list(plan.grid.bands)
        file.attrs["pixel_scale"] = plan.grid.pixel_scale
        file.attrs["unit"] = plan.unit
        file.flush()
        file.attrs["recipe"] = self._recipe  # last: tells that the layout is whole
        file.flush()

    def _check_space(self) -> None:
        grid = self._plan.grid
        needed = 4 * len(self._plan.positions.id) * len(grid.bands) * grid.size**2
        free = shutil.disk_usage(self.output.parent).free
        if needed > free:
            raise UserError(
                f"{self.output} needs {needed / 1e9:.2f} GB, and {self.output.parent} has {free / 1e9:.2f} "
                "GB free; name a file on another disk by cutouts.output, or cut fewer galaxies"
            )

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
