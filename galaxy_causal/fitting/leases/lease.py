"""One lease, as its owner has it: renewed while the work lasts, which ends if it cannot be."""

from __future__ import annotations

import ctypes
import math
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import ClassVar

from galaxy_causal.fitting.leases.holder import Holder, LeaseLost
from galaxy_causal.fitting.leases.places import LeasePlace
from galaxy_causal.fitting.leases.sightings import clock
from galaxy_causal.processes import ProcessIdentity
from galaxy_causal.types import by_door

BEATS = 9
"""Signs of life in the time without one after which a lease is over."""
ANSWER = 5.0
"""Seconds that a place has at least to take a lease back, before its owner goes on."""
PATIENCE = 2 / 3
"""The share of that time after which an owner that cannot show a sign of life ends, before others begin."""


class _Over(BaseException):
    """Raised in the thread that holds a lease, wherever it is, once the lease is lost."""


class Lease:
    """A lease while it is held.

    Its files are numbers in a folder. To make the next number is to take the lease, and the owner's sign of
    life is to make the next number too: of two that try, one makes it. Numbers below are removed, the
    highest never is, so that none comes twice.

    Parameters
    ----------
    place
        Where the folder is.
    folder
        Its name.
    name
        What is at stake, as people know it.
    seconds
        How long others wait for a sign of life.
    """

    _ending: ClassVar[dict[int, Lease]] = {}
    """By threads, the lease of which each hears just now that it is lost: one at a time."""
    _tokens: ClassVar[set[str]] = set()
    """Of what this process holds."""

    def __init__(self, place: LeasePlace, folder: str, name: str, seconds: float) -> None:
        self.holder = Holder(uuid.uuid4().hex[:12], ProcessIdentity.own(), seconds)
        self._place, self._folder, self._name, self._seconds = place, folder, name, seconds
        self._thread = threading.get_ident()
        self._below: list[int] = []
        self._last = 0
        self._renewed, self._told = clock(), -math.inf
        self._lost = ""
        self._failure: BaseException | None = None
        self._writing, self._deciding, self._stopped = threading.Lock(), threading.Lock(), threading.Event()

    @property
    def token(self) -> str:
        """A word that no other lease has."""
        return self.holder.token

    def taken(self, numbers: list[int]) -> bool:
        """Take it, where these numbers are there and the highest is over; whether nobody was faster."""
        self._below, self._last = list(numbers), max(numbers, default=0)
        Lease._tokens.add(self.token)
        try:
            taken = self._advanced(self.holder.content)
        except BaseException:
            Lease._tokens.discard(self.token)
            raise
        if not taken:
            Lease._tokens.discard(self.token)
        return taken

    @classmethod
    def is_left(cls, holder: Holder) -> bool:
        """Whether a lease is this process's own, which holds it no more and could not give it back."""
        return holder.process == ProcessIdentity.own() and holder.token not in cls._tokens

    def renew(self) -> None:
        """Show a sign of life; LeaseLost where another process has taken the lease."""
        self._refuse_if_lost()
        with self._writing:
            if self._stopped.is_set():  # given back while this waited
                return
            if not self._advanced(self.holder.content):
                other = Holder.read(self._place.read(f"{self._folder}/{self._last + 1}") or b"")
                self._lose(f"{other} has taken it over, for want of a sign of life of this one")
            else:
                self._renewed, self._failure = clock(), None
        self._refuse_if_lost()

    def fence(self) -> None:
        """Be sure to hold it, before what others must not do too; LeaseLost where another process may.

        Where the place cannot be reached, no other can have taken it until it is due.
        """
        try:
            self.renew()
        except LeaseLost:
            raise
        except Exception as error:  # of whatever package reaches there
            if clock() - self._renewed > PATIENCE * self._seconds:
                self._lose(self._unreached(error))
                self._refuse_if_lost()

    def _advanced(self, content: bytes) -> bool:
        """Make the next number, and remove those below."""
        number = self._last + 1
        if not self._made(number, content):
            return False
        if max(self._place.numbers(self._folder), default=number) > number:  # others have gone on meanwhile
            self._place.remove(f"{self._folder}/{number}")
            return False
        self._below += [self._last] * (self._last > 0 and self._last not in self._below)
        self._last = number
        with suppress(Exception):  # they are removed next time, from the lowest on
            while self._below:
                self._place.remove(f"{self._folder}/{self._below[0]}")
                del self._below[0]
        return True

    def _made(self, number: int, content: bytes) -> bool:
        path = f"{self._folder}/{number}"
        for _ in range(3):  # a place may refuse both of two that try at once
            if self._place.create(path, content):
                return True
            found = self._place.read(path)
            if found is not None:
                return found == content  # its answer was late, and it was asked twice
        return False

    @contextmanager
    def held(self) -> Iterator[Lease]:
        """Renew it, until it is given back in the end."""
        threads = [threading.Thread(target=work, daemon=True) for work in (self._beat, self._watch)]
        for thread in threads:
            thread.start()
        try:
            try:
                yield self
            except Exception:
                with suppress(Exception):  # what failed may have been taken away by who has the lease now
                    self.renew()
                raise
            finally:
                self._stop()
                threads[0].join(max(ANSWER, self._seconds / BEATS))  # it gives the lease back
        except BaseException as error:
            if not self._lost:
                raise
            self._stop()  # the loss may have been heard of just there
            if isinstance(error, LeaseLost):
                raise
            raise self._loss() from error

    def _stop(self) -> None:
        if os.getpid() != self.holder.pid:  # of a fork the lease is not
            return
        with self._deciding:
            self._stopped.set()
            if Lease._ending.get(self._thread) is self:
                del Lease._ending[self._thread]
                _raise_in(self._thread, None)
        Lease._tokens.discard(self.token)

    def _beat(self) -> None:
        while not self._stopped.wait(self._seconds / BEATS) and not self._lost:
            try:
                self.renew()
            except LeaseLost:
                return
            except Exception as error:  # of whatever package reaches there: tried again
                self._failure = error
        if not self._lost:
            with suppress(Exception), self._writing:  # else it ends by itself, as it does after a kill
                self._advanced(replace(self.holder, free=True).content)

    def _watch(self) -> None:
        """End the work where signs of life fail, or hang, for too long.

        Time in which this very process stood still does not count: then it tries first.
        """
        turn = self._seconds / BEATS / 4
        idle, renewed, before = 0.0, self._renewed, clock()
        while not self._stopped.wait(turn):
            now = clock()
            idle = 0.0 if self._renewed != renewed else idle + min(now - before, 2 * turn)
            renewed, before = self._renewed, now
            if idle > PATIENCE * self._seconds:
                self._lose(self._unreached(self._failure))
            if self._lost:
                self._tell()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why

    def _tell(self) -> None:
        """Have the thread that holds it hear of the loss, unless it is hearing of that of another one.

        Again after a while, for Python drops what is raised where objects are tidied up.
        """
        with self._deciding:
            if self._stopped.is_set() or clock() - self._told < self._seconds / 3:
                return
            if Lease._ending.setdefault(self._thread, self) is self:
                self._told = clock()
                _raise_in(self._thread, _Over)

    def _unreached(self, failure: BaseException | None) -> str:
        why = f" ({failure})" if failure else ""
        return f"no sign of life could be written for {PATIENCE * self._seconds:.0f} s{why}"

    def _loss(self) -> LeaseLost:
        again = by_door("run the same command again", "ask the same again")
        remedy = by_door(" Where places answer slowly, a longer tracking.lease_seconds helps.", "")
        return LeaseLost(
            f"{self._name}: the lease that keeps others from making it too was lost: {self._lost}. Nothing "
            f"that is finished is lost: {again}, to go on or to use what another process made of it.{remedy}"
        )

    def _refuse_if_lost(self) -> None:
        if self._lost:
            raise self._loss()


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have an error raised in a thread before its next step in Python; None takes one back.

    A signal would do nothing where a shell had it ignored, and would reach the main thread alone.
    """
    given = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)
