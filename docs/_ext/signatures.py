"""Signatures that can be read: types of options without their bounds, arrays without their insides."""

from __future__ import annotations

import re
from typing import Any

INSIDES = ("ndarray", "Callable")
"""Types of which only the name is shown."""


def readable(signature: str) -> str:
    """A signature as a reader wants it.

    Parameters
    ----------
    signature
        As it is written out of annotations.

    Returns
    -------
    str
        With ``Annotated[int, ...]`` as ``int``, and arrays and functions by their names.
    """
    found = signature
    while "Annotated[" in found:
        start = found.index("Annotated[")
        inside, end = _inside(found, start + len("Annotated["))
        found = found[:start] + inside[0] + found[end:]
    for name in INSIDES:
        parts, rest = [], found
        while match := re.search(rf"\b{name}\[", rest):
            _, end = _inside(rest, match.end())
            parts.append(rest[: match.end() - 1])
            rest = rest[end:]
        found = "".join([*parts, rest])
    return found


def _inside(text: str, start: int) -> tuple[list[str], int]:
    """What stands in brackets that opened before ``start``, parted by its commas, and where they end."""
    depth, quote, parts = 1, "", [""]
    for place in range(start, len(text)):
        sign = text[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "[({":
            depth += 1
        elif sign in "])}":
            depth -= 1
            if depth == 0:
                return [part.strip() for part in parts], place + 1
        if sign == "," and depth == 1 and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts], len(text)


def _process(
    _app: Any,  # noqa: ANN401  (Sphinx)
    _what: str,
    _name: str,
    _object: object,
    _options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    return signature and readable(signature), returned and readable(returned)


def setup(app: Any) -> dict[str, object]:  # noqa: ANN401  (Sphinx)
    """What Sphinx asks of an extension."""
    app.connect("autodoc-process-signature", _process)
    return {"version": "1", "parallel_read_safe": True}
