"""The first process of a crew: it does the job as ever, and has the others train along."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from galaxy_causal.crew.group import Task, cut, grouped, packed, send, sever
from galaxy_causal.crew.hired import MEMORY, Hired
from galaxy_causal.crew.line import PATIENCE, Line
from galaxy_causal.crew.pulse import BEAT, CUT, SILENCE, Pulse, Signs
from galaxy_causal.types import UserError, by_door

GRACE = 10.0
"""Seconds in which a thread whose connections were cut wakes."""
FAREWELL = 60.0
"""Seconds to wait for processes at the end that have not even come yet."""


def here() -> dict[str, object]:
    """What a process says of itself when it comes."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "asked": sys.argv[1:]}


class Leader:
    """Has other processes train along, and notices when one of them is lost.

    Parameters
    ----------
    line
        Of the first process.
    hired
        Processes of its own.
    """

    def __init__(self, line: Line, hired: Sequence[Hired] = ()) -> None:
        self.launch = line.launch
        self.line = line
        self.hired = hired
        self.lost: str | None = None
        self._trainings = 0
        self._met: dict[int, dict[str, Any]] = {}
        self._trains = False
        self._open: set[int] | None = None
        self._beats = 0
        self._own = line.beside()
        self._signs = Signs(self._own, [f"sign/{rank}" for rank in self._others])
        self._own.tell("leader", {"beat": 0})
        self._pulse = Pulse(self._beat, self._give_up)

    @property
    def _others(self) -> range:
        return range(1, self.launch.world)

    @contextmanager
    def training(self, task: Task, kind: str) -> Iterator[None]:
        """Have the others do a task while this process does the same within.

        Parameters
        ----------
        task
            What they do.
        kind
            Of the devices: ``cpu`` or ``cuda``.

        Raises
        ------
        UserError
            For a process that dies, hangs or fails. The crew is lost then.
        """
        if self.lost is not None:
            raise UserError(f"the other processes have ended: {self.lost}")
        if not self._met:
            self._met = self._heard("hello")
            self._check_alike()
        goods = packed(task)
        self._trainings += 1
        self._trains = True
        try:
            self.line.tell(f"training/{self._trainings}/kind", kind)
            self._heard(f"training/{self._trainings}/ready")
            with grouped(self.line, self._trainings, kind) as self._open:
                send(goods)
                del goods
                yield
        except UserError as error:
            self.lost = str(error)
            raise
        except Exception as error:
            if not cut(error):  # its own
                self.lost = f"{type(error).__name__}: {error}"
                raise
            self.lost = self._explained() or f"the connection to the other processes broke ({error})"
            raise UserError(self.lost) from error
        except BaseException:
            self.lost = "the training was interrupted"
            raise
        finally:
            self._open, self._trains = None, False

    def end(self, code: int) -> None:
        """Let the others go, with this exit code."""
        self._pulse.stop()
        with suppress(Exception):
            self.line.tell("leader", {"over": code})
        for one in self.hired:
            one.end()
        if self.hired:
            return
        late = time.monotonic() + (FAREWELL if self.lost is None else GRACE)
        dead = {rank for rank, missed in enumerate(self._signs.missed.values(), start=1) if missed >= CUT}
        signs, next_look = Signs(self.line, list(self._signs.missed)), 0.0
        with suppress(Exception):
            while time.monotonic() < late:
                if all(rank in dead or self.line.told(f"gone/{rank}") for rank in self._others):
                    return
                if time.monotonic() >= next_look:  # torchrun kills what takes 30 s to end
                    signs.look()
                    next_look = time.monotonic() + BEAT
                    dead |= {rank for rank, name in enumerate(signs.missed, start=1) if signs.lost(name, CUT)}
                time.sleep(0.1)

    def _heard(self, name: str) -> dict[int, Any]:
        """What every other process says under a name, waited for."""
        late = time.monotonic() + PATIENCE.total_seconds()
        heard: dict[int, Any] = {}
        while True:
            for rank in set(self._others) - set(heard):
                said = self.line.told(f"{name}/{rank}")
                if said is not None:
                    heard[rank] = said
            if len(heard) == len(self._others):
                return heard
            self.lost = self.lost or self._ended()
            if self.lost is None and time.monotonic() > late:
                self.lost = (
                    f"{len(heard) + 1} of {self.launch.world} processes have come within "
                    f"{PATIENCE.total_seconds():.0f} s; look at how {self.launch.by} starts them"
                )
            if self.lost is not None:
                raise UserError(self.lost)
            time.sleep(0.02)

    def _check_alike(self) -> None:
        """Refuse processes that were asked for something else, such as runs of their own."""
        for rank, said in self._met.items():
            if not self.hired and said["asked"] != sys.argv[1:]:
                raise UserError(
                    f"process {rank} of {self.launch.world} was started with other options than the first; "
                    f"all processes that one {self.launch.by} starts make one job: start others by another"
                )

    def _beat(self) -> None:
        """Give a sign of life, and look for those of others."""
        self._beats += 1
        self._own.tell("leader", {"beat": self._beats})
        self._signs.look()
        if not self._trains:
            self._signs.forget()
        elif self.lost is None and (why := self._silent(SILENCE)):
            self._give_up(why)

    def _give_up(self, why: str) -> None:
        """Wake this process out of a training that waits for one that is lost, or else end it."""
        self.lost = why
        for one in self.hired:
            one.end()
        if self._open is not None:
            sever(self._open)
        late = time.monotonic() + GRACE
        while time.monotonic() < late:  # a wait for what others tell ends by itself
            if not self._trains:
                return
            time.sleep(0.1)
        with suppress(Exception):
            self._own.tell("leader", {"over": 2})
        os.write(2, f"\nerror: {why}\n".encode())
        time.sleep(2 * BEAT)  # for the others to hear of it
        os._exit(2)

    def _explained(self) -> str | None:
        """Why a training broke off, as far as that is found out."""
        late = time.monotonic() + 2 * CUT * BEAT
        while time.monotonic() < late:
            why = self.lost or self._ended() or self._failed() or self._silent(CUT)
            if why is not None:
                return why
            time.sleep(0.1)
        return None

    def _ended(self) -> str | None:
        """What became of a process of this one's own that ended."""
        for rank, one in enumerate(self.hired, start=1):
            said = one.ended()
            if said is not None:
                return f"{self._name(rank)} {said}. {_again()}"
        return None

    def _silent(self, beats: int) -> str | None:
        """Which other process has given no sign of life at the last so many looks."""
        for rank, missed in zip(self._others, self._signs.missed.values(), strict=True):
            if missed >= beats:
                return (
                    f"{self._name(rank)} has not been heard of for {missed * BEAT:.0f} s: it hangs or was "
                    f"killed, {MEMORY}. {_again()}"
                )
        return None

    def _failed(self) -> str | None:
        """What another process failed of."""
        for rank in self._others:
            said = self.line.told(f"failed/{rank}")
            if said is not None:
                return f"{self._name(rank)} failed: {said}"
        return None

    def _name(self, rank: int) -> str:
        said = self._met.get(rank)
        where = f" (pid {said['pid']} on {said['host']})" if said else ""
        return f"process {rank} of {self.launch.world}{where}"


def _again() -> str:
    return by_door(
        "Then run the same command again: what is finished is kept",
        "Then ask the same again: what is finished is kept, if in a store",
    )
