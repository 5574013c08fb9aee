"""Texts of which there are few different ones: a split or a class for each galaxy, in a byte each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST = 127
"""Different texts that a byte can tell apart."""


def metric_name(label: str) -> str:
    """The name of a class as it stands in names of metrics.

    Parameters
    ----------
    label
        As people read it.

    Returns
    -------
    str
        With a dash for each letter that MLflow does not take, and for the slash, which parts names.

    Examples
    --------
    >>> metric_name("E/S0"), metric_name("star_forming"), metric_name("SB(s)c?")
    ('E-S0', 'star_forming', 'SB-s-c-')
    """
    return re.sub(r"[^\w .:-]", "-", label)


class Labels:
    """An array of texts (n,) that holds each different one once.

    It compares, is indexed and travels to numpy as the array of texts that it stands for; ``of`` makes one.

    Parameters
    ----------
    names
        The different texts.
    codes
        Which of them each is, (n,).
    width
        Letters of the array that it stands for, whose type is part of checksums.

    Examples
    --------
    >>> split = Labels.of(["train", "test", "train"])
    >>> (split == "train").tolist(), split[[0, 1]].tolist(), split[1], len(split)
    ([True, False, True], ['train', 'test'], 'test', 3)
    >>> np.asarray(split)
    array(['train', 'test', 'train'], dtype='<U5')
    """

    __slots__ = ("codes", "names", "width")
    __hash__ = None  # type: ignore[assignment]
    __array_priority__ = 1000.0
    __array_ufunc__ = None
    """So that numpy leaves comparisons to it."""

    def __init__(self, names: Sequence[str], codes: NDArray[np.int8], width: int) -> None:
        self.names = tuple(names)
        self.codes = codes
        self.width = max(width, 1)

    @classmethod
    def of(cls, texts: ArrayLike | Labels) -> Labels:
        """The texts (n,); itself, if it is one already. ValueError for more than 127 different ones."""
        if isinstance(texts, Labels):
            return texts
        array = np.asarray(texts, dtype=np.str_)
        names, codes = np.unique(array, return_inverse=True)
        if len(names) > MOST:
            raise ValueError(f"{len(names)} different texts, such as {names[0]!r}, are more than {MOST}")
        return cls(names.tolist(), codes.reshape(array.shape).astype(np.int8), array.dtype.itemsize // 4)

    @classmethod
    def filled(cls, text: str, count: int, width: int = 10) -> Labels:
        """So many times the same text."""
        return cls((text,), np.zeros(count, dtype=np.int8), width)

    @property
    def dtype(self) -> np.dtype[np.str_]:
        """Of the array that it stands for."""
        return np.dtype(f"<U{self.width}")

    @property
    def shape(self) -> tuple[int, ...]:
        """(n,)."""
        return self.codes.shape

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return (self.names[code] for code in self.codes)

    @overload
    def __getitem__(self, rows: int | np.integer[Any]) -> str: ...
    @overload
    def __getitem__(self, rows: slice | NDArray[Any] | Sequence[Any]) -> Labels: ...
    def __getitem__(self, rows: Any) -> str | Labels:
        picked = self.codes[rows]
        if np.ndim(picked) == 0:
            return self.names[int(picked)]
        return Labels(self.names, picked, self.width)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401
        names = np.array(self.names or [""], dtype=self.dtype if dtype is None else dtype)
        return names[self.codes] if len(self.codes) else names[:0]

    def __eq__(self, other: object) -> NDArray[np.bool_]:  # type: ignore[override]
        if isinstance(other, str):
            return self.isin((other,))
        same: NDArray[np.bool_] = np.asarray(self) == np.asarray(other)
        return same

    def __ne__(self, other: object) -> NDArray[np.bool_]:  # type: ignore[override]
        return ~(self == other)

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def isin(self, wanted: Sequence[str]) -> NDArray[np.bool_]:
        """Which of them (n,) are among those wanted."""
        return np.array([name in wanted for name in self.names] or [False])[self.codes]

    def used(self) -> list[str]:
        """The different texts that any galaxy has, in order."""
        count = np.bincount(self.codes, minlength=len(self.names))
        return sorted(name for name, times in zip(self.names, count, strict=True) if times)

    def replaced(self, rows: NDArray[Any], text: str) -> Labels:
        """With this text in some rows, numbers (m,) or bool (n,)."""
        names = self.names if text in self.names else (*self.names, text)
        codes = self.codes.copy()
        codes[rows] = names.index(text)
        return Labels(names, codes, max(self.width, len(text)))

    def renamed(self, of: Callable[[str], str], least: int = 0) -> Labels:
        """Each different text replaced; the array that it stands for then has ``least`` letters or more."""
        new = [of(name) for name in self.names]
        names = list(dict.fromkeys(new))
        to = np.array([names.index(name) for name in new] or [0], dtype=np.int8)
        return Labels(names, to[self.codes], max(least, self.width))

    def __arrow_array__(self, type: Any = None) -> Any:  # noqa: ANN401, A002
        import pyarrow as pa

        found = pa.DictionaryArray.from_arrays(pa.array(self.codes), pa.array(self.names, pa.string()))
        return found.cast(type or pa.string())

    def tolist(self) -> list[str]:
        """As a list."""
        return list(self)

    def copy(self) -> NDArray[np.str_]:
        """As an array of texts of its own, which can be written to."""
        return np.array(np.asarray(self))

    def astype(self, dtype: Any) -> NDArray[Any]:  # noqa: ANN401
        """As an array of another type."""
        return np.asarray(self).astype(dtype)
