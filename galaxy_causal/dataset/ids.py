"""Ids from several files: the same galaxy may be 7 in one and 007, or 7 and a blank, in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[Any]


def comparable(first: Ids, second: Ids) -> tuple[Ids, Ids]:
    """Ids of two origins (n,) and (m,) as one type: whole numbers where both are, else texts.

    Blanks around texts do not count; zeros before a whole number only between texts that both have them.

    >>> [ids.tolist() for ids in comparable(np.array([7, 12]), np.array(["007 ", "J12"]))]
    [['7', '12'], ['7', 'J12']]
    """
    if first.dtype.kind == second.dtype.kind != "U":
        return first, second
    one_is_whole = "i" in (first.dtype.kind, second.dtype.kind)
    return _text(first, one_is_whole), _text(second, one_is_whole)


def _text(ids: Ids, without_zeros: bool) -> Ids:
    if ids.dtype.kind != "U":
        return ids.astype(np.str_)
    found = np.char.strip(ids)
    if not without_zeros:
        return found
    bare = np.char.lstrip(found, "0")
    return np.where(np.char.isdecimal(found), np.where(bare == "", "0", bare), found)


def lines_of_ids(text: str, known: frozenset[str] | None = None) -> list[str]:
    """The ids of a text, one a line; blank lines and comments (#) are none, unless ``known`` ids look so."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and (not line.startswith("#") or line in (known or ()))]


def repeated(ids: Ids) -> Ids:
    """Those that stand more than once."""
    found, counts = np.unique(ids, return_counts=True)
    return found[counts > 1]


def some(ids: Sequence[object] | Ids) -> str:
    """The first few."""
    return f"{', '.join(str(i) for i in ids[:5])}{', ...' if len(ids) > 5 else ''}"
