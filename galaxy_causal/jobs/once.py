"""Things that are made once for all members of a sweep that share what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
PLAIN = (str, int, float, bool, type(None))

_made: ContextVar[dict[tuple[object, ...], tuple[Any, Any]] | None] = ContextVar(
    "what was made", default=None
)


@contextmanager
def remembering() -> Iterator[None]:
    """Within it `once` makes a thing once; what it was made of is kept as long."""
    token = _made.set({})
    try:
        yield
    finally:
        _made.reset(token)


def forget() -> None:
    """Let go of all that was made, and of what it was made of."""
    kept = _made.get()
    if kept is not None:
        kept.clear()


def once(what: str, parts: tuple[object, ...], make: Callable[[], T]) -> T:
    """What is made of these very parts.

    Parameters
    ----------
    what
        A word for what it is.
    parts
        Plain values, which are compared, and objects, which must be the same.
    make
        Makes it.

    Returns
    -------
    object
        Made anew at every call, but for calls within `remembering`.
    """
    kept = _made.get()
    if kept is None:
        return make()
    key = (what, *(part if isinstance(part, PLAIN) else id(part) for part in parts))
    if key not in kept:
        kept[key] = parts, make()  # with its parts: the number of one that is gone goes to another
    found: T = kept[key][1]
    return found
