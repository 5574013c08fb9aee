"""Questions to public services: at a polite rate, and again after a fault that may pass."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from galaxy_causal.archive.faults import PassingError, TimedOutError, UnansweredError
from galaxy_causal.archive.http import CONNECT, check_address, faults, refuse
from galaxy_causal.types import UserError

if TYPE_CHECKING:
    from requests import Response, Session

T = TypeVar("T")
BLOCK = 1 << 20  # bytes read at a time
FIRST_TRIES = 3
"""Tries at a host that never answered: a slip in its name is told within seconds."""
LONGEST_PAUSE = 300.0  # [s] between two tries, unless the service asks for more
LONGEST_WISH = 3600.0  # [s] that a service may ask to be left alone
SILENCE = 120.0  # [s] without a byte, in the middle of a file
OK, PARTIAL, RANGE_PAST_END = 200, 206, 416


def _nothing(_: str) -> None:
    """Tell nobody."""


class Client:
    """What asks one service; several threads may use it.

    Parameters
    ----------
    queries_a_minute
        At most; questions wait their turn.
    seconds
        A whole answer may take.
    tries
        At a question, before it is given up.
    pause
        [s] before the second try; doubled with each, and spread by half about it.
    seed
        Of that spread.
    say
        Told in a line why a question is asked again.

    Notes
    -----
    Asked again are questions that end in no connection, an answer that was cut off, status 408, 429 or 5xx
    (no sooner than ``Retry-After`` says). What ran out of time is not, for it would again.
    """

    def __init__(
        self,
        queries_a_minute: float = 60,
        seconds: float = 600,
        tries: int = 6,
        pause: float = 2.0,
        seed: int = 0,
        say: Callable[[str], None] = _nothing,
    ) -> None:
        self._gap = 60 / queries_a_minute
        self._seconds = seconds
        self._tries = tries
        self._pause = pause
        self._random = random.Random(seed)
        self._say = say
        self._turn = threading.Lock()
        self._next = 0.0
        self._reached = False
        self._sessions = threading.local()
        self.asked = 0
        """Requests so far, of all tries."""

    def get(self, url: str, query: str = "") -> bytes:
        """Ask for a text or table.

        Parameters
        ----------
        url, query
            The address, and what follows its question mark, encoded.

        Returns
        -------
        bytes
            All of the answer.

        Raises
        ------
        PassingError, TimedOutError
            For faults that may pass, and time that ran out: for `retried`.
        UserError
            For what the service refuses.
        """
        end = time.monotonic() + self._seconds
        with self._asking(f"{url}?{query}" if query else url) as response:
            return b"".join(self._blocks(response, end))

    def size(self, url: str) -> int | None:
        """Bytes of a file, None where the service does not say."""
        with self._asking(url, method="HEAD") as response:
            length = response.headers.get("Content-Length", "")
            return int(length) if length.isascii() and length.isdecimal() else None

    def part(self, url: str, start: int, count: int) -> bytes:
        """Some bytes of a file.

        Parameters
        ----------
        url
            Of the file.
        start, count
            The first of them, from 0, and how many.

        Returns
        -------
        bytes
            Fewer where the file ends.

        Raises
        ------
        UserError
            For a service that sends whole files alone, unless the first bytes are asked for.
        """
        with self._asking(url, headers={"Range": f"bytes={start}-{start + count - 1}"}) as response:
            if start and response.status_code != PARTIAL:
                raise UserError(f"{url} is sent whole, and not in parts")
            return next(response.iter_content(count), b"")

    def download(self, url: str, path: Path, advance: Callable[[int], None] = lambda _: None) -> None:
        """Fetch a file, which has its name once it is whole; half a file is gone on with.

        Parameters
        ----------
        url
            Its address.
        path
            Where it is to be; ``<path>.partial`` until then.
        advance
            Told of bytes.
        """
        partial = path.with_name(f"{path.name}.partial")
        there = partial.stat().st_size if partial.exists() else 0
        headers = {"Range": f"bytes={there}-"} if there else {}
        try:
            with self._asking(url, headers=headers, fine=(RANGE_PAST_END,), silence=SILENCE) as response:
                if response.status_code == RANGE_PAST_END:  # the file was whole, or is another one now
                    partial.unlink()
                    raise PassingError(f"{url} has no bytes after {there:,}")
                with partial.open("ab" if response.status_code == PARTIAL else "wb") as file:
                    for block in response.iter_content(BLOCK):
                        file.write(block)
                        advance(len(block))
        except TimedOutError as error:  # what came is kept, so the next try has less to do
            raise PassingError(str(error)) from error
        partial.replace(path)

    def retried(self, what: str, ask: Callable[[], T]) -> T:
        """Ask, and ask again after faults that may pass.

        Parameters
        ----------
        what
            Which question, for messages.
        ask
            Raises `PassingError` for such faults.

        Returns
        -------
        object
            The answer.

        Raises
        ------
        UnansweredError
            After the last try.
        """
        for attempt in range(self._tries):
            try:
                return ask()
            except PassingError as fault:
                last = fault
                if attempt + 1 == (self._tries if self._reached else min(self._tries, FIRST_TRIES)):
                    break
                seconds = self._pause_after(attempt, fault)
                self._say(f"{what}: {fault}; asked again in {seconds:.0f} s")
                time.sleep(seconds)
        raise UnansweredError(
            f"{what}: {last}; tried {_times(attempt + 1)}. Is the machine connected, and the service up? "
            "What is finished is kept: run the same command again to go on"
        ) from last

    def _pause_after(self, attempt: int, fault: PassingError) -> float:
        if fault.wish > LONGEST_WISH:
            raise UnansweredError(
                f"{fault}; it asks to be left alone for {fault.wish / 60:,.0f} minutes. What is finished is "
                "kept: run the same command again then"
            )
        spread = self._random.uniform(0.5, 1.5)
        return max(fault.wish, min(LONGEST_PAUSE, self._pause * 2.0**attempt) * spread)

    def heard(self) -> None:
        """Remember that the host has answered, so that it is asked as often as may be."""
        self._reached = True

    def wait_turn(self) -> None:
        """Wait until the next question may be asked."""
        with self._turn:
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + self._gap
            self.asked += 1
        time.sleep(mine - now)

    def session(self) -> Session:
        """A session of requests, one for each thread."""
        import requests

        if not hasattr(self._sessions, "one"):
            self._sessions.one = requests.Session()
            self._sessions.one.headers["User-Agent"] = "galaxy_causal (python-requests)"
        found: Session = self._sessions.one
        return found

    @contextmanager
    def _asking(
        self,
        url: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        fine: tuple[int, ...] = (),
        silence: float | None = None,
    ) -> Iterator[Response]:
        """An answer whose status is fine, while it is read."""
        check_address(url)
        self.wait_turn()
        limits = (CONNECT, self._seconds if silence is None else min(self._seconds, silence))
        with (
            faults(url),
            self.session().request(
                method, url, headers=headers, stream=True, timeout=limits, allow_redirects=True
            ) as response,
        ):
            self.heard()
            status = response.status_code
            if status not in (OK, PARTIAL, *fine):
                refuse(url, status, response)
            yield response

    def _blocks(self, response: Response, end: float) -> Iterator[bytes]:
        for block in response.iter_content(BLOCK):
            if time.monotonic() > end:
                raise TimedOutError(f"the answer was not whole after {self._seconds:,.0f} s")
            yield block


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
