"""The first process of a crew: it does the job as ever, and has the others train along."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from galaxy_causal.crew.group import Task, cut, grouped, packed, send, sever, sockets
from galaxy_causal.crew.hired import Hired
from galaxy_causal.crew.launch import Launch
from galaxy_causal.crew.line import PATIENCE, Line
from galaxy_causal.crew.pulse import BEAT, SILENCE, Pulse, Signs
from galaxy_causal.types import UserError, by_door

GRACE = 10.0
"""Seconds in which an error, of which there is none yet, explains itself, and in which a cut thread wakes."""
FAREWELL = 60.0
"""Seconds to wait for processes at the end that have not even come yet."""


def here() -> dict[str, object]:
    """What a process says of itself when it comes."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "asked": sys.argv[1:]}


class Leader:
    """Has other processes train along, and notices when one of them is lost.

    Parameters
    ----------
    launch, line
        Of the first process.
    hired
        Processes of its own.
    """

    def __init__(self, launch: Launch, line: Line, hired: Sequence[Hired] = ()) -> None:
        self.launch = launch
        self.line = line
        self.hired = hired
        self.lost: str | None = None
        self._trainings = 0
        self._met: dict[int, dict[str, object]] = {}
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
        self._meet()
        if self.lost is not None:
            raise UserError(f"the other processes have ended: {self.lost}")
        goods = packed(task)
        before = sockets()
        self._trainings += 1
        self.line.tell(f"training/{self._trainings}/kind", kind)
        try:
            with grouped(self.launch, self.line, self._trainings, kind):
                self._open = sockets() - before
                send(goods)
                del goods
                yield
        except UserError as error:
            self.lost = str(error)
            raise
        except Exception as error:
            self.lost = self.lost or self._explained(2 * SILENCE * BEAT if cut(error) else GRACE)
            if self.lost is None:
                self.lost = f"{type(error).__name__}: {error}"
                raise
            raise UserError(self.lost) from error
        except BaseException:
            self.lost = "the training was interrupted"
            raise
        finally:
            self._open = None

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
        with suppress(Exception):
            while time.monotonic() < late and not all(self.line.told(f"gone/{r}") for r in self._others):
                time.sleep(0.1)

    def _meet(self) -> None:
        """Wait until all have come."""
        late = time.monotonic() + PATIENCE.total_seconds()
        while len(self._met) < len(self._others):
            for rank in set(self._others) - set(self._met):
                said = self.line.told(f"hello/{rank}")
                if said is not None:
                    self._met[rank] = said
            if len(self._met) == len(self._others):
                break
            self.lost = self.lost or self._ended()
            if self.lost is not None:
                raise UserError(self.lost)
            if time.monotonic() > late:
                raise UserError(
                    f"{len(self._met) + 1} of {self.launch.world} processes have come within "
                    f"{PATIENCE.total_seconds():.0f} s; look at how {self.launch.by} starts them"
                )
            time.sleep(0.05)
        self._check_alike()

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
        silent = self._signs.silent()
        if self._open is None:
            self._signs.forget()
        elif silent and self.lost is None:
            rank = int(silent[0].partition("/")[2])
            self._give_up(
                f"{self._name(rank)} has not been heard of for {SILENCE * BEAT:.0f} s: it was killed, most "
                f"likely because memory ran out, or hangs. {_remedy()}"
            )

    def _give_up(self, why: str) -> None:
        """Wake this process out of a training that waits for one that is lost, or else end it."""
        opened, self.lost = self._open, why
        for one in self.hired:
            one.end()
        if opened is None:
            return
        sever(opened)
        late = time.monotonic() + GRACE
        while time.monotonic() < late:
            if self._open is None:
                return
            time.sleep(0.1)
        with suppress(Exception):
            self._own.tell("leader", {"over": 2})
        os.write(2, f"\nerror: {why}\n".encode())
        time.sleep(2 * BEAT)  # for the others to hear of it
        os._exit(2)

    def _explained(self, patience: float) -> str | None:
        """Why a training broke off, as far as that is found out within so many seconds."""
        late = time.monotonic() + patience
        while time.monotonic() < late:
            why = self.lost or self._ended() or self._failed()
            if why is not None:
                return why
            time.sleep(0.1)
        return None

    def _ended(self) -> str | None:
        """What became of a process of this one's own that ended."""
        for rank, one in enumerate(self.hired, start=1):
            said = one.ended()
            if said is not None:
                return f"{self._name(rank)} {said}. {_remedy()}"
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


def _remedy() -> str:
    again = by_door(
        "run the same command again: what is finished is kept",
        "ask the same again: what is finished is kept, if in a store",
    )
    return f"If memory ran out, take fewer devices or a smaller network.training.batch_size. Then {again}"
