"""Errors that a user can mend, and checks of single options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard


class UserError(ValueError):
    """What a user can mend: the message gives the value, what is allowed and the remedy."""


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
