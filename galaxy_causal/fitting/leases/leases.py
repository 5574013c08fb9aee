"""Leases: who may do what only one process is to do, on one machine and between several."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from annotated_types import Ge

from galaxy_causal.fitting.leases.holder import Held, Holder
from galaxy_causal.fitting.leases.lease import Lease
from galaxy_causal.fitting.leases.places import LeasePlace
from galaxy_causal.fitting.leases.sightings import Sightings, clock
from galaxy_causal.types import UserError, at_most

OnWait = Callable[[str], None]
LeaseSeconds = Annotated[float, Ge(1), at_most(86_400, "a dead machine's fits wait so long")]
SECONDS = 180.0
"""How long others wait for a sign of life by default: a server of files may be away for two minutes."""
WORTH_A_WORD = 0.3  # seconds of a wait
SHORTEST = 0.05  # seconds between two looks of who waits, at first
LAYOUT = "layout.json"
VERSION = 1
"""Of what leases look like. Raise it when the package of before would not understand them."""


class Leases:
    """Leases in one place: whoever holds the one of a name is the only one that does.

    A lease of a process of this machine that has ended is free at once. One of which no sign of life was seen
    for its holder's ``seconds``, by the clock of who waits, is over and taken.

    Parameters
    ----------
    place
        Where they lie.
    seconds
        How long others are to wait for a sign of life of this process.
    """

    def __init__(self, place: LeasePlace, seconds: float = SECONDS) -> None:
        self._place, self._seconds = place, seconds
        self._sightings = Sightings(seconds / 6)
        self._prepared = False

    @contextmanager
    def held(
        self, folder: str, name: str, on_wait: OnWait | None = None, blocking: bool = True
    ) -> Iterator[Lease]:
        """Hold a lease; whoever else holds it is waited for.

        Parameters
        ----------
        folder
            Its name among the leases: letters, digits, ``-`` and ``_``.
        name
            What is at stake, as people know it.
        on_wait
            Hears the name where another process is waited for.
        blocking
            Whether to wait.

        Yields
        ------
        Lease
            Its ``fence()`` is asked before what others must not do too.

        Raises
        ------
        Held
            Where another process holds it, and is not waited for.
        LeaseLost
            Where it is lost meanwhile, or could not be renewed: in this thread, wherever it is by then.
        UserError
            For a place that does not keep two from making the same file, or of a later version.
        """
        with self._acquired(folder, name, on_wait, blocking).held() as lease:
            yield lease

    def holder(self, folder: str) -> Holder | None:
        """Who holds a lease, if anybody does.

        Parameters
        ----------
        folder
            Its name among the leases.

        Returns
        -------
        Holder or None
        """
        _, holder = self._looked_at(folder)
        return holder

    def _acquired(self, folder: str, name: str, on_wait: OnWait | None, blocking: bool) -> Lease:
        self._prepare()
        found = self._tried(folder, name)
        began = reached = clock()
        pause, said = SHORTEST, on_wait is None
        while not isinstance(found, Lease):
            if not blocking:
                raise Held(name, found)
            if not said and on_wait and clock() - began > WORTH_A_WORD:
                on_wait(name)
                said = True
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(1.5 * pause, self._place.slowest, self._seconds / 12)
            try:
                found, reached = self._tried(folder, name), clock()
            except Exception:  # of whatever package reaches there: it may be away for a while
                if clock() - reached > self._seconds:
                    raise
        return found

    def _tried(self, folder: str, name: str) -> Lease | Holder:
        """The lease, or who holds it."""
        numbers, holder = self._looked_at(folder)
        if holder is not None:
            return holder
        lease = Lease(self._place, folder, name, self._seconds)
        return lease if lease.taken(numbers) else Holder()

    def _looked_at(self, folder: str) -> tuple[list[int], Holder | None]:
        """The numbers there, and who holds the lease."""
        numbers = self._place.numbers(folder)
        if not numbers:
            return [], None
        content = self._place.read(f"{folder}/{numbers[-1]}")
        if content is None:  # its owner is a number further
            return numbers, Holder()
        holder = Holder.read(content)
        if holder.free or holder.process.is_alive() is False or Lease.is_left(holder):
            return numbers, None
        idle = self._sightings.unchanged(folder, f"{numbers[-1]} {holder.token}")
        return numbers, None if idle > (holder.seconds or self._seconds) else holder

    def _prepare(self) -> None:
        """See once that of two that make a file one does, and that whoever was here before speaks alike."""
        if self._prepared:
            return
        own = json.dumps({"version": VERSION}).encode()
        if self._place.create(LAYOUT, own) and self._place.create(LAYOUT, own):
            raise UserError(
                f"{self._place.name} lets two processes make the same file, and so cannot keep them from "
                "making the same fit; choose a place that can: a shared folder, or s3:// of a server that "
                "follows If-None-Match"
            )
        found = self._place.read(LAYOUT)
        if found and (version := _version(found)) != VERSION:
            raise UserError(
                f"the leases in {self._place.name} are of version {version}, and this galaxy_causal knows "
                f"version {VERSION}; let all who share it install the newest"
            )
        self._prepared = True


def _version(content: bytes) -> object:
    try:
        return json.loads(content)["version"]
    except (ValueError, TypeError, KeyError):
        return f"{content[:20]!r}"
