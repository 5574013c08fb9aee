"""Types, bounds and choices of options in words, upper bounds and their reasons included."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

PLAIN: Mapping[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    str: "a word",
    Path: "a path",
    type(None): "`null`",
    object: "anything",
    Any: "anything",
}
MANY = {int: "whole numbers", float: "numbers", str: "words"}
BOUNDS = (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below"))


def in_words(annotation: Any) -> str:  # noqa: ANN401, PLR0911  (types of any kind)
    """What a value of an annotation is.

    Parameters
    ----------
    annotation
        A type, with bounds in ``Annotated`` or choices in ``Literal``.

    Returns
    -------
    str
        Markdown on one line.
    """
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        notes = [note for part in args[1:] for note in _notes(part)]
        return ", ".join([in_words(args[0]), *notes])
    if origin in (Union, types.UnionType):
        kinds = sorted(args, key=lambda one: one is type(None))
        parts = dict.fromkeys(map(in_words, kinds))
        return ("; or " if any("," in part for part in parts) else " or ").join(parts)
    if origin is Literal:
        *most, last = (f"`{_yaml(value)}`" for value in args)
        return f"{', '.join(most)} or {last}" if most else last
    if annotation in PLAIN:
        return PLAIN[annotation]
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return "a mapping"
    if inspect.isclass(origin) and issubclass(origin, Sequence):
        return _list(args[0])
    return f"a group of options, those of `{getattr(annotation, '__name__', annotation)}`"


def _list(inner: Any) -> str:  # noqa: ANN401
    bare = get_args(inner)[0] if get_origin(inner) is Annotated else inner
    if bare not in MANY:
        return "a list"
    bounds = in_words(inner).partition(", ")[2]
    return f"a list of {MANY[bare]}" + (f", each {bounds}" if bounds else "")


def _notes(part: object) -> list[str]:
    """The bounds of a part of ``Annotated``, with their reason."""
    if not isinstance(part, FieldInfo):
        return _bounds(part)
    found = [note for one in part.metadata for note in _bounds(one)]
    if not part.description:
        return found
    return [f"{' and '.join(found)} ({part.description})"] if found else [part.description]


def _bounds(part: object) -> list[str]:
    found = [(words, getattr(part, name)) for name, words in BOUNDS if hasattr(part, name)]
    return [f"{words} {value:,.12g}" for words, value in found if value is not None]


def _yaml(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
