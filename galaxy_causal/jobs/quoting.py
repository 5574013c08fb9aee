"""Expressions of columns on the command line, which need not be quoted twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

EXPRESSIONS = re.compile(r"(\+{0,2}dataset\.(?:where|columns\.\w+))=(.+)", re.DOTALL)
PLAIN = re.compile(r"null|[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
"""What is no text."""
QUOTED_KEY = re.compile(r"""(["'])(.*?)\1\s*:""", re.DOTALL)
ENDS = ("{}", "[]")
OPENING, CLOSING = "([{", ")]}"


def quoted(argument: str) -> str:
    """An override whose value Hydra reads as what stands there.

    Parameters
    ----------
    argument
        Of the command line, from which the shell has taken the quotes: ``dataset.where=Z_WARN==0``.

    Returns
    -------
    str
        With quotes around a filter, or around columns that are expressions or elements, where Hydra cannot
        read it without; anything else as it is.

    Examples
    --------
    >>> quoted("dataset.where=Z_WARN==0")
    "dataset.where='Z_WARN==0'"
    >>> quoted("dataset.columns.photometry={g: NMGY[3], r: R}")
    "dataset.columns.photometry={g: 'NMGY[3]', r: 'R'}"
    """
    found = EXPRESSIONS.fullmatch(argument)
    if found is None or _is_read(argument):
        return argument
    name, value = found.groups()
    if value[0] not in "{[":
        return f"{name}={_quote(value)}"
    if value[0] + value[-1] not in ENDS:
        return argument
    other = f"{name}={_requoted(value)}"
    return other if _is_read(other) else argument


def _requoted(value: str) -> str:
    """A list or mapping with quotes around its texts, at any depth."""
    ends = value[:1] + value[-1:]
    if ends not in ENDS:
        return _quote(value)
    parts = [part.strip() for part in _parts(value[1:-1]) if part.strip()]
    if ends == "{}":
        pairs = (_pair(part) for part in parts)
        parts = [f"{key}: {_requoted(text)}" for key, text in pairs]
    else:
        parts = [_requoted(part) for part in parts]
    return ends[0] + ", ".join(parts) + ends[1]


def _pair(part: str) -> tuple[str, str]:
    """Key and value; Hydra knows no quotes around keys, but backslashes in them."""
    found = QUOTED_KEY.match(part)
    if found is None:
        key, _, text = part.partition(":")
        return key.strip(), text.strip()
    return re.sub(r"([\\()\[\]{}:=, \t])", r"\\\1", found[2]), part[found.end() :].strip()


def _is_read(argument: str) -> bool:
    try:
        OverridesParser.create().parse_override(argument).value()
    except HydraException:
        return False
    return True


def _quote(text: str) -> str:
    if text[:1] in ("'", '"') or PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _parts(text: str) -> Iterator[str]:
    """What stands between commas, but for those in brackets and quotes."""
    depth, quote, start = 0, "", 0
    for place, letter in enumerate(text):
        if letter in "'\"" and quote in ("", letter):
            quote = "" if quote else letter
        elif not quote:
            depth += (letter in OPENING) - (letter in CLOSING)
            if letter == "," and not depth:
                yield text[start:place]
                start = place + 1
    yield text[start:]
