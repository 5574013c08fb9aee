"""What a fit or job is made of, as text that does not depend on order or on how it was typed."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from galaxy_causal.types import UserError

KEY_LENGTH = 20


def canonical(recipe: Mapping[Any, Any]) -> str:
    """The recipe as sorted, indented JSON.

    Parameters
    ----------
    recipe
        Of mappings, lists, text, numbers, true, false and null.

    Returns
    -------
    str
        The same text for recipes that mean the same: tuples count as lists, numpy scalars as Python's, and
        1.0 as 1.

    Raises
    ------
    UserError
        For NaN, infinities, paths, arrays, sets, keys that are not text, and any other object: none has one
        spelling that means the same on every machine.
    """
    return json.dumps(_plain(recipe, "recipe"), sort_keys=True, indent=2, allow_nan=False)


def recipe_key(recipe: Mapping[Any, Any]) -> str:
    """The key by which whatever has a recipe is found.

    Parameters
    ----------
    recipe
        As of ``canonical``.

    Returns
    -------
    str
        The first 20 hexadecimal digits of the SHA-256 of ``canonical(recipe)``.

    Raises
    ------
    UserError
        As ``canonical``.

    Examples
    --------
    >>> recipe_key({"seed": 0, "bands": ("u", "g")}) == recipe_key({"bands": ["u", "g"], "seed": 0.0})
    True
    """
    return hashlib.sha256(canonical(recipe).encode()).hexdigest()[:KEY_LENGTH]


def _plain(value: object, place: str) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _number(value, place)
    if isinstance(value, Mapping):
        return {_name(key, place): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item, f"{place}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, PurePath):
        raise UserError(f"{place} is the path {value}; a recipe says what, not where: give a checksum")
    raise UserError(
        f"{place} is a {type(value).__name__}; a recipe takes mappings, lists, text, numbers, "
        "true, false and null: convert it, or give a checksum of it"
    )


def _number(value: float, place: str) -> float | int:
    if not math.isfinite(value):
        raise UserError(f"{place} is {value}; a recipe takes finite numbers: use null to say 'none'")
    # 1 and 1.0 (and -0.0 and 0) are one setting, whichever the command line happened to spell
    return int(value) if value.is_integer() else value


def _name(key: object, place: str) -> str:
    if not isinstance(key, str):
        raise UserError(f"{place} has the key {key!r}, a {type(key).__name__}; a recipe's keys are text")
    return key
