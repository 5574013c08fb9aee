"""Arrays that each process opens for itself, and rows of them."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
