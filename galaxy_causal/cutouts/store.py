"""An HDF5 file of cutouts that grows, survives being killed, and looks whole only when it is."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.cutouts.plan import CutoutPlan
from galaxy_causal.files import Place, attributes, lay_out, places
from galaxy_causal.types import UserError, option

Values = Mapping[str, NDArray[Any]]
SPARE = 1 << 20
"""Bytes that must stay free beside the images."""


class CutoutFile:
    """The cutouts of a plan in ``<output>.partial``, renamed to ``output`` by ``finish``.

    Parameters
    ----------
    output
        The file that there is at the end; its folder must exist.
    plan
        What is cut: the file's rows keep the order of its galaxies.

    Raises
    ------
    UserError
        On entering it: where there is no folder or too little space, where another process writes, and where
        a file of other galaxies, frames or settings is in the way.

    Notes
    -----
    It holds, for n galaxies, ``images`` (n, bands, size, size) float32, NaN where flagged; ``id``, ``ra``,
    ``dec`` [deg]; ``flagged`` (n, bands), how many pixels are; ``offset`` (n, 2), the galaxy's place x, y
    from the middle [pixels]; ``frame`` (n, bands), numbers of ``frames``, the files' names. Attributes:
    ``bands``, ``pixel_scale`` [arcsec], ``unit``, ``recipe``. ``done`` (n,) says which galaxies are written;
    their pixels reach the disk first.
    """

    def __init__(self, output: Path, plan: CutoutPlan) -> None:
        self.output = output
        self.partial = output.with_name(f"{output.name}.partial")
        self._plan = plan
        self._recipe = json.dumps(plan.recipe(), sort_keys=True)
        self._file = -1
        self._places: dict[str, Place] = {}

    def whole(self) -> bool:
        """Whether ``output`` is there already, made from the same; raises UserError where from another."""
        if not self.output.exists():
            return False
        try:
            recipe = _recipe(self.output)
        except OSError as error:
            raise UserError(
                f"{self.output} is there and no HDF5 file that can be read ({error}); name another by "
                f"{option('cutouts.output')}, or remove it"
            ) from error
        self._compare(self.output, recipe)
        return True

    def __enter__(self) -> CutoutFile:
        if not self.output.parent.is_dir():
            raise UserError(
                f"{option('cutouts.output', self.output)}: there is no folder {self.output.parent}; make it "
                "first"
            )
        with writing(self.partial):
            if not self._laid_out():
                try:
                    self._lay_out()
                except BaseException:
                    self.partial.unlink(missing_ok=True)
                    raise
            self._compare(self.partial, _recipe(self.partial))
            self._places = places(self.partial)
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
            for one in (values, {"done": np.ones(len(rows), dtype=np.uint8)}):
                for name, value in one.items():
                    for row, own in zip(rows, value, strict=True):
                        self._places[name].write(self._file, int(row), own[None])
                os.fsync(self._file)

    def read(self, name: str) -> NDArray[Any]:
        """A copy of all of a small dataset, such as ``flagged``."""
        return self._places[name].read(self.partial)

    def images(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """A copy of the images of these galaxies."""
        return np.array(self._places["images"].mapped(self.partial)[rows])

    def finish(self) -> None:
        """Give the file its name."""
        with writing(self.partial):
            self.partial.replace(self.output)

    def _laid_out(self) -> bool:
        """False where there is no file yet, or one whose making was cut short."""
        try:
            return self.partial.exists() and _recipe(self.partial) is not None
        except BlockingIOError:  # another process writes
            raise
        except OSError:
            return False

    def _lay_out(self) -> None:
        """Make the file without what ``write`` writes."""
        plan, count = self._plan, len(self._plan.positions.id)
        bands, size, ids = plan.grid.bands, plan.grid.size, plan.positions.id
        shape = (count, len(bands), size, size)
        self._check_space(4 * int(np.prod(shape)) + SPARE)
        given = {
            "id": ids if ids.dtype.kind == "i" else np.char.encode(ids.astype(np.str_), "utf-8"),
            "ra": plan.positions.ra,
            "dec": plan.positions.dec,
            "frame": plan.chosen.astype(np.int32),
            "frames": np.char.encode([frame.path.name for frame in plan.frames], "utf-8"),
        }
        shapes = {
            "images": ("<f4", shape),
            "flagged": ("<i4", shape[:2]),
            "offset": ("<f4", (count, 2)),
            "done": ("u1", (count,)),
        }
        said = {"bands": list(bands), "pixel_scale": plan.grid.pixel_scale, "unit": plan.unit}
        lay_out(self.partial, shapes, said, self._recipe, given)

    def _check_space(self, needed: int) -> None:
        free = shutil.disk_usage(self.output.parent).free
        if needed > free:
            raise UserError(
                f"{self.output} needs {needed / 1e9:.3f} GB, and {self.output.parent} has {free / 1e9:.3f} "
                f"GB free; name a file on another disk by {option('cutouts.output')}, or cut fewer galaxies"
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
            f"by {option('cutouts.output')}, or remove it"
        )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the errors of a full disk or a locked file into ours."""
    try:
        yield
    except UserError:
        raise
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"cannot write {path} ({' '.join(str(error).split())}); is the disk full, or does another "
            "process write to it? What is written stays: run the same command again to go on"
        ) from error


def _recipe(path: Path) -> str | None:
    """The recipe of a file, None where it has none."""
    recipe = attributes(path).get("recipe")
    return None if recipe is None else str(recipe)
