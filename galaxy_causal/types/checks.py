"""Errors that a user can mend, and checks of single options."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeGuard


class UserError(ValueError):
    """What a user can mend: the message gives the value, what is allowed and the remedy."""


def check_whole(name: str, value: object, least: int) -> int:
    """The value, unless it is no whole number of at least ``least``, which is refused."""
    if not _whole(value) or value < least:
        raise UserError(f"{name}={value} must be a whole number, at least {least}")
    return value


def are_numbers(value: object) -> TypeGuard[Sequence[float]]:
    """Whether a value is a list of numbers, or an empty one.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    bool
    """
    return _listed(value) and all(isinstance(v, int | float) for v in value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _listed(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _words(value: object) -> bool:
    return _listed(value) and all(isinstance(v, str) for v in value)


KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "int": (_whole, "a whole number"),
    "float": (_number, "a number"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "str": (lambda value: isinstance(value, str), "a word"),
    "Path": (lambda value: isinstance(value, str | Path), "a path"),
    "Sequence[int]": (
        lambda value: are_numbers(value) and all(map(_whole, value)),
        "a list of whole numbers",
    ),
    "Sequence[float]": (are_numbers, "a list of numbers"),
    "Sequence[object]": (_listed, "a list"),
    "Sequence[str]": (_words, "a list of words"),
    "tuple[str, ...]": (lambda value: isinstance(value, str) or _words(value), "a word, or a list of words"),
    "Mapping[str, object]": (lambda value: isinstance(value, Mapping), "a group of options"),
    "None": (lambda value: value is None, "null"),
}
"""Which values are of a declared type, and what a user calls them."""


def must_be(value: object, declared: str) -> str | None:
    """What a value that is not of its declared type must be; None if it is, or the type is not in KINDS.

    >>> must_be("few", "int | None")
    'a whole number, or null'
    """
    kinds = [KINDS.get(kind) for kind in declared.split(" | ")]
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds) or any(holds(value) for holds, _ in known):
        return None
    return ", or ".join(called for _, called in known)


def check_options(name: str, options: object, least: Mapping[str, float] | None = None) -> None:
    """Refuse fields of a dataclass that are not of their declared type, or below their least value.

    ``name`` of the group is what the message puts before the field's own.
    """
    for field in fields(options):  # type: ignore[arg-type]
        value, declared = getattr(options, field.name), str(field.type)
        wrong = must_be(value, declared)
        smallest = (least or {}).get(field.name)
        if wrong is None and smallest is not None and value is not None and value < smallest:
            wrong = "a whole number" if "int" in declared.split(" | ") else "a number"
        if wrong is not None:
            bound = "" if smallest is None else f", at least {smallest:g}"
            raise UserError(f"{name}.{field.name}={value} must be {wrong}{bound}")
