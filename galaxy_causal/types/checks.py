"""Errors that a user can mend, and checks of single options."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeGuard


class UserError(ValueError):
    """What a user can mend: the message gives the value, what is allowed and the remedy."""


def check_whole(name: str, value: object, least: int) -> int:
    """The value, unless it is no whole number of at least ``least``, which is refused."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UserError(f"{name}={value} must be a whole number, at least {least}")
    return value


def are_numbers(value: object) -> TypeGuard[Sequence[float]]:
    """Whether the value is a list of numbers, or an empty one."""
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    return listed and all(isinstance(v, int | float) for v in value)  # type: ignore[attr-defined]


KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "str": (str, "a word"),
}
"""What a value of each declared type is, and how it is called."""


def check_options(name: str, options: object, least: Mapping[str, float] | None = None) -> None:
    """Refuse options (fields of a dataclass) of another kind than declared, or below their least value.

    ``name`` of the group is what the message puts before the option's own. Fields that are declared as
    anything else than ``KINDS``, or these or None, are not looked at.
    """
    for field in fields(options):  # type: ignore[arg-type]
        kind, _, none = str(field.type).partition(" | ")
        value = getattr(options, field.name)
        if kind not in KINDS or none not in ("", "None") or (none and value is None):
            continue
        smallest = (least or {}).get(field.name, -math.inf)
        if not _is(value, KINDS[kind][0]) or (kind != "str" and not smallest <= value < math.inf):
            bound = f", at least {smallest:g}" if smallest > -math.inf else ""
            raise UserError(
                f"{name}.{field.name}={value} must be {KINDS[kind][1]}{bound}{', or null' if none else ''}"
            )


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:  # noqa: ANN401
    """Whether the value is of the kind; true and false are no numbers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
