"""Statuses, connections and addresses: what they mean for a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from galaxy_causal.archive.faults import PassingError, TimedOutError, told, waited_too_long
from galaxy_causal.types import UserError, option

if TYPE_CHECKING:
    from requests import Response

CONNECT = 30.0  # [s]
TOO_MANY, TOO_LATE, REQUEST_TIMED_OUT = 429, 504, 408


def refuse(url: str, status: int, response: Response) -> None:
    """Raise what an answer of such a status means."""
    text = told(response.content)
    host = urlsplit(url).hostname
    said = f"{host} answered {status} {response.reason}" + (f": {text}" if text else "")
    if status in (TOO_LATE, REQUEST_TIMED_OUT) or (status >= 500 and waited_too_long(text)):
        raise TimedOutError(said)
    if status == TOO_MANY or status >= 500:
        raise PassingError(said, wish(response.headers.get("Retry-After")))
    raise UserError(f"{said} ({url.partition('?')[0]})")


def wish(header: str | None) -> float:
    """Seconds that ``Retry-After`` asks for."""
    if header is None:
        return 0.0
    if header.isascii() and header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def check_address(url: str) -> None:
    """Refuse what is no address of the web.

    Parameters
    ----------
    url
        What should be one.

    Raises
    ------
    UserError
        It names the option.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise UserError(
            f"{option('acquire.address')} has a user or a password in it, which runs would show; leave it "
            "out, and give it in ~/.netrc"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(
            f"{option('acquire.address', url.partition('?')[0])} must be an address, as https://host/path"
        )


@contextmanager
def faults(url: str) -> Iterator[None]:
    """Errors of requests, of a connection and while an answer is read, as ours."""
    import requests.exceptions as faults

    host = urlsplit(url).hostname
    try:
        yield
    except faults.SSLError as error:
        raise UserError(
            f"{host} cannot be trusted: {_plain(error)}. Is the machine's clock right?"
        ) from error
    except faults.ConnectTimeout as error:
        raise PassingError(f"{host} took no connection within {CONNECT:.0f} s") from error
    except faults.ReadTimeout as error:
        raise TimedOutError(f"{host} gave no answer in time") from error
    except (faults.ChunkedEncodingError, faults.ContentDecodingError) as error:
        raise PassingError(f"the answer of {host} was cut off") from error
    except faults.ConnectionError as error:
        if "timed out" in str(error).lower():
            raise TimedOutError(f"{host} gave no answer in time") from error
        raise PassingError(f"{host} cannot be reached ({_plain(error)})") from error
    except (faults.InvalidURL, faults.InvalidSchema, faults.TooManyRedirects) as error:
        raise UserError(f"{url.partition('?')[0]}: {_plain(error)}") from error


def _plain(error: BaseException) -> str:
    """The innermost reason of an error of requests."""
    seen: BaseException = error
    while seen.__cause__ or seen.__context__:
        seen = seen.__cause__ or seen.__context__ or seen
    reason = getattr(seen, "strerror", None) or str(seen)
    return " ".join(str(reason).split())[:160]
