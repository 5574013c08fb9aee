"""What files at a service say of their columns, of which no more is fetched than that."""

from __future__ import annotations

import difflib
import io
from collections.abc import Sequence

from galaxy_causal.archive.client import Client
from galaxy_causal.archive.recipe import Column

BLOCK = 1 << 16
"""Bytes that are asked for together."""
MOST = 256 * BLOCK
"""Bytes in which a file that begins as one of its kind has named its columns."""
SHOWN = 20


class TooFarError(Exception):
    """The names of columns do not stand where they can be read without most of the file."""


class RemoteFile(io.RawIOBase):
    """A file at a service, of which parts are fetched when they are read.

    Parameters
    ----------
    client
        Which asks.
    url
        Of the file.
    size
        Its bytes.
    """

    def __init__(self, client: Client, url: str, size: int) -> None:
        self._client = client
        self._url = url
        self._size = size
        self._at = 0
        self._blocks: dict[int, bytes] = {}

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer, or as much of it as lies in a block."""
        if self._at >= self._size:
            return 0
        number, within = divmod(self._at, BLOCK)
        part = self._block(number)[within : within + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            if (len(self._blocks) + 1) * BLOCK > MOST:
                raise TooFarError
            start = number * BLOCK
            count = min(BLOCK, self._size - start)
            self._blocks[number] = self._client.retried(
                self._url, lambda: self._client.part(self._url, start, count)
            )
        return self._blocks[number]


def names_of(file: io.RawIOBase, kind: str) -> list[str]:
    """The columns of a file.

    Parameters
    ----------
    file
        Open, at its beginning.
    kind
        ``HDF5``, ``FITS`` or ``Parquet``.

    Returns
    -------
    list of str
        Of the table that `read_columns` reads.

    Raises
    ------
    Exception
        Of the library that reads it, for a file that is no such one.
    """
    stream = io.BufferedReader(file, BLOCK)
    if kind == "HDF5":
        import h5py

        with h5py.File(stream, "r") as opened:
            sets = (one for one in opened.values() if isinstance(one, h5py.Dataset) and one.dtype.names)
            rows = next(sets, None)
            return list(opened) if rows is None else list(rows.dtype.names)
    if kind == "Parquet":
        import pyarrow.parquet as pq

        return list(pq.read_schema(stream).names)
    from astropy.io import fits

    with fits.open(stream, memmap=False, lazy_load_hdus=True) as hdus:
        return next(list(hdu.columns.names) for hdu in hdus if getattr(hdu, "columns", None) is not None)


def differences(names: Sequence[str], columns: Sequence[Column]) -> str:
    """Which of the columns that a recipe names a file lacks, and what it has that is called alike.

    Parameters
    ----------
    names
        Of the file.
    columns
        Of the recipe.

    Returns
    -------
    str
        Empty where it has them all.
    """
    there = {name.lower(): name for name in names}
    lacking = [column.source for column in columns if column.source.lower() not in there]
    if not lacking:
        return ""
    close = [there[one] for n in lacking for one in difflib.get_close_matches(n.lower(), there, n=2)]
    shown = list(dict.fromkeys([*close, *names]))
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return f"lacks {', '.join(lacking)}; it has {', '.join(shown[:SHOWN])}{more}"
