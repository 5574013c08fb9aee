"""What goes wrong between a question and its answer."""

from __future__ import annotations

import html
import json
import re

from galaxy_causal.types import UserError

TIMED_OUT = re.compile(r"time[d\s-]*out|exceeded .*time|took too long", re.IGNORECASE)
MOST = 300
"""Letters of what a service says that are passed on."""


class PassingError(Exception):
    """A fault that may have passed when the question is asked again; ``wish`` [s] is how late, at least."""

    def __init__(self, words: str, wish: float = 0.0) -> None:
        super().__init__(words)
        self.wish = wish


class TimedOutError(Exception):
    """An answer took longer than the service, or we, allow: a smaller question may not."""


class UnansweredError(UserError):
    """A service gave no answer, however often it was asked."""


class ChangedError(UserError):
    """An answer has other columns than were asked for."""


def waited_too_long(text: str) -> bool:
    """Whether a service says that time ran out."""
    return TIMED_OUT.search(text) is not None


def told(body: bytes) -> str:
    """What a service says in an answer that is no table: the message of JSON, the text of a page.

    Parameters
    ----------
    body
        Of the answer.

    Returns
    -------
    str
        One line of at most 300 letters.

    Examples
    --------
    >>> told(b'{"Error Code": 400, "Error Message": "Invalid column name \\'w1mpr\\'."}')
    "Invalid column name 'w1mpr'."
    >>> told(b"<html><head><title>SQL Search</title><style>a {}</style></head><body>Try&nbsp;later</body>")
    'SQL Search Try later'
    """
    text = body[:100_000].decode("utf-8", "replace").strip()
    if text[:1] in ("{", "["):
        text = _message(text)
    elif text[:1] == "<":
        text = re.sub(r"(?is)<(script|style).*?</\1>|<!--.*?-->", " ", text)
        text = html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))
    text = " ".join(text.split())
    return text if len(text) <= MOST else text[:MOST] + "..."


def _message(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    found = found[0] if isinstance(found, list) and found else found
    if isinstance(found, dict):
        for key, value in found.items():
            if "message" in str(key).lower() and isinstance(value, str):
                return value
    return text
