"""Errors that a user can mend, and checks of single options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard


class UserError(ValueError):
    """What a user can mend: the message gives the value, what is allowed and the remedy."""


def check_whole(name: str, value: object, least: int) -> int:
    """Refuse what is no whole number of at least so much.

    Parameters
    ----------
    name
        What messages call the option.
    value, least
        The value, and the least that it may be.

    Returns
    -------
    int
        The value.

    Raises
    ------
    UserError
        For any other.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
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
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    return all(isinstance(v, int | float) for v in value)
