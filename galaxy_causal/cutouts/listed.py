"""Frames of an archive that a list names: fetched when they are needed, and removed after that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy_causal.archive import Client
from galaxy_causal.cutouts.frames import Frame, read_frame
from galaxy_causal.types import Count, Positive, UserError, checked, option

NANOMAGGY = "nanomaggy"
"""The unit of the corrected frames of SDSS."""
SECONDS = 3600.0
"""A frame may take."""


@dataclass(frozen=True)
class ListedFrame:
    """A frame in an archive.

    Parameters
    ----------
    address
        Of the file.
    path
        Where it lies once it was fetched.
    band
        Of its pixels.
    client
        Which fetches it.
    keep
        Whether its file stays.
    """

    address: str
    path: Path
    band: str
    client: Client = field(repr=False)
    keep: bool = False

    def identity(self) -> str:
        """What a file of cutouts knows it by."""
        return f"{self.path.name}\n"

    def opened(self) -> Frame:
        """Fetch it, unless it is here.

        Returns
        -------
        Frame
            By its header.

        Raises
        ------
        UserError
            For a file that is not there, or none of FITS.
        """
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.client.retried(self.path.name, lambda: self.client.download(self.address, self.path))
        return read_frame(self.path)

    def release(self) -> None:
        """Remove its file."""
        if not self.keep:
            self.path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove the folder of fetched files, if it is empty; no frame may be fetched meanwhile."""
        with suppress(OSError):
            self.path.parent.rmdir()


@dataclass(frozen=True)
class FrameList:
    """Which frames show which galaxy.

    Parameters
    ----------
    patterns
        By id of a galaxy, the address of its frames, with ``{band}`` in place of the band.
    folder
        Where files lie for as long as they are needed.
    client, keep
        As of ``ListedFrame``.
    unit
        Of the pixels of all frames.
    """

    patterns: Mapping[Any, str]
    folder: Path
    client: Client
    keep: bool
    unit: str = NANOMAGGY

    def chosen(
        self, ids: NDArray[Any], bands: Sequence[str]
    ) -> tuple[tuple[ListedFrame, ...], NDArray[np.int64]]:
        """The frames of some galaxies, and for each (n,) and band its place among them (n, bands)."""
        lacking = [one for one in ids if one not in self.patterns]
        if lacking:
            raise UserError(
                f"{option('cutouts.frames.list')} names no frames of {len(lacking)} galaxies, such as "
                f"{lacking[0]}; give the list that was written with their table"
            )
        fields = list(dict.fromkeys(self.patterns[one] for one in ids))
        place = {pattern: number for number, pattern in enumerate(fields)}
        rows = np.array([place[self.patterns[one]] for one in ids], dtype=np.int64)
        frames = tuple(self._frame(pattern.format(band=band), band) for pattern in fields for band in bands)
        return frames, rows[:, None] * len(bands) + np.arange(len(bands))

    def _frame(self, address: str, band: str) -> ListedFrame:
        path = self.folder / address.rpartition("/")[2]
        return ListedFrame(address, path, band, self.client, self.keep)


@checked("cutouts.frames")
def listed_frames(
    list: str | None,  # noqa: A002  (as people call it)
    id: str | None = None,  # noqa: A002
    frames: str = "frames",
    folder: str = "frames",
    keep: bool = False,
    queries_a_minute: Positive = 120,
    tries: Count = 6,
    pause: Positive = 2.0,
) -> FrameList:
    """The frames that a table names for each of its galaxies.

    Parameters
    ----------
    list
        A CSV table, such as ``job=acquire`` writes.
    id, frames
        Its columns of ids, and of addresses with ``{band}`` in place of the band.
    folder
        Where files lie for as long as they are needed; made if absent.
    keep
        Whether files stay after that.
    queries_a_minute, tries, pause
        How they are fetched: at most so many a minute, each tried so often, with [s] before the second try.

    Returns
    -------
    FrameList
        Frames are shared between the galaxies of a field.

    Raises
    ------
    UserError
        For a table that is not there, or lacks a column.
    """
    import pandas as pd

    if list is None or id is None:
        raise UserError(
            f"{option('cutouts.frames.list')} and its id are not set; give the table that names frames"
        )
    file = Path(list).expanduser()
    if not file.is_file():
        raise UserError(f"{option('cutouts.frames.list', list)} is no file; give the table that names frames")
    table = pd.read_csv(file)
    lacking = [name for name in (id, frames) if name not in table]
    if lacking:
        raise UserError(f"{file} has no column {', '.join(lacking)}; it has {', '.join(table)}")
    patterns = dict(zip(table[id], table[frames].astype(str), strict=True))
    client = Client(queries_a_minute, SECONDS, tries, pause)
    return FrameList(patterns, Path(folder).expanduser(), client, keep)
