"""Every other process of a crew: it trains along with the first one, and ends with it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from itertools import count
from typing import NoReturn

from galaxy_causal.crew import current
from galaxy_causal.crew.group import cut, grouped, received
from galaxy_causal.crew.launch import Launch, own
from galaxy_causal.crew.leader import FAREWELL, here
from galaxy_causal.crew.line import Line
from galaxy_causal.crew.pulse import BEAT, IDLE, SILENCE, Pulse
from galaxy_causal.processes import SIGNALS
from galaxy_causal.processes.parents import end_with
from galaxy_causal.types import UserError

LOST = 2
"""Exit code where the first process is lost."""
GONE = (
    "error: the first of {world} processes is gone ({why}): it hangs or was killed, most likely because "
    "memory ran out. Run the same command again: what is finished is kept\n"
)


class Follower:
    """Waits for trainings of the first process, and trains along.

    Parameters
    ----------
    line
        Of this process.
    """

    def __init__(self, line: Line) -> None:
        self.launch = line.launch
        self.line = line
        self._trains = False
        self._beats = 0
        self._own = line.beside()
        self._last: object = None
        self._missed = 0
        self._pulse = Pulse(self._beat, self._alone)
        line.tell(f"hello/{self.launch.rank}", here())

    def follow(self) -> NoReturn:
        """Train along until the first process ends."""
        with suppress(BaseException):  # told, or of a line that is cut: the pulse hears of that
            for number in count(1):
                kind = self._next(number)
                self._train(number, kind)
        threading.Event().wait(FAREWELL)  # the first process says when to end
        os._exit(LOST)

    def _next(self, number: int) -> str:
        pause = threading.Event()
        while (kind := self.line.told(f"training/{number}/kind")) is None:
            pause.wait(0.05)
        return str(kind)

    def _train(self, number: int, kind: str) -> None:
        self._trains = True
        self.line.tell(f"training/{number}/ready/{self.launch.rank}", True)
        try:
            with grouped(self.line, number, kind):
                received()()
        except BaseException as error:
            if not cut(error):  # else whoever was lost is told of
                self.line.tell(f"failed/{self.launch.rank}", _told(error))
            raise
        self._trains = False

    def _beat(self) -> None:
        """Give a sign of life; end where the first process has ended, or gives none."""
        self._beats += 1
        self._own.tell(f"sign/{self.launch.rank}", self._beats)
        said = self._own.told("leader")
        if isinstance(said, dict) and "over" in said:
            self._own.tell(f"gone/{self.launch.rank}", True)
            os._exit(int(said["over"]))
        self._missed = 0 if said is None or said != self._last else self._missed + 1
        self._last = said
        if self._missed >= (SILENCE if self._trains else IDLE):
            self._alone(f"no sign of life for {self._missed * BEAT:.0f} s")

    def _alone(self, why: str) -> None:
        """End without the first process; one process of each machine says so, but none of the first's own."""
        speaker = max(self.launch.node * self.launch.local_world, 1)
        if self.launch.by != "devices" and self.launch.rank == speaker:
            os.write(2, GONE.format(world=self.launch.world, why=why).encode())
        os._exit(LOST)


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"


def follow(launch: Launch) -> NoReturn:
    """Be a process that is not the first: of signals that all get, the first one decides what becomes."""
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    current.join(launch)
    Follower(Line.joined(launch)).follow()


def _hired(rank: str, world: str, port: str, boss: str) -> NoReturn:
    """Be a process that the first one has started."""
    end_with(int(boss))
    follow(own(int(rank), int(world), int(port)))


if __name__ == "__main__":
    _hired(*sys.argv[1:])
